//! Folders of migrations that a tool's own configuration names. TypeScript is searched for the one
//! key that matters, not understood; what is not a plain string there is left to `--dir`.

use std::path::PathBuf;

use crate::{Folder, locate::read_if_there};

/// The folders, relative to the project, that configuration files in it name.
pub(crate) fn migration_folders(project: &Folder) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    if let Some(text) = read_if_there(&project.path.join("diesel.toml")) {
        folders.extend(diesel(&text));
    }
    for (stem, key) in [("drizzle.config", "out"), ("prisma.config", "path")] {
        let text = project
            .file_with_stem(stem)
            .and_then(|name| read_if_there(&project.path.join(name)));
        folders.extend(
            text.and_then(|text| string_of_key(&text, key))
                .map(PathBuf::from),
        );
    }
    folders
}

/// `[migrations_directory] dir = "…"` (diesel.toml).
fn diesel(text: &str) -> Option<PathBuf> {
    let table: toml::Table = text.parse().ok()?;
    let dir = table.get("migrations_directory")?.get("dir")?.as_str()?;
    Some(PathBuf::from(dir))
}

/// The string behind `key:` in JavaScript, TypeScript or JSON.
fn string_of_key(text: &str, key: &str) -> Option<String> {
    text.match_indices(key).find_map(|(at, _)| {
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.') {
            return None;
        }
        let rest = text[at + key.len()..]
            .trim_start_matches(['"', '\''])
            .trim_start();
        let rest = rest.strip_prefix(':')?.trim_start();
        let quote = rest
            .chars()
            .next()
            .filter(|c| matches!(c, '"' | '\'' | '`'))?;
        let value = rest[1..].split(quote).next()?;
        Some(value.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::string_of_key;

    #[test]
    fn a_key_is_found_in_typescript_and_json() {
        let ts = "export default defineConfig({ layout: 'x', schema: \"./a\", out: './drizzle' })";
        assert_eq!(string_of_key(ts, "out").as_deref(), Some("./drizzle"));
        assert_eq!(
            string_of_key("{\"out\": \"m\"}", "out").as_deref(),
            Some("m")
        );
        assert_eq!(string_of_key("out: process.env.OUT", "out"), None);
    }
}
