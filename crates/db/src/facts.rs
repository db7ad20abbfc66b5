//! What a database says of itself before anything is decided.

use segue_project::Layout;

use crate::{
    ServerError, Session,
    history::{Format, Table},
    postgres, sqlite,
};

/// The facts that a deploy starts from.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The database's name; of SQLite the path of its file.
    pub database: String,
    /// The first existing schema of the search path.
    pub schema: Option<String>,
    /// Who we are.
    pub user: String,
    /// As in `server_version_num`: 170005; or `SQLITE_VERSION_NUMBER`: 3051000.
    pub version: u32,
    /// Whether the server refuses writes, and why.
    pub read_only: Option<ReadOnly>,
    /// Our process on the server; empty where there is none.
    pub pid: String,
    /// The history tables found.
    pub histories: Vec<Found>,
    /// Whether segue's own settings table is there.
    pub has_own_schema: bool,
    /// Whether this user may not read it.
    pub own_is_closed: bool,
}

/// What is in a database besides histories: of no interest where nothing is to be done.
#[derive(Debug, Clone)]
pub struct Contents {
    /// Whether there is a table of the user's in any schema: then an app may be running.
    pub has_tables: bool,
    /// A few of the user's tables and views in the first schema of the search path, for an answer to "is it empty?".
    pub objects: Vec<String>,
}

/// Why a server refuses writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadOnly {
    /// It is a standby.
    Standby,
    /// `default_transaction_read_only` is on.
    Setting,
    /// The file of the database may not be written.
    File,
}

/// A history table that is there.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its format.
    pub format: &'static Format,
    /// Where it is.
    pub table: Table,
}

impl Found {
    /// The layout that segue deployed it with, and why, as its comment keeps them.
    ///
    /// # Errors
    /// What the database refused, or that it is gone.
    pub async fn kept_layout(
        &self,
        session: &Session,
    ) -> Result<Option<(String, String)>, ServerError> {
        match session {
            Session::Postgres(_) => postgres::inspect::kept_layout(session, &self.table).await,
            Session::Sqlite(inner) => sqlite::kept_layout(inner, self).await,
        }
    }
}

/// Where the user wants the history, if not where the tool has it by default.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// The schema.
    pub schema: Option<String>,
    /// The table.
    pub table: Option<String>,
    /// Where nothing is said of a table: what the tool's own settings say, by the name of its layout; with or
    /// without a schema in front.
    pub by_tool: Vec<(&'static str, String)>,
    /// The schema that names without one mean, where the user says so; it need not be there yet.
    pub default_schema: Option<String>,
}

impl Facts {
    /// The layouts whose histories are there.
    pub fn layouts(&self) -> Vec<&'static Layout> {
        self.histories
            .iter()
            .map(|found| found.format.layout)
            .collect()
    }

    /// The history of a format, if it is there.
    pub fn history(&self, format: &Format) -> Option<&Found> {
        self.histories
            .iter()
            .find(|found| found.format.layout == format.layout)
    }

    /// Where a format's history is, or would be made.
    pub fn table(&self, format: &Format, place: &Place) -> Table {
        self.history(format).map_or_else(
            || place.of(format, self.schema.as_deref()),
            |found| found.table.clone(),
        )
    }
}

impl Place {
    /// Where a format's history would be made; `schema`: the first of the search path that is there.
    pub fn of(&self, format: &Format, schema: Option<&str>) -> Table {
        let schema = wanted_schema(format, self)
            .or(schema)
            .or(self.default_schema.as_deref());
        Table {
            schema: schema.unwrap_or("public").to_owned(),
            name: wanted_table(format, self).to_owned(),
        }
    }
}

/// The schema of a history where the user or the tool names one.
pub fn wanted_schema<'a>(format: &'a Format, place: &'a Place) -> Option<&'a str> {
    let own = format.layout.name == "segue";
    let by_tool = by_tool(format, place).and_then(|(schema, _)| schema);
    place
        .schema
        .as_deref()
        .filter(|_| !own)
        .or(by_tool)
        .or(format.schema)
}

/// The table of a history.
pub fn wanted_table<'a>(format: &'a Format, place: &'a Place) -> &'a str {
    let own = format.layout.name == "segue";
    let by_tool = by_tool(format, place).map(|(_, table)| table);
    place
        .table
        .as_deref()
        .filter(|_| !own)
        .or(by_tool)
        .unwrap_or(format.table)
}

/// Schema and table of the tool's own settings; goose and dbmate both take `schema.table`.
fn by_tool<'a>(format: &Format, place: &'a Place) -> Option<(Option<&'a str>, &'a str)> {
    let mut said = place.by_tool.iter();
    let (_, name) = said.find(|(layout, _)| *layout == format.layout.name)?;
    Some(match name.split_once('.') {
        Some((schema, table)) => (Some(schema), table),
        None => (None, name),
    })
}

/// Asks the database.
///
/// # Errors
/// What it refused, or that it is gone.
pub async fn facts(session: &Session, place: &Place) -> Result<Facts, ServerError> {
    match session {
        Session::Postgres(_) => postgres::inspect::facts(session, place).await,
        Session::Sqlite(inner) => sqlite::facts(inner, place).await,
    }
}

/// Looks into the database that these facts are of.
///
/// # Errors
/// What it refused, or that it is gone.
pub async fn contents(
    session: &Session,
    facts: &Facts,
    place: &Place,
) -> Result<Contents, ServerError> {
    match session {
        Session::Postgres(_) => postgres::inspect::contents(session, facts, place).await,
        Session::Sqlite(inner) => sqlite::contents(inner, facts).await,
    }
}
