//! `DO` blocks. One that does nothing but run plain statements is what those statements are, and an
//! `EXCEPTION WHEN duplicate_object` around them is a rule that can be followed; anything else only a server can run.

use squawk_syntax::{
    SourceFile,
    ast::{self, AstNode},
};

use super::super::{Context, dispatch};
use crate::Change;

const UNKNOWN: &str = "a DO block";

/// Lowers a block, if it can be followed exactly.
pub(super) fn lower(context: &mut Context<'_>, block: &ast::Do) {
    let Some(changes) = followed(context, block) else {
        return context.unknown(UNKNOWN);
    };
    for change in changes {
        context.emit(change);
    }
}

fn followed(context: &mut Context<'_>, block: &ast::Do) -> Option<Vec<Change>> {
    let body = block.plpgsql()?;
    if !body.errors().is_empty() {
        return None;
    }
    let parsed = body.tree();
    let outer = parsed.block()?;
    if outer.declare_section().is_some() || parsed.comp_options().next().is_some() {
        return None;
    }
    let statements = plain_statements(&outer.body()?)?;
    let forgiven = match outer.exception() {
        Some(section) => forgiven(&section)?,
        None => Vec::new(),
    };
    let mut inner = context.nested();
    for statement in &statements {
        let parse = SourceFile::parse(statement);
        let parsed = parse.tree().stmts().next()?;
        dispatch(&mut inner, &parsed);
        if inner.has_problems() {
            break;
        }
    }
    match inner.into_result() {
        Ok(changes) => changes.iter().all(can_be_nested).then_some(changes),
        // the block is one whole: an error that is forgiven takes back all of it
        Err(problems) => {
            let caught = |message: &str| {
                let name = condition_of(message);
                forgiven
                    .iter()
                    .any(|one| one == "others" || name == Some(one.as_str()))
            };
            let all = problems.iter().all(|problem| caught(&problem.message));
            all.then(|| vec![Change::Nothing])
        }
    }
}

/// What a session or an unknown statement does within a block is not followed.
fn can_be_nested(change: &Change) -> bool {
    !matches!(change, Change::Session(_) | Change::Unknown { .. })
}

/// The statements of a body that has nothing but statements of SQL and messages.
fn plain_statements(body: &ast::PlpgsqlBody) -> Option<Vec<String>> {
    let mut statements = Vec::new();
    for statement in body.stmts() {
        match statement {
            ast::PlpgsqlStmt::PlpgsqlExecSqlStmt(sql) => {
                statements.push(sql.stmt()?.syntax().text().to_string());
            }
            ast::PlpgsqlStmt::PlpgsqlNullStmt(_) => {}
            ast::PlpgsqlStmt::PlpgsqlRaiseStmt(raise) if is_message(&raise) => {}
            _ => return None,
        }
    }
    Some(statements)
}

/// A RAISE that only says something.
fn is_message(raise: &ast::PlpgsqlRaiseStmt) -> bool {
    let text = raise.syntax().text().to_string().to_ascii_lowercase();
    let level = text.split_whitespace().nth(1).unwrap_or_default();
    ["notice", "info", "warning", "log", "debug"].contains(&level)
}

/// The conditions whose handlers do nothing; `None` if one does something.
fn forgiven(section: &ast::PlpgsqlExceptionSection) -> Option<Vec<String>> {
    let mut names = Vec::new();
    for handler in section.handlers() {
        if !plain_statements(&handler.body()?)?.is_empty() {
            return None;
        }
        for condition in handler.conditions() {
            names.push(
                condition
                    .syntax()
                    .text()
                    .to_string()
                    .trim()
                    .to_ascii_lowercase(),
            );
        }
    }
    Some(names)
}

/// The condition that the server raises with a message (errcodes-appendix.html).
fn condition_of(message: &str) -> Option<&'static str> {
    let starts = |start: &str| message.starts_with(start);
    if message.ends_with("already exists") || message.contains("already exists with same") {
        return Some(match () {
            () if starts("relation ") => "duplicate_table",
            () if starts("column ") => "duplicate_column",
            () if starts("schema ") => "duplicate_schema",
            () if starts("function ") || starts("procedure ") => "duplicate_function",
            () => "duplicate_object",
        });
    }
    if message.ends_with("does not exist") {
        return Some(match () {
            () if starts("relation ") || starts("table ") => "undefined_table",
            () if starts("column ") => "undefined_column",
            () if starts("schema ") => "invalid_schema_name",
            () if starts("function ") || starts("procedure ") => "undefined_function",
            () => "undefined_object",
        });
    }
    None
}
