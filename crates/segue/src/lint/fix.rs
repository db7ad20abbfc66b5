//! `--fix`: safe statements in the place of dangerous ones, where lint has nothing more to say of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use segue_engine::Failure;
use segue_plan::{Finding, Fix};
use segue_project::shown_path;
use segue_sql::{Problem, Source, line_column};

use super::{LintOptions, Linted};
use crate::Migrator;

/// What was written, or would be.
#[derive(Debug, Clone)]
pub struct Fixed {
    /// What there is to say of the files as they are then.
    pub linted: Linted,
    /// The files that change.
    pub files: Vec<FixedFile>,
    /// What was written in the place of what.
    pub fixes: Vec<Written>,
    /// What was not, and why: the finding's place, and the reason.
    pub left: Vec<String>,
}

/// A file that changes.
#[derive(Debug, Clone)]
pub struct FixedFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its text before, with the name that people know it by.
    pub before: Arc<Source>,
    /// Its text behind it.
    pub after: Arc<Source>,
}

/// A safe statement in the place of a dangerous one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The file.
    pub file: String,
    /// The line that it stood on.
    pub line: usize,
    /// The rule that found it.
    pub rule: &'static str,
    /// What was done.
    pub title: String,
}

impl Migrator {
    /// Judges migrations, and writes the safe statements that findings offer into their files. A fix counts only where
    /// lint then has nothing new to say, and one finding less. With `dry_run` nothing is written.
    ///
    /// # Errors
    /// Those of [`lint`](Self::lint); a file that cannot be written, or was changed meanwhile.
    pub async fn fix(&self, options: &LintOptions, dry_run: bool) -> Result<Fixed, Failure> {
        let mut fixing = Fixing::new(self.lint(options).await?);
        while let Some((finding, fix)) = fixing.next() {
            let why = match fixing.linted.fixable(&finding.source) {
                Err(why) => why,
                Ok(()) => {
                    let candidate = fixing.with(&finding, &fix);
                    let again = self.lint_with(options, &candidate).await.ok();
                    let better =
                        again.filter(|again| is_better(&fixing.linted, again, finding.rule));
                    if let Some(again) = better {
                        fixing.take(&finding, &fix, candidate, again);
                        continue;
                    }
                    "one file cannot hold it: other findings would come of it".to_owned()
                }
            };
            fixing.leave(&finding, &fix, &why);
        }
        let fixed = fixing.done();
        if !dry_run {
            for file in &fixed.files {
                write(file)?;
            }
        }
        Ok(fixed)
    }
}

/// Fixes on their way, each tried on top of those before.
struct Fixing {
    /// What there is to say with those that were taken.
    linted: Linted,
    files: Vec<(Arc<Source>, PathBuf)>,
    /// The texts that count instead of those of the files.
    instead: Vec<Arc<Source>>,
    fixes: Vec<Written>,
    left: Vec<String>,
    /// Those that were tried in vain.
    passed: BTreeSet<Key>,
}

impl Fixing {
    fn new(linted: Linted) -> Self {
        Self {
            files: linted.files_on_disk.clone(),
            linted,
            instead: Vec::new(),
            fixes: Vec::new(),
            left: Vec::new(),
            passed: BTreeSet::new(),
        }
    }

    /// The next fix that was not passed over, with its finding.
    fn next(&self) -> Option<(Finding, Fix)> {
        let mut findings = self.linted.findings.iter();
        findings.find_map(|finding| {
            let fix = finding.fix.as_ref()?;
            let is_open = !self.passed.contains(&key(finding, fix));
            is_open.then(|| (finding.clone(), fix.clone()))
        })
    }

    /// The texts with one more fix in them.
    fn with(&self, finding: &Finding, fix: &Fix) -> Vec<Arc<Source>> {
        let fixed = with(&finding.source, fix);
        let mut candidate = self.instead.clone();
        candidate.retain(|source| source.name != fixed.name);
        candidate.push(fixed);
        candidate
    }

