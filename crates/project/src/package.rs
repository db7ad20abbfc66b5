//! What a `package.json` names, as evidence for a tool.

use serde_json::Value;

use crate::Folder;

/// Whether the manifest in this folder names the package as a dependency of any kind.
pub(crate) fn names_package(folder: &Folder, name: &str) -> bool {
    if !folder.has("package.json") {
        return false;
    }
    let Ok(text) = folder.text("package.json") else {
        return false;
    };
    let Ok(Value::Object(manifest)) = serde_json::from_str(&text.raw) else {
        return false;
    };
    manifest.iter().any(|(key, value)| {
        key.to_ascii_lowercase().ends_with("dependencies") && value.get(name).is_some()
    })
}
