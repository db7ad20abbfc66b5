//! `USING` that does nothing: the column itself, or the column made another type.

use segue_catalog::DataType;

use super::super::{
    expression::{self, Word},
    proof,
};

/// The types that the column is made on the way to its new one; `None`: it is computed.
pub(super) fn casts(using: &str, column: &str, to: &DataType) -> Option<Vec<DataType>> {
    let words = expression::words(using);
    let mut steps = Vec::new();
    unwrap(&words, column, to, &mut steps)?;
    Some(steps)
}

fn unwrap(words: &[Word], column: &str, to: &DataType, steps: &mut Vec<DataType>) -> Option<()> {
    let words = expression::bare(words);
    if proof::is_column(words, column) {
        return Some(());
    }
    // CAST(column AS type)
    if let [cast, open, inner @ .., close] = words
        && cast.is("cast")
        && open.is("(")
        && close.is(")")
    {
        let at = inner.iter().rposition(|word| word.is("as"))?;
        unwrap(&inner[..at], column, to, steps)?;
        steps.push(data_type(&inner[at + 1..], to)?);
        return Some(());
    }
    if let Some(at) = words.iter().rposition(|word| word.is("collate")) {
        return unwrap(&words[..at], column, to, steps);
    }
    let at = last_cast(words)?;
    unwrap(&words[..at.start], column, to, steps)?;
    steps.push(data_type(&words[at.end..], to)?);
    Some(())
}

/// The last `::` of a chain of them: outside of parentheses.
pub(super) fn last_cast(words: &[Word]) -> Option<std::ops::Range<usize>> {
    let mut depth = 0_i32;
    for (at, word) in words.iter().enumerate().rev() {
        if word.is(")") {
            depth += 1;
        } else if word.is("(") {
            depth -= 1;
        } else if depth == 0 && word.is("::") {
            return Some(at..at + 1);
        } else if depth == 0 && word.is(":") && at > 0 && words[at - 1].is(":") {
            return Some(at - 1..at + 1);
        }
    }
    None
}

/// The type that words name: the new one, or one of the server's.
fn data_type(words: &[Word], to: &DataType) -> Option<DataType> {
    let (name, modifier) = match words.iter().position(|word| word.is("(")) {
        Some(at) if words.last()?.is(")") => {
            (&words[..at], Some(text(&words[at + 1..words.len() - 1])))
        }
        Some(_) => return None,
        None => (words, None),
    };
    if name.iter().any(|word| word.is("[")) {
        return (format!("{to}").replace(' ', "") == text(words).replace(' ', ""))
            .then(|| to.clone());
    }
    let last = name.last()?;
    if last.text == to.name.name.as_str() && !to.array && !to.is_builtin() {
        return Some(to.clone());
    }
    let names: Vec<&str> = name
        .iter()
        .filter(|word| !word.is("pg_catalog") && !word.is("."))
        .map(|word| word.text.as_str())
        .collect();
    let mut found = DataType::builtin(builtin(&names.join(" "))?);
    found.modifier = modifier.map(Into::into);
    Some(found)
}

fn text(words: &[Word]) -> String {
    words.iter().map(|word| word.text.as_str()).collect()
}

/// The server's name of a type.
pub(super) fn builtin(written: &str) -> Option<&'static str> {
    Some(match written {
        "text" => "text",
        "varchar" | "character varying" => "character varying",
        "bpchar" | "char" | "character" => "character",
        "int" | "int4" | "integer" => "integer",
        "int2" | "smallint" => "smallint",
        "int8" | "bigint" => "bigint",
        "numeric" | "decimal" => "numeric",
        "timestamp" | "timestamp without time zone" => "timestamp without time zone",
        "timestamptz" | "timestamp with time zone" => "timestamp with time zone",
        "time" | "time without time zone" => "time without time zone",
        "timetz" | "time with time zone" => "time with time zone",
        "date" => "date",
        "interval" => "interval",
        "inet" => "inet",
        "cidr" => "cidr",
        "varbit" | "bit varying" => "bit varying",
        "bool" | "boolean" => "boolean",
        "uuid" => "uuid",
        "json" => "json",
        "jsonb" => "jsonb",
        "bytea" => "bytea",
        "float4" | "real" => "real",
        "float8" | "double precision" => "double precision",
        _ => return None,
    })
}
