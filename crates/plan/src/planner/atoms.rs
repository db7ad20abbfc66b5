//! What is planned: statements cut into parts that each do one thing. An `ALTER TABLE` becomes one for each action, in the
//! order in which a server does them; a constraint that stands with a new column becomes one of its own; a DROP of several
//! objects one for each; a DO block the statements that it amounts to; and a statement that goes by the places of columns
//! names them (`by_name.rs`).

use std::{ops::Range, sync::Arc};

use segue_catalog::{Catalog, Session};
use segue_sql::{Kind, Problem, Source, Statement, split};
use squawk_syntax::ast::{self, AstNode};

use super::{
    by_name::{self, Named},
    made_again::made_again,
    restate,
    settings::{self, InForce, Setting},
};
use crate::{Line, Script, Served, Strategy, run::Run};

mod alter_table;
mod create_table;

/// A migration as it is planned: every line of the script is an atom.
#[derive(Debug)]
pub(super) struct Atoms {
    pub(super) script: Script,
    /// Of each line, what it comes from.
    pub(super) origins: Vec<Origin>,
}

/// What an atom comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) served: Served,
    /// Whether it is all that the statement does.
    pub(super) whole: bool,
    /// Settings that the file has made for it.
    pub(super) kept: Vec<String>,
}

/// The atoms of all migrations, and those of them that have nothing to do.
pub(super) fn of_all(scripts: &[Script], strategy: Strategy) -> (Vec<Atoms>, Vec<(usize, usize)>) {
    let mut run = Run::default();
    let atoms = scripts.iter().enumerate().map(|(number, script)| {
        run.enter(None);
        of(number, script, &mut run, strategy)
    });
    let mut atoms: Vec<Atoms> = atoms.collect();
    let passed = match strategy {
        Strategy::Online => made_again(&mut atoms),
        Strategy::Direct => Vec::new(),
    };
    (atoms, passed)
}

/// The atoms of a migration; what it makes itself, and what is taken back by a ROLLBACK, is left as it is written.
pub(super) fn of(migration: usize, script: &Script, run: &mut Run, strategy: Strategy) -> Atoms {
    let mut cut = Cutting {
        text: String::new(),
        lines: Vec::new(),
        origins: Vec::new(),
        in_force: InForce::default(),
    };
    let taken_back = taken_back(script);
    for (statement, line) in script.lines.iter().enumerate() {
        let served = Served {
            migration,
            statement,
        };
        let stays = line.transaction.is_none_or(|it| !taken_back.contains(&it));
        if is_frame(&line.kind) || !stays {
            continue;
        }
        cut.in_force.enter(line.transaction);
        let text = &script.source.text[line.span.clone()];
        let parse = segue_catalog::parse(text);
        let tree = parse.tree().stmts().next();
        let known = tree.as_ref().filter(|_| line.refused.is_empty());
        match known.and_then(|tree| settings::of(tree, text, &line.changes)) {
            Some(Setting::Passing) => continue,
            Some(Setting::Kept(setting)) => {
                cut.in_force.set(setting, line.transaction);
                continue;
            }
            Some(Setting::Again(name)) => {
                cut.in_force.again(name.as_deref());
                continue;
            }
            None => {}
        }
        let named = known.filter(|_| strategy == Strategy::Online);
        let named = named.map(|tree| by_name::named(text, tree, line, run));
        let parts = known.map(|tree| match named {
            Some(Named::ByName(text)) => vec![text],
            _ => parts(text, tree, line, run),
        });
        cut.add(text, line, served, parts.unwrap_or_default());
        run.apply(line, tree.as_ref(), &crate::Effect::default());
    }
    cut.finish(script)
}

/// The transactions of a script that end with `ROLLBACK`: nothing of them stays.
fn taken_back(script: &Script) -> Vec<usize> {
    let ends = script
        .lines
        .iter()
        .filter(|line| line.kind == Kind::Rollback);
    ends.filter_map(|line| line.transaction).collect()
}

/// Whether a statement only steers the transaction: each step has its own.
fn is_frame(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Begin
            | Kind::Commit
            | Kind::Rollback
            | Kind::PrepareTransaction
            | Kind::PsqlCommand(_)
    )
}

/// The statements that a statement amounts to; empty where it does one thing.
fn parts(text: &str, tree: &ast::Stmt, line: &Line, run: &Run) -> Vec<String> {
    match tree {
        ast::Stmt::AlterTable(alter) => alter_table::parts(text, alter, line, run),
        ast::Stmt::CreateTable(create) => create_table::parts(text, create, line, run),
        ast::Stmt::Do(_) if line.unknown.is_none() => restate::all(&line.after, &line.changes),
        ast::Stmt::DropTable(drop) => {
            let names = drop.table_name_refs();
            each(text, drop.syntax(), names.map(|name| name.syntax().clone()))
        }
        ast::Stmt::DropIndex(drop) => {
            let names = drop.index_refs();
            each(text, drop.syntax(), names.map(|name| name.syntax().clone()))
        }
        ast::Stmt::DropView(drop) => {
            let names = drop.view_refs();
            each(text, drop.syntax(), names.map(|name| name.syntax().clone()))
        }
        ast::Stmt::DropType(drop) => {
            let names = drop.type_name_refs();
            each(text, drop.syntax(), names.map(|name| name.syntax().clone()))
        }
        _ => Vec::new(),
    }
}

