//! Whether a database is quiet: its transactions a second beside the most that they were within a day, as far as that is known.
//!
//! What is not known of the day makes the peak lower and never higher. So nothing begins too early for want of a history; it may
//! begin later than it could.

use std::{
    fmt,
    time::{Duration, Instant},
};

use segue_db::{ServerError, Session, own::activity, postgres::company};
use segue_project::Quiet;

mod ended;

pub(crate) use self::ended::Ended;

/// Over what time the pace is taken.
const SPAN: Duration = Duration::from_secs(60);
/// The shortest one: servers tell what sessions did some seconds late.
const LEAST: Duration = Duration::from_secs(10);

/// Why it is not quiet.
#[derive(Debug, Clone, PartialEq)]
pub enum Busy {
    /// It was not looked at for long enough.
    Unknown,
    /// More transactions a second than are quiet.
    Over {
        /// How many there are.
        per_second: f64,
        /// How many are quiet.
        most: f64,
        /// What that is.
        quiet: Quiet,
    },
}

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => write!(
                f,
                "looking for {} s at how busy the database is",
                LEAST.as_secs()
            ),
            Self::Over {
                per_second,
                most,
                quiet,
            } => write!(
                f,
                "the database is busy: {per_second:.1} transactions a second, and {most:.1} are {quiet}, as far as that was seen"
            ),
        }
    }
}

/// The look at how busy a database is.
pub(crate) struct ActivityWatch {
    quiet: Quiet,
    /// The most transactions a second within a day.
    peak: f64,
    ended: Ended,
    /// When it was last kept.
    kept: Option<Instant>,
}

impl ActivityWatch {
    /// Begins it with what was kept of the day. The session is in a transaction or not.
    pub(crate) async fn begin(session: &Session, quiet: Quiet) -> Result<Self, ServerError> {
        activity::prepare(session).await?;
        Ok(Self {
            quiet,
            peak: activity::peak(session).await?.unwrap_or(0.0),
            ended: Ended::over(SPAN, LEAST),
            kept: None,
        })
    }

    /// Looks; `own` transactions were ended by us so far. None: it is quiet.
    pub(crate) async fn look(
        &mut self,
        session: &Session,
        own: u64,
    ) -> Result<Option<Busy>, ServerError> {
        let company = company::look(session).await?;
        self.ended.note(Instant::now(), company.ended, own);
        let Some(per_second) = self.ended.pace() else {
            return Ok(Some(Busy::Unknown));
        };
        self.peak = self.peak.max(per_second);
        if self.kept.is_none_or(|kept| kept.elapsed() >= SPAN) {
            self.kept = Some(Instant::now());
            activity::keep(session, per_second).await?;
        }
        Ok(self.judge(per_second))
    }

    fn judge(&self, per_second: f64) -> Option<Busy> {
        let most = self.peak * self.quiet.share();
        (per_second > most).then_some(Busy::Over {
            per_second,
            most,
            quiet: self.quiet,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(peak: f64) -> ActivityWatch {
        let quiet = Quiet::parse("below 30 % of the day's peak").expect("it is right");
        ActivityWatch {
            quiet: quiet.expect("a part"),
            peak,
            ended: Ended::over(SPAN, LEAST),
            kept: None,
        }
    }

    #[test]
    fn it_is_quiet_below_a_part_of_the_peak() {
        assert_eq!(watch(100.0).judge(30.0), None);
        let busy = watch(100.0).judge(31.0).expect("it is busy").to_string();
        assert_eq!(
            busy,
            "the database is busy: 31.0 transactions a second, and 30.0 are below 30 % of the day's peak, as far as that was seen"
        );
        // of a day of which nothing is known what is seen now is the peak; a database that does nothing is quiet
        assert!(watch(12.0).judge(12.0).is_some());
        assert_eq!(watch(0.0).judge(0.0), None);
    }
}
