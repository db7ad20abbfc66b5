//! Safe statements in the place of dangerous ones: they lead to the same schema, and nothing is found in them.

use segue_catalog::{Catalog, Session};
use segue_plan::Script;
use segue_sql::Source;

use super::{counted, judge};

const SCHEMA: &str = "CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, status text, note text);
CREATE INDEX orders_customer ON orders (customer_id);
CREATE INDEX orders_status ON orders (status);
CREATE TABLE logs (id bigint, message text);
CREATE UNIQUE INDEX logs_id ON logs (id);
CREATE TABLE ev (id bigint, at date NOT NULL, kind text) PARTITION BY RANGE (at);
CREATE TABLE ev_2024 PARTITION OF ev FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE DOMAIN pct AS int;
CREATE TABLE shares (id bigint PRIMARY KEY, p pct);
INSERT INTO customers SELECT generate_series(1, 200);
INSERT INTO orders SELECT g, g, 'new', 'n' || g FROM generate_series(1, 200) g;
INSERT INTO logs SELECT g, 'm' FROM generate_series(1, 200) g;
INSERT INTO ev SELECT g, '2024-02-01', 'k' FROM generate_series(1, 200) g;
INSERT INTO shares SELECT g, 1 FROM generate_series(1, 200) g;";

/// The statement, with its fixes in it.
fn fixed(statement: &str) -> String {
    let found = judge(SCHEMA, statement, &[]);
    let mut fixes = found.into_iter().filter_map(|finding| finding.fix);
    let fix = fixes
        .next()
        .unwrap_or_else(|| panic!("no fix for {statement}"));
    let mut text = statement.to_owned();
    text.replace_range(fix.span, &fix.text);
    text
}

/// The schema that statements lead to; all of them are understood.
fn schema(statements: &str) -> Catalog {
    let (mut catalog, mut session) = (Catalog::empty(15), Session::default());
    for text in [SCHEMA, statements] {
        let source = Source::new("schema.sql", text);
        let script = Script::loose(&source, &mut catalog, &mut session).expect("it can be cut");
        for line in script.lines {
            assert!(line.refused.is_empty(), "{statements}: {:?}", line.refused);
        }
    }
    catalog
}

const SAME: &[&str] = &[
    "CREATE INDEX o ON orders (note);",
    "CREATE UNIQUE INDEX IF NOT EXISTS o ON public.orders USING btree (note) WHERE status = 'new';",
    "CREATE INDEX e ON ev (kind);",
    "CREATE INDEX CONCURRENTLY e ON ev (kind);",
    "DROP INDEX orders_status;",
    "DROP INDEX IF EXISTS public.orders_status, nothing;",
    "REINDEX TABLE orders;",
    "ALTER TABLE orders ADD CONSTRAINT c CHECK (id > 0);",
    "ALTER TABLE orders ADD CHECK (id > 0);",
    "ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers ON DELETE CASCADE;",
    "ALTER TABLE orders ADD COLUMN extra int CONSTRAINT positive CHECK (extra > 0);",
    "ALTER TABLE orders ADD UNIQUE (note);",
    "ALTER TABLE orders ADD CONSTRAINT u UNIQUE (note, status) INCLUDE (id) DEFERRABLE;",
    "ALTER TABLE orders ADD COLUMN code text UNIQUE;",
    "ALTER TABLE logs ADD CONSTRAINT p PRIMARY KEY (id);",
    "ALTER TABLE logs ADD CONSTRAINT p PRIMARY KEY USING INDEX logs_id;",
    "ALTER TABLE orders ALTER COLUMN note SET NOT NULL;",
    "ALTER TABLE orders ALTER COLUMN note SET NOT NULL, ALTER COLUMN status SET NOT NULL;",
    "ALTER TABLE orders ADD COLUMN x int, ALTER COLUMN note SET NOT NULL;",
    "ALTER TABLE orders ADD COLUMN x int, ADD CONSTRAINT c CHECK (id > 0), ADD COLUMN y int;",
    "ALTER TABLE orders ADD COLUMN x int, ADD CHECK (id > 0);",
    "ALTER TABLE orders ADD COLUMN x int, ADD UNIQUE (note);",
    "ALTER TABLE logs ADD COLUMN x int, ADD CONSTRAINT p PRIMARY KEY (id);",
    "ALTER TABLE orders ADD COLUMN token uuid DEFAULT gen_random_uuid();",
];

#[test]
fn a_fix_leads_to_the_same_schema() {
    for statement in SAME {
        let fixed = fixed(statement);
        let difference = segue_catalog::compare(&schema(statement), &schema(&fixed));
        assert!(difference.is_empty(), "{fixed}\n{difference:?}");
    }
}

#[test]
fn nothing_counts_in_a_fix() {
    for statement in SAME
        .iter()
        .chain(&["ALTER DOMAIN pct ADD CONSTRAINT c CHECK (VALUE < 100);"])
    {
        let fixed = fixed(statement);
        assert_eq!(
            counted(&judge(SCHEMA, &fixed, &[])),
            Vec::<&str>::new(),
            "{fixed}"
        );
    }
}

#[test]
fn a_fix_that_needs_its_own_transactions_is_not_offered_in_another() {
    for statement in SAME
        .iter()
        .filter(|statement| !statement.contains("DEFAULT"))
    {
        let within = format!("BEGIN; {statement} COMMIT;");
        let found = judge(SCHEMA, &within, &[]);
        assert!(
            found.iter().all(|finding| finding.fix.is_none()),
            "{within}"
        );
    }
}

#[test]
fn no_fix_leaves_the_parent_of_partitions_out() {
    for statement in [
        "ALTER TABLE ev ADD CONSTRAINT u UNIQUE (id, at);",
        "ALTER TABLE ev ADD PRIMARY KEY (id, at);",
    ] {
        let found = judge(SCHEMA, statement, &[]);
        assert!(
            found.iter().all(|finding| finding.fix.is_none()),
            "{statement}"
        );
    }
}
