//! Whether a default has to be computed for every row: it is volatile, once functions in SQL are inlined
//! (`contain_volatile_functions_after_planning`).

use segue_catalog::{
    Catalog, Name, QName, Session,
    model::{ArgumentMode, Body, Routine, RoutineKind, Volatility},
};

use super::{
    expression::{self, Word},
    volatile::VOLATILE,
};

/// How deep functions that call functions are followed.
const DEPTH: usize = 6;

/// The function in an expression that makes it volatile.
pub(super) fn volatile_call(catalog: &Catalog, session: &Session, text: &str) -> Option<String> {
    within(catalog, session, &expression::words(text), DEPTH)
}

/// Whether an expression is nothing but NULL, of whatever type.
pub(super) fn is_null(text: &str) -> bool {
    let words = expression::words(text);
    match expression::bare(&words) {
        [null] => null.is("null"),
        [null, cast, ..] => null.is("null") && cast.is("::"),
        _ => false,
    }
}

fn within(catalog: &Catalog, session: &Session, words: &[Word], depth: usize) -> Option<String> {
    words.iter().enumerate().find_map(|(at, word)| {
        let called = word.is_name() && words.get(at + 1).is_some_and(|next| next.is("("));
        if !called {
            return None;
        }
        let schema = match at.checked_sub(2).map(|first| &words[first..at]) {
            Some([schema, dot]) if dot.is(".") => Some(schema.text.as_str()),
            _ => None,
        };
        is_volatile(catalog, session, schema, &word.text, depth).then(|| format!("{}()", word.text))
    })
}

fn is_volatile(
    catalog: &Catalog,
    session: &Session,
    schema: Option<&str>,
    name: &str,
    depth: usize,
) -> bool {
    let mut found = routines(catalog, session, schema, name).peekable();
    if found.peek().is_none() {
        return VOLATILE.binary_search(&name).is_ok();
    }
    found.any(|routine| {
        routine.volatility == Volatility::Volatile
            && !inlined(routine).is_some_and(|body| {
                depth > 0 && within(catalog, session, &body, depth - 1).is_none()
            })
    })
}

/// The functions that a name can stand for.
fn routines<'c>(
    catalog: &'c Catalog,
    session: &Session,
    schema: Option<&str>,
    name: &str,
) -> impl Iterator<Item = &'c Routine> {
    let schemas = match schema {
        Some(schema) => vec![Name::stored(schema)],
        None => session.search_path.clone(),
    };
    let names: Vec<QName> = schemas
        .into_iter()
        .map(|schema| QName::new(schema, Name::stored(name)))
        .collect();
    names.into_iter().flat_map(|name| {
        let first = segue_catalog::RoutineId {
            name: name.clone(),
            arguments: Vec::new(),
        };
        catalog
            .routines
            .from_key(&first)
            .take_while(move |(id, _)| id.name == name)
            .map(|(_, routine)| &**routine)
    })
}

/// Words that make a query more than a value.
const CLAUSES: &[&str] = &[
    "except",
    "fetch",
    "for",
    "from",
    "group",
    "having",
    "intersect",
    "into",
    "limit",
    "offset",
    "order",
    "union",
    "where",
    "window",
    ",",
    ";",
];

/// What a call of a function in SQL is replaced by (`inline_function`, `clauses.c`): one value, of nothing but the arguments.
fn inlined(routine: &Routine) -> Option<Vec<Word>> {
    let returns_one = routine.returns.as_ref().is_some_and(|it| !it.set);
    let inputs = routine
        .arguments
        .iter()
        .any(|argument| !matches!(argument.mode, ArgumentMode::Out | ArgumentMode::Table));
    let fits = routine.kind == RoutineKind::Function
        && routine.language == "sql"
        && !routine.security_definer
        && routine.settings.is_empty()
        && returns_one
        // a strict one only where the value is NULL with an argument: that is not looked into
        && !(routine.strict && inputs);
    if !fits {
        return None;
    }
    let text = match &routine.body {
        Body::Text(text) => text.as_str(),
        Body::Sql(body) => &body.text,
        Body::Object { .. } | Body::None => return None,
    };
    let mut words = expression::words(text);
    while words.last().is_some_and(|last| last.is(";")) {
        words.pop();
    }
    let first = words.first()?;
    if !first.is("select") && !first.is("return") {
        return None;
    }
    words.remove(0);
    is_one_value(&words).then_some(words)
}

fn is_one_value(words: &[Word]) -> bool {
    let mut depth = 0_i32;
    words.iter().all(|word| {
        if word.is("(") || word.is("[") {
            depth += 1;
        } else if word.is(")") || word.is("]") {
            depth -= 1;
        }
        let clause = depth == 0 && CLAUSES.iter().any(|clause| word.is(clause));
        !clause && !word.is("select")
    })
}
