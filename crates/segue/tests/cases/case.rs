//! The files of cases.

use std::{
    collections::HashSet,
    env, fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use segue_sql::{Kind, Source, Statements};
use serde_json::Value;

/// One case: scripts that are run one after the other, with a look at the schema behind each.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) scripts: Vec<Script>,
}

/// A script and its statements.
pub(crate) struct Script {
    pub(crate) source: Arc<Source>,
    pub(crate) statements: Statements,
}

impl Case {
    /// Whether it may be run in one transaction, as far as its statements say.
    pub(crate) fn is_plain(&self) -> bool {
        let mut statements = self.scripts.iter().flat_map(|one| one.statements.iter());
        statements.all(|one| {
            matches!(
                one.kind,
                Kind::Plain | Kind::PsqlCommand(_) | Kind::CreateExtension(_)
            )
        })
    }
}

/// All cases, each script once. `None`: the tests run without them.
///
/// `SEGUE_CASE` chooses those whose names contain one of its words.
pub(crate) fn read() -> Option<Vec<Case>> {
    if env::var_os("SEGUE_TEST_WITHOUT_CASES").is_some() {
        eprintln!("skipped: this test needs the files of cases");
        return None;
    }
    let mut cases = Vec::new();
    let mut seen = HashSet::new();
    for pair in lines("diff.jsonl") {
        for side in ["old", "new"] {
            let text = text(&pair, side);
            if seen.insert(text.to_owned()) {
                let name = format!("{}:{side}", self::text(&pair, "id"));
                cases.push(case(name, &[text]));
            }
        }
    }
    for lint in lines("lint.jsonl") {
        let scripts = [text(&lint, "setup"), text(&lint, "migration")];
        cases.push(case(text(&lint, "id").to_owned(), &scripts));
    }
    cases.retain(|case| is_chosen(&case.name));
    Some(cases)
}

/// The pairs of schemas, the first of each and the second. `None`: the tests run without them.
pub(crate) fn pairs() -> Option<Vec<[Case; 2]>> {
    if env::var_os("SEGUE_TEST_WITHOUT_CASES").is_some() {
        eprintln!("skipped: this test needs the files of cases");
        return None;
    }
    let pairs = lines("diff.jsonl").into_iter().map(|pair| {
        let id = text(&pair, "id").to_owned();
        ["old", "new"].map(|side| case(id.clone(), &[text(&pair, side)]))
    });
    Some(pairs.filter(|[one, _]| is_chosen(&one.name)).collect())
}

/// Whether a case, or what was found in one, is among those that are chosen.
pub(crate) fn is_chosen(name: &str) -> bool {
    let chosen = env::var("SEGUE_CASE").unwrap_or_default();
    let mut words = chosen.split_whitespace().peekable();
    words.peek().is_none() || words.any(|word| name.contains(word))
}

/// The script that makes the roles that cases name.
pub(crate) fn roles() -> String {
    content("diff_roles.sql")
}

fn case(name: String, scripts: &[&str]) -> Case {
    let scripts = scripts
        .iter()
        .map(|text| {
            let source = Arc::new(Source {
                name: name.clone(),
                text: (*text).to_owned(),
            });
            let statements = segue_sql::split(&source).expect("the script can be split");
            Script { source, statements }
        })
        .collect();
    Case { name, scripts }
}

fn lines(file: &str) -> Vec<Value> {
    let content = content(file);
    let lines = content.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| serde_json::from_str(line).expect("a line is JSON"))
        .collect()
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().expect("a case has this text")
}

fn content(file: &str) -> String {
    let path = folder().join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn folder() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let cases = env::var_os("SEGUE_CASES").unwrap_or_else(|| "../shared/cases".into());
    workspace.join(cases)
}
