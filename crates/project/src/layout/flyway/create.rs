//! The file of a new migration, numbered as the folder has begun.

use jiff::Timestamp;
use segue_sql::Problem;

use super::{
    names::{Body, Kind},
    scan::{self, Found},
    settings::Settings,
    version::Version,
};
use crate::{
    Folder,
    layout::{Context, NewFile, slug, times::time_behind},
};

/// Beside the newest migration, and with the next version in its form.
pub(super) fn create(folder: &Folder, name: &str, now: Timestamp) -> Result<Vec<NewFile>, Problem> {
    let settings = Settings::of(folder, &Context::NOWHERE).map_err(first)?;
    let found =
        scan::files(std::slice::from_ref(folder), &settings, &mut Vec::new()).map_err(first)?;
    let versions: Vec<(&Version, &str, &Found)> = found
        .iter()
        .filter(|found| found.name.body != Body::Shell)
        .filter_map(|found| match &found.name.kind {
            Kind::Versioned(version, _) => Some((version, raw(&found.file, &settings), found)),
            _ => None,
        })
        .collect();
    let newest = versions.iter().max_by(|a, b| a.0.cmp(b.0));
    let all_have_parts = versions.iter().all(|(_, raw, _)| raw.contains(['.', '_']));
    let (version, below) = match newest {
        Some((_, raw, found)) => {
            let below = found.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            (next(raw, all_have_parts, now), below)
        }
        None => ("1".to_owned(), ""),
    };
    let suffix = settings.suffixes.first().map_or(".sql", String::as_str);
    let file = format!(
        "{}{version}{}{}{suffix}",
        settings.versioned,
        settings.separator,
        slug(name)
    );
    let path = if below.is_empty() {
        file
    } else {
        format!("{below}/{file}")
    };
    Ok(vec![NewFile::new(path, "")])
}

fn first(problems: Vec<Problem>) -> Problem {
    problems
        .into_iter()
        .next()
        .unwrap_or_else(|| Problem::new("the folder cannot be read"))
}

/// The version as the file's name writes it.
fn raw<'f>(file: &'f str, settings: &Settings) -> &'f str {
    let rest = file
        .strip_prefix(settings.versioned.as_str())
        .unwrap_or(file);
    rest.split_once(settings.separator.as_str())
        .map_or(rest, |(version, _)| version)
}

/// A time for a time; else the last number plus one: of all parts where every version has several, else of
/// the first alone.
fn next(newest: &str, all_have_parts: bool, now: Timestamp) -> String {
    if newest.len() >= 12 && newest.bytes().all(|b| b.is_ascii_digit()) {
        return time_behind(newest, now);
    }
    let (kept, number) = match newest.rfind(['.', '_']) {
        Some(at) if all_have_parts => newest.split_at(at + 1),
        Some(_) => ("", newest.split(['.', '_']).next().unwrap_or_default()),
        None => ("", newest),
    };
    let width = number.len();
    let number = number.parse::<u64>().unwrap_or_default() + 1;
    format!("{kept}{number:0width$}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_numbering_goes_on_as_it_has_begun() {
        let now: Timestamp = "2026-01-05T09:00:01Z".parse().unwrap();
        for (newest, all_have_parts, expected) in [
            ("9", false, "10"),
            ("009", false, "010"),
            ("18.1", false, "19"),
            ("1.9", true, "1.10"),
            ("1_0_03", true, "1_0_04"),
            ("20240101120000", false, "20260105090001"),
            ("202401011200", false, "202601050900"),
            ("20260105090001", false, "20260105090002"),
            ("202601050900", false, "202601050901"),
        ] {
            assert_eq!(next(newest, all_have_parts, now), expected);
        }
    }
}
