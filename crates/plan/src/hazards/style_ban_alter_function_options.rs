//! Options of functions.

use crate::{Class, Example, Judge, Rule, Severity, style::Squawk};

pub(super) static RULE: Rule = Rule {
    id: "style-ban-alter-function-options",
    title: "options of a function change",
    class: Class::Style,
    severity: Severity::Info,
    trigger: "ALTER FUNCTION, PROCEDURE or ROUTINE with options such as STRICT, STABLE, SECURITY DEFINER or SET.",
    harm: "What its callers get may change, and with SECURITY DEFINER whose rights count.",
    remedy: "make another function, and let its callers move",
    sources: &["https://www.postgresql.org/docs/current/sql-alterfunction.html"],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';",
        sql: "ALTER FUNCTION one() STRICT;",
    },
    good: Example {
        schema: "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';",
        sql: "CREATE FUNCTION one_strict() RETURNS int STRICT LANGUAGE sql AS 'SELECT 1';",
    },
    judge: Judge::Style(Squawk::BanAlterFunctionOptions),
};
