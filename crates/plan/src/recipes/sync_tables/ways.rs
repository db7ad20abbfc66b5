//! How columns go to the other table, and how they come back.

use segue_catalog::{Name, QName, model::Column};

use super::{
    super::change_type::Chain,
    paired::{Reading, carried},
    refused,
};
use crate::{
    effect,
    planner::Stop,
    writing::{Carried, Paired},
};

/// How the columns of a target are made of those of the source.
#[derive(Default)]
pub(super) struct Ways {
    /// Columns of the source with those of the target that they become: by casts at most, so that there is a way back.
    pub(super) plain: Vec<(Name, Name, String, Chain)>,
    /// Columns of the target that are something else than that.
    pub(super) made: Vec<(Name, String)>,
    /// Columns of the target that are the same in all rows.
    pub(super) constant: Vec<(Name, String)>,
}

impl Reading<'_> {
    pub(super) fn ways(&self) -> Result<Ways, Stop> {
        let (name, source, alias) = self.source();
        let (target_name, target, _) = self.target();
        let mut ways = Ways::default();
        for (column, value) in &self.stated.columns {
            let Some(own) = target.column(column) else {
                return Err(refused(
                    format!("{target_name} has no column {column}"),
                    None,
                ));
            };
            if self.moment.calls_volatile(value) || names_schema(value, name) {
                return Err(refused(
                    format!(
                        "what {column} of {target_name} becomes is not the same each time it is computed, or names a schema: {value}"
                    ),
                    Some(format!("write it over the columns of {alias} alone")),
                ));
            }
            let named = |of: &&Column| effect::names_column(value, &[alias], &of.name);
            let named: Vec<&Column> = source.columns.iter().filter(named).collect();
            let chain = match named.as_slice() {
                [] => {
                    ways.constant.push((column.clone(), value.clone()));
                    continue;
                }
                [of] if of.generated.is_none() => {
                    Chain::of(Some(value), &of.name, &of.data_type, &own.data_type)
                        .map(|chain| (of, chain))
                }
                _ => None,
            };
            match chain {
                Some((of, chain)) if !chain.depends_on_session() => {
                    ways.plain
                        .push((of.name.clone(), column.clone(), value.clone(), chain));
                }
                _ => ways.made.push((column.clone(), value.clone())),
            }
        }
        Ok(ways)
    }

    /// The way back: the columns of the source, from a row of the target.
    pub(super) fn back(
        &self,
        ways: &Ways,
        key: &[Name],
        kind: Paired,
    ) -> Result<Vec<Carried>, Stop> {
        let (name, source, alias) = self.source();
        let (.., target_alias) = self.target();
        let said = self.planning.said().back;
        let mut back: Vec<(Name, String)> = Vec::new();
        for (column, value) in said {
            if source.column(&column).is_none() {
                return Err(refused(format!("{name} has no column {column}"), Some("`-- segue: sync COLUMN = EXPRESSION` names a column of the table that the rows come from".to_owned())));
            }
            back.push((column, value));
        }
        for (own, column, _, chain) in &ways.plain {
            let is_known = key.contains(own) || back.iter().any(|(known, _)| known == own);
            if !is_known {
                let value = chain.back_uncut(&format!("{target_alias}.{column}"));
                back.push((own.clone(), value));
            }
        }
        for (column, value) in &ways.made {
            let lost = source.columns.iter().find(|own| {
                effect::names_column(value, &[alias], &own.name)
                    && !key.contains(&own.name)
                    && !back.iter().any(|(known, _)| *known == own.name)
            });
            if let Some(lost) = lost {
                return Err(refused(
                    format!(
                        "{column} is made of {0} of {name} by {value}, and nothing says what {0} is when the new app writes {column}",
                        lost.name
                    ),
                    Some(format!(
                        "say it in a comment before the statement: `-- segue: sync {} = …`, an expression over the columns of {target_alias}",
                        lost.name
                    )),
                ));
            }
        }
        let mut columns = Vec::new();
        for (column, value) in back {
            let empty = match kind {
                Paired::MovedOut => self.empty(name, source, &column)?,
                Paired::Rows | Paired::MovedIn => None,
            };
            columns.push(carried(source, &column, value, empty));
        }
        Ok(columns)
    }
}

/// Whether an expression names a table with its schema in front, by which no row of a trigger can be called.
fn names_schema(value: &str, table: &QName) -> bool {
    let bare: String = value.chars().filter(|of| !of.is_whitespace()).collect();
    bare.contains(&format!("{table}."))
}
