//! What must be before what, and what has to go and come again for another's sake.

use super::turned;

#[test]
fn the_same_schema_takes_nothing() {
    let script = "CREATE TABLE t (id int PRIMARY KEY, at timestamptz DEFAULT now());
        CREATE VIEW v AS SELECT id FROM t;
        CREATE INDEX ON t (at) WHERE id > 0;";
    assert_eq!(turned(script, script), Vec::<String>::new());
}

#[test]
fn a_view_makes_way_for_the_type_of_its_column_and_brings_back_what_hung_on_it() {
    let table = |of: &str| {
        format!(
            "CREATE TABLE t (id int, name {of});
            CREATE VIEW v AS SELECT id, name FROM t;
            CREATE VIEW w AS SELECT id FROM v;
            COMMENT ON VIEW v IS 'people';
            GRANT SELECT ON v TO reader;"
        )
    };
    let found = turned(&table("varchar(10)"), &table("text"));
    assert_eq!(
        found,
        [
            "DROP VIEW public.w;",
            "DROP VIEW public.v;",
            "ALTER TABLE public.t ALTER COLUMN name TYPE text;",
            "CREATE VIEW public.v AS\nSELECT id, name FROM t;",
            "COMMENT ON VIEW public.v IS 'people';",
            "GRANT SELECT ON TABLE public.v TO reader;",
            "CREATE VIEW public.w AS\nSELECT id FROM v;",
        ]
    );
}

#[test]
fn a_view_that_only_gains_a_condition_is_replaced_where_it_is() {
    let from = "CREATE TABLE t (id int, ok boolean); CREATE VIEW v AS SELECT id FROM t;
        CREATE VIEW w AS SELECT id FROM v;";
    let to = "CREATE TABLE t (id int, ok boolean); CREATE VIEW v AS SELECT id FROM t WHERE ok;
        CREATE VIEW w AS SELECT id FROM v;";
    assert_eq!(
        turned(from, to),
        ["CREATE OR REPLACE VIEW public.v AS\nSELECT id FROM t WHERE ok;"]
    );
}

#[test]
fn a_function_whose_result_changes_takes_the_default_along() {
    let schema = |of: &str| {
        format!(
            "CREATE FUNCTION next() RETURNS {of} LANGUAGE sql AS 'SELECT 1';
            CREATE TABLE t (id bigint DEFAULT next());"
        )
    };
    assert_eq!(
        turned(&schema("int"), &schema("bigint")),
        [
            "ALTER TABLE public.t ALTER COLUMN id DROP DEFAULT;",
            "DROP FUNCTION public.next();",
            "CREATE FUNCTION public.next()\n    RETURNS bigint\n    LANGUAGE sql\n    AS $$SELECT 1$$;",
            "ALTER TABLE public.t ALTER COLUMN id SET DEFAULT next();",
        ]
    );
}

#[test]
fn tables_that_refer_to_each_other_come_and_go() {
    let tables = "CREATE TABLE a (id int PRIMARY KEY, b int);
        CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
        ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (b) REFERENCES b;";
    turned("", tables);
    turned(tables, "");
}

#[test]
fn a_column_comes_behind_its_type_and_goes_before_it() {
    let from = "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE t (id int, m mood);";
    let to = "CREATE TYPE size AS ENUM ('s', 'm'); CREATE TABLE t (id int, s size);";
    assert_eq!(
        turned(from, to),
        [
            "CREATE TYPE public.size AS ENUM ('s', 'm');",
            "ALTER TABLE public.t DROP COLUMN m;",
            "ALTER TABLE public.t ADD COLUMN s public.size;",
            "DROP TYPE public.mood;",
        ]
    );
}

