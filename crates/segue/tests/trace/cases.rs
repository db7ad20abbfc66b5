//! The judged cases: a schema with rows, and a migration.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use segue_catalog::Catalog;
use segue_cluster::Cluster;
use segue_plan::{Line, Origin, Script};
use segue_sql::{Source, split};
use serde_json::Value;

use crate::{
    Counted,
    server::{Database, State},
};

fn cases() -> Option<Vec<Value>> {
    if env::var_os("SEGUE_TEST_WITHOUT_CORPUS").is_some() {
        return None;
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = env::var_os("SEGUE_CASES").map_or_else(|| "../shared/cases".into(), PathBuf::from);
    let text = fs::read_to_string(workspace.join(folder).join("lint.jsonl")).expect("the cases");
    let lines = text.lines();
    Some(
        lines
            .map(|line| serde_json::from_str(line).expect("a case"))
            .collect(),
    )
}

#[tokio::test]
async fn the_judged_cases_do_what_is_said_of_them() {
    let Some(cases) = cases() else { return };
    let Some(cluster) = Cluster::for_test() else {
        return;
    };
    let major = u16::try_from(cluster.version().major).expect("a major version");
    let mut counted = Counted::default();
    for case in &cases {
        let text = |key: &str| case[key].as_str().unwrap_or_default();
        counted.merge(
            run(
                &cluster,
                major,
                text("id"),
                text("setup"),
                text("migration"),
            )
            .await,
        );
    }
    counted.judge(major, "judged cases");
}

/// Further cases: a file of `-- name`, schema, `--`, migration, told apart by lines of `====`.
#[tokio::test]
async fn statements_of_every_kind_do_what_is_said_of_them() {
    let Some(cluster) = Cluster::for_test() else {
        return;
    };
    let major = u16::try_from(cluster.version().major).expect("a major version");
    let mut counted = Counted::default();
    let text = include_str!("kinds.sql");
    for family in text.split("\n====\n") {
        let (schema, statements) = family
            .split_once("\n----\n")
            .expect("a schema and statements");
        for statement in statements.split(";\n").filter(|one| !one.trim().is_empty()) {
            counted.merge(run(&cluster, major, "kinds", schema, statement).await);
        }
    }
    for refused in &counted.refused {
        println!("refused: {refused}");
    }
    counted.judge(major, "kinds of statements");
}

async fn run(cluster: &Cluster, major: u16, name: &str, setup: &str, migration: &str) -> Counted {
    let database = Database::new(cluster).await;
    let mut counted = Counted::default();
    if let Err(error) = database.session.execute(setup).await {
        counted.refused.push(format!("{name}: the schema: {error}"));
        database.close().await;
        return counted;
    }
    let mut state = State {
        catalog: Catalog::empty(major),
        names: database.names().await,
    };
    let schema = Source::new("schema.sql", setup);
    let told = Script::loose(&schema, &mut state.catalog, &mut state.names);
    let told = told.expect("it can be cut");
    if told
        .lines
        .iter()
        .any(|line| line.unknown.is_some() || !line.refused.is_empty())
    {
        state.catalog = database.look().await;
    }
    let source = Source::new("migration.sql", migration);
    let mut script = Script {
        name: name.to_owned(),
        origin: Origin::Loose,
        source: source.clone(),
        kept: None,
        transform: None,
        lines: Vec::new(),
    };
    let mut tracer = database.tracer();
    for statement in split(&source).expect("it can be cut").iter() {
        let line = Line::read(
            &source,
            statement,
            None,
            &mut state.catalog,
            &mut state.names,
        );
        script.lines = vec![line.clone()];
        let traced = state.follow(&database, &mut tracer, &script, &line).await;
        counted.add(name, &script, &line, &traced);
    }
    database.close().await;
    counted
}
