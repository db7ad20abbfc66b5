//! What puts rows back that triggers have kept: those that are still as the step has left them.

use segue_catalog::{
    Catalog, Name, QName,
    model::{ConstraintKind, ForeignKey},
    render,
};

use super::{KEEPS, Watch, Watched};
use crate::{
    Undo,
    writing::{
        NAMED, differ,
        keep::{KEPT, ROW, conjunction, joined, of_kept_rows, references, unique_columns},
        kin,
    },
};

/// What goes back is not to be kept: the triggers may still be there.
fn unseen() -> String {
    format!("SET LOCAL {KEEPS} = ''")
}

/// A row of another table.
const OTHER: &str = "segue_other";
/// A row of another table, as it is kept.
const ALONG: &str = "segue_along";

impl Watch {
    /// What puts the rows back, in one statement: keys are looked at behind all of it (sql-createtable.html, "NOT DEFERRABLE").
    pub(crate) fn undo(&self) -> Undo {
        let statements: Vec<String> = self
            .tables
            .iter()
            .flat_map(|one| one.put_back(""))
            .collect();
        Undo::transaction(vec![unseen(), together(&statements)])
    }

    /// What puts the rows back in batches, by their places in the table that they are kept in, where those of one table can come
    /// before those of another.
    pub(crate) fn undo_in_batches(&self) -> Undo {
        if !self.in_order {
            return self.undo();
        }
        let range = format!(" AND {KEPT}.ctid >= $1::tid AND {KEPT}.ctid < $2::tid");
        let tables = self.tables.iter().map(|one| {
            of_kept_rows(
                one.kept.clone(),
                vec![unseen()],
                together(&one.put_back(&range)),
            )
        });
        Undo::Actions(tables.collect())
    }

    /// What some of the rows were, and what they are.
    pub(super) fn sample(&self) -> String {
        let all = self.tables.iter().map(|one| {
            let image = |sign: &str, is: &str| {
                let values = one.values(sign);
                format!("CASE WHEN {KEPT}.{is} THEN ROW({values})::pg_catalog.text END")
            };
            let (before, after) = (image("o", "had"), image("n", "has"));
            format!(
                "SELECT {}, {before}, {after} FROM {} AS {KEPT}",
                one.name_of_row(),
                one.kept
            )
        });
        let all: Vec<String> = all.collect();
        format!("{} LIMIT {NAMED}", all.join(" UNION ALL "))
    }

    /// The rows that are not as they were when all is put back.
    pub(super) fn others(&self) -> String {
        let all = self.tables.iter().map(|one| {
            format!(
                "SELECT {} FROM {} AS {KEPT} WHERE {}",
                one.name_of_row(),
                one.kept,
                one.is_other()
            )
        });
        let all: Vec<String> = all.collect();
        format!("{} LIMIT {}", all.join(" UNION ALL "), NAMED + 1)
    }
}

/// Statements as one, which counts the rows of the last.
fn together(statements: &[String]) -> String {
    let Some((last, first)) = statements.split_last() else {
        return "SELECT".to_owned();
    };
    let first = first.iter().enumerate();
    let first: Vec<String> = first
        .map(|(at, text)| format!("segue_{} AS ({text})", at + 1))
        .collect();
    match first.is_empty() {
        true => last.clone(),
        false => format!("WITH {} {last}", first.join(", ")),
    }
}

