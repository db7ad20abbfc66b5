//! Histories: every migration, statement by statement, on the schema that those before it have made.

use std::{
    env,
    path::{Path, PathBuf},
};

use segue_catalog::Catalog;
use segue_cluster::Cluster;
use segue_db::{Place, Session, history::format_of};
use segue_engine::replay::{Bookkeeping, Part};
use segue_plan::{Line, Origin, Script};
use segue_project::{Context, Folder, Project, survey};
use segue_sql::Dialect;

use crate::{
    Counted,
    server::{Database, State},
};

/// Those of the corpus that are for PostgreSQL.
const HISTORIES: &[&str] = &[
    "crates.io-diesel",
    "langfuse-prisma/migrations",
    "hoppscotch-prisma/migrations",
    "docs.rs-sqlx",
    "homarr-drizzle/postgresql",
    "openfga-goose/postgres",
    "conductor-flyway/postgres",
];

#[tokio::test]
async fn the_migrations_of_the_corpus_do_what_is_said_of_them() {
    if env::var_os("SEGUE_TEST_WITHOUT_CORPUS").is_some() {
        return;
    }
    let Some(cluster) = Cluster::for_test() else {
        return;
    };
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let corpus =
        env::var_os("SEGUE_CORPUS").map_or_else(|| "../shared/corpus".into(), PathBuf::from);
    let major = u16::try_from(cluster.version().major).expect("a major version");
    let mut counted = Counted::default();
    for name in HISTORIES {
        let folder = workspace.join(&corpus).join(name);
        let one = run(&cluster, major, name, &folder).await;
        println!("{name}: {one}");
        counted.merge(one);
    }
    for refused in &counted.refused {
        println!("refused: {refused}");
    }
    counted.judge(major, "histories");
}

async fn run(cluster: &Cluster, major: u16, name: &str, folder: &Path) -> Counted {
    let project = read(folder);
    let parts: Vec<Part<'_>> = project.migrations.iter().map(Part::from).collect();
    let format = format_of(project.choice.layout, Dialect::Postgres).expect("a format");
    let table = Place::default().of(format, None);
    let history = Bookkeeping::of(Dialect::Postgres, format, &table, &parts);
    let mut database = Database::new(cluster).await;
    let mut state = State {
        catalog: Catalog::empty(major),
        names: database.names().await,
    };
    history.make(&mut state.catalog);
    let session = Session::Postgres(Box::new(database.session));
    history.make_on(&session).await.expect("a history");
    let Session::Postgres(inner) = session else {
        panic!("it is a PostgreSQL server");
    };
    database.session = *inner;
    let mut counted = Counted::default();
    for migration in &project.migrations {
        let mut tracer = database.tracer();
        let source = migration.up.source().expect("it is read");
        let mut script = Script {
            name: migration.name.clone(),
            origin: Origin::Migration,
            source: source.clone(),
            kept: None,
            transform: None,
            lines: Vec::new(),
        };
        for statement in migration.up.statements().expect("it can be cut").iter() {
            let line = Line::read(
                &source,
                statement,
                None,
                &mut state.catalog,
                &mut state.names,
            );
            script.lines = vec![line.clone()];
            let traced = state.follow(&database, &mut tracer, &script, &line).await;
            let name = format!("{name}/{}", migration.name);
            counted.add(&name, &script, &line, &traced);
        }
    }
    database.close().await;
    counted
}

fn read(folder: &Path) -> Project {
    let folder = folder.canonicalize().expect("the folder of the corpus");
    let folder = Folder::list(&folder).expect("it can be listed");
    let surveyed = survey(folder, None).expect("its layout is known");
    let (folder, choice) = surveyed.settle(&[]).expect("its layout is settled");
    let context = Context {
        dialect: Some(Dialect::Postgres),
        variable: &|_| None,
    };
    Project::read(folder, choice, &context).expect("it can be read")
}
