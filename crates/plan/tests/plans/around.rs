//! A large schema around a case changes nothing of its plan: nearly all of it is passed over by the words that it has in it
//! (`catalog/src/map/words.rs`), and nothing that has to do with the case may be.

use std::collections::BTreeMap;

use segue_catalog::{Catalog, Session};
use segue_plan::Script;
use segue_sql::Source;

use super::{case::Case, difference};

/// So many for each letter, that what a case has of different letters is not on one page.
const MANY: usize = 70;

/// A database with tables, indexes, sequences and views that refer to each other, and have columns that are called as those
/// of cases.
fn large(major: u16) -> Catalog {
    let mut sql = String::from("CREATE TABLE a_ (id bigint PRIMARY KEY);\n");
    let mut before = String::from("a_");
    for name in ('a'..='z').flat_map(|letter| (0..MANY).map(move |at| format!("{letter}0{at:02}")))
    {
        sql.push_str(&format!(
            "CREATE TABLE {name} (id bigserial PRIMARY KEY, before bigint REFERENCES {before}, \
             name text CHECK (name <> ''), email text, status text);\n\
             CREATE INDEX ON {name} (lower(email)) WHERE status <> 'done';\n\
             CREATE VIEW {name}_ AS SELECT id, name FROM {name};\n",
        ));
        before = name;
    }
    let mut catalog = Catalog::empty(major);
    let source = Source::new("around.sql", sql);
    let told = Script::of_schema(&source, &mut catalog, &mut Session::default());
    let told = told.unwrap_or_else(|problems| panic!("{problems:?}"));
    assert!(told.lines.iter().all(|line| line.refused.is_empty()));
    catalog
}

#[test]
fn a_large_schema_around_it_changes_no_plan() {
    let mut around: BTreeMap<u16, Catalog> = BTreeMap::new();
    let mut wrong = Vec::new();
    for case in Case::all() {
        let major = case.major();
        let around = around.entry(major).or_insert_with(|| large(major));
        let written = case.written_with(&case.planned_in(around.clone()));
        if written != case.text {
            let difference = difference(&case.text, &written);
            wrong.push(format!("{}\n{difference}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