impl Watched {
    /// Each row is put back that is still as the step has left it: of one that was changed, the columns that are.
    fn put_back(&self, range: &str) -> Vec<String> {
        if self.key.is_empty() {
            return self.put_back_without_key();
        }
        let (of, kept, is_it) = (&self.of, &self.kept, self.is_it());
        let all = |conditions: &[String]| {
            conditions
                .iter()
                .map(|one| format!(" AND {one}"))
                .collect::<String>()
        };
        let (named_by, names) = (all(&self.named_by), all(&self.names));
        let mut statements = vec![format!(
            "DELETE FROM {of} AS {ROW} USING {kept} AS {KEPT} WHERE {is_it} AND NOT {KEPT}.had AND {KEPT}.has AND {}{named_by}{range}",
            self.is_same("n")
        )];
        if !self.settable.is_empty() {
            let set = self.settable().map(|(at, own)| {
                let changed = self.changed(at);
                format!("{own} = CASE WHEN {changed} THEN {KEPT}.o{at} ELSE {ROW}.{own} END")
            });
            let untouched = self.settable().map(|(at, own)| {
                let other = differ(&format!("{ROW}.{own}"), &format!("{KEPT}.n{at}"));
                format!("NOT ({} AND {other})", self.changed(at))
            });
            statements.push(format!(
                "UPDATE {of} AS {ROW} SET {} FROM {kept} AS {KEPT} WHERE {is_it} AND {KEPT}.had AND {KEPT}.has AND {} AND {}{names}{range}",
                joined(set),
                differ(&self.values("o"), &self.values("n")),
                conjunction(untouched)
            ));
        }
        let columns = joined(self.columns.iter());
        statements.push(format!(
            "INSERT INTO {of} ({columns}) OVERRIDING SYSTEM VALUE SELECT {} FROM {kept} AS {KEPT} WHERE {KEPT}.had AND NOT {KEPT}.has{names}{range}{}",
            self.values("o"),
            self.unless_there
        ));
        statements
    }

    /// Whether a row that is kept is not as it was.
    fn is_other(&self) -> String {
        if self.key.is_empty() {
            // what was put back is not kept any more
            return "true".to_owned();
        }
        let there = |also: &str| {
            format!(
                "EXISTS (SELECT FROM {} AS {ROW} WHERE {}{also})",
                self.of,
                self.is_it()
            )
        };
        let left: Vec<String> = self
            .settable()
            .map(|(at, own)| {
                let other = differ(&format!("{ROW}.{own}"), &format!("{KEPT}.o{at}"));
                format!("{} AND {other}", self.changed(at))
            })
            .collect();
        let left = match left.is_empty() {
            true => "false".to_owned(),
            false => left.join(" OR "),
        };
        format!(
            "CASE WHEN NOT {KEPT}.had THEN {KEPT}.has AND {} WHEN NOT {KEPT}.has THEN NOT {} ELSE {} END",
            there(""),
            there(&format!(" AND {}", self.is_same("o"))),
            // one that is gone by now has nothing to be put back
            there(&format!(" AND ({left})"))
        )
    }

    fn name_of_row(&self) -> String {
        if self.key.is_empty() {
            let said = render::literal(&format!("{} nr = (", self.of));
            return format!("{said} || {KEPT}.nr || ')'");
        }
        let names = joined(self.key.iter().map(Name::as_str));
        let keys = joined((1..=self.key.len()).map(|at| format!("{KEPT}.k{at}")));
        let said = render::literal(&format!("{} {names}", self.of));
        format!("{said} || ' = ' || ROW({keys})::pg_catalog.text")
    }

    fn is_it(&self) -> String {
        let pairs = self.key.iter().enumerate();
        conjunction(pairs.map(|(at, own)| format!("{ROW}.{own} = {KEPT}.k{}", at + 1)))
    }

    fn is_same(&self, sign: &str) -> String {
        let own = joined(self.columns.iter().map(|own| format!("{ROW}.{own}")));
        format!("NOT {}", differ(&own, &self.values(sign)))
    }

    pub(super) fn values(&self, sign: &str) -> String {
        joined((1..=self.columns.len()).map(|at| format!("{KEPT}.{sign}{at}")))
    }

    fn changed(&self, at: usize) -> String {
        differ(&format!("{KEPT}.o{at}"), &format!("{KEPT}.n{at}"))
    }

    pub(super) fn settable(&self) -> impl Iterator<Item = (usize, &Name)> {
        let own = self.settable.iter();
        own.filter_map(|at| Some((*at, self.columns.get(at.checked_sub(1)?)?)))
    }

    /// What a column of a row that is kept was, or is.
    fn value_of(&self, alias: &str, sign: &str, column: &Name) -> Option<String> {
        let at = self.columns.iter().position(|own| own == column)?;
        Some(format!("{alias}.{sign}{}", at + 1))
    }

    fn is_of(&self, table: &QName, schema: &Catalog) -> bool {
        kin(schema, table).contains(&self.of)
    }

