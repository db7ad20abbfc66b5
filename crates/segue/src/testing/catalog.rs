//! Assertions on a schema. What is not so panics, and says what there is instead.

use std::ops::Deref;

use segue_catalog::{Catalog, Name, QName, model::TypeKind};
use segue_engine::Failure;
use segue_sql::{Problem, nearest};

use super::table::TableAssert;
use crate::{Model, diff::read::Read};

/// The schema of a test database, without the history of migrations.
#[derive(Debug, Clone)]
pub struct TestCatalog {
    catalog: Catalog,
    /// Where names without a schema are looked for first.
    schema: Name,
}

impl Deref for TestCatalog {
    type Target = Catalog;

    fn deref(&self) -> &Catalog {
        &self.catalog
    }
}

impl PartialEq for TestCatalog {
    fn eq(&self, other: &Self) -> bool {
        self.catalog == other.catalog
    }
}

impl TestCatalog {
    pub(super) fn of(read: Read, schema: Option<&str>) -> Result<Self, Failure> {
        match read.model {
            Some(Model::Postgres(catalog)) => Ok(Self {
                catalog: *catalog,
                schema: Name::stored(schema.unwrap_or("public")),
            }),
            _ => Err(Problem::new("test databases are PostgreSQL's").into()),
        }
    }

    /// Asserts that a table is there, to go on with what it has. Its name is as the server has it, with the case of its
    /// letters: `users`, `app.users`, `User`. Without a schema it is that of the migrations, else any one.
    ///
    /// # Panics
    /// Where there is none, with the tables that there are.
    #[track_caller]
    pub fn assert_table(&self, name: &str) -> TableAssert<'_> {
        let found = find(&self.schema, name, self.catalog.tables.keys());
        match found {
            Some(found) => TableAssert::new(&self.catalog, found),
            None => panic!(
                "{}",
                missing(
                    "table",
                    name,
                    self.catalog.tables.keys().map(|name| self.shown(name))
                )
            ),
        }
    }

    /// Asserts that no table is called like this.
    ///
    /// # Panics
    /// Where there is one.
    #[track_caller]
    pub fn assert_no_table(&self, name: &str) -> &Self {
        if let Some(found) = find(&self.schema, name, self.catalog.tables.keys()) {
            panic!(
                "there is a table `{}`, and none was expected",
                self.shown(found)
            );
        }
        self
    }

    /// Asserts that a view or materialized view is there.
    ///
    /// # Panics
    /// Where there is none, with the views that there are.
    #[track_caller]
    pub fn assert_view(&self, name: &str) -> &Self {
        if find(&self.schema, name, self.catalog.views.keys()).is_none() {
            let all = self.catalog.views.keys().map(|name| self.shown(name));
            panic!("{}", missing("view", name, all));
        }
        self
    }

    /// Asserts that an enum has these values, in this order.
    ///
    /// # Panics
    /// Where there is no such enum, or where it has others.
    #[track_caller]
    pub fn assert_enum(&self, name: &str, values: &[&str]) -> &Self {
        let enums = || {
            let types = self.catalog.types.iter();
            types.filter_map(|(name, one)| match &one.kind {
                TypeKind::Enum(found) => Some((name, found)),
                _ => None,
            })
        };
        let found = find(&self.schema, name, enums().map(|(name, _)| name));
        let Some((_, found)) = enums().find(|(name, _)| Some(*name) == found) else {
            panic!(
                "{}",
                missing("enum", name, enums().map(|(name, _)| self.shown(name)))
            );
        };
        assert!(
            found
                .values
                .iter()
                .map(String::as_str)
                .eq(values.iter().copied()),
            "the enum `{name}` has the values {:?}, and {values:?} were expected",
            found.values
        );
        self
    }

    /// A name as one would write it here.
    fn shown(&self, name: &QName) -> String {
        match name.schema == self.schema {
            true => name.name.as_str().to_owned(),
            false => format!("{}.{}", name.schema.as_str(), name.name.as_str()),
        }
    }
}

/// What is called like this: with its schema, in the schema of the migrations, else in the only one that has it.
fn find<'a>(
    schema: &Name,
    wanted: &str,
    all: impl Iterator<Item = &'a QName>,
) -> Option<&'a QName> {
    let (mut whole, mut here, mut elsewhere) = (None, None, Vec::new());
    for name in all {
        let (of, own) = (name.schema.as_str(), name.name.as_str());
        if wanted
            .strip_suffix(own)
            .and_then(|rest| rest.strip_suffix('.'))
            == Some(of)
        {
            whole = Some(name);
        } else if own == wanted && name.schema == *schema {
            here = Some(name);
        } else if own == wanted {
            elsewhere.push(name);
        }
    }
    whole.or(here).or(match elsewhere.as_slice() {
        [only] => Some(only),
        _ => None,
    })
}

/// How many names a message lists.
const LISTED: usize = 30;

/// That something is not there, what is, and which of that was perhaps meant.
pub(super) fn missing(kind: &str, name: &str, all: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = all.collect();
    let mut text = format!("there is no {kind} `{name}`");
    if let Some(near) = nearest(name, all.iter().map(String::as_str)) {
        text.push_str(&format!("; did you mean `{near}`?"));
    }
    let plural = match kind {
        "index" => "indexes".to_owned(),
        kind => format!("{kind}s"),
    };
    text.push_str(&listed(&plural, &all));
    text
}

/// What there is, on a line of its own.
pub(super) fn listed(kind: &str, all: &[String]) -> String {
    let shown = &all[..all.len().min(LISTED)];
    match all.len() {
        0 => format!("\n  there are no {kind}"),
        number if number > LISTED => format!(
            "\n  {kind}: {}, and {} more",
            shown.join(", "),
            number - LISTED
        ),
        _ => format!("\n  {kind}: {}", shown.join(", ")),
    }
}
