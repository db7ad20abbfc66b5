//! A plan as a script that can be run, by psql or any other client that sends statements one by one.

use segue_catalog::Session;

use super::{order, summary::Summary, words};
use crate::{Action, Batches, Plan, Step};

/// How many pages a batch of the script has: some ten thousand rows.
const PAGES: u32 = 200;

pub(super) fn script(plan: &Plan, session: &Session) -> String {
    let mut script = Script::default();
    let summary = Summary::of(plan);
    script.comment(&format!(
        "{} ({}): {} in expand, {} in contract",
        words::count(plan.migrations.len(), "migration"),
        words::strategy(plan.strategy),
        words::count(summary.expand, "step"),
        summary.contract,
    ));
    script.comment("Run it with psql -v ON_ERROR_STOP=1, not in one transaction. A step that ends for want of a lock can be run again.");
    for difference in &plan.differences {
        script.comment(&format!("in the end: {difference}"));
    }
    script.path(session);
    let mut expands = true;
    for one in order::numbered(plan) {
        if expands && one.step.phase == crate::Phase::Contract {
            expands = false;
            script.line("");
            script.comment("==== Up to here it is safe while the old app runs. Start the new one, and stop the old one, before what follows.");
        }
        script.line("");
        script.comment(&format!("{}: {}", one.name(), one.step.title));
        script.step(plan, one.step);
    }
    script.forget(plan);
    if let Some(barrier) = &plan.barrier {
        script.line("");
        script.comment(&format!(
            "left for the next deploy: {} ({})",
            barrier.left.join(", "),
            barrier.why
        ));
    }
    script.text
}

#[derive(Default)]
struct Script {
    text: String,
}

impl Script {
    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// On one line, whatever is in it: nothing of it may be run.
    fn comment(&mut self, text: &str) {
        self.line(&format!("-- {}", words::one_line(text)));
    }

    fn statement(&mut self, text: &str) {
        // a comment at its end would swallow the semicolon
        let last = text.rsplit('\n').next().unwrap_or(text);
        let end = if last.contains("--") { "\n;" } else { ";" };
        self.line(&format!("{text}{end}"));
    }

    /// Where names without a schema are looked for, unless the server would look there anyway.
    fn path(&mut self, session: &Session) {
        let usual = Session::default();
        if session.search_path != usual.search_path {
            self.statement(&format!(
                "SET search_path = {}",
                session.search_path_setting()
            ));
        }
    }

    /// What was kept of rows goes with contract; without one it is for whoever runs the script to say when.
    fn forget(&mut self, plan: &Plan) {
        let kept: Vec<String> = (plan.expand.iter())
            .filter_map(|step| Some(step.keep.as_ref()?.drop()))
            .collect();
        if kept.is_empty() {
            return;
        }
        self.line("");
        if plan.contract.is_empty() {
            self.comment("once nothing of it is to be taken back:");
            return kept
                .iter()
                .for_each(|drop| self.comment(&format!("{drop};")));
        }
        self.comment("what was kept of rows");
        kept.iter().for_each(|drop| self.statement(drop));
    }

    fn step(&mut self, plan: &Plan, step: &Step) {
        for served in &step.serves {
            if let (Some(migration), Some(written)) =
                (plan.migrations.get(served.migration), plan.written(*served))
            {
                self.comment(&format!("for {}:{}", migration.file, written.line));
            }
        }
        for lock in words::locks(step) {
            self.comment(&format!("locks: {lock}"));
        }
        self.comment(&format!("takes: {}", words::takes(step)));
        for hazard in &step.hazards {
            self.comment(&format!("notice: {}", hazard.message));
        }
        if let Some(keep) = &step.keep {
            self.comment(&words::keeps(keep));
            self.statement("CREATE SCHEMA IF NOT EXISTS segue");
            for statement in &keep.make {
                self.statement(statement);
            }
        }
        match &step.action {
            Action::Transaction(_) => self.transaction(step),
            Action::Alone(statement) => self.alone(step, statement),
            Action::Batches(batches) => self.batches(step, batches),
            Action::Transform(transform) => self.comment(&format!(
                "rows of {} go through {}: no SQL does that; `segue deploy` does",
                transform.table,
                transform.program.join(" ")
            )),
        }
    }

