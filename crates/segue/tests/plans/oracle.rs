//! What must be true of every plan: all of it ends where the statements as written end, in the schema and in the rows; and
//! what expand has done can be taken back, so that the schema is the one from before.

use std::{collections::BTreeMap, sync::Arc};

use segue_catalog::{Catalog, Difference, Disparity, Name, ObjectRef, compare, model::Table};
use segue_db::Session;
use segue_engine::{
    Settings,
    replay::{Part, Rehearsal},
};
use segue_plan::{Plan, Undo};
use segue_project::Project;

use crate::{
    rows::{self, Contents},
    running,
    server::{Server, look},
};

/// The statements as they are written.
#[derive(Clone)]
pub(crate) enum Naive {
    /// Migrations of a project, from one on.
    Project(Arc<Project>, usize),
    /// One by one.
    Statements(Vec<Vec<String>>),
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    /// What does not hold.
    pub(crate) wrong: Vec<String>,
    /// Why steps cannot be taken back.
    pub(crate) impossible: Vec<String>,
    /// Whether there were rows.
    pub(crate) had_rows: bool,
}

/// What the statements as written lead to.
struct End {
    schema: Catalog,
    rows: Vec<Contents>,
    counted: BTreeMap<String, i64>,
}

/// Checks a plan, on copies of a database that has the schema from before; nobody may be connected to it.
pub(crate) async fn check(server: &Server, before: &str, naive: &Naive, plan: &Plan) -> Checked {
    let filled = server.copy(before).await;
    let session = server.session(&filled).await;
    let schema = look(&session).await;
    session.close().await;
    let admin = server.as_superuser(&filled).await;
    let put = rows::put(&admin, &schema).await;
    put.expect("rows are put in");
    admin.close().await;
    let migrations = plan.migrations.len();
    let mut checked = Checked::default();
    let (from, end) = match written(server, &filled, naive, migrations).await {
        Ok(end) => {
            checked.had_rows = true;
            (filled.as_str(), Ok(end))
        }
        // the rows are not such as it is meant for
        Err(_) => (before, written(server, before, naive, migrations).await),
    };
    match end {
        Ok(end) => against(server, from, plan, &end, &mut checked).await,
        Err(why) => checked.wrong.push(format!("as written it fails: {why}")),
    }
    server.remove(&filled).await;
    checked
}

async fn written(
    server: &Server,
    from: &str,
    naive: &Naive,
    migrations: usize,
) -> Result<End, String> {
    let copy = server.copy(from).await;
    let session = server.session(&copy).await;
    let done = naive.run(&session, migrations).await;
    let end = match done {
        Ok(()) => {
            let schema = look(&session).await;
            let rows = rows::read(&session, &schema).await?;
            let counted = rows::counted(&session).await?;
            Ok(End {
                schema,
                rows,
                counted,
            })
        }
        Err(why) => Err(why),
    };
    session.close().await;
    server.remove(&copy).await;
    end
}

impl Naive {
    async fn run(&self, session: &Session, migrations: usize) -> Result<(), String> {
        match self {
            Self::Project(project, from) => {
                let range = *from..*from + migrations;
                let parts = project.migrations[range].iter().map(Part::from);
                let mut run = Rehearsal::new(parts, Settings::default(), "the server");
                let done = run.through_part(session, migrations - 1).await;
                done.map_err(|failure| {
                    let problems = failure.problems.iter().map(ToString::to_string);
                    problems.collect::<Vec<_>>().join("; ")
                })
            }
            Self::Statements(all) => {
                for text in all[..migrations].iter().flatten() {
                    let done = session.rows(text).await;
                    done.map_err(|error| format!("{error}\n{text}"))?;
                }
                Ok(())
            }
        }
    }
}

