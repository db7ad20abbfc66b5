//! `-- segue: allow RULE because REASON`: findings that somebody knows and means.
//!
//! Such a comment speaks of the statement that it is within, whose line it ends, or else that comes next.

use std::{ops::Range, sync::Arc};

use segue_sql::{Directive, Problem, Said, directives, nearest};

use crate::{
    Facts, Finding, Judge, Policy, RULES, Script, hazards::unused_acknowledgement, lint,
    lint::severity_of, rule,
};

/// What there is to say of scripts, and what somebody has said of that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Review {
    /// What counts.
    pub findings: Vec<Finding>,
    /// What is known and meant.
    pub acknowledged: Vec<Acknowledged>,
    /// Comments for segue that are none.
    pub problems: Vec<Problem>,
}

/// A finding that somebody knows and means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledged {
    /// What was found.
    pub finding: Finding,
    /// Why that is so meant.
    pub reason: String,
}

/// What the rules have to say of scripts that will run one after the other, without what their comments allow.
pub fn review(scripts: &[Script], facts: &Facts, policy: &Policy) -> Review {
    review_traced(scripts, facts, policy, None)
}

/// The same with what a trace has found of them, where there was one.
pub fn review_traced(
    scripts: &[Script],
    facts: &Facts,
    policy: &Policy,
    traced: Option<Vec<Finding>>,
) -> Review {
    let mut review = Review::default();
    let was_traced = traced.is_some();
    review.findings = lint(scripts, facts, policy);
    review.findings.extend(traced.into_iter().flatten());
    let script_of = |finding: &Finding| {
        let is_its = |script: &Script| Arc::ptr_eq(&script.source, &finding.source);
        scripts.iter().position(is_its)
    };
    // what is about a script as a whole stays behind its last statement
    review.findings.sort_by_key(|one| {
        let statement = one.statement.unwrap_or(usize::MAX);
        (script_of(one), statement)
    });
    for script in scripts {
        let allowed = match directives(&script.source) {
            Ok(directives) => directives,
            Err(problems) => {
                review.problems.extend(problems);
                continue;
            }
        };
        for directive in allowed {
            review.take(script, &directive, policy, was_traced);
        }
    }
    review
}

impl Review {
    /// Takes what a directive allows out of the findings.
    fn take(&mut self, script: &Script, directive: &Directive, policy: &Policy, was_traced: bool) {
        let Said::Allow { rule: id, reason } = &directive.said else {
            return;
        };
        let Some(allowed) = rule(&script.source.text[id.clone()]) else {
            self.problems.push(unknown(script, id));
            return;
        };
        let reason = &script.source.text[reason.clone()];
        let statement = statement_of(script, &directive.span);
        let (meant, rest): (Vec<_>, Vec<_>) = self.findings.drain(..).partition(|finding| {
            finding.rule == allowed.id
                && Arc::ptr_eq(&finding.source, &script.source)
                && (finding.statement.is_none() || finding.statement == statement)
        });
        self.findings = rest;
        let major = script.lines.first().map(|line| line.before.major);
        let is_asked = major.is_none_or(|major| allowed.applies_to(major))
            && severity_of(allowed, policy).is_some()
            && (was_traced || !matches!(allowed.judge, Judge::Trace));
        if meant.is_empty() && is_asked {
            self.unused(script, directive, allowed.id, policy);
        }
        let acknowledged = meant.into_iter().map(|finding| Acknowledged {
            finding,
            reason: reason.to_owned(),
        });
        self.acknowledged.extend(acknowledged);
    }

    /// An acknowledgement that matches nothing is a finding of its own.
    fn unused(&mut self, script: &Script, directive: &Directive, id: &str, policy: &Policy) {
        let Some(finding) = unused_acknowledgement(script, directive.span.clone(), id, policy)
        else {
            return;
        };
        let behind = |other: &Finding| {
            Arc::ptr_eq(&other.source, &finding.source) && other.span.start > finding.span.start
        };
        let at = self.findings.iter().position(behind);
        self.findings
            .insert(at.unwrap_or(self.findings.len()), finding);
    }
}

