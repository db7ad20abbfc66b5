//! Why a table has no rows, and what its owner can do.

use segue_catalog::QName;
use segue_db::Refusal;
use segue_proof::rows::{Generated, Miss};

use super::{Unfilled, insert::Told};

/// What is said of a table without rows.
pub(super) fn unfilled(generated: &Generated, table: QName, told: &Told) -> Unfilled {
    let (why, help) = match told {
        Told::Nothing => (
            "no rows were asked for".to_owned(),
            "ask for at least one row".to_owned(),
        ),
        Told::Missed(miss) => missed(&table, miss),
        Told::Refused(refusal) => refused(generated, &table, refusal),
        Told::Vanished => (
            "a rule takes the rows away that are put into it".to_owned(),
            format!("put rows into `{table}` where its rule puts them"),
        ),
    };
    Unfilled { table, why, help }
}

fn missed(table: &QName, miss: &Miss) -> (String, String) {
    match miss {
        Miss::NoValues(column, data_type) => (
            format!(
                "segue knows no values of the type `{data_type}`, and the column `{column}` takes no NULL"
            ),
            format!("give `{column}` a default, or put rows into `{table}` by a seed of your own"),
        ),
        Miss::NoParent(constraint, other) => (
            format!("the foreign key `{constraint}` refers to `{other}`, which has no rows"),
            format!("seed `{other}` first, then `{table}`"),
        ),
        Miss::NoFitting(constraint, other) => (
            format!(
                "no row of `{other}` has what the foreign key `{constraint}` needs beside the other constraints"
            ),
            format!("put rows into `{table}` by a seed of your own"),
        ),
        Miss::Circle(constraint, other) => (
            format!(
                "the foreign key `{constraint}` leads to `{other}` and back: it is NOT NULL and cannot wait until both have rows"
            ),
            format!(
                "put the first rows of both into one statement (WITH one AS (INSERT INTO {table} …) INSERT INTO {other} …), \
                 or make `{constraint}` DEFERRABLE"
            ),
        ),
        Miss::Unsolved(constraint, text) => (
            format!("segue found no row that satisfies `{constraint}`: {text}"),
            format!("put rows into `{table}` by a seed of your own that satisfy `{constraint}`"),
        ),
        Miss::Taken(constraint) => (
            format!("segue found no values that `{constraint}` allows"),
            format!("put rows into `{table}` by a seed of your own"),
        ),
        Miss::NoPartition => (
            "it has no partition that could take a row".to_owned(),
            format!("make a partition of `{table}`"),
        ),
    }
}

fn refused(generated: &Generated, table: &QName, refusal: &Refusal) -> (String, String) {
    let help = format!("put rows into `{table}` by a seed of your own");
    let Some(constraint) = &refusal.constraint else {
        return (
            format!(
                "the server said: {} ({})",
                refusal.message,
                refusal.named_code()
            ),
            help,
        );
    };
    match generated.condition(table, constraint) {
        Some(text) => (
            format!("segue found no row that satisfies `{constraint}`: {text}"),
            format!("{help} that satisfy `{constraint}`"),
        ),
        None => (
            format!("`{constraint}` refused all rows: {}", refusal.message),
            help,
        ),
    }
}
