//! The file that a plan is reviewed in: JSON, with a hash over all that it says.
//!
//! The hash tells that the file is as it was written. It is no signature: who may write the file can write another hash. It is
//! printed when the file is written and when it is deployed, so that people and pipelines can compare it.

use std::{fs, path::Path};

use segue_engine::{Failure, FailureKind, Reviewed};
use segue_project::{sha256_hex, shown_path};
use segue_sql::{Problem, Source};
use serde_json::{Value, json};

/// The version of the form.
const FORM: u64 = 1;
/// The key that says what the file is.
const MARK: &str = "segue_plan";

/// A plan in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanFile {
    pub(super) reviewed: Reviewed,
    /// Over the plan and all that it was made from; in lower-case hexadecimal.
    pub sha256: String,
}

impl PlanFile {
    /// The plan.
    pub fn plan(&self) -> &Reviewed {
        &self.reviewed
    }

    pub(super) fn of(reviewed: Reviewed) -> Result<Self, Failure> {
        let content = content(&reviewed)?;
        Ok(Self {
            reviewed,
            sha256: hash(FORM, &content),
        })
    }

    /// Writes it.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Failure> {
        let document = json!({
            (MARK): FORM,
            "sha256": self.sha256,
            "reviewed": content(&self.reviewed)?,
        });
        fs::write(path, format!("{document:#}\n")).map_err(|error| {
            let problem = Problem::new(format!("cannot write {}: {error}", shown_path(path)));
            Failure::from(problem.help("name a file in a folder that is there and may be written"))
        })
    }

    /// Reads one.
    ///
    /// # Errors
    /// A file that is not there or no plan, that was changed by hand, or that another version of segue has written.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let name = shown_path(path);
        let text = fs::read_to_string(path).map_err(|error| {
            let problem = Problem::new(format!("cannot read the plan {name}: {error}"));
            problem.help("`segue plan --out FILE` writes one")
        })?;
        let document: Value =
            serde_json::from_str(&text).map_err(|error| not_json(&name, &text, &error))?;
        let form = document.get(MARK).and_then(Value::as_u64);
        let (Some(form), Some(sha256), Some(content)) = (
            form,
            document.get("sha256").and_then(Value::as_str),
            document.get("reviewed"),
        ) else {
            let problem = Problem::new(format!("{name} is no plan that can be deployed"));
            return Err(problem
                .help("`segue plan --out FILE` writes one; what `segue plan` prints is for people and programs")
                .into());
        };
        if hash(form, content) != sha256 {
            let problem = Problem::new(format!("{name} was changed since it was written"))
                .note(format!("its hash is {}, and it says {sha256}", hash(form, content)))
                .help("plans are changed by changing migrations: write it anew with `segue plan --out FILE`");
            return Err(Failure::new(FailureKind::Refused, problem));
        }
        let version = content
            .get("version")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let ours = env!("CARGO_PKG_VERSION");
        if version != ours || form != FORM {
            let problem = Problem::new(format!(
                "{name} was written by segue {version}, and this is {ours}"
            ));
            let help = "another version may plan otherwise: deploy it with that one, or write it anew with `segue plan --out FILE`";
            return Err(Failure::new(FailureKind::Refused, problem.help(help)));
        }
        let reviewed: Reviewed = serde_json::from_value(content.clone()).map_err(|error| {
            let problem = Problem::new(format!("{name} cannot be understood: {error}"));
            problem.help("write it anew with `segue plan --out FILE`")
        })?;
        Ok(Self {
            reviewed,
            sha256: sha256.to_owned(),
        })
    }
}

fn content(reviewed: &Reviewed) -> Result<Value, Failure> {
    serde_json::to_value(reviewed)
        .map_err(|error| Problem::new(format!("the plan cannot be kept in a file: {error}")).into())
}

/// Of what is said, however it is laid out: blanks and the order of keys are for whoever formats files.
fn hash(form: u64, content: &Value) -> String {
    let mut text = format!("{MARK} {form}\n");
    canonical(content, &mut text);
    sha256_hex(&text)
}

fn canonical(value: &Value, text: &mut String) {
    match value {
        Value::Array(all) => {
            text.push('[');
            for one in all {
                canonical(one, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            text.push('{');
            for (name, value) in fields {
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                canonical(value, text);
                text.push(',');
            }
            text.push('}');
        }
        plain => text.push_str(&plain.to_string()),
    }
}

fn not_json(name: &str, text: &str, error: &serde_json::Error) -> Problem {
    let source = Source::new(name, text);
    let start: usize = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum();
    let at = (start + error.column().saturating_sub(1)).min(text.len());
    let at = (0..=at)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    Problem::new(format!("the plan {name} is not JSON"))
        .at(&source, at..at, "here")
        .help("`segue plan --out FILE` writes one")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_of_what_is_said_and_not_of_how() {
        let read = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
        let one = read(r#"{"a": 1, "b": ["x", null], "c": {"d": "e"}}"#);
        let other = read("{\"c\":{\"d\":\"e\"},\n \"b\":[\"x\",null],\"a\":1}");
        assert_eq!(hash(1, &one), hash(1, &other));
        for changed in [
            r#"{"a": 2, "b": ["x", null], "c": {"d": "e"}}"#,
            r#"{"a": 1, "b": [null, "x"], "c": {"d": "e"}}"#,
            r#"{"a": 1, "b": ["x", null], "c": {"d": "e", "f": 0}}"#,
            r#"{"a": "1", "b": ["x", null], "c": {"d": "e"}}"#,
        ] {
            assert_ne!(hash(1, &one), hash(1, &read(changed)), "{changed}");
        }
        assert_ne!(hash(1, &one), hash(2, &one));
    }
}
