//! How values go from the old type to the new one and back. Each way has a value, which is assigned as the statement as
//! written would, so that what does not fit is refused; and an image of it in the exact type, which is only compared.

use segue_catalog::QName;
use segue_sql::Problem;

use super::{Retyped, chain::Chain};
use crate::{
    Moment, effect,
    planner::{Planning, Stop},
    writing::{Runs, asked, differ},
};

/// How values are converted.
pub(super) struct Conversion {
    /// From the old to the new: what stands behind USING, over a row of the table; none: the value itself.
    using: Option<String>,
    /// The same link by link, if it is no other expression.
    chain: Option<Chain>,
    /// From the new to the old, as the file says, over a row in which the column has its new value.
    inverse: Option<String>,
    /// Where names in them are looked for.
    search_path: String,
}

impl Conversion {
    /// The conversion, as far as there is one.
    ///
    /// # Errors
    /// An expression that cannot be inverted without being told how.
    pub(super) fn of(
        moment: &Moment<'_>,
        planning: &Planning<'_>,
        retyped: &Retyped<'_>,
    ) -> Result<Self, Stop> {
        let name = &retyped.column.name;
        let of_row = |text: String| effect::without_schema(&text, retyped.table);
        let using = retyped.using.map(|using| of_row(using.to_string()));
        let from = &retyped.column.data_type;
        let chain = Chain::of(using.as_deref(), name, from, retyped.to);
        let inverse = planning.said().inverse.map(of_row);
        if inverse.is_none() && chain.is_none() {
            return Err(Stop::Refused(
                Problem::new(format!(
                    "while the old app writes {name} of {}, its old value has to be got from the new one, and nothing says how",
                    retyped.table
                ))
                .note(format!("USING {}", using.unwrap_or_default()))
                .help(format!("say it in a comment before the statement: `-- segue: inverse …`, an expression over {name} as it is afterwards; or deploy while no app is running: --strategy direct")),
            ));
        }
        if chain.as_ref().is_some_and(Chain::depends_on_session) {
            return Err(Stop::Refused(
                Problem::new(format!(
                    "what {name} of {} becomes depends on the time zone of whoever writes it",
                    retyped.table
                ))
                .help(format!("say the zone: `USING {name} AT TIME ZONE 'UTC'`")),
            ));
        }
        let session = &moment.line().session;
        Ok(Self {
            search_path: session.search_path_setting(),
            using,
            chain,
            inverse,
        })
    }

    /// The new value, over a row of the table.
    pub(super) fn of_row(&self, retyped: &Retyped<'_>) -> String {
        match &self.using {
            Some(using) => using.clone(),
            None => retyped.column.name.to_string(),
        }
    }

    /// The same in its exact type.
    pub(super) fn image_of_row(&self, retyped: &Retyped<'_>) -> String {
        format!("CAST({} AS {})", self.of_row(retyped), retyped.to)
    }

    /// The new value of an old one; only where nothing else of the row is needed.
    pub(super) fn forth(&self, value: &str) -> Option<String> {
        self.chain.as_ref().map(|chain| chain.forth(value))
    }

    /// The links of it; none: it is more than casts.
    pub(super) fn into_chain(self) -> Option<Chain> {
        self.chain
    }

    /// How the trigger's function runs: more than casts is done as by the statement as written.
    pub(super) fn runs(&self, planning: &Planning<'_>, table: &QName) -> Runs {
        let path = self.search_path.clone();
        if self.chain.is_none() || self.inverse.is_some() {
            Runs::as_deployer(planning, path, table)
        } else if self.reads_settings() {
            Runs::in_session(planning, path)
        } else if self.using.is_some() {
            Runs::in_path(path)
        } else {
            Runs::plain()
        }
    }

    /// Asks whether the server can make the values, where they are more than casts.
    pub(super) fn asked(&self, retyped: &Retyped<'_>) -> Option<String> {
        if self.chain.is_some() && self.inverse.is_none() {
            return None;
        }
        let forth = self.of_row(retyped);
        let back = self.inverse.as_ref().map(|inverse| {
            let (column, table) = (&retyped.column.name, &retyped.table.name);
            format!(
                "(SELECT {inverse} FROM (SELECT CAST(NULL AS {}) AS {column}) AS {table})",
                retyped.to
            )
        });
        let values = std::iter::once(forth.as_str()).chain(back.as_deref());
        Some(asked(values, &retyped.table.to_string()))
    }

    fn reads_settings(&self) -> bool {
        self.chain.as_ref().is_none_or(Chain::reads_settings)
    }

    /// Whether it only depends on the two types, and a NULL stays one.
    pub(super) fn is_of_types(&self) -> bool {
        self.chain.is_some()
    }

    /// What holds for a row that is written while its new value is another one than its old one gives; none: it cannot be told
    /// by the column alone.
    pub(super) fn differs(&self, retyped: &Retyped<'_>) -> Option<String> {
        // what the app's session makes of it is not what the function does
        if self.reads_settings() {
            return None;
        }
        let forth = self.forth(&format!("NEW.{}", retyped.column.name))?;
        let ought = format!("CAST({forth} AS {})", retyped.to);
        Some(differ(&format!("NEW.{}", retyped.beside), &ought))
    }

    /// The new value, within the trigger.
    pub(super) fn forth_of_new(&self, retyped: &Retyped<'_>) -> String {
        match &self.using {
            Some(using) => format!(
                "(SELECT {using} FROM (SELECT NEW.*) AS {})",
                retyped.table.name
            ),
            None => format!("NEW.{}", retyped.column.name),
        }
    }

    /// The old value, within the trigger.
    pub(super) fn back_of_new(&self, retyped: &Retyped<'_>) -> String {
        let new = format!("NEW.{}", retyped.beside);
        match (&self.inverse, &self.chain) {
            (None, Some(chain)) => chain.back_uncut(&new),
            (inverse, _) => of_the_new(retyped, inverse.as_deref().unwrap_or(&new)),
        }
    }

    /// The same in its exact type.
    pub(super) fn image_of_new(&self, retyped: &Retyped<'_>) -> String {
        let new = format!("NEW.{}", retyped.beside);
        match (&self.inverse, &self.chain) {
            (None, Some(chain)) => chain.back(&new),
            (inverse, _) => {
                let inverse = inverse.as_deref().unwrap_or(&new);
                let of = &retyped.column.data_type;
                of_the_new(retyped, &format!("CAST({inverse} AS {of})"))
            }
        }
    }

    /// What the zones on the way lose where their clocks change, for people.
    pub(super) fn losses(&self, retyped: &Retyped<'_>) -> Vec<String> {
        let zones = self.chain.iter().flat_map(Chain::zones);
        let changing = zones.filter(|(zone, _)| !effect::is_steady(zone.trim_matches('\'')));
        let name = &retyped.column.name;
        changing
            .map(|(zone, is_local)| match is_local {
                true => format!("a local time of {name} that {zone} skips, when its clocks go forward, is another one to the new app; of one that it has twice, when they go back, the old app does not see which the new app means"),
                false => format!("of a local time of {name} that {zone} has twice, when its clocks go back, the old app reads the second one where the new app has written it; one that it skips, it reads as another one"),
            })
            .collect()
    }
}

/// An expression over a row in which the column has its new value, within the trigger.
fn of_the_new(retyped: &Retyped<'_>, expression: &str) -> String {
    format!(
        "(SELECT {expression} FROM (SELECT NEW.{} AS {}) AS {})",
        retyped.beside, retyped.column.name, retyped.table.name
    )
}
