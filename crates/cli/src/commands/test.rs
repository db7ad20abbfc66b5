//! `segue test`.

mod junit;

use segue::{TestOptions, TestRun, Tested};
use serde_json::{Value, json};

use super::{Report, fail, stoppable};
use crate::{
    args::{self, Common},
    exit,
    show::{clean, count, json, problem},
};

pub(super) async fn run(common: &Common, wanted: &args::Test) -> u8 {
    let mut migrator = stoppable(common).0;
    if let Some(url) = &wanted.shadow_url {
        migrator = migrator.shadow_url(url);
    }
    let options = TestOptions {
        migrations: wanted.migrations.clone(),
        since: wanted.since.clone(),
        rows: wanted.rows,
        seed: wanted.seed,
        sample: wanted.sample.clone(),
        jobs: wanted.jobs.map_or(0, usize::from),
    };
    let is_shown = !common.is_json();
    let mut hears = |tested: &Tested| {
        if is_shown {
            print(common, tested);
        }
    };
    let run = match migrator.test(&options, &mut hears).await {
        Ok(run) => run,
        Err(failure) => return fail(common, "test", &failure, json::Rest::new()),
    };
    if let Some(path) = &wanted.junit
        && let Err(failure) = junit::write(path, &run)
    {
        return fail(common, "test", &failure, json::Rest::new());
    }
    let failed = run.tested.iter().filter(|one| one.has_failed()).count();
    let code = match run.has_passed() {
        true => exit::DONE,
        false => exit::FAILED,
    };
    if common.is_json() {
        let document = document(&run);
        return Report { code, document }.print(common);
    }
    print_sum(common, &run, failed);
    code
}

fn print(common: &Common, tested: &Tested) {
    let name = clean(&tested.name);
    let seconds = tested.elapsed.as_secs_f64();
    match (&tested.skipped, tested.has_failed()) {
        (Some(why), _) => out!("skipped  {name}: {}", clean(why)),
        (None, true) => out!("FAILED   {name}  {seconds:.2} s"),
        (None, false) if common.quiet => {}
        (None, false) => {
            let checks: Vec<&str> = tested.checks.iter().map(|check| check.name).collect();
            out!("ok       {name}  {seconds:.2} s  ({})", checks.join(", "));
        }
    }
    for check in &tested.checks {
        if !check.problems.is_empty() {
            out!("  {}:", check.name);
            problem::print_all(&check.problems);
        }
    }
    if common.quiet {
        return;
    }
    for lost in &tested.lost {
        out!("  lost by the way back: {}", clean(lost));
    }
    for note in &tested.notes {
        out!("  note: {}", clean(note));
    }
}

fn print_sum(common: &Common, run: &TestRun, failed: usize) {
    if !common.quiet {
        for note in &run.notes {
            tell!("note: {}", clean(note));
        }
    }
    let skipped = run
        .tested
        .iter()
        .filter(|one| one.skipped.is_some())
        .count();
    let passed = run.tested.len() - failed - skipped;
    let skipped = match skipped {
        0 => String::new(),
        skipped => format!(", {skipped} skipped"),
    };
    out!(
        "{} on {}: {passed} passed, {failed} failed{skipped}",
        count(run.tested.len(), "migration"),
        clean(&run.database)
    );
}

fn document(run: &TestRun) -> Value {
    let tested = run.tested.iter().map(|one| {
        let checks = one.checks.iter().map(|check| {
            json!({
                "name": check.name,
                "ok": check.problems.is_empty(),
                "problems": json::problems(&check.problems),
            })
        });
        json!({
            "name": one.name,
            "file": one.file,
            "verdict": match (&one.skipped, one.has_failed()) {
                (Some(_), _) => "skipped",
                (None, true) => "failed",
                (None, false) => "passed",
            },
            "skipped": one.skipped,
            "checks": checks.collect::<Vec<_>>(),
            "lost": one.lost,
            "notes": one.notes,
            "seconds": one.elapsed.as_secs_f64(),
        })
    });
    let mut document = json::succeeded(
        "test",
        json!({
            "database": run.database,
            "tests": tested.collect::<Vec<_>>(),
            "notes": run.notes,
        }),
    );
    document["ok"] = json!(run.has_passed());
    document
}
