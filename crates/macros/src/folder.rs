//! Checks a folder while the program is compiled: its layout can be told, and its migrations can be read.

use std::path::{Path, PathBuf};

use segue_project::{
    Context, Folder, LAYOUTS, Project, Wish,
    config::{self, Config, Vars},
    survey,
};
use segue_sql::Problem;

use crate::{
    arguments::Arguments,
    files::{self, Found},
};

/// A folder that can go into a program.
pub(crate) struct Embeddable {
    pub(crate) layout: &'static str,
    /// Why it has that layout.
    pub(crate) reason: String,
    /// Whether the user named it.
    pub(crate) is_explicit: bool,
    pub(crate) files: Vec<Found>,
}

/// Reads the folder that the arguments name.
///
/// # Errors
/// Everything that would stop `segue deploy` before it asks a database.
pub(crate) fn read(arguments: &Arguments) -> Result<Embeddable, Vec<Problem>> {
    let relative = arguments.path.value();
    if Path::new(&relative).is_absolute() {
        return Err(vec![
            Problem::new("the path is absolute: the program could be built on this machine only")
                .help("name the folder relative to the crate's Cargo.toml"),
        ]);
    }
    let root = std::env::var_os("CARGO_MANIFEST_DIR")
        .map(PathBuf::from)
        .ok_or_else(|| vec![Problem::new("Cargo did not say where the crate is")])?;
    let wish = arguments.layout.as_ref().map(|layout| Wish {
        name: layout.value(),
        origin: "embed!".to_owned(),
    });
    check(&root, &relative, wish)
}

fn check(root: &Path, relative: &str, wish: Option<Wish>) -> Result<Embeddable, Vec<Problem>> {
    let one = |problem| vec![problem];
    let path = root.join(relative);
    if !path.is_dir() {
        return Err(vec![
            Problem::new(format!(
                "there is no folder `{relative}` beside the crate's Cargo.toml"
            ))
            .help("name the folder of migrations, relative to Cargo.toml"),
        ]);
    }
    let wish = match wish {
        Some(wish) => Some(wish),
        None => configured(&path)?,
    };
    let folder = Folder::list(&path).map_err(one)?;
    let (folder, choice) = survey(folder, wish.as_ref())
        .and_then(|survey| survey.settle(&[]))
        .map_err(one)?;
    let on_disk = Project::read(folder, choice.clone(), &Context::NOWHERE)?;
    if on_disk.migrations.is_empty() {
        return Err(vec![on_disk.nothing()]);
    }
    refuse_what_no_deploy_takes(&on_disk)?;
    let files = files::below(&path).map_err(one)?;
    // Read once more as the program will: what the disk shows and memory does not is found here.
    let in_memory = Folder::in_memory(relative, files.iter().map(Found::as_content));
    let embedded = Project::read(in_memory, choice, &Context::NOWHERE)?;
    let keys = |project: &Project| -> Vec<String> {
        project.migrations.iter().map(|m| m.key.clone()).collect()
    };
    if keys(&on_disk) != keys(&embedded) {
        return Err(vec![
            Problem::new(format!(
                "`{relative}` has migrations that cannot be put into a program"
            ))
            .help("deploy them with the command `segue`, and report this as a defect of segue"),
        ]);
    }
    Ok(Embeddable {
        layout: embedded.choice.layout.name,
        reason: embedded.choice.reason,
        is_explicit: embedded.choice.explicit,
        files,
    })
}

