//! Lint: every rule is asked about every statement.

use rustc_hash::FxHashSet;
use segue_sql::Kind;
use squawk_syntax::{SourceFile, ast};

use crate::{
    Class, Effect, Facts, Finding, Judge, Level, Moment, Policy, RULES, Report, Rule, Script,
    Severity, cost, effect, run::Run,
};

/// What the rules have to say of scripts that will run one after the other, in the order of the statements.
///
/// What an earlier script has made counts as new for the later ones.
pub fn lint(scripts: &[Script], facts: &Facts, policy: &Policy) -> Vec<Finding> {
    let asked: Vec<(&'static Rule, Severity)> = RULES
        .iter()
        .filter_map(|rule| Some((*rule, severity_of(rule, policy)?)))
        .collect();
    let mut run = Run::default();
    let mut findings = Vec::new();
    for script in scripts {
        run.enter(None);
        let taken_back = taken_back(script);
        let mut at_begin: Option<Run> = None;
        let statements: Vec<Option<ast::Stmt>> = parsed(script);
        let effects: Vec<Effect> = (script.lines.iter().zip(&statements))
            .map(|(line, statement)| effect::of(line, statement.as_ref()))
            .collect();
        for (index, line) in script.lines.iter().enumerate() {
            let statement = statements[index].as_ref();
            run.enter(line.transaction);
            let moment = Moment {
                scripts,
                script,
                index,
                line,
                statement,
                effects: &effects,
                costs: &[],
                run: &run,
                facts,
                policy,
            };
            let costs = cost::of(&moment);
            let moment = Moment {
                costs: &costs,
                ..moment
            };
            let is_last = index + 1 == script.lines.len();
            let stays = line.transaction.is_none_or(|it| !taken_back.contains(&it));
            ask(&asked, moment, (is_last, stays), &mut findings);
            run.apply(line, statement, &effects[index]);
            match line.kind {
                Kind::Begin if at_begin.is_none() => at_begin = Some(run.clone()),
                Kind::Rollback => run = at_begin.take().unwrap_or(run),
                Kind::Commit | Kind::PrepareTransaction => at_begin = None,
                _ => {}
            }
        }
    }
    findings
}

fn ask(
    asked: &[(&'static Rule, Severity)],
    moment: Moment<'_>,
    (is_last, stays): (bool, bool),
    findings: &mut Vec<Finding>,
) {
    for &(rule, severity) in asked {
        if !rule.applies_to(moment.major()) {
            continue;
        }
        if rule.class == Class::Compatibility && !stays {
            continue;
        }
        let mut report = Report::new(rule, severity, moment, findings);
        match rule.judge {
            Judge::Statement(judge) => judge(&moment, &mut report),
            Judge::Script(judge) if is_last => judge(&moment, &mut report),
            Judge::Script(_) | Judge::Acknowledgements | Judge::Trace => {}
        }
    }
}

/// The transactions of a script that end with `ROLLBACK`: what they change breaks nothing.
fn taken_back(script: &Script) -> FxHashSet<usize> {
    let lines = script.lines.iter();
    let ends = lines.filter(|line| line.kind == Kind::Rollback);
    ends.filter_map(|line| line.transaction).collect()
}

/// How bad a rule's findings are; `None`: it is not asked.
pub(crate) fn severity_of(rule: &Rule, policy: &Policy) -> Option<Severity> {
    match policy.levels.get(rule.id) {
        Some(Level::Off) => None,
        Some(Level::At(severity)) => Some(*severity),
        None => Some(rule.severity),
    }
}

/// The syntax tree of each statement; none where it does not parse.
fn parsed(script: &Script) -> Vec<Option<ast::Stmt>> {
    let text = |line: &crate::Line| &script.source.text[line.span.clone()];
    let lines = script.lines.iter();
    lines
        .map(|line| SourceFile::parse(text(line)).tree().stmts().next())
        .collect()
}