#[test]
fn a_value_is_added_to_an_enum_where_it_belongs() {
    assert_eq!(
        turned(
            "CREATE TYPE mood AS ENUM ('sad', 'happy');",
            "CREATE TYPE mood AS ENUM ('dead', 'sad', 'ok', 'happy', 'high');"
        ),
        [
            "ALTER TYPE public.mood ADD VALUE 'dead' BEFORE 'sad';",
            "ALTER TYPE public.mood ADD VALUE 'ok' AFTER 'sad';",
            "ALTER TYPE public.mood ADD VALUE 'high';",
        ]
    );
}

#[test]
fn an_enum_that_loses_a_value_is_made_anew_beside_the_old_one() {
    let schema = |values: &str| {
        format!(
            "CREATE TYPE mood AS ENUM ({values});
            CREATE TABLE t (id int, m mood DEFAULT 'ok', all_of_them mood[]);
            CREATE FUNCTION feel(m mood) RETURNS int LANGUAGE sql AS 'SELECT 1';"
        )
    };
    assert_eq!(
        turned(&schema("'sad', 'ok'"), &schema("'ok'")),
        [
            "DROP FUNCTION public.feel(public.mood);",
            "CREATE TYPE public.mood_new AS ENUM ('ok');",
            "ALTER TABLE public.t ALTER COLUMN m DROP DEFAULT;",
            "ALTER TABLE public.t ALTER COLUMN m TYPE public.mood_new USING m::text::public.mood_new;",
            "ALTER TABLE public.t ALTER COLUMN all_of_them TYPE public.mood_new[] USING \
             all_of_them::text[]::public.mood_new[];",
            "ALTER TYPE public.mood RENAME TO mood_old;",
            "ALTER TYPE public.mood_new RENAME TO mood;",
            "DROP TYPE public.mood_old;",
            "ALTER TABLE public.t ALTER COLUMN m SET DEFAULT 'ok';",
            "CREATE FUNCTION public.feel(m public.mood)\n    RETURNS integer\n    LANGUAGE sql\n    AS $$SELECT 1$$;",
        ]
    );
}

#[test]
fn a_type_that_a_table_needs_something_of_first_is_put_aside() {
    let from = "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE t (m mood);";
    let to = "CREATE TYPE mood AS ENUM ('ok');
        CREATE FUNCTION worth(m mood) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1';
        CREATE TABLE t (m mood, w int GENERATED ALWAYS AS (worth(m)) STORED);";
    let turned = turned(from, to);
    assert_eq!(turned[0], "ALTER TYPE public.mood RENAME TO mood_old;");
    let last = turned.last().map(String::as_str);
    assert_eq!(last, Some("DROP TYPE public.mood_old;"), "{turned:#?}");
}

#[test]
fn two_types_over_one_another_come_again_both() {
    let schema = |values: &str| {
        format!(
            "CREATE TYPE mood AS ENUM ({values});
            CREATE DOMAIN feeling AS mood;
            CREATE TABLE t (m mood, f feeling);"
        )
    };
    turned(&schema("'sad', 'ok'"), &schema("'ok'"));
}

#[test]
fn a_new_column_of_a_type_that_comes_again_is_of_the_new_one() {
    let schema = |values: &str, column: &str| {
        format!(
            "CREATE TYPE mood AS ENUM ({values});
            CREATE TABLE t (m mood {column});
            CREATE TABLE u (id int {column});"
        )
    };
    let to = schema("'ok'", ", n mood DEFAULT 'ok'::mood");
    let turned = turned(&schema("'sad', 'ok'", ""), &to);
    assert!(
        turned[0].starts_with("CREATE TYPE public.mood_new"),
        "{turned:#?}"
    );
    let last = turned.last().expect("statements");
    assert!(
        last.starts_with("ALTER TABLE public.u ADD COLUMN n public.mood "),
        "{turned:#?}"
    );
}

