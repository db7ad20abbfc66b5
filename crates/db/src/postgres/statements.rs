//! The record of statements that `pg_stat_statements` keeps: how often those of the app ran, and how long that took. Their texts
//! stay on the server: they hold the users' data.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use crate::{Row, ServerError, Session};

/// What segue writes into statements of its own that look like the app's. It stands behind their first word: a server may leave out
/// what stands before a statement, but not what is in it.
const MARK: &str = "/* segue */";

/// A statement of segue's, with a mark by which it is known in the record. One that does not begin with a word stays as it is.
pub fn marked(statement: &str) -> String {
    let start = statement.len() - statement.trim_start().len();
    let word = |letter: char| letter.is_ascii_alphabetic();
    let rest = &statement[start..];
    let end = rest.find(|letter| !word(letter)).unwrap_or(rest.len());
    match end {
        0 => statement.to_owned(),
        end => format!("{} {MARK}{}", &statement[..start + end], &rest[end..]),
    }
}

/// How often a statement ran since the server began to count it, and how long that took.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Count {
    /// How often.
    pub calls: u64,
    /// Together, in milliseconds.
    pub milliseconds: f64,
}

impl Count {
    /// What has come since `before`, which is nothing where it was not counted then. A record that has begun anew meanwhile has
    /// what came since that.
    #[must_use]
    pub fn since(self, before: Option<&Self>) -> Self {
        match before {
            Some(before) if before.calls <= self.calls => Self {
                calls: self.calls - before.calls,
                milliseconds: (self.milliseconds - before.milliseconds).max(0.0),
            },
            _ => self,
        }
    }

    /// How long a call took, in milliseconds; none where there was none.
    pub fn mean(self) -> Option<f64> {
        (self.calls > 0).then(|| self.milliseconds / self.calls as f64)
    }
}

impl std::ops::AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.calls += other.calls;
        self.milliseconds += other.milliseconds;
    }
}

/// What the record says at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// When it was read.
    pub at: Instant,
    /// Of every statement in this database, by what the server calls it (`queryid`).
    pub counts: BTreeMap<i64, Count>,
    /// How many statements of other roles this one may not see.
    pub hidden: u64,
}

/// The record of this database, and which statements in it are the app's.
///
/// Those are the queries, and what writes rows, of which no text tells that they are segue's own. To learn that the texts are
/// looked at by the server, which reads all of them from a file; how often statements ran is in its memory.
#[derive(Debug, Clone)]
pub struct Record {
    /// Where the extension is, as SQL.
    schema: String,
    app: BTreeSet<i64>,
    others: BTreeSet<i64>,
    /// When the texts were looked at.
    looked: Option<Instant>,
    /// When it was read last, and how long that took.
    read: Option<(Instant, Duration)>,
}

/// How often the texts are looked at, at most: some apps send new ones all the time.
const LOOK: Duration = Duration::from_secs(30);

/// How many times as long as it takes to read it is left alone: that makes half a percent of a core.
const READS: u32 = 200;

/// Of this database.
const HERE: &str =
    "dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())";

impl Record {
    /// The record; none where the extension is not in this database.
    ///
    /// # Errors
    /// What the server refused, or that it is gone.
    pub async fn find(session: &Session) -> Result<Option<Self>, ServerError> {
        let place = "SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_extension e \
             JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'";
        let rows = session.rows(place).await?;
        let schema = rows.into_iter().flatten().flatten().next();
        Ok(schema.map(|schema| Self {
            schema,
            app: BTreeSet::new(),
            others: BTreeSet::new(),
            looked: None,
            read: None,
        }))
    }

    /// What it says now.
    ///
    /// # Errors
    /// That the server does not load the extension, or this role may not read it; that the server is gone.
    pub async fn read(&mut self, session: &Session) -> Result<Reading, ServerError> {
        let sql = format!(
            "SELECT queryid, sum(calls)::bigint, sum(total_exec_time), count(*) FROM {}.pg_stat_statements(false) \
             WHERE {HERE} GROUP BY queryid",
            self.schema
        );
        let begun = Instant::now();
        let rows = session.rows(&sql).await?;
        self.read = Some((begun, begun.elapsed()));
        let mut reading = Reading {
            at: Instant::now(),
            counts: BTreeMap::new(),
            hidden: 0,
        };
        for row in rows {
            match count(row) {
                Some((Some(id), of, _)) => {
                    reading.counts.insert(id, of);
                }
                // what is hidden has no number (pgstatstatements.html)
                Some((None, _, many)) => reading.hidden += many,
                None => {}
            }
        }
        self.look(session, &reading).await?;
        Ok(reading)
    }

