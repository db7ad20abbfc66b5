//! Plans of generated schemas and migrations, with rows.

use std::{collections::BTreeMap, env, sync::Arc, thread};

use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use segue_catalog::{Catalog, Session as Names};
use segue_plan::{Plan, Script};
use segue_sql::{Problem, Source};

use crate::{
    corpora::planned,
    generated::{self, Case, Group},
    oracle::{self, Checked, Naive},
    rows,
    server::{Server, look},
};

/// So many cases, unless it is said otherwise.
const CASES: usize = 40;
/// How many.
const COUNT: &str = "SEGUE_PLANS_CASES";
/// From which seed on; another one gives other cases.
const SEED: &str = "SEGUE_PLANS_SEED";
/// How often a case that fails is made smaller.
const SMALLER: usize = 40;
/// So many cases are run at a time.
const AT_A_TIME: usize = 2;

#[test]
fn generated_migrations_end_where_they_would_as_written() {
    let Some(server) = Server::start().map(Arc::new) else {
        return;
    };
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse().ok());
    let count: usize = number(COUNT).unwrap_or(CASES);
    let seed = number(SEED).unwrap_or_default();
    on_a_runtime(async {
        let admin = server.as_superuser("postgres").await;
        admin.execute("CREATE ROLE app").await.expect("a role");
        admin.close().await;
    });
    let workers = (0..AT_A_TIME).map(|worker| {
        let server = Arc::clone(&server);
        let own = count / AT_A_TIME + usize::from(worker < count % AT_A_TIME);
        thread::spawn(move || on_a_runtime(all(&server, own, seed * AT_A_TIME + worker)))
    });
    let mut tally = Tally::default();
    for worker in workers.collect::<Vec<_>>() {
        tally.merge(worker.join().expect("it ends"));
    }
    println!("{tally:#?}");
    assert!(tally.wrong.is_empty(), "{}", tally.wrong.join("\n\n"));
}

fn on_a_runtime<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(future)
}

/// What came of all cases.
#[derive(Debug, Default)]
struct Tally {
    cases: usize,
    statements: usize,
    /// Plans that were run, and their steps.
    plans: usize,
    steps: usize,
    with_rows: usize,
    barriers: usize,
    undos_impossible: usize,
    /// Why statements are refused, without their names, and how often.
    refused: BTreeMap<String, usize>,
    wrong: Vec<String>,
}

impl Tally {
    fn merge(&mut self, other: Self) {
        self.cases += other.cases;
        self.statements += other.statements;
        self.plans += other.plans;
        self.steps += other.steps;
        self.with_rows += other.with_rows;
        self.barriers += other.barriers;
        self.undos_impossible += other.undos_impossible;
        for (why, times) in other.refused {
            *self.refused.entry(why).or_default() += times;
        }
        self.wrong.extend(other.wrong);
    }
}

async fn all(server: &Server, count: usize, seed: usize) -> Tally {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let cases = generated::cases();
    let mut tally = Tally::default();
    for number in 0..count {
        let mut tree = cases.new_tree(&mut runner).expect("a case");
        let wrong = run(server, &tree.current(), &mut tally).await;
        if !wrong.is_empty() {
            let smallest = smaller(server, &mut tree, wrong).await;
            println!("WRONG case {number} of seed {seed}: {smallest}");
            tally.wrong.push(smallest);
        }
    }
    tally
}

/// Makes a case smaller as long as something is wrong with it.
async fn smaller(
    server: &Server,
    tree: &mut impl ValueTree<Value = Case>,
    mut wrong: String,
) -> String {
    let mut go_on = tree.simplify();
    for _ in 0..SMALLER {
        if !go_on {
            break;
        }
        let now = run(server, &tree.current(), &mut Tally::default()).await;
        go_on = match now.is_empty() {
            true => tree.complicate(),
            false => {
                wrong = now;
                tree.simplify()
            }
        };
    }
    wrong
}

/// What is wrong with a case, with its SQL; empty where nothing is.
async fn run(server: &Server, case: &Case, tally: &mut Tally) -> String {
    let (database, schema, text) = made(server, case).await;
    let mut migrations = written(server, &database, &schema, case).await;
    let mut wrong = Vec::new();
    let plan = loop {
        migrations.retain(|statements| !statements.is_empty());
        let scripts = scripts(&schema, &migrations);
        let refused = scripts.iter().flat_map(|script| &script.lines);
        if let Some(problem) = refused.flat_map(|line| &line.refused).next() {
            wrong.push(format!(
                "the model refuses what the server takes: {problem}"
            ));
            break None;
        }
        match planned(&scripts) {
            Ok(plan) => break Some(plan),
            Err(problems) => {
                wrong.extend(problems.iter().filter_map(fault));
                for problem in &problems {
                    *tally.refused.entry(reason(problem)).or_default() += 1;
                }
                let without = without(&mut migrations, &problems);
                if !wrong.is_empty() || !without {
                    break None;
                }
                migrations = filtered(server, &database, migrations).await;
            }
        }
    };
    tally.cases += 1;
    if let Some(plan) = &plan {
        let checked = check(server, &database, &migrations, plan).await;
        tally.plans += 1;
        tally.steps += plan.steps().count();
        tally.statements += migrations.iter().map(Vec::len).sum::<usize>();
        tally.with_rows += usize::from(checked.had_rows);
        tally.barriers += usize::from(plan.barrier.is_some());
        tally.undos_impossible += checked.impossible.len();
        wrong.extend(checked.wrong);
    }
    server.remove(&database).await;
    if wrong.is_empty() {
        return String::new();
    }
    format!(
        "{}\n{}",
        wrong.join("\n"),
        shown(&text, &migrations, plan.as_ref())
    )
}

