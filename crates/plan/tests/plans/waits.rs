//! Which statements wait for another deploy, behind a name that something has only in contract.

use segue_catalog::{Catalog, Session};
use segue_plan::{Facts, Plan, Policy, Script, Strategy, plan};
use segue_sql::Source;

const SCHEMA: &str = "
CREATE TYPE state AS ENUM ('new', 'open', 'done');
CREATE DOMAIN phase AS state;
CREATE TYPE pair AS (x int, state state);
CREATE TABLE t (id int PRIMARY KEY, s state, phase phase, pair pair, all_of state[], a int, label text, doc jsonb);
CREATE TABLE log (id int, s state, label text, doc jsonb);
CREATE TABLE refers (id int PRIMARY KEY, t_id int REFERENCES t);
CREATE VIEW shown AS SELECT id, s FROM t;
CREATE VIEW told AS SELECT id, s::text AS label FROM t;
CREATE VIEW total AS SELECT sum(id) AS total FROM t;
CREATE FUNCTION labels() RETURNS TABLE (id int, label text) LANGUAGE sql AS 'SELECT id, s::text FROM t';
CREATE FUNCTION twice(i int) RETURNS int LANGUAGE sql AS 'SELECT i * 2';
";

/// Whether a statement waits behind an earlier migration.
fn waits(first: &str, then: &str) -> bool {
    planned(first, then).barrier.is_some()
}

fn planned(first: &str, then: &str) -> Plan {
    let mut catalog = Catalog::empty(15);
    let mut session = Session::default();
    let schema = Source::new("schema.sql", SCHEMA);
    Script::of_schema(&schema, &mut catalog, &mut session).expect("it is cut");
    let mut script = |name: &str, text: &str| {
        let source = Source::new(name, text);
        Script::loose(&source, &mut catalog, &mut session).expect("it is cut")
    };
    let scripts = [script("1.sql", first), script("2.sql", then)];
    let (facts, policy) = (Facts::default(), Policy::default());
    let planned = plan(&scripts, &facts, &policy, Strategy::Online);
    planned.unwrap_or_else(|problems| panic!("{then}: {problems:?}"))
}

#[test]
fn what_makes_something_else_of_the_values_of_an_enum_waits_behind_another_name_of_one() {
    for then in [
        "UPDATE t SET label = s WHERE id = 1;",
        "UPDATE t SET label = s::text WHERE id = 1;",
        "UPDATE t SET label = 'is ' || s WHERE id = 1;",
        "UPDATE t SET doc = to_jsonb(t) WHERE id = 1;",
        "UPDATE t SET doc = jsonb_build_object('s', s) WHERE id = 1;",
        "UPDATE t SET label = phase::text WHERE id = 1;",
        "UPDATE t SET label = (pair).state WHERE id = 1;",
        "UPDATE t SET label = all_of[1] WHERE id = 1;",
        "UPDATE t SET a = 1 WHERE id = 1 AND s::text LIKE 'o%';",
        "UPDATE t SET a = 1 WHERE id = 1 AND s = label::state;",
        "UPDATE t SET a = 1 WHERE id = 1 AND s = 'opened';",
        "UPDATE t SET a = 1 WHERE id = 1 AND s = ANY ('{opened,done}');",
        "INSERT INTO log (id, label) SELECT id, s FROM t WHERE id = 1;",
        "INSERT INTO log (id, label) SELECT id, v FROM (SELECT id, s AS v FROM t WHERE id = 1) x;",
        "WITH x AS (SELECT id, s AS v FROM t WHERE id = 1) INSERT INTO log (id, label) SELECT id, lower(v::text) FROM x;",
        "INSERT INTO log (id, label) SELECT a, b FROM t AS q (a, b) WHERE a = 1;",
        "INSERT INTO log (id, label) SELECT id, label FROM told WHERE id = 1;",
        "INSERT INTO log (id, label) SELECT id, label FROM labels();",
        "INSERT INTO log (id, doc) SELECT id, row_to_json(t)::jsonb FROM t WHERE id = 1;",
        "INSERT INTO log (id, s) VALUES (1, 'new') ON CONFLICT DO NOTHING; UPDATE log SET label = s WHERE id = 1;",
        "DO $$ BEGIN UPDATE t SET label = s::text WHERE id = 1; END $$;",
        "CREATE TABLE old AS SELECT id, s::text AS s FROM t WHERE id = 1;",
        "CREATE TABLE next (id int, s state DEFAULT 'opened');",
        "CREATE FUNCTION opened() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM t WHERE s = 'opened' $$;",
    ] {
        let renamed = "ALTER TYPE state RENAME VALUE 'open' TO 'opened';";
        assert!(waits(renamed, then), "does not wait: {then}");
    }
}