async fn against(server: &Server, from: &str, plan: &Plan, end: &End, checked: &mut Checked) {
    let last = plan
        .expand
        .iter()
        .rposition(|step| matches!(step.undo, Undo::Impossible(_)));
    let impossible = plan.expand.iter().filter_map(|step| match &step.undo {
        Undo::Impossible(why) => Some(format!("[{}] {}: {why}", step.recipe, step.title)),
        _ => None,
    });
    checked.impossible.extend(impossible);
    let fixed = last.map_or(0, |last| last + 1);
    let mut copy = server.copy(from).await;
    let mut session = server.session(&copy).await;
    let undone = forth_and_back(&session, plan, fixed).await;
    let again = match undone {
        Ok(again) => again,
        Err(why) => {
            checked.wrong.push(why);
            session.close().await;
            server.remove(&copy).await;
            copy = server.copy(from).await;
            session = server.session(&copy).await;
            0
        }
    };
    let done = match running::steps(&session, &plan.expand[again..]).await {
        Ok(()) => running::steps(&session, &plan.contract).await,
        Err(why) => Err(format!("expand: {why}")),
    };
    match done {
        Ok(()) => {
            let schema = look(&session).await;
            let before = plan_before(server, from).await;
            checked.wrong.extend(unlike(&schema, &end.schema, plan));
            match rows::read(&session, &schema).await {
                Ok(rows) => {
                    checked
                        .wrong
                        .extend(unlike_rows(&rows, &end.rows, (&before, &schema), plan))
                }
                Err(why) => checked.wrong.push(why),
            }
            match rows::counted(&session).await {
                Ok(counted) => checked.wrong.extend(begun_again(&counted, &end.counted)),
                Err(why) => checked.wrong.push(why),
            }
        }
        Err(why) => checked.wrong.push(format!("it fails: {why}")),
    }
    session.close().await;
    server.remove(&copy).await;
}

/// Sequences that would give numbers again which they have given before.
fn begun_again(planned: &BTreeMap<String, i64>, written: &BTreeMap<String, i64>) -> Vec<String> {
    let went_on = written.iter().filter(|(_, at)| **at >= rows::COUNTED);
    let again = went_on.filter_map(|(name, _)| Some((name, planned.get(name)?)));
    again
        .filter(|(_, at)| **at < rows::COUNTED)
        .map(|(name, at)| format!("sequence {name} is at {at} again"))
        .collect()
}

async fn plan_before(server: &Server, from: &str) -> Catalog {
    let session = server.session(from).await;
    let schema = look(&session).await;
    session.close().await;
    schema
}

/// Runs expand, and takes it back as far as that can be; how many steps are done then.
async fn forth_and_back(session: &Session, plan: &Plan, fixed: usize) -> Result<usize, String> {
    let forth = |why: String| format!("expand: {why}");
    let done = running::steps(session, &plan.expand[..fixed]).await;
    done.map_err(forth)?;
    let before = look(session).await;
    let rows_before = rows::read(session, &before).await?;
    let rest = &plan.expand[fixed..];
    running::steps(session, rest).await.map_err(forth)?;
    running::back(session, rest).await?;
    let after = look(session).await;
    let differences: Vec<String> = compare(&after, &before)
        .iter()
        .map(ToString::to_string)
        .collect();
    if !differences.is_empty() {
        return Err(format!("undo: {}", differences.join("; ")));
    }
    let rows = rows::read(session, &after).await?;
    let (rows, rows_before) = (timeless(rows), timeless(rows_before));
    let wrong: Vec<String> = unlike_rows(&rows, &rows_before, (&after, &after), plan);
    // a trigger of the user's may say when a row was written; what stands there from a step that cannot be taken back may have been filled meanwhile
    if fixed == 0 && !wrong.is_empty() {
        return Err(format!("undo: {}", wrong.join("; ")));
    }
    Ok(fixed)
}

/// Without times.
fn timeless(mut contents: Vec<Contents>) -> Vec<Contents> {
    for of in &mut contents {
        for value in of.rows.iter_mut().flatten().flatten() {
            if value.starts_with("20") && value.contains(':') || value == "today" {
                value.clear();
            }
        }
        of.rows.sort();
    }
    contents
}

