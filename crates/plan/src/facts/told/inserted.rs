//! The values that an INSERT of a script gives, as far as its text tells.

use segue_catalog::{Name, model::Table};
use squawk_syntax::ast::{self, AstNode};

use crate::facts::{Held, Value};

/// What one INSERT gives a column.
pub(super) struct Given {
    pub(super) column: Name,
    pub(super) held: Held,
    /// Whether it gives one value to more than one row.
    pub(super) repeats: bool,
}

/// What an INSERT gives the columns of its table; of what is not said here, nothing is known.
pub(super) fn given(insert: &ast::Insert, table: &Table) -> Vec<Given> {
    let columns = columns(insert, table);
    let mut given = match source(insert) {
        Some(Source::Rows(rows)) => from_rows(&columns, &rows),
        Some(Source::Series(targets, series)) => from_series(&columns, &targets, &series),
        None => return unknown(table),
    };
    // a column that is left out holds NULL where nothing gives it a value
    for column in &table.columns {
        if columns.contains(&column.name) {
            continue;
        }
        let has_value =
            column.default.is_some() || column.identity.is_some() || column.generated.is_some();
        let values = if has_value { vec![] } else { vec![Value::Null] };
        given.push(Given {
            column: column.name.clone(),
            held: Held {
                values,
                all: !has_value,
            },
            repeats: false,
        });
    }
    given
}

/// Nothing is known, so that what is known from elsewhere is not all.
fn unknown(table: &Table) -> Vec<Given> {
    let columns = table.columns.iter();
    columns
        .map(|column| Given {
            column: column.name.clone(),
            held: Held::default(),
            repeats: false,
        })
        .collect()
}

/// The columns that are written, in order.
fn columns(insert: &ast::Insert, table: &Table) -> Vec<Name> {
    match insert.column_target_list() {
        Some(list) => list
            .column_targets()
            .map(|target| name(&target.syntax().text().to_string()))
            .collect(),
        None => table
            .columns
            .iter()
            .map(|column| column.name.clone())
            .collect(),
    }
}

fn name(written: &str) -> Name {
    match written.trim().strip_prefix('"') {
        Some(quoted) => Name::quoted(quoted.trim_end_matches('"')),
        None => Name::unquoted(written.trim()),
    }
}

enum Source {
    /// `VALUES`.
    Rows(Vec<Vec<String>>),
    /// `SELECT` of these from one series of numbers.
    Series(Vec<String>, Series),
}

/// `generate_series(from, to)`.
struct Series {
    from: i64,
    to: i64,
    /// What its numbers are called.
    called: String,
}

fn source(insert: &ast::Insert) -> Option<Source> {
    let mut nodes = insert.syntax().descendants();
    if let Some(values) = nodes.find_map(ast::Values::cast) {
        let rows = values.row_list()?.rows();
        let texts = |row: ast::Row| row.exprs().map(|expr| text(&expr)).collect();
        return Some(Source::Rows(rows.map(texts).collect()));
    }
    let select = insert.syntax().descendants().find_map(ast::Select::cast)?;
    let targets = select.select_clause()?.target_list()?.targets();
    let targets: Option<Vec<String>> = targets.map(|target| Some(text(&target.expr()?))).collect();
    let targets = targets?;
    if select.where_clause().is_some() {
        return None;
    }
    let Some(from) = select.from_clause() else {
        // `SELECT generate_series(1, 10)`, with constants beside it
        let series = targets.iter().find_map(|target| series(target));
        return Some(match series {
            Some(series) => Source::Series(targets, series),
            None => Source::Rows(vec![targets]),
        });
    };
    let from = from.syntax().text().to_string();
    let from = from.trim().get(4..)?.trim().to_owned();
    Some(Source::Series(targets, series(&from)?))
}

fn text(expr: &ast::Expr) -> String {
    expr.syntax().text().to_string().trim().to_owned()
}

/// `generate_series(1, 10) AS g(i)`, with constant bounds and no step.
fn series(written: &str) -> Option<Series> {
    let rest = written.strip_prefix("generate_series")?.trim_start();
    let (bounds, behind) = rest.strip_prefix('(')?.split_once(')')?;
    let (from, to) = bounds.split_once(',')?;
    let behind = behind.trim();
    let behind = behind
        .strip_prefix("AS ")
        .or_else(|| behind.strip_prefix("as "))
        .unwrap_or(behind);
    let called = match behind.split_once('(') {
        Some((_, column)) => column.trim_end_matches(')'),
        None if behind.is_empty() => written,
        None => behind,
    };
    Some(Series {
        from: from.trim().parse().ok()?,
        to: to.trim().parse().ok()?,
        called: called.trim().to_owned(),
    })
}

