//! Statements to changes: what a statement does to a schema, with names resolved as the server would.
//!
//! Nothing here changes a schema: that is `apply`'s business. The statements are in three families, one file for a
//! kind of object in each:
//!
//! - `relation/`: tables, their columns and constraints, indexes, sequences. `CREATE TABLE` is `create.rs` and
//!   `draft.rs`, `ALTER TABLE` `alter.rs`, its actions `alter_*.rs`.
//! - `object/`: everything else that can be made: types, routines, views, triggers, privileges, comments…; what the model
//!   knows no parts of is in `opaque/`.
//! - `session/`: what makes no object: settings, rows, transactions, calls, `DO`.
//!
//! What they share: `context.rs` collects changes and problems, `names.rs` reads names and `resolve.rs` finds what they
//! stand for, `types.rs` and `expression.rs` do that for types and expressions.

pub(crate) mod builtin_types;
mod complaint;
mod context;
pub(crate) mod expression;
mod extensions;
pub(crate) mod names;
mod object;
mod parsed;
mod relation;
pub(crate) mod resolve;
mod session;
mod suggest;
mod syntax;
pub(crate) mod types;

use std::{mem, ops::Range, sync::Arc};

use segue_sql::{Problem, Source};
use squawk_syntax::ast;

use crate::{Catalog, Change, Session};
pub(crate) use context::Context;
pub use parsed::{Parsed, parse};
pub(crate) use session::split_path;

/// What one statement does to a schema.
///
/// The statement is the part `span` of `source`, without its semicolon.
///
/// # Errors
/// A statement that does not parse, or that names what is not there: what the server would refuse, as far as
/// that can be told without one.
pub fn lower(
    source: &Arc<Source>,
    span: Range<usize>,
    catalog: &Catalog,
    session: &Session,
) -> Result<Vec<Change>, Vec<Problem>> {
    let parsed = Parsed::of(&source.text[span.clone()]);
    run(source, span, &parsed, catalog, session).map(|(changes, _)| changes)
}

/// Lowers a statement and applies what it does: to the schema, and to the session for the statements behind it.
/// On an error both stay as they are.
///
/// # Errors
/// As for [`lower`].
pub fn advance(
    source: &Arc<Source>,
    span: Range<usize>,
    catalog: &mut Catalog,
    session: &mut Session,
) -> Result<Vec<Change>, Vec<Problem>> {
    let parsed = Parsed::of(&source.text[span.clone()]);
    advance_parsed(source, span, &parsed, catalog, session)
}

/// The same for a statement that is parsed already.
///
/// # Errors
/// As for [`lower`].
pub fn advance_parsed(
    source: &Arc<Source>,
    span: Range<usize>,
    parsed: &Parsed,
    catalog: &mut Catalog,
    session: &mut Session,
) -> Result<Vec<Change>, Vec<Problem>> {
    let (changes, after) = run(source, span, parsed, catalog, session)?;
    *catalog = after;
    for change in &changes {
        session.apply(change);
    }
    Ok(changes)
}

/// The same for a schema that nobody else holds, which a statement then costs no more than what it changes: for long scripts
/// that are read for what they lead to. On an error the schema may have a part of what the statement does.
///
/// # Errors
/// As for [`lower`].
pub fn advance_in_place(
    source: &Arc<Source>,
    span: Range<usize>,
    catalog: &mut Catalog,
    session: &mut Session,
) -> Result<Vec<Change>, Vec<Problem>> {
    let bare = Catalog::bare(catalog.major);
    let mut context = Context::new(source, span.clone(), mem::replace(catalog, bare), session);
    statement(&mut context, &Parsed::of(&source.text[span]));
    let (changes, after) = context.part();
    *catalog = after;
    let changes = changes?;
    for change in &changes {
        session.apply(change);
    }
    Ok(changes)
}

fn run(
    source: &Arc<Source>,
    span: Range<usize>,
    parsed: &Parsed,
    catalog: &Catalog,
    session: &Session,
) -> Result<(Vec<Change>, Catalog), Vec<Problem>> {
    let mut context = Context::new(source, span, catalog.clone(), session);
    statement(&mut context, parsed);
    context.finish()
}

/// Lowers the first statement of a text.
fn statement(context: &mut Context<'_>, parsed: &Parsed) {
    if parsed.is_too_deep {
        context.unknown("a statement that is nested too deep to be read");
        return;
    }
    match syntax::verdict(parsed.parse()) {
        syntax::Verdict::Fine => {}
        syntax::Verdict::BeyondTheParser => {
            context.unknown("an exclusion constraint with an operator class");
            return;
        }
        syntax::Verdict::Wrong(errors) => {
            errors.iter().for_each(|error| context.syntax_error(error));
            return;
        }
    }
    match parsed.statement() {
        Some(statement) => dispatch(context, &statement),
        None => context.emit(Change::Nothing),
    }
}

/// Each family knows its own statements, and says whether this is one of them.
fn dispatch(context: &mut Context<'_>, statement: &ast::Stmt) {
    let families = [session::lower, relation::lower, object::lower];
    if !families.iter().any(|lower| lower(context, statement)) {
        context.unknown("a statement that is not modelled");
    }
}
