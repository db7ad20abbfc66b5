//! `CREATE PUBLICATION`, `CREATE EXTENSION`.

use super::literal::{join, literal, names};
use crate::{
    Name, QName,
    model::{Extension, Publication, PublishedTable},
};

/// `CREATE PUBLICATION`.
pub fn create_publication(name: &Name, publication: &Publication) -> String {
    let mut text = format!("CREATE PUBLICATION {name}");
    let mut what: Vec<String> = Vec::new();
    if !publication.tables.is_empty() {
        let tables = publication.tables.iter();
        let tables = tables.map(|(table, of)| published(table, of));
        what.push(format!("TABLE {}", join(tables, ", ")));
    }
    if !publication.schemas.is_empty() {
        what.push(format!(
            "TABLES IN SCHEMA {}",
            join(&publication.schemas, ", ")
        ));
    }
    if publication.all_tables {
        text.push_str(" FOR ALL TABLES");
    } else if !what.is_empty() {
        text.push_str(&format!(" FOR {}", what.join(", ")));
    }
    if !publication.parameters.is_empty() {
        let each = publication
            .parameters
            .iter()
            .map(|(name, value)| format!("{} = {}", Name::stored(name), literal(value)));
        text.push_str(&format!(" WITH ({})", join(each, ", ")));
    }
    text.push(';');
    text
}

/// A table within `FOR TABLE`, with its columns and rows.
pub(crate) fn published(table: &QName, of: &PublishedTable) -> String {
    let mut text = table.to_string();
    if !of.columns.is_empty() {
        text.push_str(&format!(" {}", names(&of.columns)));
    }
    if let Some(rows) = &of.rows {
        text.push_str(&format!(" WHERE ({rows})"));
    }
    text
}

/// `CREATE EXTENSION`.
pub fn create_extension(name: &Name, extension: &Extension) -> String {
    let version = extension.version.as_ref();
    let version = version.map(|version| format!(" VERSION {}", literal(version)));
    format!(
        "CREATE EXTENSION {name} WITH SCHEMA {}{};",
        extension.schema,
        version.unwrap_or_default()
    )
}
