//! What is kept of rows that are written, so that going back puts them back.

use segue_catalog::{Change, Name, ObjectRef, QName};
use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};

use super::{
    reached,
    written::{Written, alias, behind, column_of, condition},
};
use crate::{
    Keep, Moment, Undo,
    planner::Planning,
    writing::{Keeping, Keeps, Reach, Watch, called},
};

/// What can be done about rows that a statement writes.
pub(in crate::recipes) enum Kept {
    /// They are kept, and put back.
    Rows(Box<Keep>, Undo, (QName, String)),
    /// Triggers keep them.
    Seen(Box<Watch>),
    /// What it writes goes with what the same deploy has made.
    New,
    /// They are not kept: why.
    Not(String),
}

/// How rows are kept that are written in batches.
///
/// # Errors
/// Why they are not.
pub(super) fn of_batches(
    moment: &Moment<'_>,
    planning: &Planning<'_>,
    written: &Written,
    (table, leaf): (&QName, &QName),
) -> Result<Keeps, String> {
    let kept = planning.place_to_keep()?;
    let of = (planning.schema(), leaf);
    let (deletes, key) = (written.set.is_empty(), planning.key_to_keep());
    let columns = written.set.iter().map(|set| set.column.clone());
    let columns = old(moment, table, columns);
    if !deletes && columns.is_empty() {
        return Ok(Keeps::Nothing);
    }
    let reach = Reach::first(leaf.clone(), deletes, columns.clone());
    let itself = match deletes {
        true => Keeping::of_delete(of, key, kept),
        false => Keeping::of_update(of, key, columns, kept),
    };
    match itself {
        Ok(keeping) => Ok(Keeps::Rows(keeping)),
        Err(_) => {
            let seen = Watch::of(planning, vec![reach], false, |name| {
                moment.is_new_relation(name)
            })?;
            Ok(seen.map_or(Keeps::Nothing, Keeps::Seen))
        }
    }
}

/// What is kept of rows that a statement writes as it stands; none where it writes no rows that are there.
pub(in crate::recipes) fn of_statement(
    moment: &Moment<'_>,
    planning: &Planning<'_>,
) -> Option<Kept> {
    let statement = moment.statement()?;
    let is_of_rows = |change: &Change| matches!(change, Change::Data { .. });
    if moment.changes().is_empty() || !moment.changes().iter().all(is_of_rows) {
        return None;
    }
    let reached = reached::of(moment, statement)?;
    let itself = written_table(moment).and_then(|table| match statement {
        _ if moment.is_new_relation(&table) => Some(Ok(Kept::New)),
        ast::Stmt::Update(update) => Some(of_update(moment, planning, update, &table)),
        ast::Stmt::Delete(delete) => Some(of_delete(moment, planning, delete, &table)),
        ast::Stmt::Insert(insert) => Some(of_insert(moment, planning, insert, &table)),
        _ => None,
    });
    if let Some(Ok(kept)) = itself {
        return Some(kept);
    }
    let seen = reached.and_then(|reached| {
        let is_temporary = |table: &QName| table.schema == "pg_temp";
        if moment.before().tables.keys().any(is_temporary) {
            return Err("a temporary table is there, and it is written in one transaction with what reads that".to_owned());
        }
        Watch::of(planning, reached, true, |name| moment.is_new_relation(name))
    });
    Some(match seen {
        Ok(Some(watch)) => Kept::Seen(Box::new(watch)),
        Ok(None) => Kept::New,
        Err(why) => Kept::Not(why),
    })
}

/// The table that a statement says it writes.
fn written_table(moment: &Moment<'_>) -> Option<QName> {
    let [Change::Data { table, .. }] = moment.changes() else {
        return None;
    };
    table.clone()
}

fn of_update(
    moment: &Moment<'_>,
    planning: &Planning<'_>,
    update: &ast::Update,
    table: &QName,
) -> Result<Kept, String> {
    writes_once(update.syntax())?;
    let targets = update.set_clause();
    let targets = targets.iter().flat_map(|set| set.syntax().descendants());
    let targets: Option<Vec<Name>> = targets
        .filter_map(ast::ColumnTarget::cast)
        .map(|target| column_of(&target))
        .collect();
    let columns = targets.filter(|columns| !columns.is_empty());
    let columns = columns.ok_or("it does not say which columns it sets")?;
    let columns = old(moment, table, columns.into_iter());
    if columns.is_empty() {
        return Ok(Kept::New);
    }
    let (kept, of) = (planning.place_to_keep()?, (planning.schema(), table));
    let keeping = Keeping::of_update(of, planning.key_to_keep(), columns, kept)?;
    let found = Found {
        with: update.with_clause(),
        alias: alias(update.alias(), table),
        others: update.from_clause().map(|from| behind(&from, "from".len())),
        condition: update.where_clause_or_current_of(),
    };
    found.kept_by(moment, table, &keeping)
}

