//! Everything that forbids a deploy, said before anything runs; and what is left to run then.

use segue_db::{Facts, ReadOnly};
use segue_plan::Declared;
use segue_project::{Migration, Project};
use segue_sql::{Dialect, Problem, nearest};

use crate::{
    Failure, FailureKind, Opened, Options, Standing, Status,
    backfill::transform::{Runs, program_problem},
    rollout::declared_program,
    status::progress_by_key,
    work::{Due, Work},
};

/// Everything that forbids a deploy, then what it would run. `seen` gets each migration made ready; nothing of
/// it is held then, as the texts of all may be too much for the memory.
pub(crate) fn pending<'a>(
    dialect: Dialect,
    project: &'a Project,
    status: &Status<'a>,
    opened: &'a Opened,
    options: &Options,
    seen: &mut dyn FnMut(&Work<'_>),
) -> Result<Vec<Due<'a>>, Failure> {
    refuse(status, opened, options)?;
    dues(dialect, project, status, opened, options, seen)
}

/// What a deploy would run, or everything that is wrong with it; `seen` as in [`pending`].
pub(crate) fn dues<'a>(
    dialect: Dialect,
    project: &'a Project,
    status: &Status<'a>,
    opened: &'a Opened,
    options: &Options,
    seen: &mut dyn FnMut(&Work<'_>),
) -> Result<Vec<Due<'a>>, Failure> {
    let last = match &options.to {
        None => project.migrations.len(),
        Some(name) => {
            let to = project.named(name).ok_or_else(|| unknown(project, name))?;
            1 + project
                .migrations
                .iter()
                .position(|m| m.key == to.key)
                .unwrap_or_default()
        }
    };
    let mut problems = Vec::new();
    let mut dues = Vec::new();
    let progress = progress_by_key(opened);
    for entry in status.entries[..last].iter().filter(|e| e.is_pending()) {
        problems.extend(not_ours_to_run(project, entry.migration));
        problems.extend(not_to_be_run(dialect, entry.migration, options));
        let progress = progress.get(entry.migration.key.as_str()).copied();
        match Work::of(dialect, entry.migration, progress) {
            Ok(work) => {
                seen(&work);
                dues.push(Due {
                    migration: entry.migration,
                    progress,
                    is_one_transaction: work.is_one_transaction(),
                    is_seed: work.is_seed(),
                });
            }
            Err(failure) if failure.kind == FailureKind::Input => {
                problems.extend(failure.problems);
            }
            Err(failure) => return Err(failure),
        }
    }
    if !problems.is_empty() || !dues.is_empty() {
        problems.splice(0..0, project.refusals.iter().cloned());
    }
    if problems.is_empty() {
        Ok(dues)
    } else {
        Err(problems.into())
    }
}

/// A migration that is code: only its own tool can run it.
fn not_ours_to_run(project: &Project, migration: &Migration) -> Option<Problem> {
    let command = migration.run_by.as_ref()?;
    let before = project
        .migrations
        .iter()
        .take_while(|m| m.key != migration.key);
    let problem = Problem::new(format!(
        "`{}` is code, which segue does not run",
        migration.name
    ));
    Some(match before.last() {
        Some(last) => problem.help(format!(
            "deploy what comes before it with --to {}, run it with `{command}`, then go on here",
            last.name
        )),
        None => problem.help(format!("run it with `{command}`, then go on here")),
    })
}

/// What is wrong with the program that rows go through behind a migration, as far as that is seen without a server.
fn not_to_be_run(dialect: Dialect, migration: &Migration, options: &Options) -> Vec<Problem> {
    let Some(transform) = &migration.transform else {
        return Vec::new();
    };
    let declared = match Declared::read(&transform.source) {
        Ok(declared) => declared,
        Err(problems) => return problems,
    };
    if dialect == Dialect::Sqlite {
        let problem = declared.problem(
            &declared.program[0].span,
            "rows go through a program in PostgreSQL only",
            "this program",
        );
        let help = "for SQLite run it by hand, and take transform.toml away";
        return vec![problem.help(help)];
    }
    match declared_program(migration, &options.functions) {
        Ok((declared, Runs::Program(folder))) => {
            program_problem(&declared, folder).into_iter().collect()
        }
        Ok((_, Runs::Function(_))) => Vec::new(),
        Err(failure) => failure.problems,
    }
}

