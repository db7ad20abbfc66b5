//! Lint against schemas and migrations of which a real server has told what they do.

mod columns;
mod constraints;
mod costs;
mod drops;
mod examples;
mod fixes;
mod indexes;
mod judged;
mod maintenance;
mod renames;
mod rights;
mod said;
mod sizes;
mod style;
mod transactions;
mod types;
mod written_rows;

use segue_catalog::{Catalog, Session};
use segue_plan::{Facts, Finding, Kept, Origin, Policy, Review, Script, Severity, review};
use segue_sql::Source;

/// What lint says of a migration, where a schema is there that its script fills.
fn judge(schema: &str, migration: &str, stats: &[(String, u64)]) -> Vec<Finding> {
    judge_on(15, schema, migration, stats, None)
}

/// The same on a server of this version; with what is known of a migration of a project.
fn judge_on(
    major: u16,
    schema: &str,
    migration: &str,
    stats: &[(String, u64)],
    kept: Option<Kept>,
) -> Vec<Finding> {
    let policy = Policy::default();
    review_on(major, schema, migration, stats, kept, &policy).findings
}

/// All that there is to say of it, by this policy.
fn review_on(
    major: u16,
    schema: &str,
    migration: &str,
    stats: &[(String, u64)],
    kept: Option<Kept>,
    policy: &Policy,
) -> Review {
    let (mut catalog, mut session) = (Catalog::empty(major), Session::default());
    let schema = Source::new("schema.sql", schema);
    let told =
        Script::of_schema(&schema, &mut catalog, &mut session).expect("the schema can be cut");
    let mut facts = Facts::told_by(&told, &catalog);
    facts.declare(&catalog, &stats.iter().cloned().collect());
    facts.server_version = Some(u32::from(major) * 10_000);
    facts.taken_at = Some("2026-01-01T00:00:00Z".to_owned());
    let migration = Source::new("migration.sql", migration);
    let mut session = Session::default();
    let mut script =
        Script::loose(&migration, &mut catalog, &mut session).expect("the migration can be cut");
    if kept.is_some() {
        script.origin = Origin::Migration;
        script.kept = kept;
    }
    review(&[script], &facts, policy)
}

/// The ids of what counts: errors and warnings.
fn counted(findings: &[Finding]) -> Vec<&'static str> {
    let counts = findings
        .iter()
        .filter(|finding| finding.severity >= Severity::Warning);
    counts.map(|finding| finding.rule).collect()
}

/// The rules whose findings count, each once.
fn rules(schema: &str, migration: &str) -> Vec<&'static str> {
    let mut found = counted(&judge(schema, migration, &[]));
    found.sort_unstable();
    found.dedup();
    found
}

/// Asserts which rules count, for each of several migrations; all that differ are told at once.
fn expect(cases: &[(&str, &str, &[&str])]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(schema, migration, expected)| {
            let found = rules(schema, migration);
            (found != *expected).then(|| format!("{migration}\n    {found:?}, not {expected:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
