//! Which rows are read: some of each table, and whatever they refer to.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use segue_catalog::{
    Catalog, Name, QName,
    model::{ConstraintKind, Table, TableKind},
};
use segue_db::{ServerError, literal, postgres::Session};
use segue_proof::mask::{Family, Masks, Treatment, masked};

use super::{Rows, Sample};

/// Whole blocks are read of a table that has so many times more rows than are wished for: its first rows are its oldest.
const LARGE: f64 = 50.0;
/// So many times more rows than are wished for are drawn then, since blocks are more or less full.
const MORE: f64 = 5.0;
/// So many keys are asked for at once.
const KEYS: usize = 500;
/// So many times more rows than are wished for may come along because others refer to them.
const MOST: usize = 100;
/// So often it is looked for what rows refer to that came along.
const ROUNDS: usize = 50;

/// A foreign key between tables that are sampled.
struct Reference {
    from: QName,
    columns: Vec<usize>,
    to: QName,
    referenced: Vec<Name>,
    /// Their places in the other table.
    places: Vec<usize>,
}

/// Reads them in one snapshot, and masks them. No lock is taken but that of a reader.
pub(super) async fn read(
    session: &Session,
    catalog: &Catalog,
    rows: u32,
    masks: &Masks,
    secret: &[u8],
) -> Result<Sample, ServerError> {
    session
        .execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL lock_timeout = '2s'")
        .await?;
    let mut sample = Sample::default();
    let sizes = sizes(session).await?;
    for (name, table) in catalog.tables.iter() {
        if matches!(table.kind, TableKind::Foreign(_)) || table.partition_of.is_some() {
            continue;
        }
        let columns: Vec<Name> = columns(table);
        let size = sizes.get(&name.to_string()).copied().unwrap_or(0.0);
        match some(session, (name, table), &columns, rows, size).await? {
            Ok(rows) => {
                sample.tables.insert(name.clone(), Rows { columns, rows });
            }
            Err(why) => sample
                .notes
                .push(format!("no rows of {name} were sampled: {why}")),
        }
    }
    let references = references(catalog, &sample);
    let most = usize::try_from(rows)
        .unwrap_or(usize::MAX)
        .saturating_mul(MOST);
    bring_along(session, &mut sample, &references, most).await?;
    session.execute("COMMIT").await?;
    sample.order = order(&sample, &references);
    mask(&mut sample, catalog, masks, secret);
    Ok(sample)
}

/// All but those that the server makes by itself.
fn columns(table: &Table) -> Vec<Name> {
    let own = table.columns.iter();
    own.filter(|column| column.generated.is_none())
        .map(|column| column.name.clone())
        .collect()
}

/// How many rows tables are believed to have.
async fn sizes(session: &Session) -> Result<BTreeMap<String, f64>, ServerError> {
    let sql = "SELECT format('%I.%I', nspname, relname), reltuples FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('r', 'p')";
    let rows = session.rows(sql).await?.into_iter();
    let sizes = rows.filter_map(|row| {
        let [name, size] = <[Option<String>; 2]>::try_from(row).ok()?;
        Some((name?, size?.parse().ok()?))
    });
    Ok(sizes.collect())
}

type Found = Result<Vec<Vec<Option<String>>>, String>;

/// Some rows of a table; why none can be read.
async fn some(
    session: &Session,
    (name, table): (&QName, &Table),
    columns: &[Name],
    rows: u32,
    size: f64,
) -> Result<Found, ServerError> {
    let only = match table.kind {
        TableKind::Partitioned { .. } => "",
        _ => "ONLY ",
    };
    let wished = f64::from(rows.max(1));
    if size > wished * LARGE {
        let percent = (wished * MORE / size * 100.0).max(0.001);
        let of = format!("{only}{name} TABLESAMPLE SYSTEM ({percent}) REPEATABLE (1)");
        let drawn = query(session, columns, &format!("{of} LIMIT {rows}")).await?;
        match drawn {
            Ok(drawn) if drawn.len() < rows as usize => {}
            drawn => return Ok(drawn),
        }
    }
    query(session, columns, &format!("{only}{name} LIMIT {rows}")).await
}

/// Reads columns as texts. One refusal does not end the transaction.
async fn query(session: &Session, columns: &[Name], from: &str) -> Result<Found, ServerError> {
    let columns: Vec<String> = columns.iter().map(|name| format!("{name}::text")).collect();
    let sql = format!("SELECT {} FROM {from}", columns.join(", "));
    session.execute("SAVEPOINT segue_sample").await?;
    match session.rows(&sql).await {
        Ok(rows) => {
            session.execute("RELEASE segue_sample").await?;
            Ok(Ok(rows))
        }
        Err(ServerError::Refused(refusal)) => {
            session.execute("ROLLBACK TO segue_sample").await?;
            Ok(Err(refusal.message.clone()))
        }
        Err(error) => Err(error),
    }
}