    /// Whether it may be read again by now: a long record takes the server a while, and reading it is to take a small part of the
    /// time.
    pub fn is_due(&self) -> bool {
        self.read
            .is_none_or(|(begun, took)| begun.elapsed() >= took * READS)
    }

    /// Learns which of them are the app's.
    async fn look(&mut self, session: &Session, reading: &Reading) -> Result<(), ServerError> {
        let is_known = |id: &i64| self.app.contains(id) || self.others.contains(id);
        let is_due = self.looked.is_none_or(|looked| looked.elapsed() >= LOOK);
        if !is_due || reading.counts.keys().all(is_known) {
            return Ok(());
        }
        let sql = format!(
            "SELECT queryid FROM {}.pg_stat_statements WHERE {HERE} AND queryid IS NOT NULL AND {OF_APP}",
            self.schema
        );
        let rows = session.rows(&sql).await?;
        let ids = rows.into_iter().flatten().flatten();
        self.app.extend(ids.filter_map(|id| id.parse::<i64>().ok()));
        let others = reading.counts.keys().filter(|id| !self.app.contains(id));
        self.others.extend(others.copied().collect::<Vec<_>>());
        self.looked = Some(Instant::now());
        Ok(())
    }

    /// What came of each of the app's statements between two readings.
    pub fn between<'r>(
        &'r self,
        before: &'r Reading,
        now: &'r Reading,
    ) -> impl Iterator<Item = (i64, Count)> + 'r {
        let counts = now.counts.iter();
        let of_app = counts.filter(|(id, _)| self.app.contains(id));
        of_app.map(|(id, count)| (*id, count.since(before.counts.get(id))))
    }

    /// All that is counted of each of the app's statements.
    pub fn all<'r>(&'r self, now: &'r Reading) -> impl Iterator<Item = (i64, Count)> + 'r {
        let counts = now.counts.iter();
        let of_app = counts.filter(|(id, _)| self.app.contains(id));
        of_app.map(|(id, count)| (*id, *count))
    }
}

/// What queries, or writes rows, and does not say that it is segue's. Comments and parentheses may stand before the first word.
/// Without backslashes, so that it means the same whatever `standard_conforming_strings` is.
const OF_APP: &str = "query ~* '^([[:space:]]|[(]|/[*]([^*]|[*]+[^*/])*[*]+/|--[^\n]*\n)*(SELECT|INSERT|UPDATE|DELETE|MERGE|WITH|VALUES)($|[^[:alnum:]_])' \
     AND pg_catalog.strpos(query, '/* segue */') = 0 AND pg_catalog.strpos(query, 'segue.') = 0 \
     AND pg_catalog.strpos(query, 'pg_catalog.') = 0";

fn count(row: Row) -> Option<(Option<i64>, Count, u64)> {
    let [id, calls, milliseconds, many] = <[Option<String>; 4]>::try_from(row).ok()?;
    let count = Count {
        calls: calls?.parse().ok()?,
        milliseconds: milliseconds?.parse().ok()?,
    };
    let id = match id {
        Some(id) => Some(id.parse().ok()?),
        None => None,
    };
    Some((id, count, many?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_stands_behind_the_first_word() {
        assert_eq!(
            marked("UPDATE ONLY t SET a = 1"),
            "UPDATE /* segue */ ONLY t SET a = 1"
        );
        assert_eq!(marked("\n with a AS ()"), "\n with /* segue */ a AS ()");
        assert_eq!(marked("SELECT"), "SELECT /* segue */");
        assert_eq!(marked("-- it\nSELECT 1"), "-- it\nSELECT 1");
        assert_eq!(marked(""), "");
    }

    #[test]
    fn a_record_that_began_anew_has_what_came_since() {
        let count = |calls, milliseconds| Count {
            calls,
            milliseconds,
        };
        let before = count(10, 30.0);
        assert_eq!(count(12, 31.0).since(Some(&before)), count(2, 1.0));
        assert_eq!(count(3, 6.0).since(Some(&before)), count(3, 6.0));
        assert_eq!(count(3, 6.0).since(None), count(3, 6.0));
        assert_eq!(count(3, 6.0).mean(), Some(2.0));
        assert_eq!(count(0, 0.0).mean(), None);
    }
}