/// A DROP of a list, as one DROP for each.
fn each(
    text: &str,
    whole: &squawk_syntax::SyntaxNode,
    names: impl Iterator<Item = squawk_syntax::SyntaxNode>,
) -> Vec<String> {
    let names: Vec<Range<usize>> = names.map(|name| range(&name)).collect();
    let (Some(first), Some(last)) = (names.first(), names.last()) else {
        return Vec::new();
    };
    if names.len() < 2 {
        return Vec::new();
    }
    let end = range(whole).end.min(text.len());
    let (front, behind) = (&text[..first.start], &text[last.end..end]);
    let one = |name: &Range<usize>| format!("{front}{}{behind}", &text[name.clone()]);
    names.iter().map(one).collect()
}

pub(super) fn range(node: &squawk_syntax::SyntaxNode) -> Range<usize> {
    let range = node.text_range();
    usize::from(range.start())..usize::from(range.end())
}

struct Cutting {
    text: String,
    lines: Vec<Pending>,
    origins: Vec<Origin>,
    in_force: InForce,
}

/// A line whose text has not been put together yet.
enum Pending {
    /// As it was.
    Whole(Range<usize>, Box<Line>),
    /// The parts of this line.
    Parts(Vec<Range<usize>>, Box<Line>, Range<usize>),
}

impl Cutting {
    fn add(&mut self, text: &str, line: &Line, served: Served, parts: Vec<String>) {
        let whole = self.put(text);
        if parts.is_empty() {
            self.lines
                .push(Pending::Whole(whole, Box::new(line.clone())));
        } else {
            let parts = parts.iter().map(|part| self.put(part)).collect();
            let line = Box::new(line.clone());
            self.lines.push(Pending::Parts(parts, line, whole));
        }
        self.origins.push(Origin {
            served,
            whole: true,
            kept: self.in_force.statements(),
        });
    }

    fn put(&mut self, text: &str) -> Range<usize> {
        let start = self.text.len();
        self.text.push_str(text.trim_end().trim_end_matches(';'));
        let end = self.text.len();
        self.text.push_str(";\n");
        start..end
    }

    fn finish(self, script: &Script) -> Atoms {
        let source = Source::new(script.source.name.clone(), self.text);
        let (mut lines, mut origins) = (Vec::new(), Vec::new());
        for (pending, origin) in self.lines.into_iter().zip(self.origins) {
            match pending {
                Pending::Whole(span, line) => {
                    lines.push(standing(*line, span));
                    origins.push(origin);
                }
                Pending::Parts(parts, line, whole) => match read(&source, &parts, &line) {
                    Some(read) => {
                        let part = Origin {
                            whole: read.len() == 1,
                            ..origin
                        };
                        origins.extend(read.iter().map(|_| part.clone()));
                        lines.extend(read);
                    }
                    None => {
                        lines.push(standing(*line, whole));
                        origins.push(origin);
                    }
                },
            }
        }
        let script = Script {
            name: script.name.clone(),
            origin: script.origin,
            source,
            lines,
            kept: None,
            transform: None,
        };
        Atoms { script, origins }
    }
}

fn standing(line: Line, span: Range<usize>) -> Line {
    Line {
        span,
        transaction: None,
        ..line
    }
}

/// The parts of a statement, read one after the other; none where they do not lead to what it leads to.
fn read(source: &Arc<Source>, parts: &[Range<usize>], line: &Line) -> Option<Vec<Line>> {
    let mut catalog = line.before.clone();
    let mut session = line.session.clone();
    let read = parts
        .iter()
        .map(|span| of_text(source, span.clone(), &mut catalog, &mut session).ok());
    let read: Vec<Line> = read.collect::<Option<_>>()?;
    (catalog == line.after).then_some(read)
}

/// Reads a statement that was put together here.
///
/// # Errors
/// What the model refuses of it.
pub(super) fn of_text(
    source: &Arc<Source>,
    span: Range<usize>,
    catalog: &mut Catalog,
    session: &mut Session,
) -> Result<Line, Vec<Problem>> {
    let alone = split(&Source::new("", &source.text[span.clone()]))?;
    let kind = alone.kind(0).cloned().ok_or_else(Vec::new)?;
    let statement = Statement {
        span,
        kind,
        data: None,
    };
    let mut line = Line::read(source, statement, None, catalog, session);
    match line.refused.is_empty() {
        true => Ok(line),
        false => Err(std::mem::take(&mut line.refused)),
    }
}