fn from_rows(columns: &[Name], rows: &[Vec<String>]) -> Vec<Given> {
    let columns = columns.iter().enumerate();
    columns
        .map(|(at, column)| {
            let written = rows.iter().filter_map(|row| row.get(at));
            let constants: Vec<Constant> = written.map(|text| constant(text)).collect();
            let repeats = constants.iter().enumerate().any(|(at, first)| {
                let is_known = matches!(first, Constant::Known(value) if *value != Value::Null);
                is_known && constants[at + 1..].contains(first)
            });
            Given {
                column: column.clone(),
                held: held(constants),
                repeats,
            }
        })
        .collect()
}

fn from_series(columns: &[Name], targets: &[String], series: &Series) -> Vec<Given> {
    let pairs = columns.iter().zip(targets);
    pairs
        .map(|(column, target)| {
            let (held, repeats) = selected(target, series);
            Given {
                column: column.clone(),
                held,
                repeats,
            }
        })
        .collect()
}

/// What a column of a SELECT from a series holds, and whether one value is in several rows.
fn selected(target: &str, series: &Series) -> (Held, bool) {
    if target == series.called || self::series(target).is_some() {
        let held = Held {
            values: vec![Value::Numbers(series.from, series.to)],
            all: true,
        };
        return (held, false);
    }
    let constant = constant(target);
    let repeats = match &constant {
        Constant::Unknown => cycles(target, series),
        Constant::Known(Value::Null) => false,
        Constant::Hidden | Constant::Known(_) => series.from < series.to,
    };
    (held(vec![constant]), repeats)
}

/// Whether an expression comes back to the same value: it names the series nowhere but in `g % n`, `n` is small enough, and
/// nothing else in it can be another for every row.
fn cycles(target: &str, series: &Series) -> bool {
    let compact: String = target.chars().filter(|c| !c.is_whitespace()).collect();
    let Some((before, behind)) = compact.split_once(&format!("{}%", series.called)) else {
        return false;
    };
    let digits: String = behind.chars().take_while(char::is_ascii_digit).collect();
    let names = |text: &str| {
        let outside: String = text.split('\'').step_by(2).collect();
        outside.contains(|c: char| c.is_alphabetic())
    };
    let rows = series.to.saturating_sub(series.from).saturating_add(1);
    let is_small = digits.parse::<i64>().is_ok_and(|n| n < rows);
    is_small && !names(before) && !names(&behind[digits.len()..])
}

#[derive(Debug, Clone, PartialEq)]
enum Constant {
    /// This value.
    Known(Value),
    /// The same value for every row, which one is not known.
    Hidden,
    /// It may be another for every row.
    Unknown,
}

fn constant(written: &str) -> Constant {
    let written = written.trim();
    if written.eq_ignore_ascii_case("null") {
        return Constant::Known(Value::Null);
    }
    if let Ok(number) = written.parse() {
        return Constant::Known(Value::Numbers(number, number));
    }
    let inner = written
        .strip_prefix('\'')
        .and_then(|text| text.strip_suffix('\''));
    if let Some(text) = inner
        && !text.replace("''", "").contains('\'')
    {
        return Constant::Known(Value::Text(text.replace("''", "'")));
    }
    // names and calls stand outside of quotes; the type of a cast does not count
    let outside: String = written.split('\'').step_by(2).collect();
    let outside = outside.split("::").next().unwrap_or_default();
    if outside.contains(|c: char| c.is_alphabetic() || c == '(') {
        Constant::Unknown
    } else {
        Constant::Hidden
    }
}

fn held(constants: Vec<Constant>) -> Held {
    let is_known = |constant: &Constant| matches!(constant, Constant::Known(_));
    let all = constants.iter().all(is_known);
    let values = constants.into_iter().filter_map(|constant| match constant {
        Constant::Known(value) => Some(value),
        _ => None,
    });
    Held {
        values: values.collect(),
        all,
    }
}
