//! The queries of a version of an app, one part after the other: they may be many.

use std::{collections::VecDeque, fs::File, io::Write, path::Path};

use segue_engine::Failure;
use segue_project::config::Secret;
use segue_sql::Problem;
use serde_json::json;

use super::{Recorded, chosen::connected};
use crate::{
    Migrator,
    schema::Found,
    server::{Link, Server},
    workplace::Workplace,
};

mod folder;
mod log;
mod recorded;
pub(crate) mod statistics;

/// A query.
#[derive(Debug, Clone, Default)]
pub(super) struct Query {
    /// Where it was read.
    pub(super) place: String,
    pub(super) text: String,
    pub(super) calls: Option<u64>,
    /// Why it is of no use.
    pub(super) unusable: Option<String>,
    /// The size at which the server cuts texts off, where it is known.
    pub(super) cut_at: Option<usize>,
}

impl Query {
    fn unusable(place: String, text: String, why: impl Into<String>) -> Self {
        Self {
            place,
            text,
            unusable: Some(why.into()),
            ..Self::default()
        }
    }

    /// Whether its length is one at which a server cuts texts off: one byte less than `track_activity_query_size`, and as
    /// many as three more where a character would be split.
    pub(super) fn may_be_cut(&self) -> bool {
        let length = self.text.len() + 1;
        let is_at = |size: usize| length <= size && length + 4 > size;
        match self.cut_at {
            Some(size) => is_at(size),
            None => (10..=20).any(|power| is_at(1 << power)),
        }
    }
}

/// Queries that are read as they are asked for.
type Lines = Box<dyn Iterator<Item = Result<Query, Failure>> + Send>;

enum Source {
    Lines(Lines),
    Statistics(Box<Statistics>),
}

struct Statistics {
    link: Link,
    cursor: statistics::Cursor,
}

/// All queries of a version of an app.
pub(super) struct Workload {
    sources: VecDeque<Source>,
}

impl Workload {
    /// At most so many of those that are left; none: all have been read.
    pub(super) async fn next(&mut self, many: usize) -> Result<Vec<Query>, Failure> {
        while let Some(source) = self.sources.front_mut() {
            let queries = match source {
                Source::Lines(lines) => lines.take(many).collect::<Result<Vec<_>, _>>()?,
                Source::Statistics(one) => one.cursor.next(&one.link.session, many).await?,
            };
            if !queries.is_empty() {
                return Ok(queries);
            }
            if let Some(Source::Statistics(done)) = self.sources.pop_front() {
                done.link.close().await;
            }
        }
        Ok(Vec::new())
    }

    /// Ends what is open.
    pub(super) async fn close(self) {
        for source in self.sources {
            if let Source::Statistics(open) = source {
                open.link.close().await;
            }
        }
    }
}

impl Migrator {
    /// Opens workloads by their names.
    pub(super) async fn workload(
        &self,
        workplace: &Workplace,
        found: &Found,
        names: &[String],
    ) -> Result<Workload, Failure> {
        let mut sources = VecDeque::new();
        for name in names {
            sources.push_back(match name.as_str() {
                "database" => match &found.server {
                    Some(server) => of_database(server, found).await?,
                    None => {
                        return Err(Problem::new("no database is configured whose queries could be read")
                            .help("give its URL with --url or DATABASE_URL, or in the place of `database`")
                            .into());
                    }
                },
                url if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                    let source = workplace.given(&Secret::new(url.to_owned()), "the workload")?;
                    let folder = &found.project.folder;
                    let embedded = workplace.embedded_folder(folder);
                    let server = Server::of(source, folder, embedded).await?;
                    of_database(&server, found).await?
                }
                path => Source::Lines(of_path(Path::new(path))?),
            });
        }
        Ok(Workload { sources })
    }
}

async fn of_database(server: &Server, found: &Found) -> Result<Source, Failure> {
    let link = connected(server, found).await?;
    match statistics::Cursor::open(&link.session).await {
        Ok(cursor) => Ok(Source::Statistics(Box::new(Statistics { link, cursor }))),
        Err(failure) => {
            link.close().await;
            Err(failure)
        }
    }
}

fn of_path(path: &Path) -> Result<Lines, Failure> {
    let shown = segue_project::shown_path(path);
    let data = path.metadata().map_err(|error| {
        Problem::new(format!("the workload `{shown}` cannot be read: {error}")).help(
            "name a folder of .sql files, `.sqlx`, a file that `segue compat record` has written, a server's log, a URL, or `database`",
        )
    })?;
    if data.is_dir() {
        return folder::read(path);
    }
    let ending = path.extension().and_then(|ending| ending.to_str());
    match ending {
        Some("sql") => Ok(folder::file(path.to_owned())),
        Some("csv") => Err(Problem::new(format!(
            "`{shown}`: logs in the form csvlog are not read"
        ))
        .help("set log_destination to stderr or jsonlog, or use pg_stat_statements")
        .into()),
        _ => match recorded::is_recorded(path)? {
            true => recorded::read(path),
            false => log::read(path),
        },
    }
}

/// Writes queries into a file.
pub(super) async fn record(
    mut workload: Workload,
    file: Option<&Path>,
) -> Result<Recorded, Failure> {
    let unwritable = |error: std::io::Error| -> Failure {
        let name = file.map_or_else(|| "the output".to_owned(), segue_project::shown_path);
        Problem::new(format!("{name} cannot be written: {error}")).into()
    };
    let mut out: Box<dyn Write + Send> = match file {
        Some(file) => Box::new(std::io::BufWriter::new(
            File::create(file).map_err(unwritable)?,
        )),
        None => Box::new(std::io::stdout()),
    };
    let mut recorded = Recorded {
        file: file.map(Path::to_owned),
        ..Recorded::default()
    };
    writeln!(out, "{}", recorded::header()).map_err(unwritable)?;
    loop {
        let queries = workload.next(256).await?;
        if queries.is_empty() {
            break;
        }
        for query in queries {
            let why = query
                .unusable
                .clone()
                .or_else(|| recorded::is_private(&query.text));
            match why {
                Some(why) => match recorded
                    .left_out
                    .iter_mut()
                    .find(|(known, _)| *known == why)
                {
                    Some((_, many)) => *many += 1,
                    None => recorded.left_out.push((why, 1)),
                },
                None => {
                    let line = json!({ "query": query.text, "calls": query.calls });
                    writeln!(out, "{line}").map_err(unwritable)?;
                    recorded.queries += 1;
                }
            }
        }
    }
    out.flush().map_err(unwritable)?;
    workload.close().await;
    Ok(recorded)
}