async fn check(server: &Server, database: &str, migrations: &[Vec<Group>], plan: &Plan) -> Checked {
    let statements = migrations.iter().map(|groups| {
        let all = groups.iter().flat_map(|group| group.0.clone());
        all.collect()
    });
    let naive = Naive::Statements(statements.collect());
    oracle::check(server, database, &naive, plan).await
}

fn fault(problem: &Problem) -> Option<String> {
    let is_fault = problem.message.contains("fault of segue's");
    is_fault.then(|| format!("{}\n{}", problem.message, problem.notes.join("\n")))
}

/// A refusal without what is special about it.
fn reason(problem: &Problem) -> String {
    let words = problem.message.split_whitespace();
    let plain = |word: &&str| {
        word.chars()
            .all(|of| of.is_ascii_alphabetic() || ",:-'".contains(of))
    };
    let words: Vec<&str> = words.filter(|word| plain(word) && word.len() > 2).collect();
    words.join(" ")
}

/// Leaves out what was refused; whether that is anything.
fn without(migrations: &mut [Vec<Group>], problems: &[Problem]) -> bool {
    let mut gone = false;
    for problem in problems {
        let Some(place) = &problem.place else {
            continue;
        };
        let Some((_, number)) = place.source.name.split_once(' ') else {
            continue;
        };
        let migration = number
            .parse()
            .ok()
            .and_then(|number: usize| migrations.get_mut(number));
        let Some(migration) = migration else { continue };
        let mut at = 0;
        for group in migration.iter_mut() {
            let end = at + group.to_string().len();
            if (at..end).contains(&place.span.start) {
                group.0.clear();
                gone = true;
            }
            at = end;
        }
    }
    for migration in migrations.iter_mut() {
        migration.retain(|group| !group.0.is_empty());
    }
    gone
}

/// A database with the schema of a case and rows.
async fn made(server: &Server, case: &Case) -> (String, Catalog, String) {
    let database = server.empty().await;
    let session = server.session(&database).await;
    let mut text = generated::TYPES.to_owned();
    session.execute(&text).await.expect("types");
    for (number, table) in case.tables.iter().enumerate() {
        let catalog = look(&session).await;
        let statements = table.statements(number, &catalog);
        if session.execute(&statements).await.is_ok() {
            text.push_str(&statements);
        }
    }
    let filled = look(&session).await;
    let admin = server.as_superuser(&database).await;
    rows::put(&admin, &filled).await.expect("rows");
    admin.close().await;
    for choice in &case.setup {
        let catalog = look(&session).await;
        if let Some(group) = choice.setup(&catalog) {
            let statements = group.to_string();
            if session.execute(&statements).await.is_ok() {
                text.push_str(&statements);
            }
        }
    }
    let schema = look(&session).await;
    session.close().await;
    (database, schema, text)
}

/// The statements of a case that the server takes.
async fn written(
    server: &Server,
    database: &str,
    schema: &Catalog,
    case: &Case,
) -> Vec<Vec<Group>> {
    let copy = server.copy(database).await;
    let session = server.session(&copy).await;
    let mut catalog = schema.clone();
    let mut migrations = Vec::new();
    for choices in &case.migrations {
        let mut groups = Vec::new();
        for choice in choices {
            let Some(group) = choice.statement(&catalog) else {
                continue;
            };
            if takes(&session, &group).await {
                catalog = look(&session).await;
                groups.push(group);
            }
        }
        migrations.push(groups);
    }
    session.close().await;
    server.remove(&copy).await;
    migrations
}

/// The statements that the server still takes, with some left out.
async fn filtered(server: &Server, database: &str, migrations: Vec<Vec<Group>>) -> Vec<Vec<Group>> {
    let copy = server.copy(database).await;
    let session = server.session(&copy).await;
    let mut kept = Vec::new();
    for groups in migrations {
        let mut taken = Vec::new();
        for group in groups {
            if takes(&session, &group).await {
                taken.push(group);
            }
        }
        kept.push(taken);
    }
    session.close().await;
    server.remove(&copy).await;
    kept
}

async fn takes(session: &segue_db::Session, group: &Group) -> bool {
    let one = match group.0.as_slice() {
        // a new value of an enum cannot be used in the same transaction
        [one] => one.clone(),
        _ => format!("BEGIN;\n{group}COMMIT"),
    };
    let taken = session.execute(&one).await.is_ok();
    if !taken {
        session.execute("ROLLBACK").await.expect("it ends");
    }
    taken
}

fn scripts(schema: &Catalog, migrations: &[Vec<Group>]) -> Vec<Script> {
    let mut catalog = schema.clone();
    let mut names = Names::default();
    names.time_zone = Some("Etc/UTC".to_owned());
    let scripts = migrations.iter().enumerate().map(|(number, groups)| {
        let text: String = groups.iter().map(ToString::to_string).collect();
        let source = Source::new(format!("migration {number}"), text);
        Script::loose(&source, &mut catalog, &mut names).expect("it can be cut")
    });
    scripts.collect()
}

fn shown(schema: &str, migrations: &[Vec<Group>], plan: Option<&Plan>) -> String {
    let mut text = format!("{schema}-- rows\n");
    for groups in migrations {
        text.push_str("-- migration\n");
        text.extend(groups.iter().map(ToString::to_string));
    }
    for step in plan.iter().flat_map(|plan| plan.steps()) {
        let statements = step.action.statements().join(";\n    ");
        text.push_str(&format!(
            "-- {:?} [{}] {}\n    {statements}\n",
            step.phase, step.recipe, step.title
        ));
    }
    text
}