    fn take(&mut self, finding: &Finding, fix: &Fix, texts: Vec<Arc<Source>>, linted: Linted) {
        self.fixes.push(Written {
            file: finding.source.name.clone(),
            line: line_column(&finding.source.text, fix.span.start).0,
            rule: finding.rule,
            title: fix.title.clone(),
        });
        self.instead = texts;
        self.linted = linted;
    }

    fn leave(&mut self, finding: &Finding, fix: &Fix, why: &str) {
        let place = place(finding);
        self.left.push(format!("{place}: {}: {why}", finding.rule));
        self.passed.insert(key(finding, fix));
    }

    fn done(self) -> Fixed {
        Fixed {
            linted: self.linted,
            files: changed(self.files, self.instead),
            fixes: self.fixes,
            left: self.left,
        }
    }
}

type Key = (String, &'static str, String);

fn key(finding: &Finding, fix: &Fix) -> Key {
    (finding.source.name.clone(), finding.rule, fix.text.clone())
}

fn place(finding: &Finding) -> String {
    let (line, _) = line_column(&finding.source.text, finding.span.start);
    format!("{}:{line}", finding.source.name)
}

fn with(source: &Source, fix: &Fix) -> Arc<Source> {
    let mut text = source.text.clone();
    text.replace_range(fix.span.clone(), &fix.text);
    Source::new(source.name.clone(), text)
}

/// Whether a rule finds less, and no rule finds more.
fn is_better(before: &Linted, after: &Linted, rule: &str) -> bool {
    let (first, second) = (counts(before), counts(after));
    let of = |counts: &BTreeMap<&str, usize>, rule: &str| counts.get(rule).copied().unwrap_or(0);
    of(&second, rule) < of(&first, rule)
        && second
            .iter()
            .all(|(rule, count)| *count <= of(&first, rule))
        && after.refused.len() <= before.refused.len()
        && after.acknowledged.len() == before.acknowledged.len()
}

fn counts(linted: &Linted) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for finding in &linted.findings {
        *counts.entry(finding.rule).or_default() += 1;
    }
    counts
}

fn changed(files: Vec<(Arc<Source>, PathBuf)>, instead: Vec<Arc<Source>>) -> Vec<FixedFile> {
    let mut changed = Vec::new();
    for (before, path) in files {
        let after = instead.iter().find(|after| after.name == before.name);
        changed.extend(after.map(|after| FixedFile {
            path,
            before: Arc::clone(&before),
            after: Arc::clone(after),
        }));
    }
    changed
}

/// Writes a file beside the old one, and puts it in its place: whoever reads sees one of the two, whole.
fn write(file: &FixedFile) -> Result<(), Problem> {
    const MARK: &str = "\u{feff}";
    let path = &file.path;
    let failed = |what: &str, error: std::io::Error| {
        Problem::new(format!("`{}` cannot be {what}: {error}", shown_path(path)))
    };
    let there = fs::read_to_string(path).map_err(|error| failed("read", error))?;
    let mark = if there.starts_with(MARK) { MARK } else { "" };
    if there[mark.len()..] != file.before.text {
        return Err(
            Problem::new(format!("`{}` was changed meanwhile", shown_path(path)))
                .help("run the same command again"),
        );
    }
    let target = path
        .canonicalize()
        .map_err(|error| failed("found", error))?;
    let beside = beside(&target);
    let permissions = fs::metadata(&target)
        .map_err(|error| failed("read", error))?
        .permissions();
    let written = fs::File::create(&beside).and_then(|mut new| {
        new.write_all(mark.as_bytes())?;
        new.write_all(file.after.text.as_bytes())?;
        new.set_permissions(permissions)?;
        new.sync_all()?;
        fs::rename(&beside, &target)
    });
    written.map_err(|error| {
        // The error that counts is the first one.
        let _ = fs::remove_file(&beside);
        failed("written", error)
    })
}

fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.segue"))
}
