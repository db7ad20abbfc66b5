//! What a `Cargo.toml` names, as evidence for a layout.

use crate::Folder;

/// Whether the manifest in this folder names the crate as a dependency of any kind.
pub(crate) fn names_dependency(folder: &Folder, name: &str) -> bool {
    if !folder.has("Cargo.toml") {
        return false;
    }
    let Ok(text) = folder.text("Cargo.toml") else {
        return false;
    };
    text.raw
        .parse::<toml::Table>()
        .is_ok_and(|manifest| table_names(&manifest, name))
}

/// Looks into `[dependencies]`, `[dev-dependencies]`, … at any depth: below `workspace` and `target.*` too.
fn table_names(table: &toml::Table, name: &str) -> bool {
    table.iter().any(|(key, value)| {
        let Some(inner) = value.as_table() else {
            return false;
        };
        (key.ends_with("dependencies") && inner.contains_key(name)) || table_names(inner, name)
    })
}
