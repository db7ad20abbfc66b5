//! Types, and values of them.

use super::Picks;

/// Types of columns.
const TYPES: &[&str] = &[
    "integer",
    "text",
    "bigint",
    "varchar(20)",
    "boolean",
    "timestamp(3)",
    "timestamptz",
    "uuid",
    "jsonb",
    "numeric(10,2)",
    "mood",
    "varchar(200)",
    "text[]",
    "smallint",
    "json",
    "date",
    "double precision",
    "character(8)",
    "numeric",
    "positive",
];

pub(super) fn data_type(picks: &mut Picks<'_>) -> &'static str {
    picks.of(TYPES).copied().unwrap_or("text")
}

fn family(of: &str) -> &str {
    match of {
        of if of.ends_with("[]") => "[]",
        of if of.starts_with("timestamp") => "timestamp",
        of if of.starts_with("character") || of.starts_with("varchar") || of == "text" => "text",
        of if of.starts_with("numeric") || of.starts_with("double") => "numeric",
        "integer" | "bigint" | "smallint" | "positive" | "public.positive" => "integer",
        "mood" | "public.mood" | "public.mood_new" => "mood",
        other => other,
    }
}

/// A value that is the same each time.
pub(super) fn constant(of: &str) -> &'static str {
    match family(of) {
        "[]" | "json" | "jsonb" => "'{}'",
        "timestamp" => "CURRENT_TIMESTAMP",
        "date" => "'2020-01-01'",
        "text" => "'x'",
        "numeric" => "1.50",
        "integer" => "7",
        "mood" => "'ok'",
        "boolean" => "true",
        "uuid" => "'00000000-0000-4000-8000-000000000099'",
        _ => "NULL",
    }
}

/// A value that is another one each time.
pub(super) fn volatile(of: &str) -> &'static str {
    match family(of) {
        "timestamp" | "date" => "clock_timestamp()",
        "text" => "substr(md5(random()::text), 1, 6)",
        "numeric" => "(random() * 100)",
        "integer" => "(1 + random() * 100)::int",
        "uuid" => "gen_random_uuid()",
        _ => "NULL",
    }
}

/// A condition that most rows satisfy.
pub(super) fn check(column: &str, of: &str) -> String {
    match family(of) {
        "text" => format!("length({column}) < 100"),
        "numeric" | "integer" => format!("{column} > -10"),
        "timestamp" | "date" => format!("{column} > '1990-01-01'"),
        _ => format!("{column} IS DISTINCT FROM NULL OR true"),
    }
}

/// A value made from a column, of another type.
pub(super) fn converted(column: &str, from: &str, to: &str) -> Option<String> {
    let zoned = |of: &str| of.contains("timestamptz") || of.contains("with time zone");
    let other_zone = zoned(from) != zoned(to);
    let (from, of) = (family(from), family(to));
    if (from, of, other_zone) == ("timestamp", "timestamp", true) {
        return Some(format!("({column} AT TIME ZONE 'Europe/Berlin')::{to}"));
    }
    Some(match (from, of) {
        ("integer" | "numeric", "integer" | "numeric")
        | ("timestamp" | "date", "timestamp" | "date") => {
            format!("{column}::{to}")
        }
        ("text", "integer" | "numeric") => format!("length({column})::{to}"),
        ("integer", "boolean") => format!("({column} > 0)"),
        ("boolean", "integer") => format!("({column}::int)::{to}"),
        ("[]", "[]") => column.to_owned(),
        (_, "text") => format!("({column}::text)::{to}"),
        ("text", "jsonb" | "json") => format!("to_json({column})::{to}"),
        ("json" | "jsonb", "json" | "jsonb") => format!("{column}::{to}"),
        _ => return None,
    })
}