fn of_delete(
    moment: &Moment<'_>,
    planning: &Planning<'_>,
    delete: &ast::Delete,
    table: &QName,
) -> Result<Kept, String> {
    writes_once(delete.syntax())?;
    let (kept, of) = (planning.place_to_keep()?, (planning.schema(), table));
    let keeping = Keeping::of_delete(of, planning.key_to_keep(), kept)?;
    let using = delete.using_clause();
    let found = Found {
        with: delete.with_clause(),
        alias: alias(delete.alias(), table),
        others: using.map(|using| behind(&using, "using".len())),
        condition: delete.where_clause_or_current_of(),
    };
    found.kept_by(moment, table, &keeping)
}

fn of_insert(
    moment: &Moment<'_>,
    planning: &Planning<'_>,
    insert: &ast::Insert,
    table: &QName,
) -> Result<Kept, String> {
    writes_once(insert.syntax())?;
    let conflict = insert.on_conflict_clause();
    let action = conflict.and_then(|clause| clause.conflict_action());
    if action.is_some_and(|action| !matches!(action, ast::ConflictAction::ConflictDoNothing(_))) {
        return Err("ON CONFLICT may change rows that are there".to_owned());
    }
    if insert.returning_clause().is_some() {
        return Err("it gives rows (RETURNING)".to_owned());
    }
    let (kept, of) = (planning.place_to_keep()?, (planning.schema(), table));
    let keeping = Keeping::of_insert(of, kept)?;
    let keep = Keep {
        instead: Some(keeping.insert(&crate::planner::bare(moment.text()))),
        ..keeping.keep()
    };
    Ok(Kept::Rows(
        Box::new(keep),
        keeping.undo(),
        keeping.put_back_rows(),
    ))
}

/// What takes some of several rows, and not always the same.
const CHOOSING: [&str; 4] = ["limit", "fetch", "offset", "tablesample"];

/// How a statement finds the rows that it writes.
struct Found {
    with: Option<ast::WithClause>,
    alias: String,
    others: Option<String>,
    condition: Option<ast::WhereClauseOrCurrentOf>,
}

impl Found {
    /// The rows are found, and locked, by a query of the same condition before the statement, in the same state of the database.
    fn kept_by(
        self,
        moment: &Moment<'_>,
        table: &QName,
        keeping: &Keeping,
    ) -> Result<Kept, String> {
        let condition = condition(self.condition).ok_or("it is about a cursor's row")?;
        let with = self.with.map(|with| with.syntax().text().to_string());
        let others = self.others.map(|others| format!(", {others}"));
        let parts = [&with, &others, &condition];
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        let chooses = |part: &&str| {
            let mut words = part.split(|of: char| !of.is_alphanumeric() && of != '_');
            words.any(|word| CHOOSING.iter().any(|own| word.eq_ignore_ascii_case(own)))
        };
        if parts.iter().any(|part| moment.calls_volatile(part)) || parts.iter().any(chooses) {
            return Err("which rows it writes may be another thing each time".to_owned());
        }
        let mut rest = called(table, &self.alias);
        rest.push_str(&others.unwrap_or_default());
        if let Some(condition) = condition {
            rest.push_str(&format!(" WHERE {condition}"));
        }
        let with = with.map(|with| format!("{with} ")).unwrap_or_default();
        let keep = Keep {
            before: vec![keeping.find(&with, &self.alias, &rest)],
            behind: keeping.behind(),
            ..keeping.keep()
        };
        Ok(Kept::Rows(
            Box::new(keep),
            keeping.undo(),
            keeping.put_back_rows(),
        ))
    }
}

/// Those of the columns that were there before this deploy: others go with what has made them.
fn old(moment: &Moment<'_>, table: &QName, columns: impl Iterator<Item = Name>) -> Vec<Name> {
    let mut old: Vec<Name> = Vec::new();
    for column in columns {
        let is_new = moment.is_new(&ObjectRef::Column(table.clone(), column.clone()));
        if !is_new && !old.contains(&column) {
            old.push(column);
        }
    }
    old
}

/// A statement may write in its WITH too.
fn writes_once(statement: &SyntaxNode) -> Result<(), String> {
    let writes = |node: &SyntaxNode| {
        let kind = node.kind();
        ast::Update::can_cast(kind)
            || ast::Delete::can_cast(kind)
            || ast::Insert::can_cast(kind)
            || ast::Merge::can_cast(kind)
    };
    match statement.descendants().filter(writes).count() {
        1 => Ok(()),
        _ => Err("it writes more than one table at once".to_owned()),
    }
}