#[test]
fn the_name_of_an_index_is_free_before_a_constraint_takes_it() {
    let from = "CREATE TABLE t (id int NOT NULL); CREATE UNIQUE INDEX t_key ON t (id);";
    let to = "CREATE TABLE t (id int NOT NULL, CONSTRAINT t_key UNIQUE (id));";
    assert_eq!(
        turned(from, to),
        [
            "DROP INDEX public.t_key;",
            "ALTER TABLE public.t ADD CONSTRAINT t_key UNIQUE (id);",
        ]
    );
}

#[test]
fn a_serial_column_becomes_an_identity_that_counts_on() {
    let from = "CREATE TABLE t (id serial PRIMARY KEY);";
    let to = "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);";
    assert_eq!(
        turned(from, to),
        [
            "ALTER TABLE public.t ALTER COLUMN id DROP DEFAULT;",
            "DROP SEQUENCE public.t_id_seq;",
            "ALTER TABLE public.t ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY;",
            "SELECT setval('public.t_id_seq', coalesce(max(id), 0) + 1, false) FROM public.t;",
        ]
    );
}

#[test]
fn a_partition_that_others_refer_to_is_detached_before_it_is_dropped() {
    let schema = |second: &str| {
        format!(
            "CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id);
            CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (10);
            {second}
            CREATE TABLE t (p int REFERENCES p);"
        )
    };
    let with = schema("CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);");
    assert_eq!(
        turned(&with, &schema("")),
        [
            "ALTER TABLE public.p DETACH PARTITION public.p2;",
            "DROP TABLE public.p2;",
        ]
    );
}

#[test]
fn what_comes_with_default_privileges_and_is_not_wanted_is_revoked() {
    let defaults = "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader;";
    assert_eq!(
        turned(
            defaults,
            &format!("{defaults} CREATE TABLE t (id int); REVOKE SELECT ON t FROM reader;")
        ),
        [
            "CREATE TABLE public.t (\n    id integer\n);",
            "REVOKE SELECT ON TABLE public.t FROM reader;",
        ]
    );
}

#[test]
fn an_enum_that_is_made_anew_leaves_the_keys_of_its_tables_alone() {
    let schema = |values: &str| {
        format!(
            "CREATE TYPE mood AS ENUM ({values});
            CREATE TABLE t (id int PRIMARY KEY, mail text UNIQUE, m mood NOT NULL DEFAULT 'ok');
            CREATE VIEW v AS SELECT id, mail FROM t;"
        )
    };
    assert_eq!(
        turned(&schema("'sad', 'ok'"), &schema("'ok'")),
        [
            "CREATE TYPE public.mood_new AS ENUM ('ok');",
            "ALTER TABLE public.t ALTER COLUMN m DROP DEFAULT;",
            "ALTER TABLE public.t ALTER COLUMN m TYPE public.mood_new USING m::text::public.mood_new;",
            "ALTER TYPE public.mood RENAME TO mood_old;",
            "ALTER TYPE public.mood_new RENAME TO mood;",
            "DROP TYPE public.mood_old;",
            "ALTER TABLE public.t ALTER COLUMN m SET DEFAULT 'ok';",
        ]
    );
}

#[test]
fn a_key_that_is_made_anew_takes_the_references_of_tables_that_do_not_differ_along() {
    let schema = |include: &str| {
        format!(
            "CREATE TABLE a (id int, n int, PRIMARY KEY (id) {include});
            CREATE TABLE b (a int REFERENCES a);
            CREATE TABLE c (id int PRIMARY KEY);
            CREATE TABLE d (c int REFERENCES c);"
        )
    };
    assert_eq!(
        turned(&schema(""), &schema("INCLUDE (n)")),
        [
            "ALTER TABLE public.b DROP CONSTRAINT b_a_fkey;",
            "ALTER TABLE public.a DROP CONSTRAINT a_pkey;",
            "ALTER TABLE public.a ADD CONSTRAINT a_pkey PRIMARY KEY (id) INCLUDE (n);",
            "ALTER TABLE public.b ADD CONSTRAINT b_a_fkey FOREIGN KEY (a) REFERENCES public.a (id);",
        ]
    );
}
