//! File names as Flyway takes them apart (`ResourceNameParser`, flyway-core 8–13): a prefix, a version, a
//! separator, a description, a suffix.

use super::{settings::Settings, version::Version};

/// A file name taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) kind: Kind,
    /// With blanks for underscores, as the history has it.
    pub(super) description: String,
    /// What the file holds.
    pub(super) body: Body,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// `V1.2__x`, with the version as the history has it.
    Versioned(Version, String),
    /// `U1.2__x`: takes back the version.
    Undo(Version),
    /// `B1.2__x`: stands for everything up to the version.
    Baseline(Version, String),
    /// `R__x`.
    Repeatable,
    /// `beforeMigrate__x`; the event.
    Callback(&'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    Sql,
    /// A class; compiled from Java or another language.
    Class,
    /// A script that a shell runs.
    Shell,
}

/// Languages of classes, and of the scripts that Flyway hands to a shell (`ScriptMigrationResolver`).
const CLASSES: &[&str] = &[".java", ".kt", ".scala", ".groovy", ".class"];
const SHELLS: &[&str] = &[".sh", ".bash", ".ps1", ".bat", ".cmd", ".py"];

/// What Flyway calls its events (`Event`), those that a `migrate` never comes to behind the others.
const EVENTS: &[&str] = &[
    "beforeMigrate",
    "beforeEachMigrate",
    "beforeEachMigrateStatement",
    "afterEachMigrateStatement",
    "afterEachMigrateStatementError",
    "afterEachMigrate",
    "afterEachMigrateError",
    "beforeRepeatables",
    "beforeVersioned",
    "afterVersioned",
    "afterMigrateApplied",
    "afterMigrate",
    "afterMigrateError",
    "afterMigrateOperationFinish",
    "beforeValidate",
    "afterValidate",
    "afterValidateError",
    "createSchema",
    "beforeCreateSchema",
    "beforeConnect",
    "afterConnect",
];
const OTHER_EVENTS: &[&str] = &[
    "beforeClean",
    "afterClean",
    "afterCleanError",
    "beforeUndo",
    "beforeEachUndo",
    "beforeEachUndoStatement",
    "afterEachUndoStatement",
    "afterEachUndoStatementError",
    "afterEachUndo",
    "afterEachUndoError",
    "afterUndo",
    "afterUndoError",
    "beforeBaseline",
    "afterBaseline",
    "afterBaselineError",
    "beforeRepair",
    "afterRepair",
    "afterRepairError",
    "beforeInfo",
    "afterInfo",
    "afterInfoError",
    "afterInfoOperationFinish",
];

/// Whether a `migrate` comes to this event.
pub(super) fn is_of_migrate(event: &str) -> bool {
    EVENTS.contains(&event)
}

/// The name without its suffix, and what the suffix stands for; `None`: no suffix that Flyway looks for.
pub(super) fn body<'a>(file: &'a str, settings: &Settings) -> Option<(&'a str, Body)> {
    let suffixes = settings.suffixes.iter().map(String::as_str);
    let all = suffixes
        .map(|suffix| (suffix, Body::Sql))
        .chain(CLASSES.iter().map(|suffix| (*suffix, Body::Class)))
        .chain(SHELLS.iter().map(|suffix| (*suffix, Body::Shell)));
    all.into_iter().find_map(|(suffix, body)| {
        let at = file.len().checked_sub(suffix.len())?;
        let ending = file.get(at..)?;
        ending
            .eq_ignore_ascii_case(suffix)
            .then(|| (&file[..at], body))
    })
}

