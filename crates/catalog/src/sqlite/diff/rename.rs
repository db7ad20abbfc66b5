//! Tables and columns that have another name in the second schema: which hints count, their statements, and the
//! first schema as it is when they have run.

use std::collections::BTreeSet;

use sqlparser::{keywords::Keyword, tokenizer::Token};

use super::{
    super::{
        Catalog, ConstraintKind, IndexKey, Name, Object, Text,
        words::{Placed, quoted, replaced, words},
    },
    Alteration, Rename, strings,
};
use crate::diff::Action;

/// What renaming leads to.
pub(super) struct Renamed {
    /// The first schema, with the new names.
    pub(super) catalog: Catalog,
    pub(super) changes: Vec<Alteration>,
    /// The tables that were renamed, or have renamed columns, by the names that they had.
    pub(super) before: BTreeSet<Name>,
    /// The same by the names that they have now.
    pub(super) after: BTreeSet<Name>,
    /// Whether columns are among what was renamed.
    pub(super) columns: bool,
}

/// Carries the hints out that count: tables first, then columns.
pub(super) fn carry_out(from: &Catalog, to: &Catalog, hints: &[Rename]) -> Renamed {
    let mut renamed = Renamed {
        catalog: from.clone(),
        changes: Vec::new(),
        before: BTreeSet::new(),
        columns: false,
        after: BTreeSet::new(),
    };
    let tables = tables(from, to, hints);
    for (old, new) in &tables {
        renamed.table(old, new);
    }
    let now = |table: &Name| {
        let new = tables.iter().find(|(old, _)| old == table);
        new.map_or_else(|| table.clone(), |(_, new)| new.clone())
    };
    for (table, wishes) in columns(hints, now) {
        let has = |catalog: &Catalog, column: &Name| {
            let table = catalog.tables.get(&table);
            table.is_some_and(|table| table.columns.iter().any(|other| other.name == *column))
        };
        let wishes = in_order(wishes, |old| has(&renamed.catalog, old), |new| has(to, new));
        for (old, new) in &wishes {
            let before = tables.iter().find(|(_, new)| *new == table);
            let before = before.map_or(&table, |(old, _)| old);
            renamed.column(before, &table, old, new);
        }
    }
    if renamed.columns {
        strings::rewrite(&mut renamed.catalog);
    }
    renamed
}

fn tables(from: &Catalog, to: &Catalog, hints: &[Rename]) -> Vec<(Name, Name)> {
    let wishes = hints.iter().filter_map(|hint| match &hint.object {
        Object::Table(name) => Some((name.clone(), hint.to.clone())),
        _ => None,
    });
    in_order(
        wishes.collect(),
        |old| from.tables.contains_key(old),
        |new| to.tables.contains_key(new),
    )
}

/// The wishes for columns, by the names that their tables have now.
fn columns(hints: &[Rename], now: impl Fn(&Name) -> Name) -> Vec<(Name, Vec<(Name, Name)>)> {
    let mut of: Vec<(Name, Vec<(Name, Name)>)> = Vec::new();
    for hint in hints {
        if let Object::Column(table, column) = &hint.object {
            let wish = (column.clone(), hint.to.clone());
            let table = now(table);
            match of.iter_mut().find(|(other, _)| *other == table) {
                Some((_, wishes)) => wishes.push(wish),
                None => of.push((table, vec![wish])),
            }
        }
    }
    of
}

/// The wishes that count, each behind the one that frees its name: the old name is there, the new one is wanted,
/// and nothing has it by then.
fn in_order(
    mut wishes: Vec<(Name, Name)>,
    is_there: impl Fn(&Name) -> bool,
    is_wanted: impl Fn(&Name) -> bool,
) -> Vec<(Name, Name)> {
    wishes.retain(|(old, new)| is_there(old) && is_wanted(new) && old != new);
    let mut ordered: Vec<(Name, Name)> = Vec::new();
    loop {
        let counts = |(old, new): &(Name, Name)| {
            let is_gone = |name: &Name| ordered.iter().any(|(old, _)| old == name);
            let is_taken = ordered.iter().any(|(_, other)| other == new);
            !is_gone(old) && !is_taken && (!is_there(new) || is_gone(new))
        };
        let Some(place) = wishes.iter().position(counts) else {
            return ordered;
        };
        ordered.push(wishes.remove(place));
    }
}