    /// Holds while no row elsewhere names a row by a key, but those that the step has added itself.
    fn is_named_by(
        &self,
        all: &[Self],
        (table, key): (&QName, &ForeignKey),
        schema: &Catalog,
    ) -> String {
        let pairs = key.columns.iter().zip(&key.referenced_columns);
        let by = conjunction(pairs.map(|(own, theirs)| format!("{OTHER}.{own} = {ROW}.{theirs}")));
        let added = all.iter().find(|one| one.is_of(table, schema)).map(|one| {
            let pairs = one.key.iter().enumerate();
            let same = pairs.map(|(at, own)| format!("{ALONG}.k{} = {OTHER}.{own} AND ", at + 1));
            let same: String = same.collect();
            let own = joined(one.columns.iter().map(|own| format!("{OTHER}.{own}")));
            let new = joined((1..=one.columns.len()).map(|at| format!("{ALONG}.n{at}")));
            format!(
                " AND NOT EXISTS (SELECT FROM {} AS {ALONG} WHERE {same}NOT {ALONG}.had AND NOT {})",
                one.kept,
                differ(&own, &new)
            )
        });
        format!(
            "NOT EXISTS (SELECT FROM {table} AS {OTHER} WHERE {by}{})",
            added.unwrap_or_default()
        )
    }

    /// Holds where a row that went can come again: an app has not given its unique values to another one.
    fn has_room(&self, schema: &Catalog) -> String {
        let taken = unique_columns(schema, &self.of).filter_map(|columns| {
            let same = columns.iter().map(|own| {
                self.value_of(ALONG, "o", own)
                    .map(|value| format!("{OTHER}.{own} = {value}"))
            });
            let same: Vec<String> = same.collect::<Option<_>>()?;
            Some(format!(
                " AND NOT EXISTS (SELECT FROM {} AS {OTHER} WHERE {})",
                self.of,
                same.join(" AND ")
            ))
        });
        taken.collect()
    }

    /// Holds where the row that a row named by a key is there, or comes again.
    fn names_one(&self, all: &[Self], key: &ForeignKey, schema: &Catalog) -> Option<String> {
        let values = key.columns.iter().map(|own| self.value_of(KEPT, "o", own));
        let values: Vec<String> = values.collect::<Option<_>>()?;
        let unset = values.iter().map(|value| format!("{value} IS NULL"));
        let mut ways: Vec<String> = unset.collect();
        let pairs = || values.iter().zip(&key.referenced_columns);
        let there =
            conjunction(pairs().map(|(value, theirs)| format!("{OTHER}.{theirs} = {value}")));
        ways.push(format!(
            "EXISTS (SELECT FROM {} AS {OTHER} WHERE {there})",
            key.references
        ));
        if let Some(one) = all.iter().find(|one| one.is_of(&key.references, schema)) {
            let again = pairs().map(|(value, theirs)| {
                one.value_of(ALONG, "o", theirs)
                    .map(|theirs| format!("{theirs} = {value}"))
            });
            let again: Vec<String> = again.collect::<Option<_>>()?;
            ways.push(format!(
                "EXISTS (SELECT FROM {} AS {ALONG} WHERE {} AND {ALONG}.had{})",
                one.kept,
                again.join(" AND "),
                one.has_room(schema)
            ));
        }
        Some(format!("({})", ways.join(" OR ")))
    }
}

/// Notes how rows of these tables, and others, name each other.
pub(super) fn connect(schema: &Catalog, tables: &mut [Watched]) {
    let all = tables.to_vec();
    for one in tables {
        let of = kin(schema, &one.of);
        let by = of.iter().flat_map(|of| references(schema, of));
        one.named_by = by.map(|by| one.is_named_by(&all, by, schema)).collect();
        let own = of.iter().filter_map(|of| schema.tables.get(of));
        let keys = own
            .flat_map(|own| own.constraints.values())
            .filter(|key| key.inherited == 0);
        let keys = keys.filter_map(|key| match &key.kind {
            ConstraintKind::ForeignKey(key) => one.names_one(&all, key, schema),
            _ => None,
        });
        one.names = keys.collect();
    }
}
