//! Rows of a live database, masked, that migrations are tried with: a few of each table, and all that they refer to.
//!
//! | Question | File |
//! |---|---|
//! | Which rows are read, and in which state? | `sample/read.rs` |
//! | How do they come into a database that may have another schema by then? | `sample/put.rs` |
//! | What becomes of their values? | crate `proof`, `mask.rs` |

mod put;
mod read;

use std::collections::BTreeMap;

use segue_catalog::{Name, QName};
use segue_db::Session;
use segue_engine::Failure;
use segue_project::config::Secret;
use segue_proof::mask::{Masks, Rule, Treatment};
use segue_sql::Problem;

use crate::{Migrator, schema::introspect, workplace::Workplace};

pub(super) use put::put;

/// Rows by their tables.
#[derive(Debug, Default)]
pub(crate) struct Sample {
    tables: BTreeMap<QName, Rows>,
    /// The rows of a table come behind those of the tables before it, which it may refer to.
    order: Vec<QName>,
    /// What else there is to say.
    pub(super) notes: Vec<String>,
}

/// Rows of a table.
#[derive(Debug, Default)]
struct Rows {
    columns: Vec<Name>,
    /// Values as the server prints them.
    rows: Vec<Vec<Option<String>>>,
}

impl Migrator {
    /// Samples the database that this run, or the configuration, names; `None`: none is named.
    pub(super) async fn sample(
        &self,
        workplace: &Workplace,
        given: Option<&str>,
        rows: u32,
    ) -> Result<Option<Sample>, Failure> {
        let setting = workplace.settings()?.sample_url(&workplace.vars())?;
        let (url, origin) = match (given, setting) {
            (Some(url), _) => (Secret::new(url.to_owned()), "--sample".to_owned()),
            (None, Some(setting)) => (setting.value, setting.origin),
            (None, None) => return Ok(None),
        };
        let source = workplace.given(&url, &origin)?;
        let (_, link) = self.connect_to(workplace, source).await?;
        let sampled = sampled(workplace, &link.session, &url, rows).await;
        link.close().await;
        sampled.map(Some)
    }
}

async fn sampled(
    workplace: &Workplace,
    session: &Session,
    url: &Secret,
    rows: u32,
) -> Result<Sample, Failure> {
    let Session::Postgres(server) = session else {
        return Err(Problem::new("rows are sampled from PostgreSQL only").into());
    };
    let catalog = introspect(session).await?.catalog;
    let masks = masks(workplace, &catalog)?;
    let done = read::read(server, &catalog, rows, &masks, url.expose().as_bytes()).await;
    if done.is_err() {
        // what stopped it is what matters
        drop(session.execute("ROLLBACK").await);
    }
    Ok(done?)
}

/// What `[mask]` says, which has to be about columns that are there: what is misspelt would leave them as they are.
fn masks(workplace: &Workplace, catalog: &segue_catalog::Catalog) -> Result<Masks, Failure> {
    let said = workplace.config.mask();
    let treatment = |word: &str| Treatment::named(word).unwrap_or(Treatment::Fake);
    let rules = said.columns.iter().map(|(column, word)| Rule {
        column: column.name.clone(),
        treatment: treatment(word),
    });
    let masks = Masks {
        default: said.default.as_deref().map_or(Treatment::Fake, treatment),
        rules: rules.collect(),
    };
    let wrong: Vec<Problem> = (masks.wrong(catalog).into_iter())
        .filter_map(|(rule, why)| {
            let mut columns = said.columns.iter();
            let (named, _) = columns.find(|(named, _)| named.name == rule.column)?;
            Some(
                named
                    .problem(why)
                    .help("nothing was read; mend [mask] first"),
            )
        })
        .collect();
    match wrong.is_empty() {
        true => Ok(masks),
        false => Err(wrong.into()),
    }
}
