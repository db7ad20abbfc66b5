//! The functions of the triggers that segue puts in place: as whom they run, where they look for names, and by which settings.

use segue_catalog::{Name, QName, model::Table, render};

use crate::planner::Planning;

/// A column may be called as a variable of PL/pgSQL is (`found`); in a query it is the column that is meant
/// (plpgsql-implementation.html, 43.11.1).
pub(crate) const USE_COLUMN: &str = "#variable_conflict use_column";

/// What values are read and written as texts by, and times and dates made of each other (runtime-config-client.html, "Locale and
/// Formatting"; `bytea_output`): an app may have set others than the role that deploys.
const SESSION: &[&str] = &[
    "DateStyle",
    "IntervalStyle",
    "TimeZone",
    "bytea_output",
    "extra_float_digits",
];

/// How a function runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Runs {
    /// Where it looks for names; none: all of them are in full.
    path: Option<String>,
    /// Settings that it has whoever calls it, as `SET` has them.
    settings: Vec<String>,
    /// Whether it runs as the role that deploys, as the statement as written does: an app need not have the rights to what it reads.
    as_deployer: bool,
    /// The owner of its table, where that is another role: whoever adds a partition has to be allowed to call it.
    owner: Option<Name>,
}

impl Runs {
    /// As the app that calls it, with no expression of the user's but what is known to be the same in each session.
    pub(crate) fn plain() -> Self {
        Self::default()
    }

    /// As the app that calls it, with names in the user's expressions looked for in this path.
    pub(crate) fn in_path(path: String) -> Self {
        Self {
            path: Some(path),
            ..Self::default()
        }
    }

    /// As the app that calls it, and expressions of the user's as in the session of the migration.
    pub(crate) fn in_session(planning: &Planning<'_>, path: String) -> Self {
        Self {
            settings: settings(planning),
            ..Self::in_path(path)
        }
    }

    /// The same as the role that deploys; `of` is the function's table.
    pub(crate) fn as_deployer(planning: &Planning<'_>, path: String, of: &QName) -> Self {
        let table = planning.schema().tables.get(of);
        Self {
            as_deployer: true,
            owner: table.and_then(|table| table.owner.clone()),
            ..Self::in_session(planning, path)
        }
    }

    /// As the role that deploys, with no expression of the user's.
    pub(crate) fn plain_as_deployer(of: &Table) -> Self {
        Self {
            path: Some("pg_catalog".to_owned()),
            as_deployer: true,
            owner: of.owner.clone(),
            settings: Vec::new(),
        }
    }

    /// The function, as behind `CREATE`.
    pub(crate) fn function(&self, name: &QName, body: &str) -> String {
        let definer = if self.as_deployer {
            " SECURITY DEFINER"
        } else {
            ""
        };
        let path = self.path.as_ref().map_or(String::new(), |path| {
            let path = match self.as_deployer {
                true => temporary_last(path),
                false => path.clone(),
            };
            format!(" SET search_path = {path}")
        });
        let settings: String = self
            .settings
            .iter()
            .map(|set| format!(" SET {set}"))
            .collect();
        let quote = quote_for(body);
        format!(
            "FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql{definer}{path}{settings} AS {quote}\n{body}\n{quote}"
        )
    }

    /// The statements that make it. Whoever may call a function can put it behind a trigger of his own, and have it write what he says:
    /// nobody may but the owners of the table, and there it is only asked when a trigger is made (sql-createtrigger.html, "Notes").
    pub(crate) fn create(&self, name: &QName, body: &str) -> Vec<String> {
        let mut statements = vec![format!("CREATE {}", self.function(name, body))];
        if self.as_deployer {
            statements.push(format!("REVOKE ALL ON FUNCTION {name}() FROM PUBLIC"));
            let owner = self.owner.iter();
            statements.extend(
                owner.map(|owner| format!("GRANT EXECUTE ON FUNCTION {name}() TO {owner}")),
            );
        }
        statements
    }
}

/// The settings of the session that deploys, as far as they are known.
fn settings(planning: &Planning<'_>) -> Vec<String> {
    let known = |name: &&str| {
        let value = planning.facts.settings.get(*name)?;
        Some(format!("{name} TO {}", render::literal(value)))
    };
    SESSION.iter().filter_map(known).collect()
}

/// A path in which names are looked for among the caller's temporary tables last: else those would be looked for first
/// (sql-createfunction.html, "Writing SECURITY DEFINER Functions Safely").
fn temporary_last(path: &str) -> String {
    let has_it = path.split(',').any(|schema| schema.trim() == "pg_temp");
    match (has_it, path.trim().is_empty()) {
        (true, _) => path.to_owned(),
        (false, true) => "pg_temp".to_owned(),
        (false, false) => format!("{path}, pg_temp"),
    }
}

/// A dollar quote that the text does not have in it (sql-syntax-lexical.html, 4.1.2.4).
fn quote_for(text: &str) -> String {
    let plain = std::iter::once("$segue$".to_owned());
    let mut quotes = plain.chain((2_u32..).map(|number| format!("$segue{number}$")));
    quotes
        .find(|quote| !text.contains(quote.as_str()))
        .unwrap_or_else(|| "$segue$".to_owned())
}
