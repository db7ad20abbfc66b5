//! A plan is run, step by step, in the plainest way: what the engine does beyond that is for when something goes wrong.

use std::time::Duration;

use segue_db::Session;
use segue_plan::{Action, Batches, FIRST_ROW, LAST_ROW, Step, Undo};

use crate::server::value;

/// How often a step that had to wait for too long is begun again: the machine may be busy.
const TRIES: usize = 10;
/// How often the rows of a table are gone through before something must be wrong.
const ROUNDS: usize = 5;

/// Runs steps, and looks whether each says of itself before that it is not done, and afterwards that it is.
pub(crate) async fn steps(session: &Session, steps: &[Step]) -> Result<(), String> {
    for step in steps {
        set(session, step).await?;
        let named = |why: String| format!("[{}] {}: {why}", step.recipe, step.title);
        if is_done(session, step).await.map_err(named)? == Some(true) && must_be_open(step) {
            return Err(named(format!(
                "it says that it is done before it has run: {}",
                step.verify.as_deref().unwrap_or_default()
            )));
        }
        forward(session, step).await.map_err(named)?;
        if is_done(session, step).await.map_err(named)? == Some(false) {
            return Err(named(format!(
                "it does not say that it is done: {}",
                step.verify.as_deref().unwrap_or_default()
            )));
        }
        reset(session).await?;
    }
    Ok(())
}

/// Runs a step, with what it keeps of rows.
async fn forward(session: &Session, step: &Step) -> Result<(), String> {
    let Some(keep) = &step.keep else {
        return action(session, &step.action, step).await;
    };
    execute(session, "CREATE SCHEMA IF NOT EXISTS segue").await?;
    match &step.action {
        Action::Batches(batches) => {
            for make in &keep.make {
                execute(session, make).await?;
            }
            rows(session, batches, step).await
        }
        Action::Transaction(_) => {
            let sent = step.sent().into_iter().map(Into::into).collect();
            action(session, &Action::Transaction(sent), step).await
        }
        Action::Alone(_) | Action::Transform(_) => {
            Err("what cannot run in a transaction keeps no rows".to_owned())
        }
    }
}

/// Takes steps back, the last one first.
pub(crate) async fn back(session: &Session, steps: &[Step]) -> Result<(), String> {
    for step in steps.iter().rev() {
        let Undo::Actions(actions) = &step.undo else {
            continue;
        };
        set(session, step).await?;
        for one in actions {
            let done = action(session, one, step).await;
            done.map_err(|why| format!("taking back [{}] {}: {why}", step.recipe, step.title))?;
        }
        if let Some(keep) = &step.keep {
            if let Some(row) = value(session, &keep.others).await? {
                return Err(format!(
                    "[{}] {}: {row} is not put back",
                    step.recipe, step.title
                ));
            }
            execute(session, &keep.drop()).await?;
        }
        reset(session).await?;
    }
    Ok(())
}

/// There may be no rows to write, `IF EXISTS` may find nothing to do, and a temporary table does not come again when steps are
/// taken back.
fn must_be_open(step: &Step) -> bool {
    let conditional = |text: &std::borrow::Cow<'_, str>| {
        let text = text.to_ascii_uppercase();
        text.contains("IF EXISTS") || text.contains("IF NOT EXISTS") || text.contains("OR REPLACE")
    };
    let batches = matches!(step.action, Action::Batches(_));
    let temporary = step
        .verify
        .as_ref()
        .is_some_and(|text| text.contains("pg_temp"));
    !batches && !temporary && !step.action.statements().iter().any(conditional)
}

async fn is_done(session: &Session, step: &Step) -> Result<Option<bool>, String> {
    let Some(verify) = &step.verify else {
        return Ok(None);
    };
    match value(session, verify).await?.as_deref() {
        Some("t") => Ok(Some(true)),
        Some("f") => Ok(Some(false)),
        other => Err(format!("{verify} gives {other:?}")),
    }
}

async fn set(session: &Session, step: &Step) -> Result<(), String> {
    for setting in &step.settings {
        execute(session, setting).await?;
    }
    Ok(())
}

async fn reset(session: &Session) -> Result<(), String> {
    execute(session, "RESET ROLE; RESET ALL").await
}

async fn action(session: &Session, action: &Action, step: &Step) -> Result<(), String> {
    match action {
        Action::Transaction(statements) => {
            let texts: Vec<String> = statements.iter().map(|text| format!("{text};\n")).collect();
            patiently(session, step, &texts.concat()).await
        }
        Action::Alone(statement) => execute(session, statement).await,
        Action::Batches(batches) => rows(session, batches, step).await,
        Action::Transform(transform) => {
            Err(format!("no program runs here: {:?}", transform.program))
        }
    }
}

async fn rows(session: &Session, batches: &Batches, step: &Step) -> Result<(), String> {
    let before: Vec<String> = (batches.before.iter())
        .map(|text| format!("{text};\n"))
        .collect();
    let text = format!(
        "{}{};",
        before.concat(),
        batches.between(FIRST_ROW, LAST_ROW)
    );
    for _ in 0..ROUNDS {
        patiently(session, step, &text).await?;
        if value(session, &batches.done).await?.as_deref() == Some("t") {
            return Ok(());
        }
    }
    Err(format!("rows are left: {}", batches.done))
}

/// In a transaction, with the step's timeouts.
async fn patiently(session: &Session, step: &Step, statements: &str) -> Result<(), String> {
    let milliseconds = |time: Option<Duration>| time.map_or(0, |time| time.as_millis());
    let begin = format!(
        "BEGIN; SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = {};",
        milliseconds(step.timeouts.lock),
        milliseconds(step.timeouts.statement)
    );
    let mut tries = 0;
    loop {
        let text = format!("{begin}\n{statements}\nCOMMIT");
        let Err(error) = session.rows(&text).await else {
            return Ok(());
        };
        let rolled_back = session.execute("ROLLBACK").await;
        rolled_back.map_err(|error| error.to_string())?;
        tries += 1;
        let late = matches!(error.code(), Some("55P03" | "57014"));
        if !late || tries == TRIES {
            return Err(format!("{error}\n{statements}"));
        }
    }
}

async fn execute(session: &Session, text: &str) -> Result<(), String> {
    let done = session.rows(text).await;
    done.map(drop).map_err(|error| format!("{error}\n{text}"))
}