/// The statement that a comment speaks of.
pub(crate) fn statement_of(script: &Script, comment: &Range<usize>) -> Option<usize> {
    let lines = &script.lines;
    let next = lines.iter().position(|line| line.span.end > comment.start);
    let before = next.unwrap_or(lines.len()).checked_sub(1);
    let ends_its_line = before.filter(|before| {
        let between = lines[*before].span.end..comment.start;
        !script.source.text[between].contains('\n')
    });
    ends_its_line.or(next)
}

fn unknown(script: &Script, id: &Range<usize>) -> Problem {
    let written = &script.source.text[id.clone()];
    let known = RULES.iter().map(|rule| rule.id);
    Problem::new(format!("there is no rule `{written}`"))
        .at(&script.source, id.clone(), "no rule of this name")
        .help(match nearest(written, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`segue explain` lists them all".to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use segue_catalog::{Catalog, Session};
    use segue_sql::Source;

    use super::*;
    use crate::{Level, Severity};

    fn reviewed(text: &str) -> Review {
        let (mut catalog, mut session) = (Catalog::empty(17), Session::default());
        let schema = Source::new("schema.sql", "CREATE TABLE a (b int, c int)");
        Script::loose(&schema, &mut catalog, &mut session).expect("a schema");
        let source = Source::new("m.sql", text);
        let script = Script::loose(&source, &mut catalog, &mut session).expect("a script");
        review(&[script], &Facts::default(), &Policy::default())
    }

    fn rules(findings: &[Finding]) -> Vec<&str> {
        findings.iter().map(|finding| finding.rule).collect()
    }

    const ALLOW: &str = "-- segue: allow index-not-concurrent because nobody is there";

    #[test]
    fn a_comment_speaks_of_the_statement_below_it_around_it_or_before_it_on_its_line() {
        for text in [
            format!("{ALLOW}\nCREATE INDEX i ON a (b);"),
            format!("{ALLOW}\n-- more\n\nCREATE INDEX i ON a (b);"),
            format!("CREATE INDEX i {ALLOW}\n ON a (b);"),
            format!("CREATE INDEX i ON a (b); {ALLOW}\nSELECT 1;"),
        ] {
            let review = reviewed(&text);
            assert_eq!(rules(&review.findings), Vec::<&str>::new(), "{text}");
            assert_eq!(review.acknowledged[0].reason, "nobody is there", "{text}");
        }
    }

    #[test]
    fn it_speaks_of_no_other_statement() {
        let text =
            format!("CREATE INDEX i ON a (b);\n{ALLOW}\nSELECT 1;\nCREATE INDEX j ON a (c);");
        let review = reviewed(&text);
        assert_eq!(
            rules(&review.findings),
            [
                "index-not-concurrent",
                "unused-acknowledgement",
                "index-not-concurrent"
            ]
        );
        let unused = &review.findings[1];
        assert_eq!(
            (unused.severity, &text[unused.span.clone()]),
            (Severity::Warning, ALLOW)
        );
    }

    #[test]
    fn an_unknown_rule_is_a_problem() {
        let review = reviewed("-- segue: allow index-not-concurent because x\nSELECT 1;");
        let help = review.problems[0].help.as_deref();
        assert_eq!(help, Some("did you mean `index-not-concurrent`?"));
    }

    #[test]
    fn a_rule_that_is_off_leaves_no_acknowledgement_unused() {
        let source = Source::new("m.sql", format!("{ALLOW}\nSELECT 1;"));
        let (mut catalog, mut session) = (Catalog::empty(17), Session::default());
        let script = Script::loose(&source, &mut catalog, &mut session).expect("a script");
        let mut policy = Policy::default();
        policy
            .levels
            .insert("index-not-concurrent".to_owned(), Level::Off);
        let review = review(&[script], &Facts::default(), &policy);
        assert_eq!(rules(&review.findings), Vec::<&str>::new());
    }
}
