//! Temporary tables: they are there for one session only, perhaps for one transaction (`ON COMMIT DROP`), so that what makes
//! one and what reads it belong into one transaction.

use segue_catalog::Name;

use crate::{Action, Step};

/// The steps, those that share a temporary table put together; where a step between them cannot run in a transaction, they
/// stay apart.
pub(super) fn whole(steps: Vec<Step>, join: impl Fn(&mut Step, Step)) -> Vec<Step> {
    let mut steps: std::collections::VecDeque<Step> = steps.into();
    let mut put_together = Vec::new();
    while let Some(mut step) = steps.pop_front() {
        let own = made(&step);
        let last = match own.is_empty() {
            true => None,
            false => steps.iter().rposition(|later| uses(later, &own)),
        };
        let together = last.filter(|last| {
            let between = steps.iter().take(last + 1);
            is_transaction(&step)
                && between
                    .clone()
                    .all(|other| is_transaction(other) && other.settings == step.settings)
        });
        for _ in 0..together.map_or(0, |last| last + 1) {
            if let Some(next) = steps.pop_front() {
                join(&mut step, next);
            }
        }
        put_together.push(step);
    }
    put_together
}

fn is_transaction(step: &Step) -> bool {
    matches!(step.action, Action::Transaction(_))
}

/// The temporary tables that a step makes.
fn made(step: &Step) -> Vec<Name> {
    let statements = step.action.statements().into_iter();
    statements.filter_map(|text| temporary(&text)).collect()
}

/// The name of the temporary table that a statement makes.
fn temporary(statement: &str) -> Option<Name> {
    let mut words = statement
        .split(|of: char| of.is_whitespace() || of == '(')
        .filter(|word| !word.is_empty());
    let mut is_next = |all: &[&str]| {
        let next = words.clone().next()?.to_ascii_lowercase();
        all.contains(&next.as_str()).then(|| words.next())
    };
    is_next(&["create"])?;
    is_next(&["local", "global"]);
    is_next(&["temp", "temporary"])?;
    is_next(&["table"])?;
    while is_next(&["if", "not", "exists"]).is_some() {}
    let written = words.next()?;
    let written = written.strip_prefix("pg_temp.").unwrap_or(written);
    let quoted = written
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    Some(quoted.map_or_else(|| Name::unquoted(written), Name::quoted))
}

fn uses(step: &Step, tables: &[Name]) -> bool {
    let statements = step.action.statements();
    statements.iter().any(|text| {
        let mut words = text.split(|of: char| !of.is_alphanumeric() && of != '_');
        words.any(|word| tables.iter().any(|name| word.eq_ignore_ascii_case(name)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_tables_are_known_by_how_they_are_made() {
        let name = |text: &str| temporary(text).map(|name| name.as_str().to_owned());
        assert_eq!(name("CREATE TEMP TABLE t(a int)"), Some("t".to_owned()));
        assert_eq!(
            name("create local temporary table if not exists \"T\" AS SELECT 1"),
            Some("T".to_owned())
        );
        assert_eq!(name("CREATE TABLE t (a int)"), None);
        assert_eq!(name("CREATE TEMP VIEW t AS SELECT 1"), None);
    }
}
