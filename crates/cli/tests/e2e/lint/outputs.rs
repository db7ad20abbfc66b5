//! Findings for programs and reviews; the pages of rules.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::{INDEX, LOOSE, loose};
use crate::harness::Project;

fn as_format(project: &Project, format: &str) -> crate::harness::Outcome {
    project.segue(&[&LOOSE[..], &["--format", format]].concat())
}

#[test]
fn sarif_has_the_shape_that_its_standard_asks_for() {
    let allow = "-- segue: allow drop-table because nobody reads it";
    let project = loose(&format!(
        "{INDEX}{allow}\nDROP TABLE users;\nDROP TABLE nothing;"
    ));
    let document = as_format(&project, "sarif").exits(1).json();
    assert_eq!(document["version"], json!("2.1.0"));
    let run = &document["runs"][0];
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], json!("segue"));
    let rules = driver["rules"].as_array().expect("rules");
    assert!(rules.iter().all(|rule| {
        let text = |key: &str| {
            rule[key]["text"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        };
        rule["id"].is_string()
            && text("shortDescription")
            && text("fullDescription")
            && text("help")
            && ["error", "warning", "note"]
                .contains(&rule["defaultConfiguration"]["level"].as_str().unwrap_or(""))
    }));
    let results = run["results"].as_array().expect("results");
    for result in results {
        let at = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small");
        assert_eq!(rules[at]["id"], result["ruleId"]);
        assert!(result["message"]["text"].is_string());
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], json!("m.sql"));
        let region = &place["region"];
        let number = |key: &str| region[key].as_u64().expect(key);
        assert!(number("startLine") >= 1 && number("startColumn") >= 1);
        let (start, end) = (
            (number("startLine"), number("startColumn")),
            (number("endLine"), number("endColumn")),
        );
        assert!(start < end);
    }
    let suppressed: Vec<&Value> = results
        .iter()
        .filter(|one| one["suppressions"].is_array())
        .collect();
    assert!(!suppressed.is_empty());
    assert_eq!(
        suppressed[0]["suppressions"][0],
        json!({ "kind": "inSource", "justification": "nobody reads it" })
    );
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], json!(false));
    assert_eq!(
        invocation["toolExecutionNotifications"][0]["level"],
        json!("error")
    );
}

#[test]
fn github_gets_annotations_and_markdown_is_for_a_comment() {
    let project = loose(&format!("SELECT 1;\n{INDEX}"));
    as_format(&project, "github")
        .exits(2)
        .prints("::error file=m.sql,line=2,col=1,endColumn=46,title=index-not-concurrent::")
        .prints("%0Ahelp: ");
    as_format(&project, "markdown")
        .exits(2)
        .prints("### error: ")
        .prints("`m.sql:2`, rule `index-not-concurrent`")
        .prints("```sql\nCREATE INDEX users_email_idx ON users (email)\n```");
    as_format(&project, "text")
        .exits(2)
        .prints("error[index-not-concurrent]");
    project.segue(&["status", "--format", "sarif"]).exits(64);
    project.segue(&["explain", "--format", "github"]).exits(64);
}

#[test]
fn rules_are_explained() {
    let project = Project::new();
    project
        .segue(&["explain"])
        .exits(0)
        .prints("index-not-concurrent");
    project
        .segue(&["explain", "index-not-concurrent"])
        .exits(0)
        .prints("What happens")
        .prints("CREATE INDEX CONCURRENTLY");
    let document = project
        .segue(&["explain", "index-not-concurrent", "--json"])
        .exits(0)
        .json();
    assert_eq!(document["rules"][0]["id"], json!("index-not-concurrent"));
    project
        .segue(&["explain", "index-not-concurent"])
        .exits(1)
        .says("did you mean `index-not-concurrent`?");
}

/// With `SEGUE_WRITE_DOCS` in the environment this writes them.
#[test]
fn the_pages_of_the_rules_are_up_to_date() {
    let project = Project::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rules");
    let writes = std::env::var_os("SEGUE_WRITE_DOCS").is_some();
    let document = project.segue(&["explain", "--json"]).exits(0).json();
    let rules = document["rules"].as_array().expect("rules");
    let mut pages = vec![("README.md".to_owned(), vec!["explain"])];
    for rule in rules {
        let id = rule["id"].as_str().expect("an id");
        pages.push((format!("{id}.md"), vec!["explain", id]));
    }
    if writes {
        fs::create_dir_all(&folder).expect("the folder");
        for old in fs::read_dir(&folder).expect("the folder") {
            fs::remove_file(old.expect("an entry").path()).expect("it is removed");
        }
    }
    for (name, arguments) in &pages {
        let format = ["--format", "markdown"];
        let outcome = project.segue(&[&arguments[..], &format].concat()).exits(0);
        let path = folder.join(name);
        if writes {
            fs::write(&path, &outcome.out).expect("it is written");
        }
        let there = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            there, outcome.out,
            "docs/rules/{name} is out of date: run this test with SEGUE_WRITE_DOCS=1"
        );
    }
    let there = fs::read_dir(&folder).expect("the folder").count();
    assert_eq!(
        there,
        pages.len(),
        "docs/rules has pages of rules that are gone"
    );
}
