//! `pg_stat_statements` of a database: which statements run there, and how often.

use segue_db::Session;
use segue_engine::{Failure, FailureKind};
use segue_sql::Problem;

use super::Query;

/// What the view says where another role's text may not be read.
const HIDDEN: &str = "<insufficient privilege>";

/// What can be learned of a database's statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// All texts, from the view in this schema.
    All(String),
    /// Some texts are hidden from this role: how many.
    Hidden(u64),
    /// The extension is not there, or the server does not load it; in words.
    Missing(String),
}

/// Looks what can be learned.
pub(crate) async fn evidence(session: &Session) -> Result<Evidence, Failure> {
    let rows = session
        .rows(
            "SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_extension e \
             JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'",
        )
        .await?;
    let Some(schema) = rows.into_iter().flatten().flatten().next() else {
        return Ok(Evidence::Missing(
            "the extension pg_stat_statements is not in this database".to_owned(),
        ));
    };
    let hidden = session
        .rows(&format!(
            "SELECT count(*) FROM {schema}.pg_stat_statements WHERE query = '{HIDDEN}' AND {OURS}"
        ))
        .await;
    match hidden {
        Ok(rows) => {
            let hidden = rows.into_iter().flatten().flatten().next();
            let hidden = hidden
                .and_then(|many| many.parse().ok())
                .unwrap_or_default();
            Ok(match hidden {
                0 => Evidence::All(schema),
                hidden => Evidence::Hidden(hidden),
            })
        }
        // "must be loaded via shared_preload_libraries", and no right to read the view
        Err(error) if matches!(error.code(), Some("55000" | "42501")) => {
            Ok(Evidence::Missing(error.to_string()))
        }
        Err(error) => Err(error.into()),
    }
}

/// Of this database.
const OURS: &str =
    "dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())";

/// The statements of a database, read in parts.
pub(crate) struct Cursor {
    cut_at: Option<usize>,
    /// What is said first.
    first: Vec<Query>,
}

impl Cursor {
    /// Begins to read.
    ///
    /// # Errors
    /// That the extension is not there, or all texts are hidden from this role.
    pub(super) async fn open(session: &Session) -> Result<Self, Failure> {
        let (schema, hidden) = match evidence(session).await? {
            Evidence::All(schema) => (schema, 0),
            Evidence::Missing(why) => return Err(missing(why)),
            Evidence::Hidden(many) => (schema_of(session).await?, many),
        };
        let others = session
            .rows(&format!(
                "SELECT count(*) FROM {schema}.pg_stat_statements WHERE NOT {OURS}"
            ))
            .await?;
        let others = others.into_iter().flatten().flatten().next();
        let size = session.rows("SELECT setting FROM pg_catalog.pg_settings WHERE name = 'track_activity_query_size'").await?;
        let size = size.into_iter().flatten().flatten().next();
        session.execute("BEGIN READ ONLY").await?;
        session
            .execute(&format!(
                "DECLARE segue_statements NO SCROLL CURSOR FOR SELECT query, sum(calls)::bigint FROM {schema}.pg_stat_statements \
                 WHERE {OURS} AND query <> '{HIDDEN}' GROUP BY query ORDER BY 2 DESC, 1"
            ))
            .await?;
        let mut first = Vec::new();
        if hidden > 0 {
            first.push(Query::unusable(
                "pg_stat_statements".to_owned(),
                String::new(),
                format!("{hidden} statements of other roles are hidden from this one: GRANT pg_read_all_stats"),
            ));
        }
        if let Some(many) = others.filter(|many| many != "0") {
            first.push(Query::unusable(
                "pg_stat_statements".to_owned(),
                String::new(),
                format!("{many} statements are of other databases"),
            ));
        }
        Ok(Self {
            cut_at: size.and_then(|size| size.parse().ok()),
            first,
        })
    }

    /// At most so many.
    pub(super) async fn next(
        &mut self,
        session: &Session,
        many: usize,
    ) -> Result<Vec<Query>, Failure> {
        if !self.first.is_empty() {
            return Ok(std::mem::take(&mut self.first));
        }
        let rows = session
            .rows(&format!("FETCH {many} FROM segue_statements"))
            .await?;
        let queries = rows.into_iter().map(|row| {
            let mut cells = row.into_iter();
            let text = cells.next().flatten();
            let calls = cells.next().flatten().and_then(|calls| calls.parse().ok());
            let place = "pg_stat_statements".to_owned();
            match text {
                Some(text) => Query {
                    place,
                    text,
                    calls,
                    cut_at: self.cut_at,
                    ..Query::default()
                },
                None => Query::unusable(place, String::new(), "the server has lost its text"),
            }
        });
        Ok(queries.collect())
    }
}

async fn schema_of(session: &Session) -> Result<String, Failure> {
    let rows = session
        .rows(
            "SELECT pg_catalog.quote_ident(extnamespace::regnamespace::text) FROM pg_catalog.pg_extension \
             WHERE extname = 'pg_stat_statements'",
        )
        .await?;
    Ok(rows
        .into_iter()
        .flatten()
        .flatten()
        .next()
        .unwrap_or_default())
}

fn missing(why: String) -> Failure {
    let problem = Problem::new(format!("there is no record of what runs: {why}")).help(
        "add pg_stat_statements to shared_preload_libraries, restart the server, and run CREATE EXTENSION pg_stat_statements",
    );
    Failure::new(FailureKind::Refused, problem)
}

/// How often each statement of a database was called, read in parts: what tells its text apart, the text, the calls.
pub(crate) struct Calls;

impl Calls {
    /// Begins to read, from the view in this schema.
    pub(crate) async fn open(session: &Session, schema: &str) -> Result<Self, Failure> {
        session.execute("BEGIN READ ONLY").await?;
        let declared = session
            .execute(&format!(
                "DECLARE segue_calls NO SCROLL CURSOR FOR SELECT md5(query), query, sum(calls)::bigint \
                 FROM {schema}.pg_stat_statements WHERE {OURS} AND query IS NOT NULL GROUP BY query"
            ))
            .await;
        if let Err(error) = declared {
            session.execute("ROLLBACK").await?;
            return Err(error.into());
        }
        Ok(Self)
    }

    /// Some of those that are left; none: all were read.
    pub(crate) async fn next(
        &mut self,
        session: &Session,
    ) -> Result<Option<Vec<(String, String, u64)>>, Failure> {
        let rows = session.rows("FETCH 500 FROM segue_calls").await?;
        if rows.is_empty() {
            session.execute("COMMIT").await?;
            return Ok(None);
        }
        let read = rows.into_iter().filter_map(|row| {
            let mut cells = row.into_iter();
            let mut cell = || cells.next().flatten();
            Some((cell()?, cell()?, cell()?.parse().ok()?))
        });
        Ok(Some(read.collect()))
    }
}
