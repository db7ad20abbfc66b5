//! Lint: every rule is asked about every statement.

use rustc_hash::FxHashSet;
use segue_sql::Kind;
use squawk_syntax::ast;

use crate::{
    Class, Effect, Facts, Finding, Judge, Moment, Policy, RULES, Report, Rule, Script, Severity,
    cost, effect, run::Run, style,
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
        let around = Around {
            scripts,
            script,
            facts,
            policy,
        };
        around.judge(&asked, &mut run, &mut findings);
        findings.extend(style::find(script, &asked));
    }
    findings
}

/// A script that is judged, and what it is judged by.
struct Around<'a> {
    scripts: &'a [Script],
    script: &'a Script,
    facts: &'a Facts,
    policy: &'a Policy,
}

impl Around<'_> {
    fn judge(
        &self,
        asked: &[(&'static Rule, Severity)],
        run: &mut Run,
        findings: &mut Vec<Finding>,
    ) {
        run.enter(None);
        let script = self.script;
        let taken_back = taken_back(script);
        let mut at_begin: Option<Run> = None;
        let lines = script.lines.iter();
        let statements: Vec<Option<ast::Stmt>> =
            lines.clone().map(|line| script.statement(line)).collect();
        let effects: Vec<Effect> = (lines.clone().zip(&statements))
            .map(|(line, statement)| effect::of(line, statement.as_ref()))
            .collect();
        for (index, line) in lines.enumerate() {
            let statement = statements[index].as_ref();
            run.enter(line.transaction);
            let moment = self.moment(index, statement, &effects, run);
            let costs = cost::of(&moment);
            let moment = Moment {
                costs: &costs,
                ..moment
            };
            let is_last = index + 1 == script.lines.len();
            let stays = line.transaction.is_none_or(|it| !taken_back.contains(&it));
            ask(asked, moment, (is_last, stays), findings);
            run.apply(line, statement, &effects[index]);
            match line.kind {
                Kind::Begin if at_begin.is_none() => at_begin = Some(run.clone()),
                Kind::Rollback => {
                    if let Some(begun) = at_begin.take() {
                        *run = begun;
                    }
                }
                Kind::Commit | Kind::PrepareTransaction => at_begin = None,
                _ => {}
            }
        }
    }

    /// A statement at its moment, but for what it costs.
    fn moment<'m>(
        &'m self,
        index: usize,
        statement: Option<&'m ast::Stmt>,
        effects: &'m [Effect],
        run: &'m Run,
    ) -> Moment<'m> {
        Moment {
            scripts: self.scripts,
            script: self.script,
            index,
            line: &self.script.lines[index],
            statement,
            effects,
            costs: &[],
            run,
            facts: self.facts,
            policy: self.policy,
        }
    }
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
            Judge::Script(_) | Judge::Acknowledgements | Judge::Trace | Judge::Style(_) => {}
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
    let level = policy.levels.get(rule.id).copied();
    level.unwrap_or_else(|| rule.level()).severity()
}
