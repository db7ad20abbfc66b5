//! How columns go to the other table, and how they come back.

use segue_catalog::{Name, QName, model::Column};

use super::{
    super::{change_type::Chain, rows::tells_the_time},
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
        let (_, source, alias) = self.source();
        let (target_name, target, _) = self.target();
        let mut ways = Ways::default();
        for (column, value) in &self.stated.columns {
            let Some(own) = target.column(column) else {
                return Err(refused(
                    format!("{target_name} has no column {column}"),
                    None,
                ));
            };
            let named = |of: &&Column| effect::names_column(value, &[alias], &of.name);
            let named: Vec<&Column> = source.columns.iter().filter(named).collect();
            let chain = match named.as_slice() {
                // it may be another one each time: where there is a row, nobody writes it again
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
            self.is_of_a_row(&format!("what {column} of {target_name} becomes"), value)?;
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
        // a row that the new app inserts is to be one of those that the statement brings
        let chosen = self
            .stated
            .condition
            .as_ref()
            .filter(|_| kind == Paired::Rows);
        let lost = chosen.and_then(|condition| {
            let is_known =
                |own: &Name| key.contains(own) || back.iter().any(|(known, _)| known == own);
            let mut columns = source.columns.iter().map(|column| &column.name);
            columns.find(|own| effect::names_column(condition, &[alias], own) && !is_known(own))
        });
        if let Some(lost) = lost {
            return Err(refused(
                format!(
                    "which rows of {name} come is told by {lost}, and nothing says what that is in those that the new app inserts"
                ),
                Some(format!(
                    "say it in a comment before the statement: `-- segue: sync {lost} = …`, an expression over the columns of {target_alias}"
                )),
            ));
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

    /// Whether an expression over a row of the source is the same whenever it is computed, as long as the row is.
    ///
    /// # Errors
    /// One that is not; `what` it is, for people.
    pub(super) fn is_of_a_row(&self, what: &str, value: &str) -> Result<(), Stop> {
        let (name, _, alias) = self.source();
        let why = if self.moment.calls_volatile(value) {
            "is another one each time that it is computed"
        } else if tells_the_time(value) {
            "changes with the time, and nothing is written then"
        } else if effect::mentions(value, "select") {
            "depends on other rows, which change by themselves"
        } else if names_schema(value, name) {
            "names a schema, which no row of a trigger is in"
        } else {
            return Ok(());
        };
        Err(refused(
            format!("{what} {why}: {value}"),
            Some(format!("write it over the columns of {alias} alone")),
        ))
    }
}

/// Whether an expression names a table with its schema in front, by which no row of a trigger can be called.
fn names_schema(value: &str, table: &QName) -> bool {
    let bare: String = value.chars().filter(|of| !of.is_whitespace()).collect();
    bare.contains(&format!("{table}."))
}
