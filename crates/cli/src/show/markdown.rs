//! Markdown: findings for a comment on a change, and the pages of rules.

use segue::{
    Problem, line_column,
    plan::{Class, Example, Finding, RULES, Rule},
};

/// Findings, each with its place and its statement.
pub(crate) fn findings(findings: &[Finding]) -> String {
    let mut page = String::new();
    for finding in findings {
        let text = &finding.source.text;
        let (line, _) = line_column(text, finding.span.start);
        page.push_str(&format!(
            "### {}: {}\n\n`{}:{line}`, rule `{}`\n\n",
            finding.severity.name(),
            plain(&finding.message),
            finding.source.name,
            finding.rule,
        ));
        page.push_str(&block(&text[finding.span.clone()]));
        for note in &finding.notes {
            page.push_str(&format!("- {}\n", plain(note)));
        }
        if let Some(help) = &finding.help {
            page.push_str(&format!("- instead: {}\n", plain(help)));
        }
        if let Some(planned) = super::finding::planned(finding) {
            page.push_str(&format!("- {}\n", plain(&planned)));
        }
        page.push('\n');
    }
    page
}

/// Problems, as a list.
pub(crate) fn problems(problems: &[Problem]) -> String {
    problems
        .iter()
        .map(|problem| format!("- {}\n", plain(&problem.to_string())))
        .collect()
}

/// The page of a rule.
pub(crate) fn page(rule: &Rule) -> String {
    let versions = match (rule.since, rule.until) {
        (None, None) => String::new(),
        (Some(since), None) => format!(" PostgreSQL {since} and later."),
        (None, Some(until)) => format!(" Up to PostgreSQL {until}."),
        (Some(since), Some(until)) => format!(" PostgreSQL {since} to {until}."),
    };
    let sources: String = rule
        .sources
        .iter()
        .map(|one| format!("- {one}\n"))
        .collect();
    format!(
        "# {}\n\n{}. {}, level `{}`.{versions}\n\n## When\n\n{}\n\n## What happens\n\n{}\n\n## Instead\n\n{}\n\n\
         ## Found in\n\n{}## Not in\n\n{}## Sources\n\n{sources}",
        rule.id,
        capital(rule.title.trim_end_matches('.')),
        capital(class(rule.class)),
        rule.level().name(),
        sentence(rule.trigger),
        sentence(rule.harm),
        sentence(rule.remedy),
        example(&rule.bad),
        example(&rule.good),
    )
}

/// The list of all rules.
pub(crate) fn index() -> String {
    let mut page =
        "# Rules\n\nWhat `segue lint` looks for. `segue explain RULE` prints a page.\n".to_owned();
    for of in [
        Class::Cost,
        Class::Compatibility,
        Class::Correctness,
        Class::Process,
        Class::Style,
    ] {
        page.push_str(&format!(
            "\n## {}\n\n| Rule | Level | About |\n|---|---|---|\n",
            capital(class(of))
        ));
        for rule in RULES.iter().filter(|rule| rule.class == of) {
            page.push_str(&format!(
                "| [{0}]({0}.md) | {1} | {2} |\n",
                rule.id,
                rule.level().name(),
                rule.title
            ));
        }
    }
    page
}

/// What a class is called.
pub(crate) fn class(class: Class) -> &'static str {
    match class {
        Class::Cost => "cost",
        Class::Compatibility => "compatibility",
        Class::Correctness => "correctness",
        Class::Process => "process",
        Class::Style => "style",
    }
}

fn example(example: &Example) -> String {
    let schema = example.schema.trim();
    let parts = match schema.is_empty() {
        true => example.sql.trim().to_owned(),
        false => format!(
            "-- the schema\n{schema}\n\n-- the migration\n{}",
            example.sql.trim()
        ),
    };
    block(&parts)
}

/// A block of SQL, within fences that nothing in it ends.
fn block(sql: &str) -> String {
    let longest = sql.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}sql\n{sql}\n{fence}\n\n")
}

fn sentence(text: &str) -> String {
    let text = capital(text);
    match text.ends_with(['.', ':', '?', '!']) {
        true => text,
        false => format!("{text}."),
    }
}

fn capital(text: &str) -> String {
    let mut rest = text.chars();
    match rest.next() {
        Some(first) => first.to_uppercase().chain(rest).collect(),
        None => String::new(),
    }
}

/// Text without what Markdown or HTML would act on.
fn plain(text: &str) -> String {
    let text = super::clean(text);
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => plain.push_str("&lt;"),
            '\\' | '*' | '_' | '[' | ']' | '#' | '|' => plain.extend(['\\', c]),
            c => plain.push(c),
        }
    }
    plain
}