impl Renamed {
    fn table(&mut self, old: &Name, new: &Name) {
        let catalog = &mut self.catalog;
        let Some(mut table) = catalog.tables.remove(old) else {
            return;
        };
        for constraint in &mut table.constraints {
            if let ConstraintKind::Check(text) = &mut constraint.kind {
                *text = with_new_qualifier(text, old, new);
            }
        }
        catalog.tables.insert(new.clone(), table);
        let constraints = catalog
            .tables
            .values_mut()
            .flat_map(|table| &mut table.constraints);
        for constraint in constraints {
            if let ConstraintKind::ForeignKey(key) = &mut constraint.kind
                && key.table == *old
            {
                key.table = new.clone();
            }
        }
        attached(catalog, old, new);
        self.note(
            old,
            new,
            Object::Table(old.clone()),
            format!("ALTER TABLE {} RENAME TO {};", quoted(old), quoted(new)),
        );
    }

    fn column(&mut self, before: &Name, table: &Name, old: &Name, new: &Name) {
        self.columns = true;
        let rename = |name: &mut Name| {
            if name == old {
                *name = new.clone();
            }
        };
        for (name, other) in &mut self.catalog.tables {
            for constraint in &mut other.constraints {
                rename_in(&mut constraint.kind, name, table, &rename, |text| {
                    with_new_column(text, old, new)
                });
            }
        }
        if let Some(found) = self.catalog.tables.get_mut(table) {
            for column in &mut found.columns {
                rename(&mut column.name);
                let generated = column.generated.as_mut();
                let text = generated.and_then(|generated| generated.expression.as_mut());
                text.into_iter()
                    .for_each(|text| *text = with_new_column(text, old, new));
            }
        }
        let indexes = self.catalog.indexes.values_mut();
        for index in indexes.filter(|index| index.table == *table) {
            rename_keys(&mut index.keys, &rename);
            if let Some(text) = &mut index.definition {
                *text = with_new_column(text, old, new);
            }
        }
        self.note(
            before,
            table,
            Object::Column(table.clone(), old.clone()),
            format!(
                "ALTER TABLE {} RENAME COLUMN {} TO {};",
                quoted(table),
                quoted(old),
                quoted(new)
            ),
        );
    }

    fn note(&mut self, before: &Name, after: &Name, object: Object, statement: String) {
        self.before.insert(before.clone());
        self.after.insert(after.clone());
        let change = Alteration::new(Action::Rename, object, vec![statement]);
        self.changes.push(change);
    }
}

/// A table's new name in what hangs on it.
fn attached(catalog: &mut Catalog, old: &Name, new: &Name) {
    for index in catalog.indexes.values_mut() {
        if index.table == *old {
            index.table = new.clone();
            let definition = index.definition.as_mut();
            definition.into_iter().for_each(|text| {
                *text = with_new_qualifier(text, old, new);
            });
        }
    }
    for trigger in catalog.triggers.values_mut() {
        if trigger.table == *old {
            trigger.table = new.clone();
        }
    }
}

/// A column's new name in a constraint of its table, or of one that refers to it.
fn rename_in(
    kind: &mut ConstraintKind,
    of: &Name,
    table: &Name,
    rename: &impl Fn(&mut Name),
    renamed: impl Fn(&Text) -> Text,
) {
    match kind {
        ConstraintKind::ForeignKey(key) => {
            if key.table == *table {
                key.referenced.iter_mut().for_each(rename);
            }
            if of == table {
                key.columns.iter_mut().for_each(rename);
            }
        }
        _ if of != table => {}
        ConstraintKind::PrimaryKey(keys) | ConstraintKind::Unique(keys) => {
            rename_keys(keys, rename);
        }
        ConstraintKind::Check(text) => *text = renamed(text),
    }
}

