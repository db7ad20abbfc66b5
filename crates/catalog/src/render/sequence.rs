//! Sequences: on their own, of a `serial` column, of an identity column.

use super::{name::is_chosen, statement};
use crate::{
    Catalog, DataType, Name, QName,
    model::{Column, Identity, Persistence, Sequence, SequenceOptions, Table},
};

/// `CREATE SEQUENCE`. Its owning column is said by [`owned_by`].
pub fn create_sequence(name: &QName, sequence: &Sequence) -> String {
    let kind = match sequence.persistence {
        Persistence::Permanent => "",
        Persistence::Unlogged => "UNLOGGED ",
        Persistence::Temporary => "TEMPORARY ",
    };
    let options = &sequence.options;
    let data_type = if options.data_type == DataType::builtin("bigint") {
        String::new()
    } else {
        format!(" AS {}", options.data_type)
    };
    let mut text = format!("CREATE {kind}SEQUENCE {name}{data_type}");
    for option in differing(options) {
        text.push(' ');
        text.push_str(&option);
    }
    statement(text)
}

/// `ALTER SEQUENCE … OWNED BY`.
pub fn owned_by(name: &QName, sequence: &Sequence) -> Option<String> {
    let (table, column) = sequence.owned_by.as_ref()?;
    Some(format!("ALTER SEQUENCE {name} OWNED BY {table}.{column};"))
}

/// ` (…)` behind `AS IDENTITY`, where anything is not as the server chooses it.
pub(crate) fn identity_options(of: &QName, column: &Column, identity: &Identity) -> String {
    let mut options = Vec::new();
    let sequence = &identity.sequence;
    let chosen =
        sequence.schema == of.schema && is_chosen(&sequence.name, &of.name, &*column.name, "_seq");
    if !chosen {
        options.push(format!("SEQUENCE NAME {sequence}"));
    }
    options.extend(differing(&identity.options));
    if options.is_empty() {
        String::new()
    } else {
        format!(" ({})", options.join(" "))
    }
}

/// The options that are not what the server takes for a sequence of this type and direction
/// (sql-createsequence.html).
fn differing(options: &SequenceOptions) -> Vec<String> {
    let (least, greatest) = SequenceOptions::bounds(&options.data_type);
    let ascending = options.increment > 0;
    let (min, max) = if ascending {
        (1, greatest)
    } else {
        (least, -1)
    };
    let start = if ascending { options.min } else { options.max };
    let mut differing = Vec::new();
    let mut add = |name: &str, value: i64, default: i64| {
        if value != default {
            differing.push(format!("{name} {value}"));
        }
    };
    add("INCREMENT BY", options.increment, 1);
    add("MINVALUE", options.min, min);
    add("MAXVALUE", options.max, max);
    add("START WITH", options.start, start);
    add("CACHE", options.cache, 1);
    if options.cycle {
        differing.push("CYCLE".to_owned());
    }
    differing
}

/// The sequence that the pseudo-type `serial` would make for this column exactly as it is, if there is one.
pub(crate) fn serial_sequence<'a>(
    catalog: &'a Catalog,
    of: &QName,
    table: &Table,
    column: &Column,
) -> Option<(&'a QName, &'a Sequence)> {
    let kinds = ["smallint", "integer", "bigint"];
    let plain = column.not_null.is_some() && column.collation.is_none() && column.local;
    if !plain || !kinds.iter().any(|kind| column.data_type.is(kind)) {
        return None;
    }
    let named = next_value_of(&column.default.as_ref()?.text)?;
    let end = of.sibling(&*format!(
        "{}_{}_seq",
        of.name.as_str(),
        column.name.as_str()
    ));
    let (name, sequence) = catalog.sequences.get_key_value(&end)?;
    let owned = sequence.owned_by.as_ref() == Some(&(of.clone(), column.name.clone()));
    let same_name = named == name.to_string() || named == name.name.to_string();
    let unlogged = catalog.major >= 15 && table.persistence == Persistence::Unlogged;
    let same_options = sequence.options == SequenceOptions::of(column.data_type.clone());
    let same_persistence = (sequence.persistence == Persistence::Unlogged) == unlogged;
    let short = is_chosen(&name.name, &of.name, &*column.name, "_seq");
    (owned && same_name && same_options && same_persistence && short)
        .then_some((name, sequence.as_ref()))
}

/// What stands in `nextval('…'::regclass)`, with or without the cast.
#[must_use]
pub fn next_value_of(default: &str) -> Option<String> {
    let inner = default.strip_prefix("pg_catalog.").unwrap_or(default);
    let inner = inner.strip_prefix("nextval(")?.strip_suffix(')')?.trim();
    let inner = inner.strip_suffix("::regclass").unwrap_or(inner);
    let name = inner.strip_prefix('\'')?.strip_suffix('\'')?;
    Some(name.replace("''", "'"))
}

/// The columns of a table that are written as `serial`.
pub(crate) fn serial_columns<'a>(
    catalog: &'a Catalog,
    of: &'a QName,
    table: &'a Table,
) -> impl Iterator<Item = (&'a Name, &'a QName, &'a Sequence)> {
    table.columns.iter().filter_map(move |column| {
        let (name, sequence) = serial_sequence(catalog, of, table, column)?;
        Some((&column.name, name, sequence))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_options_that_are_not_the_default_are_written() {
        let mut sequence = Sequence {
            options: SequenceOptions::of(DataType::builtin("bigint")),
            owned_by: None,
            persistence: Persistence::Permanent,
            owner: None,
            privileges: crate::Privileges::default(),
            comment: None,
        };
        let name = QName::new("public", "s");
        assert_eq!(
            create_sequence(&name, &sequence),
            "CREATE SEQUENCE public.s;"
        );
        sequence.options = SequenceOptions {
            data_type: DataType::builtin("integer"),
            start: -1,
            increment: -2,
            min: i64::from(i32::MIN),
            max: -1,
            cache: 5,
            cycle: true,
        };
        assert_eq!(
            create_sequence(&name, &sequence),
            "CREATE SEQUENCE public.s AS integer INCREMENT BY -2 CACHE 5 CYCLE;"
        );
    }
}