/// What would stop every deploy, whatever the database.
fn refuse_what_no_deploy_takes(project: &Project) -> Result<(), Vec<Problem>> {
    let unread = project.migrations.iter();
    let unread = unread.filter_map(|migration| migration.up.statements().err());
    let refusals = project.refusals.iter().cloned();
    let problems: Vec<Problem> = refusals.chain(unread.flatten()).collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

/// The layout that the nearest `segue.toml` names for the folder, so that the command and the program read
/// it in the same way.
fn configured(path: &Path) -> Result<Option<Wish>, Vec<Problem>> {
    let folders = config::folders_up(path, path);
    let Some(file) = config::find(&folders) else {
        return Ok(None);
    };
    let config = Config::read(&file)?;
    let config = match config.project_at(path) {
        Some(name) => config.of_project(name).map_err(|problem| vec![problem])?,
        None => config,
    };
    let variable = |name: &str| std::env::var(name).ok();
    let names: Vec<&str> = LAYOUTS.iter().map(|layout| layout.name).collect();
    let layout = config
        .select(None)
        .and_then(|settings| settings.layout(&Vars::new(&variable), &names))
        .map_err(|problem| vec![problem])?;
    Ok(layout.map(|setting| Wish {
        name: setting.value,
        origin: "segue.toml".to_owned(),
    }))
}

/// Problems as an error of the compiler tells them.
pub(crate) fn told(problems: &[Problem]) -> String {
    let tell = |problem: &Problem| {
        let notes = problem.notes.iter().map(|note| format!("\n  note: {note}"));
        let help = problem.help.iter().map(|help| format!("\n  help: {help}"));
        let rest: String = notes.chain(help).collect();
        format!("{problem}{rest}")
    };
    let told: Vec<String> = problems.iter().map(tell).collect();
    told.join("\n")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::files::Kept;

    type Files<'a> = &'a [(&'a str, &'a [u8])];

    fn repository(files: Files<'_>) -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(root.path().join(".git")).expect("a folder");
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().expect("it is below the root")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        root
    }

    fn refused(files: Files<'_>, wish: Option<&str>) -> String {
        let root = repository(files);
        let wish = wish.map(|name| Wish {
            name: name.to_owned(),
            origin: "embed!".to_owned(),
        });
        match check(root.path(), "migrations", wish) {
            Err(problems) => told(&problems),
            Ok(_) => panic!("it was not refused"),
        }
    }

    #[test]
    fn the_layout_is_settled_by_what_stands_above_the_folder() {
        let sql: (&str, &[u8]) = ("migrations/20260101000000_a/migration.sql", b"SELECT 1;");
        let projects = b"[[project]]\nname = \"a\"\ndir = \"migrations\"\nlayout = \"prisma\"\n";
        let cases: [(Files<'_>, &str, &str); 5] = [
            (&[("segue.toml", projects)], "prisma", "segue.toml"),
            (&[], "segue", "the default for names of this form"),
            (
                &[("schema.prisma", b"")],
                "prisma",
                "schema.prisma above it",
            ),
            (
                &[("segue.toml", b"layout = \"drizzle-v1\"")],
                "drizzle-v1",
                "segue.toml",
            ),
            (
                &[("drizzle.config.ts", b"")],
                "drizzle-v1",
                "drizzle.config.ts above it",
            ),
        ];
        for (markers, layout, reason) in cases {
            let root = repository(&[markers, &[sql]].concat());
            let found = check(root.path(), "migrations", None).unwrap_or_else(|p| panic!("{p:?}"));
            assert_eq!((found.layout, found.reason.as_str()), (layout, reason));
        }
    }

    #[test]
    fn what_cannot_be_read_as_migrations_is_told_with_its_place() {
        assert!(refused(&[], None).contains("there is no folder `migrations`"));
        let open: [(&str, &[u8]); 1] = [("migrations/1_a/up.sql", b"SELECT 1;\nSELECT 'x;")];
        let text = refused(&open, None);
        assert!(text.contains("up.sql:2:8: "), "{text}");
        assert!(refused(&[("migrations/README.md", b"")], None).contains("no migrations in"));
        let gap: [(&str, &[u8]); 2] = [
            ("migrations/1_a/up.sql", b"SELECT 1;"),
            ("migrations/2_b/down.sql", b"SELECT 1;"),
        ];
        assert!(refused(&gap, None).contains("holds no up.sql\n  help: "));
        let latin: [(&str, &[u8]); 1] = [("migrations/1_a/up.sql", b"SELECT 1;\nSELECT '\xe9';")];
        let text = refused(&latin, None);
        assert!(text.contains("up.sql:2:9: "), "{text}");
        assert!(refused(&gap[..1], Some("flask")).contains("`flask` (embed!) is no layout"));
    }

    #[test]
    fn everything_but_hidden_files_goes_into_the_program_and_snapshots_only_by_name() {
        let root = repository(&[
            ("migrations/20260101000000_a/migration.sql", b"SELECT 1;"),
            ("migrations/20260101000000_a/snapshot.json", b"{}"),
            ("migrations/.keep", b""),
            ("migrations/logo.png", b"\xff\xd8"),
        ]);
        let found = check(root.path(), "migrations", None).unwrap_or_else(|p| panic!("{p:?}"));
        let kept = |found: &Found| (found.path.clone(), matches!(found.kept, Kept::Text(_)));
        let files: Vec<(String, bool)> = found.files.iter().map(kept).collect();
        let expected = [
            ("20260101000000_a/migration.sql".to_owned(), true),
            ("20260101000000_a/snapshot.json".to_owned(), false),
            ("logo.png".to_owned(), false),
        ];
        assert_eq!(files, expected);
        assert_eq!(found.layout, "drizzle-v1");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_back_ends_the_walk() {
        let root = repository(&[("migrations/1_a/up.sql", b"SELECT 1;")]);
        let migrations = root.path().join("migrations");
        std::os::unix::fs::symlink(&migrations, migrations.join("1_a/loop")).expect("a link");
        let found = check(root.path(), "migrations", None).unwrap_or_else(|p| panic!("{p:?}"));
        assert!(found.files.iter().any(|found| found.path == "1_a/up.sql"));
    }
}