fn references(catalog: &Catalog, sample: &Sample) -> Vec<Reference> {
    let mut found = Vec::new();
    for (from, rows) in &sample.tables {
        let constraints = catalog.tables.get(from).into_iter();
        for constraint in constraints.flat_map(|table| table.constraints.values()) {
            let ConstraintKind::ForeignKey(key) = &constraint.kind else {
                continue;
            };
            let Some(to) = sample.tables.get(&key.references) else {
                continue;
            };
            let place = |rows: &Rows, name: &Name| rows.columns.iter().position(|one| one == name);
            let columns: Option<Vec<usize>> =
                key.columns.iter().map(|name| place(rows, name)).collect();
            let places = key.referenced_columns.iter().map(|name| place(to, name));
            if let (Some(columns), Some(places)) = (columns, places.collect()) {
                found.push(Reference {
                    from: from.clone(),
                    columns,
                    to: key.references.clone(),
                    referenced: key.referenced_columns.clone(),
                    places,
                });
            }
        }
    }
    found
}

type Key = Vec<String>;

/// The key of a row, if no part of it is NULL.
fn key(row: &[Option<String>], places: &[usize]) -> Option<Key> {
    places
        .iter()
        .map(|place| row.get(*place)?.clone())
        .collect()
}

/// Reads what rows refer to, and what that refers to.
async fn bring_along(
    session: &Session,
    sample: &mut Sample,
    references: &[Reference],
    most: usize,
) -> Result<(), ServerError> {
    let mut asked: Vec<HashSet<Key>> = references.iter().map(|_| HashSet::new()).collect();
    for _ in 0..ROUNDS {
        let mut is_done = true;
        for (reference, asked) in references.iter().zip(&mut asked) {
            let missing = missing(sample, reference, asked);
            for keys in missing.chunks(KEYS) {
                let Some(rows) = sample.tables.get(&reference.to) else {
                    continue;
                };
                if rows.rows.len() >= most {
                    break;
                }
                let from = format!(
                    "{} WHERE {}",
                    reference.to,
                    one_of(&reference.referenced, keys)
                );
                let found = query(session, &rows.columns, &from)
                    .await?
                    .unwrap_or_default();
                let Some(rows) = sample.tables.get_mut(&reference.to) else {
                    continue;
                };
                let known: HashSet<&Vec<Option<String>>> = rows.rows.iter().collect();
                let new: Vec<_> = (found.into_iter())
                    .filter(|row| !known.contains(row))
                    .collect();
                is_done &= new.is_empty();
                rows.rows.extend(new);
            }
            asked.extend(missing);
        }
        if is_done {
            break;
        }
    }
    Ok(())
}

/// The keys that are referred to, are not there, and were not asked for.
fn missing(sample: &Sample, reference: &Reference, asked: &HashSet<Key>) -> Vec<Key> {
    let (Some(from), Some(to)) = (
        sample.tables.get(&reference.from),
        sample.tables.get(&reference.to),
    ) else {
        return Vec::new();
    };
    let there: HashSet<Key> = to
        .rows
        .iter()
        .filter_map(|row| key(row, &reference.places))
        .collect();
    let wanted = from
        .rows
        .iter()
        .filter_map(|row| key(row, &reference.columns));
    let missing: BTreeSet<Key> = wanted
        .filter(|key| !there.contains(key) && !asked.contains(key))
        .collect();
    missing.into_iter().collect()
}

/// A condition: literals take the types of the columns, so that their index serves.
fn one_of(columns: &[Name], keys: &[Key]) -> String {
    let columns: Vec<String> = columns.iter().map(ToString::to_string).collect();
    let keys = keys.iter().map(|key| {
        let values: Vec<String> = key.iter().map(|value| literal(value)).collect();
        format!("({})", values.join(", "))
    });
    format!(
        "({}) IN ({})",
        columns.join(", "),
        keys.collect::<Vec<_>>().join(", ")
    )
}

/// Tables behind those that they refer to, as far as there is such an order.
fn order(sample: &Sample, references: &[Reference]) -> Vec<QName> {
    let mut order: Vec<QName> = Vec::new();
    let mut left: Vec<&QName> = sample.tables.keys().collect();
    while !left.is_empty() {
        let is_ready = |name: &QName| {
            let mut own = references.iter().filter(|one| one.from == *name);
            own.all(|one| one.to == *name || order.contains(&one.to))
        };
        let (ready, others): (Vec<&QName>, Vec<&QName>) =
            left.iter().partition(|name| is_ready(name));
        // a cycle: where it is cut is found when the rows are put
        let (ready, others) = match ready.is_empty() {
            true => (vec![left[0]], left[1..].to_vec()),
            false => (ready, others),
        };
        order.extend(ready.into_iter().cloned());
        left = others;
    }
    order
}

fn mask(sample: &mut Sample, catalog: &Catalog, masks: &Masks, secret: &[u8]) {
    for (name, rows) in &mut sample.tables {
        let Some(table) = catalog.tables.get(name) else {
            continue;
        };
        let of: Vec<_> = (rows.columns.iter())
            .filter_map(|column| table.column(column.as_str()))
            .map(|column| {
                let family = Family::of(catalog, &column.data_type);
                match masks.of(catalog, name, column) {
                    // said of the whole table
                    Treatment::Null if column.not_null.is_some() => (Treatment::Fake, family),
                    treatment => (treatment, family),
                }
            })
            .collect();
        for row in &mut rows.rows {
            for (value, (treatment, family)) in row.iter_mut().zip(&of) {
                *value = (value.take()).and_then(|text| masked(*treatment, *family, &text, secret));
            }
        }
    }
}
