//! The history's own table: it is there before the first migration, so that statements may name it, and it is no part
//! of the schema that is told.

use segue_catalog::{Catalog, Name, QName, Session as Names, advance, model::Sequence};
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
    table: QName,
    statements: Vec<String>,
    /// Whether its schema is there for it alone, as Drizzle has it.
    makes_schema: bool,
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
            table: QName::new(table.schema.as_str(), table.name.as_str()),
            statements,
            makes_schema: false,
        }
    }

    /// Makes it in what migrations begin with.
    pub fn make(&mut self, catalog: &mut Catalog) {
        let has_schema = catalog.schemas.contains_key(&self.table.schema);
        self.makes_schema = !has_schema && !self.statements.is_empty();
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

    /// Leaves out what is no migration's: the history, what was made for it alone, and segue's own schema.
    pub fn forget(&self, catalog: &mut Catalog) {
        let is_ours = |name: &QName| name.schema == "segue";
        let is_of_history = |name: &QName| *name == self.table || is_ours(name);
        catalog.tables.retain(|name, _| !is_of_history(name));
        catalog
            .indexes
            .retain(|_, index| !is_of_history(&index.table));
        catalog
            .sequences
            .retain(|name, sequence| !is_ours(name) && !is_owned_by(sequence, &self.table));
        catalog.schemas.remove("segue");
        if self.makes_schema && is_empty(catalog, &self.table.schema) {
            catalog.schemas.remove(&self.table.schema);
        }
    }
}

fn is_owned_by(sequence: &Sequence, table: &QName) -> bool {
    sequence
        .owned_by
        .as_ref()
        .is_some_and(|(owner, _)| owner == table)
}

fn is_empty(catalog: &Catalog, schema: &Name) -> bool {
    let within = |name: &QName| name.schema == *schema;
    !(catalog.tables.keys().any(within)
        || catalog.views.keys().any(within)
        || catalog.sequences.keys().any(within)
        || catalog.types.keys().any(within)
        || catalog.routines.keys().any(|id| within(&id.name)))
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
