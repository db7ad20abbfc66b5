//! Schemas, extensions, statistics and publications.

use super::Alter;
use crate::{
    Name, ObjectRef, QName,
    compare::majors,
    model::{Extension, Publication, Schema, Statistics},
    normal::About,
    render::{
        literal::{join, literal},
        publication::published,
    },
};

impl Alter<'_> {
    pub(super) fn schema(&mut self, object: &ObjectRef, first: &Schema, second: &Schema) {
        let ObjectRef::Schema(name) = object else {
            return;
        };
        let (own, other) = (self.both.from.major, self.both.to.major);
        let second = majors::aligned(name, second, other, first, own);
        self.owner(object, first.owner.as_ref(), second.owner.as_ref());
        self.comment(object, first.comment.as_ref(), second.comment.as_ref());
        let (on, owner) = (format!("SCHEMA {name}"), second.owner.as_ref());
        self.privileges(&on, None, owner, &first.privileges, &second.privileges);
    }

    pub(super) fn extension(&mut self, name: &Name, first: &Extension, second: &Extension) {
        if first.schema != second.schema {
            let schema = &second.schema;
            self.add(format!("ALTER EXTENSION {name} SET SCHEMA {schema};"));
        }
        if let (Some(first), Some(second)) = (&first.version, &second.version)
            && first != second
        {
            let version = literal(second);
            self.add(format!("ALTER EXTENSION {name} UPDATE TO {version};"));
        }
        if first.comment.is_some() && second.comment.is_some() {
            let object = ObjectRef::Extension(name.clone());
            self.comment(&object, first.comment.as_ref(), second.comment.as_ref());
        }
    }

    pub(super) fn statistics(&mut self, name: &QName, first: &Statistics, second: &Statistics) {
        let object = ObjectRef::Statistics(name.clone());
        if first.target != second.target {
            let target = second.target.unwrap_or(-1);
            self.add(format!("ALTER STATISTICS {name} SET STATISTICS {target};"));
        }
        self.owner(&object, first.owner.as_ref(), second.owner.as_ref());
        self.comment(&object, first.comment.as_ref(), second.comment.as_ref());
    }

    pub(super) fn publication(&mut self, name: &Name, first: &Publication, second: &Publication) {
        let object = ObjectRef::Publication(name.clone());
        let tables = first.tables.len() == second.tables.len()
            && std::iter::zip(&first.tables, &second.tables).all(
                |((one, first), (two, second))| {
                    let about = About::condition(Some(two));
                    let (rows, others) = (first.rows.as_ref(), second.rows.as_ref());
                    one == two
                        && first.columns == second.columns
                        && self.both.same_or_none(rows, others, about)
                },
            );
        if !tables || first.schemas != second.schemas {
            let mut what: Vec<String> = Vec::new();
            let tables = second.tables.iter();
            what.extend(tables.map(|(table, of)| format!("TABLE {}", published(table, of))));
            let schemas = second.schemas.iter();
            what.extend(schemas.map(|schema| format!("TABLES IN SCHEMA {schema}")));
            if what.is_empty() {
                let old = first.tables.keys().map(|table| format!("TABLE {table}"));
                let schemas = first.schemas.iter();
                let old = old.chain(schemas.map(|name| format!("TABLES IN SCHEMA {name}")));
                self.add(format!(
                    "ALTER PUBLICATION {name} DROP {};",
                    join(old, ", ")
                ));
            } else {
                let what = what.join(", ");
                self.add(format!("ALTER PUBLICATION {name} SET {what};"));
            }
        }
        let set: Vec<String> = second
            .parameters
            .iter()
            .filter(|(parameter, value)| first.parameters.get(*parameter) != Some(value))
            .map(|(parameter, value)| format!("{} = {}", Name::stored(parameter), literal(value)))
            .collect();
        let default = first.parameters.keys();
        let default = default.filter(|parameter| !second.parameters.contains_key(*parameter));
        let set: Vec<String> = default
            .filter_map(|parameter| publication_default(parameter))
            .chain(set)
            .collect();
        if !set.is_empty() {
            self.add(format!(
                "ALTER PUBLICATION {name} SET ({});",
                set.join(", ")
            ));
        }
        self.owner(&object, first.owner.as_ref(), second.owner.as_ref());
        self.comment(&object, first.comment.as_ref(), second.comment.as_ref());
    }
}

/// What a publication has without a word (sql-createpublication.html, `WITH`).
fn publication_default(parameter: &str) -> Option<String> {
    let value = match parameter {
        "publish" => "'insert, update, delete, truncate'",
        "publish_via_partition_root" => "false",
        "publish_generated_columns" => "none",
        _ => return None,
    };
    Some(format!("{parameter} = {value}"))
}
