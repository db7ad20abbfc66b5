//! What `segue status --drift` prints.

use segue::{Departure, Drift, catalog::Disparity};
use serde_json::{Value, json};

use crate::{
    args::Common,
    commands::schema,
    show::{clean, count},
};

/// How many lines of a value are shown.
const LINES: usize = 12;

/// For people: each difference on stdout, what else there is to know on stderr.
pub(super) fn print(common: &Common, drift: &Drift) {
    if !common.quiet {
        schema::print_notes(common, &drift.provenance);
        for note in &drift.notes {
            tell!("note: {}", clean(note));
        }
        for unread in &drift.unread {
            tell!(
                "note: not read, and not compared: {}: {}",
                clean(&unread.what),
                clean(&unread.reason)
            );
        }
        for object in &drift.opaque {
            tell!(
                "note: {}: its parts are not compared",
                clean(&object.to_string())
            );
        }
    }
    for difference in &drift.differences {
        print_one(word(difference), difference);
    }
    for difference in &drift.unclear {
        print_one("unclear", difference);
    }
    let unclear = match drift.unclear.len() {
        0 => String::new(),
        number => format!(
            "; {} of which no server told whether they mean the same",
            count(number, "text")
        ),
    };
    if drift.is_there() {
        let number = count(drift.differences.len(), "difference");
        out!("drift: {number} between the migrations and the database{unclear}");
    } else if drift.unread.is_empty() {
        out!("no drift: the database is what its migrations make{unclear}");
    } else {
        out!("no drift in what could be read; not all of it could{unclear}");
    }
}

fn word(difference: &Departure) -> &'static str {
    match difference.disparity {
        Disparity::Missing => "missing",
        Disparity::Extra => "unexpected",
        Disparity::Changed { .. } => "changed",
    }
}

fn print_one(word: &str, difference: &Departure) {
    let object = clean(&difference.object);
    match &difference.disparity {
        Disparity::Missing => {
            out!("{word:<11} {object}  in the migrations, not in the database")
        }
        Disparity::Extra => {
            out!("{word:<11} {object}  in the database, not in the migrations")
        }
        Disparity::Changed {
            property,
            first,
            second,
        } => {
            out!("{word:<11} {object}  {property}");
            print_value("migrations", first);
            print_value("database", second);
        }
    }
}

fn print_value(whose: &str, value: &str) {
    let whose = format!("{whose}:");
    let mut lines = value.lines();
    let first = lines.next().unwrap_or("(none)");
    out!("    {whose:<11} {}", clean(first));
    let mut rest = lines.by_ref().take(LINES - 1);
    for line in rest.by_ref() {
        out!("    {:<11} {}", "", clean(line));
    }
    let more = lines.count();
    if more > 0 {
        out!("    {:<11} … ({more} lines more)", "");
    }
}

/// The field `drift` of the document.
pub(super) fn document(drift: &Drift) -> Value {
    let list = |differences: &[Departure]| -> Vec<Value> { differences.iter().map(one).collect() };
    let unread: Vec<Value> = drift
        .unread
        .iter()
        .map(|unread| json!({ "what": unread.what, "reason": unread.reason }))
        .collect();
    json!({
        "drifted": drift.is_there(),
        "differences": list(&drift.differences),
        "unclear": list(&drift.unclear),
        "not_read": unread,
        "not_compared": drift.opaque.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "notes": drift.notes,
        "learning": schema::learning(&drift.provenance),
    })
}

fn one(difference: &Departure) -> Value {
    let (property, expected, found) = match &difference.disparity {
        Disparity::Changed {
            property,
            first,
            second,
        } => (Some(property), Some(first), Some(second)),
        Disparity::Missing | Disparity::Extra => (None, None, None),
    };
    json!({
        "kind": difference.kind,
        "object": difference.object,
        "difference": word(difference),
        "property": property,
        "expected": expected,
        "found": found,
    })
}
