//! Statements that change nothing but the session: each step has a transaction and a session of its own, and gets what it
//! needs of them.

use segue_catalog::{Change, Session};
use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};

/// What a statement is to the session, if it is about nothing else.
pub(super) enum Setting {
    /// It frames a transaction, or is known from what names mean: nothing is left of it.
    Passing,
    /// The steps behind it need it too.
    Kept(Kept),
    /// A setting is as it was again; none: all are.
    Again(Option<String>),
}

/// A setting that the steps behind it need too.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    /// What is set, in lower case.
    name: String,
    /// The statement, for a session.
    statement: String,
    /// Whether it is over with the transaction.
    is_local: bool,
}

/// What is set at a statement of a script.
#[derive(Debug, Default)]
pub(super) struct InForce {
    /// In their order, each with the transaction that it is over with.
    kept: Vec<(Kept, Option<usize>)>,
}

impl InForce {
    /// A statement of this transaction of the script comes next, or one outside of them: then it is the one that the tool opens
    /// for the whole script, as far as it does.
    pub(super) fn enter(&mut self, transaction: Option<usize>) {
        self.kept
            .retain(|(kept, of)| !kept.is_local || of.is_none() || *of == transaction);
    }

    pub(super) fn set(&mut self, kept: Kept, transaction: Option<usize>) {
        self.kept.push((kept, transaction));
    }

    /// It is as it was again; none: all are.
    pub(super) fn again(&mut self, name: Option<&str>) {
        self.kept
            .retain(|(kept, _)| name.is_some_and(|name| kept.name != name));
    }

    /// The statements that set it.
    pub(super) fn statements(&self) -> Vec<String> {
        let kept = self.kept.iter();
        kept.map(|(kept, _)| kept.statement.clone()).collect()
    }
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
        ast::Stmt::Set(set) => {
            let told = changes
                .iter()
                .any(|change| matches!(change, Change::Session(_)));
            let lower = text.to_ascii_lowercase();
            let own = OWN.iter().any(|own| lower.contains(own));
            if told || own {
                return Some(Setting::Passing);
            }
            let name = name(set);
            Some(match is_default(set) {
                true => Setting::Again(Some(name)),
                false => Setting::Kept(Kept {
                    name,
                    statement: of_session(set, text),
                    is_local: matches!(set.set_scope(), Some(ast::SetScope::LocalScope(_))),
                }),
            })
        }
        ast::Stmt::Reset(reset) => Some(match reset.reset_target() {
            Some(ast::ResetTarget::ConfigParameterRef(parameter)) => {
                Setting::Again(Some(written(parameter.syntax())))
            }
            Some(ast::ResetTarget::All(_)) => Setting::Again(None),
            _ => Setting::Passing,
        }),
        ast::Stmt::Discard(discard) => Some(match discard.discard_target() {
            Some(target) if written(target.syntax()) == "all" => Setting::Again(None),
            _ => Setting::Passing,
        }),
        ast::Stmt::Begin(_)
        | ast::Stmt::Commit(_)
        | ast::Stmt::ReleaseSavepoint(_)
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

/// What is set, in lower case.
fn name(set: &ast::Set) -> String {
    match set.set_target() {
        Some(ast::SetTarget::SetConfig(config)) => config
            .config_parameter_ref()
            .map_or_else(String::new, |parameter| written(parameter.syntax())),
        Some(target) => {
            let text = written(target.syntax());
            text.split_whitespace()
                .next()
                .unwrap_or_default()
                .to_owned()
        }
        None => String::new(),
    }
}

fn written(syntax: &SyntaxNode) -> String {
    syntax.text().to_string().trim().to_ascii_lowercase()
}

/// Whether it is set to what it is by itself.
fn is_default(set: &ast::Set) -> bool {
    let Some(ast::SetTarget::SetConfig(config)) = set.set_target() else {
        return false;
    };
    let assignment = config.config_assignment();
    matches!(assignment, Some(ast::ConfigAssignment::ToConfigValue(to)) if to.default_token().is_some())
}

/// `SET LOCAL x` as `SET x`: a step's settings end with the step.
fn of_session(set: &ast::Set, text: &str) -> String {
    let Some(scope) = set.set_scope() else {
        return text.to_owned();
    };
    let range = scope.syntax().text_range();
    let (before, behind) = (usize::from(range.start()), usize::from(range.end()));
    match (text.get(..before), text.get(behind..)) {
        (Some(before), Some(behind)) => format!("{before}{}", behind.trim_start()),
        _ => text.to_owned(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str) -> Kept {
        let parse = segue_catalog::parse(text);
        let tree = parse.tree().stmts().next().expect("a statement");
        match of(&tree, text, &[]) {
            Some(Setting::Kept(kept)) => kept,
            _ => panic!("{text} is to be kept"),
        }
    }

    fn again(text: &str) -> Option<String> {
        let parse = segue_catalog::parse(text);
        let tree = parse.tree().stmts().next().expect("a statement");
        match of(&tree, text, &[]) {
            Some(Setting::Again(name)) => name,
            _ => panic!("{text} is to undo something"),
        }
    }

    #[test]
    fn what_is_set_is_kept_to_the_letter() {
        let note = kept("SET LOCAL app.note = 'two  blanks -- and more'");
        assert_eq!(note.statement, "SET app.note = 'two  blanks -- and more'");
        assert_eq!(
            kept("SET SESSION work_mem TO '1GB'").statement,
            "SET work_mem TO '1GB'"
        );
    }

    #[test]
    fn a_setting_is_over_with_its_transaction_or_once_it_is_reset() {
        let mut all = InForce::default();
        all.set(
            kept("SET LOCAL session_replication_role = replica"),
            Some(0),
        );
        all.set(kept("SET work_mem = '1GB'"), Some(0));
        all.set(kept("SET App.Note = 'x'"), None);
        all.enter(Some(0));
        assert_eq!(all.statements().len(), 3);
        all.enter(None);
        assert_eq!(
            all.statements(),
            ["SET work_mem = '1GB'", "SET App.Note = 'x'"]
        );
        all.again(again("RESET work_mem").as_deref());
        assert_eq!(all.statements(), ["SET App.Note = 'x'"]);
        all.again(again("SET app.note TO DEFAULT").as_deref());
        assert_eq!(all.statements(), [""; 0]);
        all.set(kept("SET work_mem = '1GB'"), None);
        assert_eq!(again("RESET ALL"), None);
        assert_eq!(again("DISCARD ALL"), None);
        all.again(None);
        assert_eq!(all.statements(), [""; 0]);
        // of the transaction around the whole script
        all.set(kept("SET LOCAL app.note = 'x'"), None);
        all.enter(Some(1));
        assert_eq!(all.statements(), ["SET app.note = 'x'"]);
    }
}