    fn transaction(&mut self, step: &Step) {
        self.statement(step.begin());
        if let Some(time) = step.timeouts.lock {
            self.line(&format!(
                "SET LOCAL lock_timeout = '{}ms';",
                time.as_millis()
            ));
        }
        if let Some(time) = step.timeouts.statement {
            self.line(&format!(
                "SET LOCAL statement_timeout = '{}ms';",
                time.as_millis()
            ));
        }
        for setting in &step.settings {
            self.statement(&setting.replacen("SET ", "SET LOCAL ", 1));
        }
        for statement in step.writes() {
            self.statement(&statement);
        }
        self.line("COMMIT;");
    }

    fn alone(&mut self, step: &Step, statement: &str) {
        for setting in &step.settings {
            self.statement(setting);
        }
        self.statement(statement);
        for setting in step.settings.iter().rev() {
            let name = setting.split_whitespace().nth(1).unwrap_or_default();
            self.statement(&format!("RESET {name}"));
        }
    }

    /// A loop over the pages of the table, each batch a transaction of its own. Where the engine adapts the size of a batch
    /// and yields to the app, this has one size and a pause to set.
    fn batches(&mut self, step: &Step, batches: &Batches) {
        if batches.compares {
            return self.compares(batches);
        }
        let table = segue_catalog::render::literal(&batches.table.to_string());
        let lock = step.timeouts.lock.map(|time| time.as_millis());
        self.comment(&format!(
            "in batches of {PAGES} pages; sleep longer between them where the app needs it"
        ));
        let mut body = String::new();
        for setting in &step.settings {
            let setting = setting.replacen("SET ", "SET LOCAL ", 1);
            body.push_str(&format!("      {setting};\n"));
        }
        for before in &batches.before {
            body.push_str(&format!("      EXECUTE {};\n", quoted(before)));
        }
        let statement = quoted(&batches.statement);
        let done = quoted(&batches.done);
        let lock = lock.unwrap_or(0);
        if batches.left.is_some() {
            self.comment(
                "an app may go on making such rows, so it ends after five rounds at the latest",
            );
        }
        let (rounds, limit, count) = match batches.left {
            Some(_) => (
                " rounds int := 0;",
                " AND rounds < 5",
                "rounds := rounds + 1;\n    ",
            ),
            None => ("", "", ""),
        };
        let text = format!(
            "DECLARE\n  page bigint; pages bigint; done boolean := false;{rounds}\nBEGIN\n  WHILE NOT done{limit} LOOP\n    {count}\
             pages := pg_catalog.pg_relation_size({table}) / pg_catalog.current_setting('block_size')::bigint;\n    \
             page := 0;\n    WHILE page <= pages LOOP\n      SET LOCAL lock_timeout = '{lock}ms';\n{body}      \
             EXECUTE {statement}\n        USING pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + {PAGES});\n      \
             COMMIT;\n      PERFORM pg_catalog.pg_sleep(0);\n      page := page + {PAGES};\n    END LOOP;\n    \
             EXECUTE {done} INTO done;\n  END LOOP;\nEND"
        );
        let tag = tag(&text, "segue");
        self.line(&format!("DO {tag}\n{text}\n{tag};"));
    }

    /// A loop over the pages that ends at the first row which differs.
    fn compares(&mut self, batches: &Batches) {
        let table = segue_catalog::render::literal(&batches.table.to_string());
        let statement = quoted(&batches.statement);
        let text = format!(
            "DECLARE\n  page bigint := 0; pages bigint; found text;\nBEGIN\n  \
             pages := pg_catalog.pg_relation_size({table}) / pg_catalog.current_setting('block_size')::bigint;\n  \
             WHILE page <= pages LOOP\n    EXECUTE {statement} INTO found\n      \
             USING pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + {PAGES});\n    \
             IF found IS NOT NULL THEN\n      RAISE EXCEPTION 'not the same: %', found;\n    END IF;\n    \
             COMMIT;\n    page := page + {PAGES};\n  END LOOP;\nEND"
        );
        let tag = tag(&text, "segue");
        self.line(&format!("DO {tag}\n{text}\n{tag};"));
    }
}

/// A statement within another one, byte for byte.
fn quoted(text: &str) -> String {
    let tag = tag(text, "sql");
    format!("{tag}{text}{tag}")
}

/// A mark of quotes that a text does not have.
fn tag(text: &str, word: &str) -> String {
    let mut tag = format!("${word}$");
    while text.contains(&tag) {
        tag = format!("${}_$", &tag[1..tag.len() - 1]);
    }
    tag
}
