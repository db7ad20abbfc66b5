//! The history's own table: it is there before the first migration, so that statements may name it. It is no part of
//! the schema that is told: whoever tells leaves it out, as segue's own schema.

use segue_catalog::{Catalog, QName, Session as Names, advance};
use segue_db::{
    Session,
    history::{Format, Table},
    own,
};
use segue_sql::{Dialect, Source};

use super::Part;
use crate::Failure;

/// Where a history is, and what makes it.
#[derive(Debug, Clone)]
pub struct Bookkeeping {
    table: Table,
    statements: Vec<String>,
}

impl Bookkeeping {
    /// The history of these migrations. One that they make themselves (a dump that was taken as the beginning) is
    /// left to them.
    pub fn of(dialect: Dialect, format: &Format, table: &Table, parts: &[Part<'_>]) -> Self {
        let mut statements = Vec::new();
        if !parts.iter().any(|part| makes(part, &table.name)) {
            if format.layout.name == "segue" {
                statements.extend(own::create(dialect));
            }
            statements.extend((format.create)(table));
        }
        Self {
            table: table.clone(),
            statements,
        }
    }

    /// Makes it in what migrations begin with.
    pub fn make(&self, catalog: &mut Catalog) {
        for statement in &self.statements {
            let source = Source::new("the history", statement.as_str());
            let mut session = Names::default();
            let span = 0..statement.len();
            let made = advance(&source, span, catalog, &mut session);
            debug_assert!(made.is_ok(), "{made:?}");
        }
    }

    /// Makes it in a database that migrations are run on.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn make_on(&self, session: &Session) -> Result<(), Failure> {
        for statement in &self.statements {
            session.execute(statement).await?;
        }
        Ok(())
    }

    /// The history's table.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Whether its schema is made for it, as Drizzle does.
    pub fn makes_schema(&self) -> bool {
        let makes = |statement: &String| statement.starts_with("CREATE SCHEMA");
        self.table.schema != "public" && self.statements.iter().any(makes)
    }
}

/// Whether a migration has a CREATE TABLE of this name, whatever the schema. What looks like one within a comment
/// or a string counts too: then nothing is known of the history but what the migrations say.
fn makes(part: &Part<'_>, name: &str) -> bool {
    let source = part.migration.up.source();
    source.is_ok_and(|source| creates(&source.text, name))
}

fn creates(text: &str, name: &str) -> bool {
    let within_a_word = |c: char| c.is_alphanumeric() || c == '_';
    let within_a_name = |c: char| within_a_word(c) || ['"', '.'].contains(&c);
    let is_one_of =
        |word: &str, words: &[&str]| words.iter().any(|one| one.eq_ignore_ascii_case(word));
    text.match_indices(name).any(|(at, _)| {
        if text[at + name.len()..].starts_with(within_a_word) {
            return false;
        }
        let before = text[..at].trim_end_matches(within_a_name);
        let words = before.split_whitespace().rev();
        let mut words = words.skip_while(|word| is_one_of(word, &["if", "not", "exists"]));
        words.next().is_some_and(|word| is_one_of(word, &["table"]))
            && words
                .next()
                .is_some_and(|word| is_one_of(word, &["create", "unlogged"]))
    })
}

/// Leaves out segue's own schema.
pub fn forget_own_schema(catalog: &mut Catalog) {
    let is_ours = |name: &QName| name.schema == "segue";
    catalog.schemas.remove("segue");
    catalog.tables.retain(|name, _| !is_ours(name));
    catalog.indexes.retain(|_, index| !is_ours(&index.table));
    catalog.sequences.retain(|name, _| !is_ours(name));
}

#[cfg(test)]
mod tests {
    use super::creates;

    #[test]
    fn a_dump_that_makes_the_history_is_seen_and_what_only_names_it_is_not() {
        let makes = |text: &str| creates(text, "schema_migrations");
        assert!(makes("CREATE TABLE schema_migrations (version text);"));
        assert!(makes(
            "create table if not exists\n  \"public\".\"schema_migrations\"(version text)"
        ));
        assert!(!makes("DROP TABLE IF EXISTS public.schema_migrations;"));
        assert!(!makes("CREATE TABLE schema_migrations_old (version text);"));
        assert!(!makes("CREATE INDEX i ON schema_migrations (version);"));
    }
}
