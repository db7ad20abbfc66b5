//! Statements that change nothing but the session: each step has a transaction and a session of its own, and gets what it
//! needs of them.

use segue_catalog::{Change, Session};
use squawk_syntax::ast;

/// What a statement is to the session, if it is about nothing else.
pub(super) enum Setting {
    /// It frames a transaction, or is known from what names mean: nothing is left of it.
    Passing,
    /// The steps behind it need it too.
    Kept(String),
}

/// Settings that each step is given anyway.
const OWN: [&str; 4] = [
    "lock_timeout",
    "statement_timeout",
    "idle_in_transaction_session_timeout",
    "transaction_timeout",
];

/// What a statement is to the session; none where it is more than that.
pub(super) fn of(tree: &ast::Stmt, text: &str, changes: &[Change]) -> Option<Setting> {
    match tree {
        ast::Stmt::Set(_) => {
            let told = changes
                .iter()
                .any(|change| matches!(change, Change::Session(_)));
            let lower = text.to_ascii_lowercase();
            let own = OWN.iter().any(|own| lower.contains(own));
            if told || own {
                return Some(Setting::Passing);
            }
            Some(Setting::Kept(of_session(text)))
        }
        ast::Stmt::Begin(_)
        | ast::Stmt::Commit(_)
        | ast::Stmt::Discard(_)
        | ast::Stmt::ReleaseSavepoint(_)
        | ast::Stmt::Reset(_)
        | ast::Stmt::ResetRole(_)
        | ast::Stmt::ResetSessionAuth(_)
        | ast::Stmt::SavepointCreate(_)
        | ast::Stmt::SetConstraints(_)
        | ast::Stmt::SetRole(_)
        | ast::Stmt::SetSessionAuth(_)
        | ast::Stmt::SetTransaction(_)
        | ast::Stmt::Show(_) => Some(Setting::Passing),
        // `SELECT set_config('search_path', …)`
        ast::Stmt::Select(_) => {
            let only = !changes.is_empty()
                && changes
                    .iter()
                    .all(|change| matches!(change, Change::Session(_)));
            only.then_some(Setting::Passing)
        }
        _ => None,
    }
}

/// `SET LOCAL x` as `SET x`: a step's settings end with the step.
fn of_session(text: &str) -> String {
    let mut words = text.split_whitespace();
    let set = words.next().unwrap_or("SET");
    let rest: Vec<&str> = words
        .enumerate()
        .filter(|(at, word)| {
            *at > 0 || !(word.eq_ignore_ascii_case("local") || word.eq_ignore_ascii_case("session"))
        })
        .map(|(_, word)| word)
        .collect();
    format!("{set} {}", rest.join(" "))
}

/// What the session has set that a step needs too.
pub(super) fn told(session: &Session, kept: &[String]) -> Vec<String> {
    let mut settings = Vec::new();
    if session.search_path != session.initial_search_path {
        let path = session.search_path_setting();
        settings.push(format!("SET search_path = {path}"));
    }
    if let Some(role) = &session.role {
        settings.push(format!("SET ROLE {role}"));
    }
    settings.extend_from_slice(kept);
    settings
}