/// In what two schemas differ, beyond what the plan says.
fn unlike(planned: &Catalog, written: &Catalog, plan: &Plan) -> Vec<String> {
    let differences = compare(planned, written);
    let unsaid = differences.iter().filter(|one| !is_said(one, plan));
    unsaid.map(ToString::to_string).collect()
}

/// Columns in another order, and views that read all of them in their order.
fn is_said(difference: &Difference, plan: &Plan) -> bool {
    let Disparity::Changed {
        property,
        first,
        second,
    } = &difference.disparity
    else {
        return false;
    };
    match &difference.object {
        ObjectRef::Table(table) if *property == "column order" => {
            let table = table.to_string();
            plan.differences.iter().any(|said| said.contains(&table))
        }
        ObjectRef::View(_) => !plan.differences.is_empty() && words(first) == words(second),
        _ => false,
    }
}

fn words(text: &str) -> Vec<&str> {
    let mut words: Vec<&str> = text
        .split(|of: char| of.is_whitespace() || of == ',')
        .filter(|word| !word.is_empty())
        .collect();
    words.sort_unstable();
    words
}

fn unlike_rows(
    planned: &[Contents],
    written: &[Contents],
    (before, after): (&Catalog, &Catalog),
    plan: &Plan,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for own in planned {
        let Some(other) = written.iter().find(|other| other.table == own.table) else {
            continue;
        };
        if own.columns != other.columns || own.rows == other.rows {
            continue;
        }
        let (was, is) = (before.tables.get(&own.table), after.tables.get(&own.table));
        let compared: Vec<usize> = (own.columns.iter().enumerate())
            .filter(|(_, name)| !is_volatile(name, was.map(|of| &**of), is.map(|of| &**of), plan))
            .map(|(at, _)| at)
            .collect();
        let (rows, others) = (only(&own.rows, &compared), only(&other.rows, &compared));
        for (row, as_written) in rows.iter().zip(&others).filter(|(row, other)| row != other) {
            wrong.push(format!(
                "{} {:?} has the row {row:?}, as written {as_written:?}",
                own.table, own.columns
            ));
        }
        if rows.len() != others.len() {
            let table = &own.table;
            wrong.push(format!(
                "{table} has {} rows, as written {}",
                rows.len(),
                others.len()
            ));
        }
    }
    wrong.truncate(3);
    wrong
}

/// The rows with these columns only.
fn only<'a>(rows: &'a [Vec<Option<String>>], columns: &[usize]) -> Vec<Vec<&'a Option<String>>> {
    let mut kept: Vec<Vec<&Option<String>>> = rows
        .iter()
        .map(|row| columns.iter().filter_map(|at| row.get(*at)).collect())
        .collect();
    kept.sort();
    kept
}

/// What gives another value each time.
const VOLATILE: &[&str] = &[
    "random",
    "clock_timestamp",
    "nextval",
    "serial",
    "IDENTITY",
    "uuid_generate",
];

/// Whether the values of a column may be others each time they are made: something volatile is in a statement about it, or in
/// its default.
fn is_volatile(column: &Name, before: Option<&Table>, after: Option<&Table>, plan: &Plan) -> bool {
    let is_volatile = |text: &str| VOLATILE.iter().any(|word| text.contains(word));
    let written = plan.migrations.iter().flat_map(|of| &of.statements);
    let mut texts = written.map(|statement| statement.sql.as_str());
    let about = |text: &str| text.contains(column.as_str()) && is_volatile(text);
    let new = before.is_none_or(|table| table.column(column).is_none());
    let default = [before, after].into_iter().flatten().any(|table| {
        let own = table.column(column);
        let default = own.and_then(|own| own.default.as_ref());
        own.is_some_and(|own| own.identity.is_some() && new)
            || default.is_some_and(|default| is_volatile(&default.text))
    });
    let touched = new
        || plan
            .migrations
            .iter()
            .flat_map(|of| &of.statements)
            .any(|statement| statement.sql.contains(column.as_str()));
    texts.any(about) || (touched && default)
}
