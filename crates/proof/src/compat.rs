//! Whether the queries of an app go on working while a schema changes in two phases.
//!
//! There are three schemas: before a deploy, expanded, contracted; and two versions of the app. What a server says of each query
//! in each schema is an [`Answer`]; what follows from that, and from the schemas where a server says nothing until rows are
//! written, is judged here.

use segue_catalog::{Catalog, Name, QName};

mod changed;
mod form;
mod judge;
mod order;
mod spelling;
mod tally;
mod writes;

pub use form::{Asks, Form};
pub use judge::{judge, suspicions};
pub use order::{Advice, First};
pub use spelling::spellings;
pub use tally::{Broken, Cell, Tally, Unjudged};

/// A schema on the way, in the order in which they follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Moment {
    /// Before the deploy.
    Before,
    /// After the first phase.
    Expanded,
    /// After the second phase.
    Contracted,
}

impl Moment {
    /// All of them, in order.
    pub const ALL: [Self; 3] = [Self::Before, Self::Expanded, Self::Contracted];

    /// For people and programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::Expanded => "expanded",
            Self::Contracted => "contracted",
        }
    }
}

/// A version of the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The one that runs before the deploy.
    Old,
    /// The one that is written for the schema after it.
    New,
}

impl Side {
    /// For people and programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "new",
        }
    }

    /// The schema that its queries are written for.
    pub fn home(self) -> Moment {
        match self {
            Self::Old => Moment::Before,
            Self::New => Moment::Contracted,
        }
    }
}

/// What a server says of a query under one schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It can be prepared and planned.
    Taken(Shape),
    /// It cannot.
    Refused {
        /// SQLSTATE.
        code: String,
        /// The server's words.
        message: String,
    },
}

/// What a query takes and gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    /// The types of its parameters, in order.
    pub parameters: Vec<String>,
    /// Its result columns, in order: name and type.
    pub columns: Vec<(String, String)>,
    /// The indexes that its plan uses where it has the choice; none where it was not planned.
    pub indexes: Vec<Used>,
}

/// An index that a plan uses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Used {
    /// Its name.
    pub index: String,
    /// The table.
    pub table: String,
}

/// How a query fares under one schema; the later, the worse.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// As under the schema that it is written for.
    #[default]
    Works,
    /// It works, and something is other than there: more columns, no index.
    Notable,
    /// The server takes it, but it is not what the app expects.
    Differs,
    /// The server refuses it.
    Fails,
}

impl Verdict {
    /// For people and programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Notable => "notable",
            Self::Differs => "differs",
            Self::Fails => "fails",
        }
    }

    /// Whether the app breaks.
    pub fn breaks(self) -> bool {
        self >= Self::Differs
    }
}

/// How a query fares under one schema, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fare {
    /// How.
    pub verdict: Verdict,
    /// Why, in words; empty where it works.
    pub reasons: Vec<String>,
}

impl Fare {
    fn add(&mut self, verdict: Verdict, reason: String) {
        self.verdict = self.verdict.max(verdict);
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }
}

/// What there is to say of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// How it fares, by [`Moment`].
    Fares([Fare; 3]),
    /// Nothing can be said, and why.
    NotJudged(String),
}

/// The three schemas, and what names in queries mean.
#[derive(Debug)]
pub struct Stages {
    catalogs: [Catalog; 3],
    path: Vec<Name>,
    changed: Vec<changed::Changed>,
}

impl Stages {
    /// Of the schemas by [`Moment`]; `path` is where names without a schema are looked for.
    pub fn new(catalogs: [Catalog; 3], path: Vec<Name>) -> Self {
        let changed = changed::between(&catalogs);
        Self {
            catalogs,
            path,
            changed,
        }
    }

    /// The schema of a moment.
    pub fn catalog(&self, moment: Moment) -> &Catalog {
        &self.catalogs[moment as usize]
    }

    /// The table that a name means under a schema; a view that shows every column of one table under its own name stands for
    /// that table.
    fn table(
        &self,
        moment: Moment,
        name: &form::Written,
    ) -> Option<(QName, &segue_catalog::model::Table)> {
        let catalog = self.catalog(moment);
        let of = |schema: &Name| {
            let full = QName::new(schema.clone(), name.name.clone());
            if let Some(table) = catalog.tables.get(&full) {
                return Some((full, table.as_ref()));
            }
            let view = catalog.views.get(&full)?;
            writes::shown_table(catalog, view)
        };
        match &name.schema {
            Some(schema) => of(schema),
            None => self.path.iter().find_map(of),
        }
    }
}
