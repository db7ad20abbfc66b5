//! Lint against schemas and migrations of which a real server has told what they do.

mod examples;
mod judged;
mod scratch;

use segue_catalog::{Catalog, Session};
use segue_plan::{Facts, Finding, Policy, Script, Severity, lint};
use segue_sql::Source;

/// What lint says of a migration, where a schema is there that its script fills.
fn judge(schema: &str, migration: &str, stats: &[(String, u64)]) -> Vec<Finding> {
    let (mut catalog, mut session) = (Catalog::empty(15), Session::default());
    let schema = Source::new("schema.sql", schema);
    let told = Script::loose(&schema, &mut catalog, &mut session).expect("the schema can be cut");
    let mut facts = Facts::told_by(&told, &catalog);
    facts.declare(&catalog, &stats.iter().cloned().collect());
    facts.taken_at = Some("2026-01-01T00:00:00Z".to_owned());
    let migration = Source::new("migration.sql", migration);
    let mut session = Session::default();
    let script =
        Script::loose(&migration, &mut catalog, &mut session).expect("the migration can be cut");
    lint(&[script], &facts, &Policy::default())
}

/// The ids of what counts: errors and warnings.
fn counted(findings: &[Finding]) -> Vec<&'static str> {
    let counts = findings
        .iter()
        .filter(|finding| finding.severity >= Severity::Warning);
    counts.map(|finding| finding.rule).collect()
}
