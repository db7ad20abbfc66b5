//! Indexes and the keys that indexes, partition keys and exclusion constraints are made of; extended statistics.

use super::{
    literal::{join, names, parameters, with},
    name::or_builtin,
    statement,
};
use crate::{
    QName,
    model::{Index, IndexKey, IndexTerm, Statistics},
};

/// How `CREATE INDEX` goes about it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IndexBuild {
    /// `CONCURRENTLY`.
    pub concurrently: bool,
    /// `ON ONLY`: the partitions get theirs by statements of their own.
    pub only: bool,
}

/// `CREATE INDEX`.
pub fn create_index(name: &QName, index: &Index, build: IndexBuild) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let concurrently = if build.concurrently {
        "CONCURRENTLY "
    } else {
        ""
    };
    let only = if build.only { "ONLY " } else { "" };
    let method = if index.method == "btree" {
        String::new()
    } else {
        format!(" USING {}", index.method)
    };
    let mut text = format!(
        "CREATE {unique}INDEX {concurrently}{} ON {only}{}{method} ({})",
        name.name,
        index.table,
        join(index.keys.iter().map(key), ", ")
    );
    if !index.include.is_empty() {
        text.push_str(&format!(" INCLUDE {}", names(&index.include)));
    }
    if index.nulls_not_distinct {
        text.push_str(" NULLS NOT DISTINCT");
    }
    text.push_str(&with(&index.parameters));
    if let Some(tablespace) = &index.tablespace {
        text.push_str(&format!(" TABLESPACE {tablespace}"));
    }
    if let Some(predicate) = &index.predicate {
        text.push_str(&format!(" WHERE {predicate}"));
    }
    statement(text)
}

/// `ALTER INDEX … ATTACH PARTITION`.
pub fn attach_index(parent: &QName, index: &QName) -> String {
    format!("ALTER INDEX {parent} ATTACH PARTITION {index};")
}

/// What of an index `CREATE INDEX` cannot say.
pub(super) fn further_statements(name: &QName, index: &Index) -> Vec<String> {
    index
        .statistics
        .iter()
        .map(|(key, target)| {
            format!("ALTER INDEX {name} ALTER COLUMN {key} SET STATISTICS {target};")
        })
        .collect()
}

/// A key: column or expression, collation, operator class, order.
pub fn key(key: &IndexKey) -> String {
    let mut text = term(&key.term);
    if let Some(collation) = &key.collation {
        text.push_str(&format!(" COLLATE {}", or_builtin(collation)));
    }
    if let Some(class) = &key.operator_class {
        text.push_str(&format!(" {}", or_builtin(&class.name)));
        if !class.parameters.is_empty() {
            text.push_str(&format!(" {}", parameters(&class.parameters)));
        }
    }
    if key.descending {
        text.push_str(" DESC");
    }
    match (key.descending, key.nulls_first) {
        (false, true) => text.push_str(" NULLS FIRST"),
        (true, false) => text.push_str(" NULLS LAST"),
        _ => {}
    }
    text
}

fn term(term: &IndexTerm) -> String {
    match term {
        IndexTerm::Column(name) => name.to_string(),
        IndexTerm::Expression(expression) => format!("({expression})"),
    }
}

/// `CREATE STATISTICS`, and its target.
pub fn create_statistics(name: &QName, statistics: &Statistics) -> String {
    let kinds = if statistics.kinds.is_empty() || statistics.kinds.len() == 3 {
        String::new()
    } else {
        format!(" ({})", join(&statistics.kinds, ", "))
    };
    let mut text = format!(
        "CREATE STATISTICS {name}{kinds} ON {} FROM {};",
        join(statistics.terms.iter().map(term), ", "),
        statistics.table
    );
    if let Some(target) = statistics.target {
        text.push_str(&format!(
            "\nALTER STATISTICS {name} SET STATISTICS {target};"
        ));
    }
    text
}