fn rename_keys(keys: &mut [IndexKey], rename: &impl Fn(&mut Name)) {
    let columns = keys.iter_mut().filter_map(|key| key.column.as_mut());
    columns.for_each(rename);
}

/// A table's new name, before a point and behind `ON`.
fn with_new_qualifier(text: &Text, old: &Name, new: &Name) -> Text {
    with_new(text, old, new, |before, after| {
        matches!(after.map(|word| &word.token), Some(Token::Period))
            || before.is_some_and(|word| word.is(Keyword::ON))
    })
}

/// A column's new name: wherever the name is not that of a function, a type, a collation or the table.
fn with_new_column(text: &Text, old: &Name, new: &Name) -> Text {
    with_new(text, old, new, |before, after| {
        let is_other = [Keyword::AS, Keyword::COLLATE, Keyword::ON, Keyword::INDEX];
        !before.is_some_and(|word| is_other.iter().any(|keyword| word.is(*keyword)))
            && !matches!(
                after.map(|word| &word.token),
                Some(Token::LParen | Token::Period)
            )
    })
}

fn with_new(
    text: &Text,
    old: &Name,
    new: &Name,
    counts: impl Fn(Option<&Placed>, Option<&Placed>) -> bool,
) -> Text {
    let Some(words) = words(text.as_str()) else {
        return text.clone();
    };
    let places: Vec<_> = words
        .iter()
        .enumerate()
        .filter(|(at, word)| {
            let before = at.checked_sub(1).map(|before| &words[before]);
            matches!(word.token, Token::Word(_))
                && word.name().as_ref() == Some(old)
                && counts(before, words.get(at + 1))
        })
        .map(|(_, word)| word.span.clone())
        .collect();
    Text::new(replaced(text.as_str(), &places, &quoted(new)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(pairs: &[(&str, &str)]) -> Vec<(Name, Name)> {
        let pairs = pairs.iter();
        pairs
            .map(|(old, new)| (Name::new(old), Name::new(new)))
            .collect()
    }

    #[test]
    fn hints_count_where_the_new_name_is_free_or_becomes_free() {
        let ordered = |from: &'static str, wishes: &[(&str, &str)]| {
            let there = move |name: &Name| from.contains(name.as_str());
            in_order(names(wishes), there, |name| name.as_str() != "x")
        };
        assert_eq!(
            ordered("ab", &[("a", "b"), ("b", "c")]),
            names(&[("b", "c"), ("a", "b")])
        );
        for (from, hint) in [("ab", ("a", "b")), ("b", ("a", "b")), ("a", ("a", "x"))] {
            assert_eq!(ordered(from, &[hint]), [], "{from} {hint:?}");
        }
        assert_eq!(
            ordered("ab", &[("a", "b"), ("b", "a")]),
            [],
            "names that are exchanged would be exchanged again by the next diff"
        );
    }

    #[test]
    fn a_columns_new_name_goes_where_the_column_is_meant() {
        let text = Text::new("CREATE INDEX age ON t (age(age), \"AGE\" COLLATE age, 'age', t.age)");
        let renamed = with_new_column(&text, &Name::new("age"), &Name::new("years"));
        assert_eq!(
            renamed.as_str(),
            "CREATE INDEX age ON t (age(\"years\"), \"years\" COLLATE age, 'age', t.\"years\")"
        );
        let text = Text::new("CREATE INDEX t ON t (a) WHERE t.a > 't'");
        let renamed = with_new_qualifier(&text, &Name::new("t"), &Name::new("u"));
        assert_eq!(
            renamed.as_str(),
            "CREATE INDEX t ON \"u\" (a) WHERE \"u\".a > 't'"
        );
    }
}
