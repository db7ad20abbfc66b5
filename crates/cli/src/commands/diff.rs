//! `segue diff`.

use segue::{
    Departure, DiffOptions, Failure, Move, Side, Transition,
    catalog::{Disparity, diff::Action},
};
use serde_json::{Value, json};

use super::{Report, fail, stoppable};
use crate::{
    args::{self, Common, Format},
    exit,
    show::{clean, count, json},
};

pub(super) async fn run(common: &Common, wanted: &args::Diff) -> u8 {
    let transition = match read(common, wanted).await {
        Ok(transition) => transition,
        Err(failure) => return fail(common, "diff", &failure, json::Rest::new()),
    };
    let code = match transition.is_empty() || !wanted.exit_code {
        true => exit::DONE,
        false => exit::DIFFERENT,
    };
    if common.is_json() {
        let document = json::succeeded("diff", document(&transition));
        return Report { code, document }.print(common);
    }
    if !common.quiet {
        print_notes(&transition);
    }
    match common.format {
        Format::Sql => print_sql(&transition),
        _ => print_tree(&transition),
    }
    print_remaining(&transition);
    code
}

async fn read(common: &Common, wanted: &args::Diff) -> Result<Transition, Failure> {
    let from = Side::parse(&wanted.from)?;
    let to = Side::parse(&wanted.to)?;
    let options = DiffOptions {
        without_owners: wanted.no_owners,
        without_privileges: wanted.no_privileges,
        column_order: wanted.column_order,
    };
    let mut migrator = wanted.shadow.onto(stoppable(common).0);
    if let Some(major) = wanted.server_version {
        migrator = migrator.server_version(major);
    }
    migrator.diff(&from, &to, options).await
}

/// What is to be known beside the changes.
pub(super) fn print_notes(transition: &Transition) {
    for note in &transition.notes {
        tell!("note: {}", clean(note));
    }
    for unread in &transition.unread {
        tell!(
            "note: not read, and not compared: {}: {}",
            clean(&unread.what),
            clean(&unread.reason)
        );
    }
}

/// Statements that can be run as they are: nothing else, and nothing at all where there are none.
fn print_sql(transition: &Transition) {
    let sql = transition.sql();
    if !sql.is_empty() {
        out!("{}", sql.trim_end());
    }
}

/// The changes, and how many they are.
fn print_tree(transition: &Transition) {
    print_changes(transition);
    let losing = match transition.losing().count() {
        0 => String::new(),
        number => format!(", of which {number} would lose data"),
    };
    match transition.moves.len() {
        0 if transition.is_empty() => out!("no differences"),
        0 => out!("no statement is known for what differs"),
        number => out!("{}{losing}", count(number, "change")),
    }
}

/// One line for each change, in the order in which they are made; parts of a table below it.
pub(super) fn print_changes(transition: &Transition) {
    let mut below: Option<&str> = None;
    for one in &transition.moves {
        match &one.part_of {
            None => {
                below = name_of(one);
                print_move(one, 0);
            }
            Some(of) => {
                if below != Some(of) {
                    out!("~ {}", clean(of));
                    below = Some(of);
                }
                print_move(one, 1);
            }
        }
    }
}

/// What stays different, on stderr.
pub(super) fn print_remaining(transition: &Transition) {
    for one in &transition.remaining {
        tell!(
            "warning: no statement is known for this: {}",
            remaining(one)
        );
    }
}

/// The name of a change's object without its kind.
fn name_of(one: &Move) -> Option<&str> {
    one.object.strip_prefix(&one.kind).map(str::trim_start)
}

fn print_move(one: &Move, depth: usize) {
    let indent = "  ".repeat(depth);
    let sign = match one.action {
        Action::Create => '+',
        Action::Drop => '-',
        Action::Alter | Action::Recreate | Action::Rename => '~',
    };
    out!(
        "{indent}{sign} {:<8}  {}",
        word(one.action),
        clean(&one.object)
    );
    if one.action == Action::Alter {
        for statement in &one.statements {
            out!("{indent}    {}", short(statement));
        }
    }
    if let Some(loses) = &one.loses {
        out!("{indent}    loses data: {}", clean(loses));
    }
    for note in &one.notes {
        out!("{indent}    {}", clean(note));
    }
}

/// How many characters of a statement are shown: the SQL says the rest.
const LONGEST: usize = 100;

/// A statement on one line.
fn short(statement: &str) -> String {
    let words: Vec<&str> = statement.split_whitespace().collect();
    let line = clean(words.join(" ").trim_end_matches(';'));
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn word(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Alter => "alter",
        Action::Drop => "drop",
        Action::Recreate => "recreate",
        Action::Rename => "rename",
    }
}

/// A difference that stays, on one line.
fn remaining(one: &Departure) -> String {
    let object = clean(&one.object);
    match &one.disparity {
        Disparity::Missing => format!("{object} is not wanted"),
        Disparity::Extra => format!("{object} is missing"),
        Disparity::Changed {
            property,
            first,
            second,
        } => format!(
            "{object}: {property} is {}, shall be {}",
            clean(first),
            clean(second)
        ),
    }
}

/// What programs get.
pub(super) fn document(transition: &Transition) -> Value {
    let changes: Vec<Value> = transition
        .moves
        .iter()
        .map(|one| {
            json!({
                "action": one.action,
                "kind": one.kind,
                "object": one.object,
                "statements": one.statements,
                "loses": one.loses,
                "notes": one.notes,
            })
        })
        .collect();
    let unread: Vec<Value> = transition
        .unread
        .iter()
        .map(|unread| json!({ "what": unread.what, "reason": unread.reason }))
        .collect();
    json!({
        "from": transition.from,
        "to": transition.to,
        "differs": !transition.is_empty(),
        "changes": changes,
        "sql": transition.sql(),
        "remaining": transition.remaining.iter().map(remaining).collect::<Vec<_>>(),
        "not_read": unread,
        "notes": transition.notes,
    })
}
