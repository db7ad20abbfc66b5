//! A case: a file with sections, each below a line `=== name`.
//!
//! ```text
//! What it shows, in words.
//! === schema
//! CREATE TABLE …
//! === migration 0001_add.sql      as many as there are to be planned together
//! ALTER TABLE …
//! === facts                       a line each; without any, every table is large and in use
//! server 18
//! strategy direct
//! table users rows 4000000 bytes 800000000
//! === plan                        as `segue plan` prints it; or `=== refused`, with the problems
//! === hazards                     what the apps may notice
//! ```

use std::{
    fs,
    path::{Path, PathBuf},
};

use segue_catalog::{Catalog, Session};
use segue_plan::{
    Facts, Plan, Policy, Script, Strategy, TableFacts,
    shown::{self, Detail},
};
use segue_sql::{Problem, Source};

/// A case, read.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    /// What stands before the first section.
    pub(crate) words: String,
    pub(crate) sections: Vec<(String, String)>,
}

/// What came of a case.
pub(crate) type Planned = Result<Plan, Vec<Problem>>;

impl Case {
    /// All cases of the repository.
    pub(crate) fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases");
        let entries = fs::read_dir(folder).expect("the folder of cases");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        let mut paths: Vec<PathBuf> = paths
            .filter(|path| path.extension().is_some_and(|end| end == "case"))
            .collect();
        paths.sort();
        assert!(!paths.is_empty(), "there are no cases");
        paths.into_iter().map(Self::read).collect()
    }

    fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).expect("a case");
        let mut sections: Vec<(String, String)> = Vec::new();
        let mut words = String::new();
        for line in text.split_inclusive('\n') {
            match (line.strip_prefix("=== "), sections.last_mut()) {
                (Some(name), _) => sections.push((name.trim().to_owned(), String::new())),
                (None, Some((_, body))) => body.push_str(line),
                (None, None) => words.push_str(line),
            }
        }
        let name = path.file_stem().and_then(|name| name.to_str());
        Self {
            name: name.expect("a name").to_owned(),
            path,
            text: text.clone(),
            words,
            sections,
        }
    }

    fn section(&self, name: &str) -> &str {
        let found = self.sections.iter().find(|(own, _)| own == name);
        found.map_or("", |(_, body)| body)
    }

    /// What is known of the database, on which server, and how it is planned.
    fn facts(&self, catalog: &Catalog) -> Facts {
        let mut facts = Facts::default();
        for line in self.section("facts").lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let ["table", name, rest @ ..] = words.as_slice() else {
                continue;
            };
            let found = catalog.tables.keys().find(|table| {
                [table.to_string(), table.name.to_string()]
                    .iter()
                    .any(|own| own == name)
            });
            let Some(table) = found else {
                panic!("{}: there is no table {name}", self.name);
            };
            let mut of = TableFacts::default();
            for pair in rest.chunks(2) {
                let [what, number] = pair else {
                    panic!("{}: {line}", self.name);
                };
                let number = number.parse().expect("a number");
                match *what {
                    "rows" => of.rows = Some(number),
                    "bytes" => of.bytes = Some(number),
                    "reads" => of.reads = Some(number),
                    "writes" => of.writes = Some(number),
                    other => panic!("{}: {other}", self.name),
                }
            }
            facts.tables.insert(table.clone(), of);
        }
        facts
    }

    fn fact(&self, name: &str) -> Option<&str> {
        let mut lines = self.section("facts").lines();
        lines.find_map(|line| line.strip_prefix(name).map(str::trim))
    }

    /// The server's major version.
    pub(crate) fn major(&self) -> u16 {
        self.fact("server ")
            .map_or(15, |major| major.parse().expect("a version"))
    }

    /// Plans it.
    pub(crate) fn planned(&self) -> Planned {
        self.planned_in(Catalog::empty(self.major()))
    }

    /// Plans it in a database that has something already.
    pub(crate) fn planned_in(&self, mut catalog: Catalog) -> Planned {
        let schema = Source::new("schema.sql", self.section("schema"));
        let told = Script::of_schema(&schema, &mut catalog, &mut Session::default());
        let told = told.unwrap_or_else(|problems| panic!("{}: {problems:?}", self.name));
        for line in told.lines {
            assert!(line.refused.is_empty(), "{}: {:?}", self.name, line.refused);
        }
        let facts = self.facts(&catalog);
        let strategy = match self.fact("strategy ") {
            Some("direct") => Strategy::Direct,
            _ => Strategy::Online,
        };
        let migrations = self.sections.iter().filter_map(|(name, body)| {
            let name = name.strip_prefix("migration")?.trim();
            let name = if name.is_empty() {
                "migration.sql"
            } else {
                name
            };
            let source = Source::new(name, body.clone());
            Some(Script::loose(
                &source,
                &mut catalog,
                &mut Session::default(),
            ))
        });
        let scripts: Vec<Script> = migrations.collect::<Result<_, _>>()?;
        segue_plan::plan(&scripts, &facts, &Policy::default(), strategy)
    }

    /// The file with what came of it.
    pub(crate) fn written_with(&self, planned: &Planned) -> String {
        let mut text = self.words.clone();
        for (name, body) in &self.sections {
            if !["plan", "hazards", "refused"].contains(&name.as_str()) {
                text.push_str(&format!("=== {name}\n{body}"));
            }
        }
        match planned {
            Ok(plan) => {
                let shown = shown::text(plan, Detail::Short).to_string();
                text.push_str(&format!("=== plan\n{}", plain(&shown)));
                text.push_str(&format!("=== hazards\n{}", hazards(plan)));
            }
            Err(problems) => {
                text.push_str("=== refused\n");
                problems.iter().for_each(|one| text.push_str(&told(one)));
            }
        }
        text
    }
}

/// Without spaces at the ends of lines.
fn plain(text: &str) -> String {
    text.lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}

fn hazards(plan: &Plan) -> String {
    let of = |steps: &[segue_plan::Step], phase: &str| -> String {
        let steps = steps.iter().enumerate();
        let told = steps.flat_map(|(number, step)| {
            let hazards = step.hazards.iter();
            hazards.map(move |hazard| {
                let rule = hazard.rule.as_deref().unwrap_or("-");
                format!("{phase} {}  {rule}\n", number + 1)
            })
        });
        told.collect()
    };
    of(&plan.expand, "expand") + &of(&plan.contract, "contract")
}

fn told(problem: &Problem) -> String {
    let place = problem.place.as_ref().map(|place| {
        let (line, column) = segue_sql::line_column(&place.source.text, place.span.start);
        format!("{}:{line}:{column}: ", place.source.name)
    });
    let mut text = format!("{}{}\n", place.unwrap_or_default(), problem.message);
    for note in &problem.notes {
        text.push_str(&format!("  note: {note}\n"));
    }
    if let Some(help) = &problem.help {
        text.push_str(&format!("  help: {help}\n"));
    }
    text
}
