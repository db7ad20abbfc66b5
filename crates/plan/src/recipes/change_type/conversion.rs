//! How values go from the old type to the new one and back.

use segue_sql::Problem;

use super::Retyped;
use crate::{
    Moment, effect,
    planner::{Planning, Stop},
};

/// How values are converted.
pub(super) struct Conversion {
    /// From the old to the new: what stands behind USING, over a row of the table; none: a cast.
    using: Option<String>,
    /// From the new to the old, over a row in which the column has its new value; none: a cast.
    inverse: Option<String>,
    /// Where names in them are looked for.
    pub(super) search_path: Option<String>,
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
        let using = retyped.using.map(ToString::to_string);
        let inverse = planning.said().inverse;
        let casts = using
            .as_ref()
            .is_none_or(|using| effect::is_cast_of(using, name));
        if inverse.is_none() && !casts {
            return Err(Stop::Refused(
                Problem::new(format!(
                    "while the old app writes {name} of {}, its old value has to be got from the new one, and nothing says how",
                    retyped.table
                ))
                .note(format!("USING {}", using.unwrap_or_default()))
                .help(format!("say it in a comment before the statement: `-- segue: inverse …`, an expression over {name} as it is afterwards; or deploy while no app is running: --strategy direct")),
            ));
        }
        if depends_on_zone(retyped) && using.is_none() {
            return Err(Stop::Refused(
                Problem::new(format!(
                    "what {name} of {} becomes depends on the time zone of whoever writes it",
                    retyped.table
                ))
                .help(format!("say the zone, and the way back: `USING {name} AT TIME ZONE 'UTC'` with `-- segue: inverse {name} AT TIME ZONE 'UTC'` before it")),
            ));
        }
        let session = &moment.line().session;
        Ok(Self {
            search_path: using.is_some().then(|| session.search_path_setting()),
            using,
            inverse,
        })
    }

    /// The new value, over a row of the table.
    pub(super) fn of_row(&self, retyped: &Retyped<'_>) -> String {
        match &self.using {
            Some(using) => format!("CAST({using} AS {})", retyped.to),
            None => format!("CAST({} AS {})", retyped.column.name, retyped.to),
        }
    }

    /// The new value of an old one; only where nothing else of the row is needed.
    pub(super) fn forth(&self, value: &str, retyped: &Retyped<'_>) -> Option<String> {
        let through_text = self
            .using
            .as_ref()
            .is_some_and(|using| using.contains("text"));
        let to = retyped.to;
        match &self.using {
            None => Some(format!("CAST({value} AS {to})")),
            Some(_) if through_text => Some(format!("CAST(CAST({value} AS text) AS {to})")),
            Some(_) => None,
        }
    }

    /// The new value, within the trigger.
    pub(super) fn forth_of_new(&self, retyped: &Retyped<'_>) -> String {
        match &self.using {
            Some(using) => format!(
                "(SELECT CAST({using} AS {}) FROM (SELECT NEW.*) AS {})",
                retyped.to, retyped.table.name
            ),
            None => format!("CAST(NEW.{} AS {})", retyped.column.name, retyped.to),
        }
    }

    /// The old value, within the trigger.
    pub(super) fn back_of_new(&self, retyped: &Retyped<'_>) -> String {
        let (name, beside) = (&retyped.column.name, &retyped.beside);
        let of = &retyped.column.data_type;
        match (&self.inverse, &self.using) {
            (Some(inverse), _) => format!(
                "(SELECT CAST({inverse} AS {of}) FROM (SELECT NEW.{beside} AS {name}) AS {})",
                retyped.table.name
            ),
            (None, Some(_)) => format!("CAST(CAST(NEW.{beside} AS text) AS {of})"),
            (None, None) if is_one_way(retyped) => {
                format!("CAST(CAST(NEW.{beside} AS text) AS {of})")
            }
            (None, None) => format!("CAST(NEW.{beside} AS {of})"),
        }
    }
}

/// Whether there is no cast back but through text.
fn is_one_way(retyped: &Retyped<'_>) -> bool {
    let text = |of: &segue_catalog::DataType| of.is("text") || of.is("character varying");
    text(retyped.to) || !retyped.to.is_builtin() || !retyped.column.data_type.is_builtin()
}

/// Times with and without a zone: which zone is meant is the session's (datatype-datetime.html).
fn depends_on_zone(retyped: &Retyped<'_>) -> bool {
    let (from, to) = (&retyped.column.data_type, retyped.to);
    let zoned = |of: &segue_catalog::DataType| of.name.name.ends_with("with time zone");
    let time = |of: &segue_catalog::DataType| {
        of.name.name.starts_with("timestamp") || of.name.name == "date"
    };
    time(from) && time(to) && zoned(from) != zoned(to)
}
