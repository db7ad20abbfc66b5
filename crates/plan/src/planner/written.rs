//! Migrations as a plan keeps them: their statements as they are written.

use crate::{Line, Plan, Script, Served, Strategy, Wanted, Written, WrittenStatement};

impl Plan {
    /// What stands in for the plan of migrations that cannot be planned: it names what they name, and has no steps.
    pub fn unplanned(scripts: &[Script]) -> Self {
        Self::of(scripts, Strategy::Direct)
    }

    pub(super) fn of(scripts: &[Script], strategy: Strategy) -> Self {
        Self {
            strategy,
            migrations: scripts.iter().map(written).collect(),
            expand: Vec::new(),
            contract: Vec::new(),
            differences: Vec::new(),
            barrier: None,
        }
    }
}

/// A migration with nothing but one of its statements.
pub(super) fn waiting(script: &Script, served: Served) -> Written {
    let mut all = written(script);
    all.statements = all
        .statements
        .drain(..)
        .skip(served.statement)
        .take(1)
        .collect();
    all
}

pub(super) fn written(script: &Script) -> Written {
    let text = &script.source.text;
    let statement = |line: &Line| WrittenStatement {
        sql: text[line.span.clone()].to_owned(),
        line: segue_sql::line_column(text, line.span.start).0,
    };
    Written {
        name: script.name.clone(),
        file: script.source.name.clone(),
        statements: script
            .lines
            .iter()
            .map(statement)
            .chain(script.transform.as_ref().map(Wanted::written))
            .collect(),
    }
}
