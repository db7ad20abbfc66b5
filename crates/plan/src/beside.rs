//! Whether a plan can be carried out beside another one that is not done yet: only where nothing is the business of both.
//!
//! What a plan is about are the relations that its steps lock, read or write, and the objects that its statements name. Names are
//! compared without their schema and in lower case, words of strings and comments count, and a table called like a column of the
//! other plan's counts too: two plans that could get along may be kept apart, never the other way round.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;
use segue_catalog::{Catalog, Name, QName};

use crate::{Action, Plan, Reads, Script};

impl Plan {
    /// The relations that its steps lock, read or write. What is segue's own or the server's is none of them.
    pub fn relations(&self) -> BTreeSet<&QName> {
        let mut relations: BTreeSet<&QName> = BTreeSet::new();
        for step in self.steps() {
            relations.extend(step.effect.locks.keys());
            relations.extend(step.effect.work.iter().map(|work| &work.table));
            match &step.action {
                Action::Batches(batches) => relations.insert(&batches.table),
                Action::Transform(transform) => relations.insert(&transform.table),
                Action::Transaction(_) | Action::Alone(_) => false,
            };
        }
        relations.retain(|name| {
            let schema = name.schema.as_str();
            schema != "segue" && !schema.starts_with("pg_") && schema != "information_schema"
        });
        relations
    }

    /// Something that this plan, which is not done, and a later one are both about; the later one's migrations are these. `None`:
    /// the later one may be carried out before this one is done.
    pub fn shares(&self, later: &Plan, scripts: &[Script]) -> Option<String> {
        let ours = Words::of(self);
        let theirs = Words::of(later);
        let relations = self.relations();
        let locked = later.relations();
        if let Some(both) = locked.intersection(&relations).next() {
            return Some(both.to_string());
        }
        let tables = locked.iter().map(|name| &name.name);
        let known = scripts.first().and_then(|script| script.lines.first());
        let left = scripts.last().and_then(|script| script.lines.last());
        let catalogs = known.map(|line| &line.before).into_iter();
        let catalogs = catalogs.chain(left.map(|line| &line.after));
        let named = catalogs.flat_map(objects).filter(|name| theirs.name(name));
        let mut about = tables.chain(named);
        let both = about.find(|name| ours.name(name)).cloned();
        let both = both.or_else(|| {
            let mut tables = relations.iter().map(|name| &name.name);
            tables
                .find(|name| theirs.name(name))
                .map(|name| (*name).clone())
        });
        both.map(|name| name.to_string()).or_else(|| {
            let own = ours
                .schemas
                .iter()
                .find(|name| theirs.words.contains(*name));
            own.or_else(|| {
                theirs
                    .schemas
                    .iter()
                    .find(|name| ours.words.contains(*name))
            })
            .cloned()
        })
    }
}

/// The objects of a schema that statements name, but for schemas: most statements name the one that their tables are in.
fn objects(catalog: &Catalog) -> impl Iterator<Item = &Name> {
    let tables = catalog.tables.iter().map(|(name, _)| &name.name);
    let others = catalog.types.keys().chain(catalog.sequences.keys());
    let others = others.chain(catalog.indexes.keys());
    let others = others.chain(catalog.views.keys());
    let others = others.chain(catalog.statistics.keys());
    tables
        .chain(others.map(|name| &name.name))
        .chain(catalog.routines.keys().map(|id| &id.name.name))
        .chain(catalog.extensions.keys())
        .chain(catalog.publications.keys())
}

/// The words of a plan's statements, in lower case.
struct Words {
    text: String,
    words: FxHashSet<String>,
    /// Those that follow the word `SCHEMA`: they are made, changed or dropped.
    schemas: BTreeSet<String>,
}

impl Words {
    fn of(plan: &Plan) -> Self {
        let statements = plan.migrations.iter().flat_map(|one| &one.statements);
        let written = statements.map(|statement| statement.sql.as_str());
        let queries = plan.steps().filter_map(|step| match &step.action {
            Action::Transform(transform) => match &transform.reads {
                Reads::Query(query) => Some(query.as_str()),
                Reads::Columns(_) => None,
            },
            Action::Transaction(_) | Action::Alone(_) | Action::Batches(_) => None,
        });
        let text = written.chain(queries).collect::<Vec<_>>().join("\n");
        let text = text.to_lowercase();
        let mut words = FxHashSet::default();
        let mut schemas = BTreeSet::new();
        let mut behind_schema = false;
        for word in text.split(|letter| !is_of_word(letter)) {
            match word {
                "" => continue,
                "schema" => behind_schema = true,
                "if" | "not" | "exists" => {}
                _ if behind_schema => {
                    schemas.insert(word.to_owned());
                    behind_schema = false;
                }
                _ => {}
            }
            words.insert(word.to_owned());
        }
        Self {
            text,
            words,
            schemas,
        }
    }

    /// Whether a name is among them; one that is no single word: whether the text has it.
    fn name(&self, name: &Name) -> bool {
        let name = name.as_str().to_lowercase();
        match name.chars().all(is_of_word) {
            true => self.words.contains(&name),
            false => self.text.contains(&name.replace('"', "\"\"")),
        }
    }
}

/// Letters of names that need no quotes (sql-syntax-lexical.html).
fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '$')
}