#[test]
fn what_compares_the_values_of_an_enum_or_copies_them_does_not_wait() {
    for then in [
        "UPDATE t SET a = 1 WHERE id = 1 AND s = 'new';",
        "UPDATE t SET a = 1 WHERE id = 1 AND s IN ('new', 'done') AND s IS NOT NULL AND s < 'done';",
        "UPDATE t SET a = 1 WHERE id = 1 AND s = ANY ('{new,done}');",
        "UPDATE t SET s = 'done' WHERE id = 1;",
        "UPDATE t SET s = coalesce(phase, s, 'new') WHERE id = 1;",
        "UPDATE t SET s = CASE WHEN a > 1 THEN s ELSE 'new' END WHERE id = 1;",
        "UPDATE t SET a = CASE s WHEN 'new' THEN 1 ELSE 2 END WHERE id = 1;",
        "UPDATE t SET all_of = all_of || s WHERE id = 1;",
        "UPDATE t SET a = twice(a) WHERE id = 1;",
        "UPDATE t SET a = (SELECT total FROM total) WHERE id = 1;",
        "INSERT INTO log (id, s) SELECT id, s FROM t WHERE id = 1;",
        "INSERT INTO log (id, s) SELECT id, s FROM shown WHERE id = 1;",
        "INSERT INTO log (id, s) SELECT id, v FROM (SELECT id, max(s) AS v FROM t WHERE id = 1 GROUP BY id) x;",
        "CREATE TABLE old AS SELECT id, s FROM t WHERE id = 1;",
        "CREATE TABLE next (id int, s state DEFAULT 'new');",
        "ALTER TABLE log ADD COLUMN was state NOT NULL DEFAULT 'new';",
        "ALTER TABLE t ALTER COLUMN s SET DEFAULT 'new';",
        "CREATE INDEX t_s_idx ON t (s) WHERE s = 'new';",
    ] {
        let renamed = "ALTER TYPE state RENAME VALUE 'open' TO 'opened';";
        assert!(!waits(renamed, then), "waits: {then}");
    }
}

#[test]
fn what_names_an_attribute_waits_behind_another_name_of_it() {
    let renamed = "ALTER TYPE pair RENAME ATTRIBUTE x TO number;";
    for then in [
        "UPDATE t SET a = (pair).number WHERE id = 1;",
        "UPDATE t SET doc = to_jsonb(pair) WHERE id = 1;",
        "CREATE VIEW numbers AS SELECT id, (pair).number FROM t;",
    ] {
        assert!(waits(renamed, then), "does not wait: {then}");
    }
    for then in [
        "UPDATE t SET a = 1 WHERE id = 1 AND (pair).state = 'new';",
        "UPDATE t SET a = 1 WHERE id = 1;",
    ] {
        assert!(!waits(renamed, then), "waits: {then}");
    }
}

#[test]
fn what_is_made_of_whole_rows_waits_behind_other_columns() {
    for first in [
        "ALTER TABLE t RENAME COLUMN a TO b;",
        "ALTER TABLE t DROP COLUMN a;",
        "ALTER TABLE t ALTER COLUMN a TYPE bigint;",
    ] {
        for then in [
            "UPDATE t SET doc = to_jsonb(t) WHERE id = 1;",
            "UPDATE t q SET doc = to_jsonb(q) WHERE id = 1;",
            "DELETE FROM t WHERE length(t::text) > 6;",
            "WITH gone AS (DELETE FROM t WHERE id = 1 RETURNING id, to_jsonb(t) AS doc) INSERT INTO log (id, doc) SELECT id, doc FROM gone;",
            "MERGE INTO log USING t ON t.id = log.id WHEN MATCHED THEN UPDATE SET doc = to_jsonb(t);",
            "INSERT INTO log (id, doc) SELECT id, to_jsonb(t) FROM t WHERE id = 1;",
        ] {
            assert!(waits(first, then), "does not wait behind {first}: {then}");
        }
        let then = "UPDATE t SET label = 'x' WHERE t.id = 1;";
        assert!(!waits(first, then), "waits behind {first}: {then}");
    }
}

/// On a server it is for superusers, so that it is no case.
#[test]
fn triggers_of_foreign_keys_are_disabled_in_contract_where_a_table_has_no_others() {
    let disabled = "ALTER TABLE refers DISABLE TRIGGER ALL;";
    let planned_alone = planned(disabled, "SELECT 1;");
    assert!(
        planned_alone
            .expand
            .iter()
            .all(|step| !step.title.contains("TRIGGER"))
    );
    assert_eq!(planned_alone.contract.len(), 1);
    let for_a_while = planned(disabled, "ALTER TABLE refers ENABLE TRIGGER ALL;");
    assert!(for_a_while.contract.is_empty());
}