/// Takes a name apart. `None`: nothing that Flyway would look at. An error says why Flyway passes over it.
pub(super) fn parse(file: &str, settings: &Settings) -> Option<Result<Name, String>> {
    let (stem, body) = body(file, settings)?;
    let named = prefixes(settings)
        .into_iter()
        .find_map(|(prefix, prefixed)| Some((prefixed, stem.strip_prefix(prefix)?)));
    let Some((prefixed, rest)) = named else {
        return Some(Err("its name does not begin as Flyway's do".to_owned()));
    };
    let (version, description) = rest.split_once(&settings.separator).unwrap_or((rest, ""));
    let kind = match prefixed {
        Prefixed::Repeatable | Prefixed::Callback(_) if !version.is_empty() => {
            let separator = &settings.separator;
            return Some(Err(format!(
                "`{separator}` is missing, or a version is too much"
            )));
        }
        Prefixed::Repeatable => Kind::Repeatable,
        Prefixed::Callback(event) => Kind::Callback(event),
        _ => {
            let Some(parsed) = Version::parse(version) else {
                return Some(Err(format!("`{version}` is no version")));
            };
            let written = version.replace('_', ".");
            match prefixed {
                Prefixed::Undo => Kind::Undo(parsed),
                Prefixed::Baseline => Kind::Baseline(parsed, written),
                _ => Kind::Versioned(parsed, written),
            }
        }
    };
    Some(Ok(Name {
        kind,
        description: description.replace('_', " "),
        body,
    }))
}

#[derive(Clone, Copy)]
enum Prefixed {
    Versioned,
    Undo,
    Baseline,
    Repeatable,
    Callback(&'static str),
}

/// The longest first, as Flyway looks for them.
fn prefixes(settings: &Settings) -> Vec<(&str, Prefixed)> {
    let events = EVENTS.iter().chain(OTHER_EVENTS);
    let mut prefixes: Vec<(&str, Prefixed)> = events
        .map(|event| (*event, Prefixed::Callback(event)))
        .collect();
    prefixes.extend([
        (settings.versioned.as_str(), Prefixed::Versioned),
        (settings.undo.as_str(), Prefixed::Undo),
        ("B", Prefixed::Baseline),
        (settings.repeatable.as_str(), Prefixed::Repeatable),
    ]);
    prefixes.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
    prefixes
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn kind(file: &str) -> Option<Result<Kind, String>> {
        parse(file, &Settings::default()).map(|name| name.map(|name| name.kind))
    }

    fn versioned(text: &str, written: &str) -> Kind {
        Kind::Versioned(Version::parse(text).unwrap(), written.to_owned())
    }

    #[test]
    fn versions_and_descriptions_are_taken_apart() {
        for (file, text, written, description) in [
            ("V1__initial_schema.sql", "1", "1", "initial schema"),
            ("V1.2__x.sql", "1.2", "1.2", "x"),
            ("V1_2_3__x__y.SQL", "1.2.3", "1.2.3", "x  y"),
            ("V001.0__x.sql", "1", "001.0", "x"),
            ("V7.sql", "7", "7", ""),
            ("V2__1009_Fix_Index.sql", "2", "2", "1009 Fix Index"),
        ] {
            let name = parse(file, &Settings::default()).unwrap().unwrap();
            assert_eq!(name.kind, versioned(text, written), "{file}");
            assert_eq!(name.description, description, "{file}");
        }
    }

    #[test]
    fn every_prefix_has_its_meaning() {
        let one = Version::parse("1").unwrap();
        assert_eq!(kind("U1__x.sql"), Some(Ok(Kind::Undo(one.clone()))));
        assert_eq!(
            kind("B1__x.sql"),
            Some(Ok(Kind::Baseline(one, "1".to_owned())))
        );
        assert_eq!(kind("R__x.sql"), Some(Ok(Kind::Repeatable)));
        assert_eq!(
            kind("beforeMigrate.sql"),
            Some(Ok(Kind::Callback("beforeMigrate")))
        );
        assert_eq!(
            kind("afterEachMigrate__x.sql"),
            Some(Ok(Kind::Callback("afterEachMigrate")))
        );
        assert_eq!(kind("V3__X.java"), Some(Ok(versioned("3", "3"))));
    }

    #[test]
    fn other_names_are_told_from_migrations() {
        for file in [
            "V1_x.sql",
            "V__x.sql",
            "R1__x.sql",
            "v1__x.sql",
            "seed.sql",
            "beforeMigrateX.sql",
        ] {
            assert!(matches!(kind(file), Some(Err(_))), "{file}");
        }
        for file in ["README.md", "V1__x.sql.conf", "V1__x"] {
            assert_eq!(kind(file), None, "{file}");
        }
    }
}
