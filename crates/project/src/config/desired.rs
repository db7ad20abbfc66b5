//! The desired schema: a file or folder of SQL, or a program that prints it; in projects of Prisma and Drizzle
//! their own programs.
//!
//! Sources: `prisma migrate diff --help` of 6.19 and 7.10 (`--to-schema` was `--to-schema-datamodel` up to 6);
//! `drizzle-kit export --help` of 0.31.

use std::{
    fs,
    path::{Path, PathBuf, absolute},
};

use serde_json::Value;

use super::{CommandLine, Setting, tool_configs};

/// Where the schema stands that a project shall have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Desired {
    /// A file or a folder of SQL.
    Path(Setting<PathBuf>),
    /// A program that prints it.
    Command(CommandLine),
}

/// The program by which the tool of a layout prints the schema of its own language as SQL; `None` for tools that have
/// no such language, and where no schema is found. `folders` are those of [`folders_up`](super::folders_up).
pub fn desired_of_tool(layout: &str, folders: &[PathBuf]) -> Option<CommandLine> {
    match layout {
        "prisma" => of_prisma(folders),
        "drizzle" | "drizzle-v1" => of_drizzle(folders),
        _ => None,
    }
}

fn of_prisma(folders: &[PathBuf]) -> Option<CommandLine> {
    let files = tool_configs(folders, "prisma");
    let is_schema = |file: &&PathBuf| file.extension().is_some_and(|ending| ending == "prisma");
    let schema = files.iter().find(is_schema)?;
    let below: Vec<&PathBuf> = files
        .iter()
        .filter(is_schema)
        .filter(|file| file.parent() == schema.parent())
        .collect();
    // Several files of one folder are one schema.
    let schema = match below.len() {
        1 => schema.as_path(),
        _ => schema.parent()?,
    };
    let root = root(folders, schema);
    let flag = match major_of(folders, &root, "prisma") {
        Some(major) if major < 7 => "--to-schema-datamodel",
        _ => "--to-schema",
    };
    let schema = absolute(schema).ok()?.to_string_lossy().into_owned();
    let arguments = ["migrate", "diff", "--from-empty", flag, &schema, "--script"];
    program(folders, root, "prisma", &arguments)
}

fn of_drizzle(folders: &[PathBuf]) -> Option<CommandLine> {
    let configs = tool_configs(folders, "drizzle");
    let config = configs.first()?;
    let root = root(folders, config);
    let config = absolute(config).ok()?;
    // Relative to the folder that it runs in: drizzle-kit puts `./` before other paths.
    let config = config
        .strip_prefix(absolute(&root).ok()?)
        .map_or_else(|_| config.clone(), Path::to_path_buf);
    let config = format!("--config={}", config.display());
    program(folders, root, "drizzle-kit", &["export", &config])
}

/// The folder of the nearest `package.json`, else that of the tool's own file.
fn root(folders: &[PathBuf], file: &Path) -> PathBuf {
    let package = folders
        .iter()
        .find(|folder| folder.join("package.json").is_file());
    let beside = || file.parent().map(Path::to_path_buf).unwrap_or_default();
    package.cloned().unwrap_or_else(beside)
}

/// The program as npm has put it in the project or above it; else by npx, which must not fetch another one.
fn program(
    folders: &[PathBuf],
    root: PathBuf,
    name: &str,
    arguments: &[&str],
) -> Option<CommandLine> {
    let bin = |folder: &PathBuf| folder.join("node_modules/.bin").join(name);
    let installed = folders.iter().map(bin).find(|program| program.exists());
    let mut words: Vec<String> = match installed {
        Some(program) => vec![absolute(program).ok()?.to_string_lossy().into_owned()],
        None => ["npx", "--no-install", name].map(str::to_owned).to_vec(),
    };
    words.extend(arguments.iter().map(|word| (*word).to_owned()));
    let key = match name {
        "prisma" => "schema.prisma",
        _ => "drizzle.config",
    };
    let origin =
        format!("the project, which uses {name}; `schema_command` in segue.toml goes before it");
    CommandLine::new(key, words, &root, origin)
}

/// The major version of a package that is installed, else the one that the manifest asks for.
fn major_of(folders: &[PathBuf], root: &Path, package: &str) -> Option<u32> {
    let manifest = |file: PathBuf| -> Option<Value> {
        serde_json::from_str(&fs::read_to_string(file).ok()?).ok()
    };
    let file = format!("node_modules/{package}/package.json");
    let installed = folders
        .iter()
        .find_map(|folder| manifest(folder.join(&file)))
        .and_then(|found| major(found.get("version")?.as_str()?));
    let wanted = || {
        let manifest = manifest(root.join("package.json"))?;
        ["devDependencies", "dependencies"]
            .iter()
            .find_map(|kind| major(manifest.get(kind)?.get(package)?.as_str()?))
    };
    installed.or_else(wanted)
}

/// The first number of a version or of a range of them.
fn major(version: &str) -> Option<u32> {
    let digits = version.trim_start_matches(|c: char| !c.is_ascii_digit());
    let end = digits
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(digits.len());
    digits[..end].parse().ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn words(command: &CommandLine) -> String {
        let words: Vec<&str> = command
            .arguments
            .iter()
            .map(super::super::Secret::expose)
            .collect();
        format!("{} {}", command.name(), words.join(" "))
    }

    #[test]
    fn a_prisma_project_prints_its_schema_by_the_version_that_it_has() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path();
        fs::create_dir_all(root.join("prisma")).unwrap();
        fs::write(root.join("prisma/schema.prisma"), "model A { id Int @id }").unwrap();
        let folders = [root.to_path_buf()];
        for (version, flag) in [
            ("^6.19.0", "--to-schema-datamodel"),
            ("7.1.0", "--to-schema"),
        ] {
            let manifest = format!("{{\"devDependencies\": {{\"prisma\": \"{version}\"}}}}");
            fs::write(root.join("package.json"), manifest).unwrap();
            let found = words(&desired_of_tool("prisma", &folders).unwrap());
            assert!(
                found.starts_with("npx --no-install prisma migrate diff"),
                "{found}"
            );
            assert!(found.contains(&format!("{flag} /")), "{found}");
            assert!(found.ends_with("schema.prisma --script"), "{found}");
        }
    }

    #[test]
    fn a_drizzle_project_exports_by_its_own_program() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path();
        fs::create_dir_all(root.join("node_modules/.bin")).unwrap();
        fs::write(root.join("node_modules/.bin/drizzle-kit"), "").unwrap();
        fs::write(root.join("drizzle.config.ts"), "export default {}").unwrap();
        let folders = [root.to_path_buf()];
        let found = desired_of_tool("drizzle", &folders).unwrap();
        assert_eq!(
            words(&found),
            "drizzle-kit export --config=drizzle.config.ts"
        );
        assert_eq!(desired_of_tool("sqlx", &folders), None);
    }
}
