//! `segue doctor`.

use segue::{CHECKS, EARLY_CHECKS, Failure, Finding, Retry, Verdict};
use serde_json::{Value, json};

use super::{fail, migrator};
use crate::{
    args::Common,
    exit,
    show::{clean, count, events, json},
    stop,
};

pub(super) async fn run(common: &Common) -> u8 {
    let interrupt = stop::on_signal();
    let mut show = events::Show::new(common);
    let mut retries = |retry: &Retry| show.retry(retry);
    let migrator = migrator(common);
    let findings = tokio::select! {
        findings = migrator.doctor(&mut retries) => findings,
        () = interrupt.comes() => Err(Failure::interrupted_early()),
    };
    let findings = match findings {
        Ok(findings) => findings,
        Err(failure) => return fail(common, "doctor", &failure, json::Rest::default()),
    };
    let worst = findings.iter().map(|finding| finding.verdict).max();
    if common.is_json() {
        json::done("doctor", document(&findings));
    } else {
        print(common, &findings);
    }
    if worst == Some(Verdict::Problem) {
        exit::DIFFERENT
    } else {
        exit::DONE
    }
}

fn document(findings: &[Finding]) -> Value {
    let checks: Vec<Value> = findings
        .iter()
        .map(|finding| {
            json!({
                "id": finding.id,
                "about": about(finding.id),
                "verdict": finding.verdict.name(),
                "evidence": finding.evidence,
                "mend": finding.mend,
            })
        })
        .collect();
    json!({ "checks": checks })
}

fn about(id: &str) -> &'static str {
    let all = EARLY_CHECKS
        .iter()
        .copied()
        .chain(CHECKS.iter().map(|check| (check.id, check.about)));
    all.into_iter()
        .find(|(known, _)| *known == id)
        .map_or("", |(_, about)| about)
}

fn print(common: &Common, findings: &[Finding]) {
    for finding in findings {
        let is_fine = finding.verdict <= Verdict::Skipped;
        if is_fine && common.quiet {
            continue;
        }
        let colour = match finding.verdict {
            Verdict::Good => anstyle::AnsiColor::Green,
            Verdict::Skipped => anstyle::AnsiColor::Cyan,
            Verdict::Warning => anstyle::AnsiColor::Yellow,
            Verdict::Problem => anstyle::AnsiColor::Red,
        };
        let style = anstyle::Style::new().fg_color(Some(colour.into()));
        out!(
            "{style}{:8}{style:#} {:12} {}",
            finding.verdict.name(),
            finding.id,
            clean(&finding.evidence)
        );
        if let Some(mend) = &finding.mend {
            out!("{:21} -> {}", "", clean(mend));
        }
    }
    let number = |verdict| findings.iter().filter(|f| f.verdict == verdict).count();
    match (number(Verdict::Problem), number(Verdict::Warning)) {
        (0, 0) => out!("nothing would stop a deploy"),
        (0, warnings) => {
            out!("nothing must stop a deploy; {}", count(warnings, "warning"))
        }
        (problems, warnings) => {
            out!(
                "{}, {}: a deploy would fail",
                count(problems, "problem"),
                count(warnings, "warning")
            );
        }
    }
}
