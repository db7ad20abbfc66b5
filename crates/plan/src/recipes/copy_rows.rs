//! `INSERT … SELECT` of the rows of a large table into one that the deploy itself has made: batch by batch, so that no snapshot is
//! held for as long as there are rows.
//!
//! The target has a unique key that is made of one of the source, by which it is known which rows are there. A row is there
//! once it is the same to the last bit: what an app changes while others are copied is copied again, what it deletes is deleted, and
//! the end of each step is a query over all rows, in one snapshot, that finds none which differs. What the app writes behind that is
//! not in the copy; as it is not behind one long statement. `-- segue: sync` keeps both the same (`sync_tables.rs`).

use segue_catalog::{
    Catalog, Change, Name, QName,
    model::{Enabled, TableKind},
};
use squawk_syntax::ast::{self, AstNode};

use super::{Recipe, sync_tables::Stated};
use crate::{
    Line, Moment, Undo,
    bounded::reads_few,
    effect,
    planner::{Draft, Planning, Stop},
    writing::{arbiters, has_children, holders, unique_keys},
};

mod counted;
mod statements;

pub(super) const RECIPE: Recipe = Recipe {
    name: "copy_rows",
    title: "rows of a large table are copied to a new one in batches",
    follow,
};

fn follow(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    // by then the new app has long been writing to the target: it is not to be made the same
    if planning.is_deferring() {
        return Ok(false);
    }
    let Some(mut copy) = Copy::of(moment) else {
        return Ok(false);
    };
    // a view of a renamed table has no places of rows
    if planning.table_for_now(&copy.source) != copy.source {
        return Ok(false);
    }
    let written = holders(planning, &copy.target)?;
    copy.triggered = written.iter().chain([&copy.target]).any(|name| {
        let own = planning.schema().tables.get(name);
        let mut triggers = own.into_iter().flat_map(|own| own.triggers.values());
        triggers.any(|one| one.enabled != Enabled::Disabled)
    });
    let (source, target) = (&copy.source, &copy.target);
    let alone = !planning.earlier().any(|line| may_write(line, target));
    let leaves = holders(planning, source)?;
    if !alone {
        for leaf in &leaves {
            let title = format!("no row of {leaf} is in {target} yet");
            planning.step(Draft::batches(title, copy.there_already(leaf, planning)))?;
        }
    }
    for leaf in &leaves {
        let title = format!("copy rows of {leaf} to {target}");
        let draft = Draft::batches(title, copy.forth(leaf, planning)).undo(Undo::Nothing);
        planning.step(draft.notices(super::left_behind(moment)))?;
    }
    if alone && copy.is_compared() {
        for leaf in written {
            let title = format!("delete rows of {leaf} that {source} has no more");
            let draft = Draft::batches(title, copy.gone(leaf, planning)).undo(Undo::Nothing);
            planning.step(draft)?;
        }
    }
    counted::go_on(planning, &copy)?;
    planning.copies_once(moment);
    Ok(true)
}

/// Whether a statement may have written rows of a table that is new: it names it, and does more than to change the schema; or nobody
/// knows what it does (a DO block, a call).
fn may_write((line, text): (&Line, &str), table: &QName) -> bool {
    let fills = || {
        let statement = segue_catalog::Parsed::of(text).statement();
        matches!(
            statement,
            Some(ast::Stmt::CreateTableAs(_) | ast::Stmt::SelectInto(_))
        )
    };
    let names = || text.to_lowercase().contains(&table.name.to_lowercase());
    let is_of_rows = |change: &Change| matches!(change, Change::Data { .. });
    let writes = || line.changes.is_empty() || line.changes.iter().any(is_of_rows) || fills();
    line.unknown.is_some() || (names() && writes())
}

/// What is copied where.
struct Copy {
    source: QName,
    /// How the source is called.
    alias: String,
    target: QName,
    /// The columns of the target, each with its value.
    columns: Vec<Copied>,
    condition: Option<String>,
    /// The columns by which a row is known: of the target, and of the source.
    key: Vec<(Name, Name)>,
    /// Whether values are forced on an identity column.
    overriding: bool,
    /// Whether a trigger, of the target or of a partition of it, may make another row of what is written.
    triggered: bool,
}

/// A column of the target.
struct Copied {
    column: Name,
    /// Its value, over the source.
    value: String,
    /// The value in the column's type.
    typed: String,
}

