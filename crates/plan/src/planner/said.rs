//! What the files say to the planner in comments.

use std::collections::BTreeMap;

use segue_catalog::{Change, Name, QName, TableChange};
use segue_sql::{Problem, Said as Comment, directives};

use crate::{Line, OwnPace, Script, Served, acknowledge::statement_of};

/// What the comments of all files say.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    of: BTreeMap<Served, OfStatement>,
    /// Columns, as they are written with their tables, with their values.
    backfills: Vec<(String, String)>,
}

/// What is said of one statement.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct OfStatement {
    /// What a rule finds in it is meant.
    pub(crate) allowed: bool,
    /// It is to be run in contract.
    pub(crate) contract: bool,
    /// It is not to be put off to contract.
    pub(crate) expand: bool,
    /// How the old value of a column is got from its new one.
    pub(crate) inverse: Option<String>,
    /// What it brings to another table is kept the same in both.
    pub(crate) sync: bool,
    /// How fast its rows are written.
    pub(crate) pace: OwnPace,
    /// What rows were before is not kept.
    pub(crate) keeps_nothing: bool,
    /// The columns by which rows are known that are kept.
    pub(crate) key: Option<Vec<Name>>,
    /// Columns of the table that it comes from, as they are written, with what gives their values from the other one.
    pub(crate) back: Vec<(Name, String)>,
}

impl Said {
    /// Reads the comments.
    ///
    /// # Errors
    /// Comments for segue that say nothing it knows.
    pub(super) fn of_all(scripts: &[Script]) -> Result<Self, Vec<Problem>> {
        let mut said = Self::default();
        let mut problems = Vec::new();
        for (migration, script) in scripts.iter().enumerate() {
            let found = match directives(&script.source) {
                Ok(found) => found,
                Err(found) => {
                    problems.extend(found);
                    continue;
                }
            };
            for directive in found {
                let text = |range: std::ops::Range<usize>| script.source.text[range].to_owned();
                if let Comment::Backfill { column, value } = &directive.said {
                    said.backfills
                        .push((text(column.clone()), text(value.clone())));
                    continue;
                }
                let Some(statement) = statement_of(script, &directive.span) else {
                    continue;
                };
                let served = Served {
                    migration,
                    statement,
                };
                let of = said.of.entry(served).or_default();
                match directive.said {
                    Comment::Allow { .. } => of.allowed = true,
                    Comment::Batch(batch) => {
                        of.pace = OwnPace {
                            size: batch.size,
                            target_milliseconds: batch.target_milliseconds,
                            max_rate: batch.max_rate,
                        };
                        of.keeps_nothing = batch.keeps_nothing;
                        let key = batch.key.into_iter().map(|name| of_text(&text(name)));
                        of.key = Some(key.collect()).filter(|key: &Vec<Name>| !key.is_empty());
                    }
                    Comment::Contract => of.contract = true,
                    Comment::Expand => of.expand = true,
                    Comment::Inverse { value } => of.inverse = Some(text(value)),
                    Comment::Sync { back } => {
                        of.sync = true;
                        of.back.extend(
                            back.map(|(column, value)| (of_text(&text(column)), text(value))),
                        );
                    }
                    Comment::Backfill { .. }
                    | Comment::Irreversible { .. }
                    | Comment::RenamedFrom { .. } => {}
                }
            }
        }
        match problems.is_empty() {
            true => Ok(said),
            false => Err(problems),
        }
    }

    /// What is said of a statement.
    pub(super) fn statement(&self, served: Served) -> OfStatement {
        self.of.get(&served).cloned().unwrap_or_default()
    }

    /// The columns by which rows are known that a statement changes.
    pub(super) fn key(&self, served: Served) -> Option<&[Name]> {
        self.of.get(&served)?.key.as_deref()
    }

    /// The value that a new column is to have.
    pub(super) fn backfill(&self, table: &QName, column: &Name) -> Option<&str> {
        let is_it = |written: &str| {
            let parts: Vec<Name> = written
                .split('.')
                .map(|part| of_text(part.trim()))
                .collect();
            match parts.as_slice() {
                [of, name] => *of == table.name && name == column,
                [schema, of, name] => {
                    *schema == table.schema && *of == table.name && name == column
                }
                _ => false,
            }
        };
        let found = self.backfills.iter().find(|(written, _)| is_it(written));
        found.map(|(_, value)| value.as_str())
    }
}

/// Whether a statement gives a column a new type: what `-- segue: phase expand` can be said of.
pub(super) fn changes_type(line: &Line) -> bool {
    let is_type = |change: &Change| {
        matches!(
            change,
            Change::Table {
                change: TableChange::SetType { .. },
                ..
            }
        )
    };
    line.changes.iter().any(is_type)
}

fn of_text(part: &str) -> Name {
    match part
        .strip_prefix('"')
        .and_then(|part| part.strip_suffix('"'))
    {
        Some(quoted) => Name::quoted(&quoted.replace("\"\"", "\"")),
        None => Name::unquoted(part),
    }
}
