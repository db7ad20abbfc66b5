//! New columns that are filled by a statement for each kind of rows: they are filled as if one statement told all kinds, since the
//! trigger that goes on with it has to know them all.

use segue_catalog::{Catalog, Change, DataType, QName, model::TypeKind};
use squawk_syntax::ast;

use super::{
    filling::assigned,
    written::{Set, Written},
};
use crate::{Line, Moment, effect, planner::Planning};

/// A statement, or several as one.
pub(super) struct Merged {
    pub(super) written: Written,
    /// The statements whose work it does too.
    pub(super) others: Vec<(usize, usize)>,
}

/// A statement together with those right behind it that set the same columns, of other rows or anew.
pub(super) fn with_those_behind(
    moment: &Moment<'_>,
    planning: &Planning<'_>,
    table: &QName,
    first: Written,
) -> Merged {
    merged(moment, planning, table, &first).unwrap_or(Merged {
        written: first,
        others: Vec::new(),
    })
}

/// None where it stands alone.
fn merged(
    moment: &Moment<'_>,
    planning: &Planning<'_>,
    table: &QName,
    first: &Written,
) -> Option<Merged> {
    let schema = moment.before();
    let known = schema.tables.get(table)?;
    if !reads_others_only(first) {
        return None;
    }
    let migration = planning.served().migration;
    let later = planning.later().take_while(|(_, at)| at.0 == migration);
    let behind = later.map_while(|(line, at)| {
        let is_alike = line.session == moment.line().session && planning.says_the_same(at);
        let next = update_of(line, planning.text(at), table).filter(|_| is_alike)?;
        goes_on(first, &next).then_some((next, at))
    });
    let (mut kinds, others): (Vec<Written>, Vec<_>) = behind.unzip();
    if kinds.is_empty() {
        return None;
    }
    kinds.insert(0, first.clone());
    let set = first.set.iter().enumerate().map(|(at, set)| {
        let of = &known.column(&set.column)?.data_type;
        let value = by_kinds(&kinds, at, &of_branches(schema, of)?);
        Some(Set {
            column: set.column.clone(),
            typed: format!("CAST({value} AS {of})"),
            value,
        })
    });
    Some(Merged {
        written: first.with(set.collect::<Option<_>>()?, any_of(&kinds)),
        others,
    })
}

/// An UPDATE of the table and of nothing else.
fn update_of(line: &Line, text: &str, table: &QName) -> Option<Written> {
    let is_it =
        matches!(line.changes.as_slice(), [Change::Data { table: Some(of), .. }] if of == table);
    if !is_it || line.unknown.is_some() {
        return None;
    }
    let tree = segue_catalog::parse(text).tree().stmts().next();
    match &tree {
        Some(ast::Stmt::Update(update)) => Written::update(&line.before, update, table),
        _ => None,
    }
}

fn goes_on(first: &Written, next: &Written) -> bool {
    let columns = |of: &Written| {
        of.set
            .iter()
            .map(|set| set.column.clone())
            .collect::<Vec<_>>()
    };
    next.alias == first.alias && columns(next) == columns(first) && reads_others_only(next)
}

/// Whether neither the values nor the condition are made of what the statement, or one like it, sets.
fn reads_others_only(written: &Written) -> bool {
    let own = [written.alias.as_str()];
    let values = written.set.iter().map(|set| &set.value);
    let mut texts = values.chain(&written.condition);
    let names_one = |text: &String| {
        let mut set = written.set.iter();
        set.any(|set| effect::names_column(text, &own, &set.column))
    };
    written.others.is_none() && !texts.any(names_one)
}

/// The value of one of the columns: that of the last kind to which a row belongs.
fn by_kinds(kinds: &[Written], at: usize, of: &DataType) -> String {
    let mut cases = String::new();
    for kind in kinds.iter().rev() {
        // the values of the kinds may be of several types, and what is written as a text has none yet
        let value = format!("CAST({} AS {of})", kind.set[at].value);
        match &kind.condition {
            Some(condition) => cases.push_str(&format!(" WHEN {condition} THEN {value}")),
            None => {
                cases.push_str(&format!(" ELSE {value}"));
                break;
            }
        }
    }
    match cases.starts_with(" ELSE") {
        // it writes over all that came before
        true => cases[" ELSE ".len()..].to_owned(),
        false => format!("CASE{cases} END"),
    }
}

/// The rows of any of the kinds.
fn any_of(kinds: &[Written]) -> Option<String> {
    let conditions = kinds.iter().map(|kind| kind.condition.as_deref());
    let conditions = conditions.collect::<Option<Vec<&str>>>()?;
    Some(format!("({})", conditions.join(") OR (")))
}

/// The type of what the kinds give; none of a domain, a cast to which may cut what the assignment refuses.
fn of_branches(schema: &Catalog, of: &DataType) -> Option<DataType> {
    let own = schema.types.get(&of.name).map(|own| &own.kind);
    let is_enum = matches!(own, Some(TypeKind::Enum(_)));
    (of.is_builtin() || is_enum).then(|| assigned(of.clone()))
}
