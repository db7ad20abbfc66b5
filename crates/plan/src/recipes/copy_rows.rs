//! `INSERT … SELECT` of the rows of a large table into one that the deploy itself has made: batch by batch, so that no snapshot is
//! held for as long as there are rows.
//!
//! A row is copied once: the target has a unique key that is made of one of the source, by which it is known which rows are there.
//! What the old app changes of a row that is copied already is not in the copy; as it is not behind one long statement.
//! `-- segue: sync` keeps both the same (`sync_tables.rs`).

use segue_catalog::{Name, QName, model::TableKind};
use squawk_syntax::ast::{self, AstNode};

use super::{Recipe, sync_tables::Stated};
use crate::{
    Moment, Undo,
    bounded::reads_few,
    effect,
    planner::{Draft, Planning, Stop},
    writing::{called, has_children, holders, unique_keys},
};

pub(super) const RECIPE: Recipe = Recipe {
    name: "copy_rows",
    title: "rows of a large table are copied to a new one in batches",
    follow,
};

fn follow(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    let Some(copy) = Copy::of(moment) else {
        return Ok(false);
    };
    for leaf in holders(planning, &copy.source)? {
        let title = format!("copy rows of {leaf} to {}", copy.target);
        let batches = copy.batches(leaf, planning);
        let draft = Draft::batches(title, batches).undo(Undo::Nothing);
        planning.step(draft.notices(super::left_behind(moment)))?;
    }
    Ok(true)
}

/// What is copied where.
struct Copy {
    source: QName,
    /// How the source is called.
    alias: String,
    target: QName,
    /// The columns of the target, each with its value.
    columns: Vec<(Name, String)>,
    condition: Option<String>,
    /// The columns by which a row is known: of the target, and of the source.
    key: Vec<(Name, Name)>,
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
        if insert.on_conflict_clause().is_some() || is_small(moment, insert) {
            return None;
        }
        let tables = &moment.before().tables;
        let own = tables.get(&target)?;
        let is_table = matches!(own.kind, TableKind::Plain | TableKind::Partitioned(_));
        let values = stated.columns.iter().map(|(_, value)| value.as_str());
        let mut said = values.chain(stated.condition.as_deref());
        let depends = |text: &str| {
            moment.calls_volatile(text)
                || effect::reads_from(text, &target.name)
                || effect::reads_from(text, &source.name)
                || super::rows::tells_the_time(text)
        };
        if !is_table || said.any(depends) || has_window(insert) {
            return None;
        }
        let alias = stated.whole.alias;
        let of_source = |column: &Name| {
            let (_, value) = stated.columns.iter().find(|(own, _)| own == column)?;
            plain(value, &alias).filter(|name| tables[&source].column(name).is_some())
        };
        let unique = |key: &Vec<(Name, Name)>| {
            let of_source: Vec<Name> = key.iter().map(|(_, name)| name.clone()).collect();
            unique_keys(moment.before(), &source).any(|own| {
                own.iter().all(|name| of_source.contains(name)) && own.len() == of_source.len()
            })
        };
        let mut keys = unique_keys(moment.before(), &target).filter_map(|columns| {
            let pairs = columns.into_iter().map(|own| {
                let name = of_source(&own)?;
                Some((own, name))
            });
            pairs.collect::<Option<Vec<_>>>().filter(unique)
        });
        let key = keys.next()?;
        Some(Self {
            source: source.clone(),
            target: target.clone(),
            alias,
            key,
            columns: stated.columns,
            condition: stated.condition,
        })
    }

    fn batches(&self, leaf: QName, planning: &Planning<'_>) -> crate::Batches {
        let (alias, target) = (&self.alias, &self.target);
        let named = called(&leaf, alias);
        let same: Vec<String> = (self.key.iter())
            .map(|(own, of)| format!("segue_there.{own} = {alias}.{of}"))
            .collect();
        let mut open = format!(
            "NOT EXISTS (SELECT FROM {target} AS segue_there WHERE {})",
            same.join(" AND ")
        );
        if let Some(condition) = &self.condition {
            open = format!("({condition}) AND {open}");
        }
        let (columns, values): (Vec<String>, Vec<&str>) = (self.columns.iter())
            .map(|(own, value)| (own.to_string(), value.as_str()))
            .unzip();
        let key: Vec<String> = self.key.iter().map(|(own, _)| own.to_string()).collect();
        crate::Batches {
            before: Vec::new(),
            statement: format!(
                "INSERT INTO {target} ({}) SELECT {} FROM ONLY {named} WHERE {alias}.ctid >= $1::tid AND {alias}.ctid < $2::tid AND {open} \
                 ON CONFLICT ({}) DO NOTHING",
                columns.join(", "),
                values.join(", "),
                key.join(", ")
            ),
            done: format!("SELECT NOT EXISTS (SELECT FROM ONLY {named} WHERE {open})"),
            left: Some(format!(
                "SELECT {alias}.ctid, {alias}.xmin::text FROM ONLY {named} WHERE {open}"
            )),
            pace: planning.said().pace,
            compares: false,
            copies: true,
            table: leaf,
        }
    }
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