/// No migration of this name.
pub(crate) fn unknown(project: &Project, name: &str) -> Failure {
    let names = || project.migrations.iter().map(|m| m.name.as_str());
    let mut near: Vec<&str> = names()
        .filter(|known| known.contains(name))
        .take(5)
        .collect();
    if near.is_empty() {
        near.extend(nearest(name, names()));
    }
    let problem = Problem::new(format!("there is no migration `{name}`"));
    Failure::from(if near.is_empty() {
        problem.help("`segue status --verbose` lists them all")
    } else {
        problem.help(format!("did you mean {}?", near.join(", ")))
    })
}

/// Everything that the history says against a deploy.
pub(crate) fn refuse(
    status: &Status<'_>,
    opened: &Opened,
    options: &Options,
) -> Result<(), Failure> {
    let mut problems = Vec::new();
    if !status.not_empty.is_empty() {
        problems.push(
            Problem::new("the database has tables, but no history of migrations")
                .note(format!(
                    "found {}, and no row in {}",
                    status.not_empty.join(", "),
                    opened.table.quoted()
                ))
                .help(
                    "if it has these migrations already, say so with `segue baseline`; \
                       if it belongs to something else, give another URL",
                ),
        );
    }
    problems.extend(status.failed().map(|entry| {
        Problem::new(format!(
            "`{}` was begun by {} and did not end",
            entry.migration.name, opened.format.layout.title
        ))
        .help(format!(
            "see what it left behind, then `segue resolve --rolled-back {0}` or `segue resolve --applied {0}`",
            entry.migration.name
        ))
    }));
    if !options.allow_edited {
        problems.extend(status.edited().map(|entry| {
            Problem::new(format!(
                "`{}` was changed after it was applied",
                entry.migration.name
            ))
            .help(
                "restore it and write a new migration for the change; \
                   or deploy all the same with --allow-edited",
            )
        }));
    }
    if !options.allow_missing && !status.missing.is_empty() {
        let keys: Vec<&str> = status.missing.iter().map(|r| r.key.as_str()).collect();
        problems.push(
            Problem::new(format!(
                "the database has migrations that are not on disk: {}",
                keys.join(", ")
            ))
            .help("restore them from version control, or deploy all the same with --allow-missing"),
        );
    }
    if options.strict {
        problems.extend(out_of_order(status).map(|name| {
            Problem::new(format!("`{name}` comes before migrations that are applied"))
                .help("rename it so that it comes last, or deploy without --strict")
        }));
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(Failure {
        kind: FailureKind::Refused,
        problems,
    })
}

pub(crate) fn out_of_order<'s>(status: &'s Status<'_>) -> impl Iterator<Item = String> + 's {
    status
        .entries
        .iter()
        .filter(|entry| entry.standing == Standing::Pending { out_of_order: true })
        .map(|entry| entry.migration.name.clone())
}

/// A server that takes no writes.
pub(crate) fn refuse_read_only(facts: &Facts) -> Result<(), Failure> {
    let Some(why) = facts.read_only else {
        return Ok(());
    };
    let problem = match why {
        ReadOnly::Standby => Problem::new("this server is a standby, which takes no writes").help(
            "give the URL of the primary; with several hosts add target_session_attrs=read-write",
        ),
        ReadOnly::Setting => Problem::new(
            "this session is read-only (default_transaction_read_only is on)",
        )
        .help(
            "turn it off for this user or database, or give the URL of a server that takes writes",
        ),
        ReadOnly::File => Problem::new(format!(
            "the database {} may only be read",
            facts.database
        ))
        .help("give this user the right to write the file and its folder, or leave mode=ro out of the URL"),
    };
    Err(Failure::refused(problem))
}