impl Copy {
    /// What a statement copies; none where it is no such statement, or could be done twice or not at all in parts.
    fn of(moment: &Moment<'_>) -> Option<Self> {
        let stated = Stated::of(moment).filter(Stated::inserts)?;
        let (source, target) = (stated.whole.table.clone(), stated.part.table.clone());
        let is_new = moment.is_new_relation(&target) && target.schema != "pg_temp";
        if !is_new || !moment.is_in_use(&source) || has_children(moment.before(), &target) {
            return None;
        }
        let ast::Stmt::Insert(insert) = moment.statement()? else {
            return None;
        };
        let overriding = match insert.overriding_clause() {
            None => false,
            Some(ast::OverridingClause::OverridingSystemValue(_)) => true,
            Some(ast::OverridingClause::OverridingUserValue(_)) => return None,
        };
        if insert.on_conflict_clause().is_some() || is_small(moment, insert) {
            return None;
        }
        let own = moment.before().tables.get(&target)?;
        let is_table = matches!(own.kind, TableKind::Plain | TableKind::Partitioned(_));
        if !is_table || has_window(insert) || depends(moment, &stated) {
            return None;
        }
        let key = key(moment.before(), &stated)?;
        let copied = |(column, value): &(Name, String)| {
            let of = &own.column(column)?.data_type;
            Some(Copied {
                column: column.clone(),
                value: value.clone(),
                typed: format!("CAST({value} AS {of})"),
            })
        };
        Some(Self {
            columns: stated.columns.iter().map(copied).collect::<Option<_>>()?,
            triggered: false,
            source,
            target,
            alias: stated.whole.alias,
            key,
            condition: stated.condition,
            overriding,
        })
    }

    /// Whether a row that is there is known to be the one that was copied.
    fn is_compared(&self) -> bool {
        !self.triggered
    }
}

/// Whether what is copied is another one each time, or depends on other rows of the two tables.
fn depends(moment: &Moment<'_>, stated: &Stated) -> bool {
    let (source, target) = (&stated.whole.table, &stated.part.table);
    let values = stated.columns.iter().map(|(_, value)| value.as_str());
    let mut said = values.chain(stated.condition.as_deref());
    said.any(|text| {
        moment.calls_volatile(text)
            || effect::reads_from(text, &target.name)
            || effect::reads_from(text, &source.name)
            || super::rows::tells_the_time(text)
    })
}

/// The unique key of the target that is made of one of the source.
fn key(schema: &Catalog, stated: &Stated) -> Option<Vec<(Name, Name)>> {
    let (source, target) = (&stated.whole.table, &stated.part.table);
    let from = schema.tables.get(source)?;
    let of_source = |column: &Name| {
        let (_, value) = stated.columns.iter().find(|(own, _)| own == column)?;
        plain(value, &stated.whole.alias).filter(|name| from.column(name).is_some())
    };
    let unique = |key: &Vec<(Name, Name)>| {
        let of_source: Vec<Name> = key.iter().map(|(_, name)| name.clone()).collect();
        unique_keys(schema, source).any(|own| {
            own.iter().all(|name| of_source.contains(name)) && own.len() == of_source.len()
        })
    };
    let known = arbiters(schema, target, schema.tables.get(target)?);
    let told = unique_keys(schema, target).filter(|columns| known.contains(columns));
    let mut keys = told.filter_map(|columns| {
        let pairs = columns.into_iter().map(|own| {
            let name = of_source(&own)?;
            Some((own, name))
        });
        pairs.collect::<Option<Vec<_>>>().filter(unique)
    });
    keys.next()
}

/// Whether the query reads a few rows only.
fn is_small(moment: &Moment<'_>, insert: &ast::Insert) -> bool {
    match insert.insert_source() {
        Some(ast::InsertSource::SelectVariant(ast::SelectVariant::Select(select))) => {
            reads_few(moment, &select)
        }
        _ => true,
    }
}

/// Whether a value depends on other rows (`OVER`).
fn has_window(insert: &ast::Insert) -> bool {
    let mut nodes = insert.syntax().descendants();
    nodes.any(|node| ast::OverClause::can_cast(node.kind()))
}

/// The column that a value is, if it is nothing else.
fn plain(value: &str, alias: &str) -> Option<Name> {
    let own = value
        .strip_prefix(alias)
        .and_then(|rest| rest.strip_prefix('.'));
    let text = own.unwrap_or(value).trim();
    let quoted = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    if let Some(quoted) = quoted {
        return Some(Name::quoted(&quoted.replace("\"\"", "\"")));
    }
    let is_name = |of: char| of.is_alphanumeric() || of == '_' || of == '$';
    text.chars().all(is_name).then(|| Name::unquoted(text))
}
