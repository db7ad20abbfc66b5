//! `docs/recipes.md`: what is written, what runs and whom it keeps waiting, made of the cases.

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

use segue_plan::{LockMode, Plan, shown};

use super::case::Case;

/// The cases that have a section of their own; the others that have a plan are listed below them.
const CHAPTERS: &[(&str, &[&str])] = &[
    (
        "New columns",
        &[
            "add_column_constant_default",
            "add_column_volatile_default",
            "add_column_backfill",
            "add_column_identity",
            "add_column_serial",
        ],
    ),
    (
        "NOT NULL",
        &[
            "set_not_null",
            "set_not_null_18",
            "column_filled_then_not_null",
        ],
    ),
    (
        "Indexes",
        &["create_index", "create_index_partitioned", "drop_index"],
    ),
    (
        "Keys and constraints",
        &[
            "add_unique",
            "add_primary_key",
            "add_foreign_key",
            "add_check",
            "drop_constraint",
        ],
    ),
    (
        "Other names",
        &["rename_column", "rename_table", "rename_object"],
    ),
    (
        "Other types",
        &[
            "change_type_widening",
            "change_type",
            "change_type_with_inverse",
            "change_type_of_primary_key",
            "enum_value",
            "enum_replaced",
        ],
    ),
    ("What goes", &["drop_column", "drop_default", "drop_table"]),
    (
        "Rows",
        &["update_in_batches", "copy_rows", "rows_of_new_tables"],
    ),
    (
        "Rows and columns that move",
        &["sync_columns", "sync_merge", "sync_column_split"],
    ),
    ("Partitions", &["attach_partition", "detach_partition"]),
    ("Upkeep", &["maintenance", "refresh_of_large_tables"]),
];

const HEAD: &str = "<!-- Made of tests/cases by the test the_page_of_the_recipes: SEGUE_WRITE_DOCS=1 ./test the_page_of_the_recipes -->\n\n\
# Recipes\n\nFor each change: what you write, what `segue deploy` and `segue contract` run in its place on a large table in use, who has to wait\n\
meanwhile and for how long. Every one is a case that tests plan, and carry out on a server; the file has the schema too.\n\
On PostgreSQL 15 where it says nothing else. Where a time is given the case says how large the table is. Behind each stands what takes it back until contract.\n\n";

#[test]
fn the_page_of_the_recipes_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/recipes.md");
    let page = page(&Case::all());
    if std::env::var_os("SEGUE_WRITE_DOCS").is_some() {
        fs::write(&path, &page).expect("it is written");
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == page,
        "docs/recipes.md is out of date: run this test with SEGUE_WRITE_DOCS=1\n{}",
        super::difference(&there, &page)
    );
}

fn page(cases: &[Case]) -> String {
    let mut page = HEAD.to_owned();
    let mut told = BTreeSet::new();
    for (chapter, names) in CHAPTERS {
        write!(page, "## {chapter}\n\n").expect("texts can be written to");
        for name in *names {
            let case = cases.iter().find(|case| case.name == *name);
            recipe(
                &mut page,
                case.unwrap_or_else(|| panic!("there is no case {name}")),
            );
            assert!(told.insert(*name), "{name} stands there twice");
        }
    }
    page.push_str("## And\n\nWhat else the cases show; those that are refused are in [limits.md](limits.md).\n\n");
    let others = cases
        .iter()
        .filter(|case| !told.contains(case.name.as_str()));
    for case in others.filter(|case| case.planned().is_ok()) {
        let words = case.words.trim().replace('\n', " ");
        writeln!(page, "- [{}]({}): {words}", case.name, link(case))
            .expect("texts can be written to");
    }
    page
}

fn link(case: &Case) -> String {
    format!("../tests/cases/{}.case", case.name)
}

fn recipe(page: &mut String, case: &Case) {
    let plan = case.planned().expect("a case with a plan");
    let title = case.name.replace('_', " ");
    let words = case.words.trim();
    write!(page, "### {title}\n\n{words} ([case]({}))\n\n", link(case))
        .expect("texts can be written to");
    for (name, body) in &case.sections {
        if name.starts_with("migration") {
            write!(page, "```sql\n{}\n```\n\n", body.trim()).expect("texts can be written to");
        }
    }
    let shown = shown::markdown(&plan);
    // Behind the heading, which counts migrations.
    let (_, shown) = shown.split_once("\n\n").expect("a heading");
    let (table, rest) = shown.split_once("|\n\n").expect("a table of steps");
    write!(page, "{table}|\n\n{}{rest}", locks(&plan)).expect("texts can be written to");
}

/// The strongest locks of each step, by their names in PostgreSQL; those of reading and writing rows are left out.
fn locks(plan: &Plan) -> String {
    let phases = [("expand", &plan.expand), ("contract", &plan.contract)];
    let mut told = String::new();
    for (phase, steps) in phases {
        for (at, step) in steps.iter().enumerate() {
            let strong = step.effect.locks.iter();
            let strong = strong.filter(|(_, mode)| **mode > LockMode::RowExclusive);
            let strong: Vec<String> = strong
                .map(|(relation, mode)| format!("{} on `{relation}`", mode.sql()))
                .collect();
            if !strong.is_empty() {
                writeln!(told, "- {phase} {}: {}", at + 1, strong.join(", ")).expect("a text");
            }
        }
    }
    match told.as_str() {
        "" => told,
        _ => format!("**Locks**\n\n{told}\n"),
    }
}
