//! What a program says of a row: a line of JSON that names its key. Pure.

use std::collections::BTreeMap;

use segue_plan::Transform;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

/// What a program says of a row.
#[derive(Debug)]
pub(super) enum Answer {
    /// These values are to be written, in the order of the columns.
    Values(Vec<Box<RawValue>>),
    /// It stays as it is.
    Unchanged,
    /// It goes.
    Delete,
    /// It could not be done: why.
    Bad(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow)]
    key: &'a RawValue,
    #[serde(borrow, default)]
    row: Option<BTreeMap<String, &'a RawValue>>,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    unchanged: bool,
    #[serde(default)]
    delete: bool,
}

/// Reads a line: the key that it names, as [`known`] has it, and what it says.
///
/// # Errors
/// Why it is no answer to anything.
pub(super) fn read(line: &str, of: &Transform) -> Result<(String, Answer), String> {
    // a list would be taken for the fields in their order
    if !line.trim_start().starts_with('{') {
        return Err("it is no JSON object".to_owned());
    }
    let line: Line<'_> = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let key = known(line.key.get());
    let said = [
        line.row.is_some(),
        line.error.is_some(),
        line.unchanged,
        line.delete,
    ];
    let bad = |why: &str| Answer::Bad(format!("the program's answer is wrong: {why}"));
    let answer = match (said.iter().filter(|said| **said).count(), line.row) {
        (0, _) => {
            bad("it says nothing; expected is one of `row`, `error`, `unchanged` and `delete`")
        }
        (1, Some(row)) => values(row, of).unwrap_or_else(|why| bad(&why)),
        (1, None) => match (line.error, line.unchanged) {
            (Some(error), _) => Answer::Bad(error),
            (None, true) if of.unchanged => Answer::Unchanged,
            (None, true) => {
                bad("it leaves the row as it is, and `unchanged = true` is not declared")
            }
            (None, false) if of.delete => Answer::Delete,
            (None, false) => bad("it lets the row go, and `delete = true` is not declared"),
        },
        (_, _) => bad("it has more than one of `row`, `error`, `unchanged` and `delete`"),
    };
    Ok((key, answer))
}

fn values(mut row: BTreeMap<String, &RawValue>, of: &Transform) -> Result<Answer, String> {
    let values: Result<Vec<Box<RawValue>>, String> = (of.writes.iter())
        .map(|typed| {
            let value = row.remove(typed.column.as_str());
            let value =
                value.ok_or_else(|| format!("its row has no `{}`", typed.column.as_str()))?;
            match has_zero(value) {
                true => Err(format!(
                    "`{}` has a zero byte, which no text may have",
                    typed.column.as_str()
                )),
                false => Ok(value.to_owned()),
            }
        })
        .collect();
    let values = values?;
    match row.keys().next() {
        Some(more) => Err(format!(
            "its row has `{more}`, which is not declared to be written"
        )),
        None => Ok(Answer::Values(values)),
    }
}

/// Whether a text has a zero byte: it would end the statement that it stands in.
fn has_zero(value: &RawValue) -> bool {
    let json = value.get();
    json.contains("u0000")
        && serde_json::from_str::<String>(json).is_ok_and(|text| text.contains('\0'))
}

/// A key in JSON, so that two ways to write it are the same: blanks and escapes do not count. A whole number stays as it is
/// written: what goes through a floating-point number may become another one.
pub(super) fn known(json: &str) -> String {
    let json = json.trim();
    let is_whole = !json.is_empty()
        && (json.bytes().enumerate()).all(|(at, of)| of.is_ascii_digit() || at == 0 && of == b'-');
    if is_whole {
        return json.to_owned();
    }
    match serde_json::from_str::<Value>(json) {
        Ok(value) => value.to_string(),
        Err(_) => json.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use segue_catalog::QName;
    use segue_plan::{Reads, Typed};

    use super::*;

    fn transform(unchanged: bool, delete: bool) -> Transform {
        let typed = |column: &str, data_type: &str| Typed {
            column: column.into(),
            data_type: data_type.to_owned(),
        };
        Transform {
            table: QName::new("public", "t"),
            key: vec![typed("id", "bigint")],
            reads: Reads::Columns(vec!["name".into()]),
            condition: None,
            writes: vec![typed("slug", "text"), typed("size", "numeric")],
            program: vec!["p".to_owned()],
            rows: 10,
            parallel: 1,
            unchanged,
            delete,
            stops: true,
            kept: None,
        }
    }

    fn said(line: &str, of: &Transform) -> String {
        match read(line, of) {
            Ok((key, Answer::Values(values))) => {
                let values: Vec<&str> = values.iter().map(|value| value.get()).collect();
                format!("{key}: {}", values.join(" "))
            }
            Ok((key, Answer::Bad(why))) => format!("{key}: bad: {why}"),
            Ok((key, answer)) => format!("{key}: {answer:?}"),
            Err(why) => format!("nonsense: {why}"),
        }
    }

    #[test]
    fn values_come_through_as_they_are_written() {
        let of = transform(false, false);
        let line = r#" {"row": {"size": 12345678901234567890.10, "slug": null}, "key": 9007199254740993} "#;
        assert_eq!(
            said(line, &of),
            "9007199254740993: null 12345678901234567890.10"
        );
    }

    #[test]
    fn a_row_that_says_too_little_or_too_much_is_bad() {
        let of = transform(false, false);
        for (line, why) in [
            (r#"{"key":1}"#, "it says nothing"),
            (
                r#"{"key":1,"row":{"slug":"a\u0000","size":1}}"#,
                "`slug` has a zero byte",
            ),
            (r#"{"key":1,"row":{"slug":"a"}}"#, "has no `size`"),
            (r#"{"key":1,"row":{"slug":"a","size":1,"x":2}}"#, "has `x`"),
            (
                r#"{"key":1,"row":{"slug":"a","size":1},"error":"x"}"#,
                "more than one",
            ),
            (
                r#"{"key":1,"unchanged":true}"#,
                "`unchanged = true` is not declared",
            ),
            (
                r#"{"key":1,"delete":true}"#,
                "`delete = true` is not declared",
            ),
            (
                r#"{"key":1,"error":"no such country"}"#,
                "1: bad: no such country",
            ),
        ] {
            let said = said(line, &of);
            assert!(
                said.contains(why) && said.starts_with("1: bad"),
                "{line}: {said}"
            );
        }
        let of = transform(true, true);
        assert_eq!(said(r#"{"key":1,"unchanged":true}"#, &of), "1: Unchanged");
        assert_eq!(said(r#"{"key":1,"delete":true}"#, &of), "1: Delete");
    }

    #[test]
    fn what_is_no_answer_is_nonsense() {
        let of = transform(false, false);
        for line in [
            "hello",
            "{}",
            "[1]",
            r#"{"key":1,"roww":{}}"#,
            r#"{"row":{}}"#,
        ] {
            assert!(said(line, &of).starts_with("nonsense"), "{line}");
        }
    }

    #[test]
    fn keys_are_the_same_however_they_are_written() {
        for (one, other) in [
            ("\"\\u0061\"", "\"a\""),
            ("[1, \"b\"]", "[1,\"b\"]"),
            ("1.50", "1.5"),
        ] {
            assert_eq!(known(one), known(other));
        }
        assert_ne!(known("9007199254740993"), known("9007199254740992"));
        assert_ne!(known("1"), known("\"1\""));
    }
}
