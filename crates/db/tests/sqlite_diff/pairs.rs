//! Pairs of schemas, with rows: every kind of change.

use segue_catalog::sqlite::diff::{Frame, Options};

use super::databases::{carry_out, database, schema, summary};

/// A schema with rows, what it becomes, and what is done for that.
struct Pair {
    from: &'static str,
    rows: &'static str,
    to: &'static str,
    done: &'static str,
}

const PAIRS: &[Pair] = &[
    Pair {
        from: "",
        rows: "",
        to: "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p); CREATE INDEX i ON c (p);
             CREATE VIEW v AS SELECT * FROM c; CREATE TRIGGER t AFTER INSERT ON c BEGIN DELETE FROM p; END;",
        done: "create table p, create table c, create index i, create view v, create trigger t",
    },
    Pair {
        from: "CREATE TABLE p (id INTEGER PRIMARY KEY);
               CREATE TABLE c (p REFERENCES p ON DELETE RESTRICT, c REFERENCES d);
               CREATE TABLE d (p REFERENCES p, id INTEGER PRIMARY KEY); CREATE INDEX i ON c (p);
               CREATE VIEW v AS SELECT * FROM c; CREATE TRIGGER t AFTER INSERT ON c BEGIN SELECT 1; END;",
        rows: "INSERT INTO p VALUES (1); INSERT INTO d VALUES (1, 1); INSERT INTO c VALUES (1, 1)",
        to: "",
        done: "drop view v, drop table c, drop table d, drop table p",
    },
    Pair {
        from: "CREATE TABLE t (a INT);",
        rows: "INSERT INTO t VALUES (1)",
        to: "create table T(A int) -- the same",
        done: "",
    },
    Pair {
        from: "CREATE TABLE t (a varchar(9) DEFAULT 'x' CHECK (a <> ''), b INT); CREATE VIEW v AS SELECT a FROM t",
        rows: "INSERT INTO t VALUES ('y', 1)",
        to: "CREATE TABLE \"t\" (\n [a] VARCHAR (9) default 'x' check(`a`<>''),\n \"b\" int\n);
             create view V as select \"a\" from [t] -- why",
        done: "",
    },
    Pair {
        from: "CREATE TABLE t (a INTEGER PRIMARY KEY)",
        rows: "INSERT INTO t VALUES (1)",
        to: "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT NOT NULL DEFAULT 'x''y' /* , */, c INT CHECK (c IS NULL OR c > a) COLLATE nocase,
             d INT DEFAULT -1, e DEFAULT NULL REFERENCES t, f INT AS (a + 1), g DEFAULT TRUE, \"h, (\" DEFAULT x'00')",
        done: "create column t.b, create column t.c, create column t.d, create column t.e, create column t.f, \
               create column t.g, create column t.h, (",
    },
    Pair {
        from: "CREATE TABLE t (a INT, b INT); CREATE INDEX i ON t (b); CREATE VIEW v AS SELECT a, b FROM t;
               CREATE VIEW w AS SELECT b FROM v; CREATE VIEW other AS SELECT 1;
               CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET b = 1 WHERE a = new.a; END",
        rows: "INSERT INTO t VALUES (1, 2)",
        to: "CREATE TABLE t (a INT); CREATE VIEW v AS SELECT a FROM t; CREATE VIEW other AS SELECT 1;
             CREATE VIEW w AS SELECT a FROM v;
             CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET a = 2 WHERE a = new.a; END",
        done: "recreate trigger g, recreate view v, recreate view w, drop index i, drop column t.b, \
               recreate view v, recreate view w, recreate trigger g",
    },
    Pair {
        from: "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a REFERENCES p ON DELETE CASCADE, b CHECK (b > 0))",
        rows: "INSERT INTO p VALUES (1); INSERT INTO t VALUES (1, 1)",
        to: "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (c INT)",
        done: "create column t.c, drop column t.a, drop column t.b",
    },
    Pair {
        // No ALTER TABLE drops what a table constraint is about.
        from: "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a, b, c, FOREIGN KEY (a) REFERENCES p, CHECK (b > 0))",
        rows: "INSERT INTO p VALUES (1); INSERT INTO t VALUES (1, 1, 1)",
        to: "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (c)",
        done: "alter table t",
    },
    Pair {
        from: "CREATE TABLE t (a INT UNIQUE, b AS (c), c, d)",
        rows: "INSERT INTO t VALUES (1, 2, 3)",
        to: "CREATE TABLE t (d)",
        done: "alter table t",
    },
];

const REBUILDS: &[Pair] = &[
    Pair {
        // The parent of cascades that go on and come back.
        from: "CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT, best REFERENCES users ON DELETE CASCADE);
               CREATE TABLE posts (id INTEGER PRIMARY KEY, author NOT NULL REFERENCES users (id) ON DELETE CASCADE);
               CREATE TABLE comments (post REFERENCES posts ON DELETE CASCADE, by REFERENCES users ON DELETE SET NULL);
               CREATE UNIQUE INDEX by_email ON users (email COLLATE nocase);
               CREATE INDEX some ON users (lower(email)) WHERE email IS NOT NULL;
               CREATE VIEW authors AS SELECT email FROM users JOIN posts ON author = users.id;
               CREATE VIEW again AS SELECT * FROM authors;
               CREATE TRIGGER own AFTER UPDATE ON users BEGIN INSERT INTO users (email) VALUES ('own'); END;
               CREATE TRIGGER foreign_one AFTER DELETE ON comments BEGIN DELETE FROM users WHERE id = old.by; END;
               CREATE TRIGGER through INSTEAD OF INSERT ON authors BEGIN INSERT INTO users (email) VALUES (new.email); END;",
        rows: "INSERT INTO users VALUES (1, 'a', NULL), (2, 'b', 1), (3, 'c', 3), (9, 'd', 1); DELETE FROM users WHERE id = 9;
               INSERT INTO posts VALUES (1, 1), (2, 2); INSERT INTO comments VALUES (1, 2), (2, NULL)",
        to: "CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL DEFAULT '', best REFERENCES users ON DELETE CASCADE);
             CREATE TABLE posts (id INTEGER PRIMARY KEY, author NOT NULL REFERENCES users (id) ON DELETE CASCADE);
             CREATE TABLE comments (post REFERENCES posts ON DELETE CASCADE, by REFERENCES users ON DELETE SET NULL);
             CREATE UNIQUE INDEX by_email ON users (email COLLATE nocase);
             CREATE INDEX some ON users (lower(email)) WHERE email IS NOT NULL;
             CREATE VIEW authors AS SELECT email FROM users JOIN posts ON author = users.id;
             CREATE VIEW again AS SELECT * FROM authors;
             CREATE TRIGGER own AFTER UPDATE ON users BEGIN INSERT INTO users (email) VALUES ('own'); END;
             CREATE TRIGGER foreign_one AFTER DELETE ON comments BEGIN DELETE FROM users WHERE id = old.by; END;
             CREATE TRIGGER through INSTEAD OF INSERT ON authors BEGIN INSERT INTO users (email) VALUES (new.email); END;",
        done: "alter table users, recreate index by_email, recreate index some, recreate trigger own",
    },
    Pair {
        // Two that refer to each other, both rebuilt, and RESTRICT.
        from: "CREATE TABLE a (id INTEGER PRIMARY KEY, b REFERENCES b ON DELETE RESTRICT);
               CREATE TABLE b (id INTEGER PRIMARY KEY, a REFERENCES a ON DELETE CASCADE)",
        rows: "INSERT INTO a VALUES (1, NULL); INSERT INTO b VALUES (1, 1); UPDATE a SET b = 1",
        to: "CREATE TABLE a (id INTEGER PRIMARY KEY, b REFERENCES b ON DELETE SET NULL);
             CREATE TABLE b (id INTEGER PRIMARY KEY, a NOT NULL REFERENCES a ON DELETE RESTRICT)",
        done: "alter table a, alter table b",
    },
    Pair {
        // Drizzle names the table in its checks.
        from: "CREATE TABLE \"u\" (\"age\" int, CONSTRAINT \"grown\" CHECK (\"u\".\"age\" > 18)); CREATE VIEW v AS SELECT age FROM u;
               CREATE TABLE other (x); CREATE TRIGGER g AFTER INSERT ON other BEGIN SELECT count(*) FROM v; END",
        rows: "INSERT INTO u VALUES (21)",
        to: "CREATE TABLE \"u\" (\"age\" int, CONSTRAINT \"grown\" CHECK (\"u\".\"age\" >= 18 AND u.age < 200)); CREATE VIEW v AS SELECT age FROM u;
             CREATE TABLE other (x); CREATE TRIGGER g AFTER INSERT ON other BEGIN SELECT count(*) FROM v; END",
        done: "recreate trigger g, recreate view v, alter table u, recreate view v, recreate trigger g",
    },
    Pair {
        // A view of something that is not there is nobody's business.
        from: "CREATE TABLE t (a INT); CREATE VIEW broken AS SELECT * FROM nowhere; CREATE VIEW v AS SELECT a FROM t",
        rows: "INSERT INTO t VALUES (1)",
        to: "CREATE TABLE t (a INT UNIQUE); CREATE VIEW broken AS SELECT * FROM nowhere; CREATE VIEW v AS SELECT a FROM t",
        done: "alter table t",
    },
    Pair {
        from: "CREATE TABLE t (a TEXT, b INT)",
        rows: "INSERT INTO t VALUES ('1', 2), ('x', NULL)",
        to: "CREATE TABLE t (a TEXT, b INT, c DEFAULT CURRENT_TIMESTAMP, d DEFAULT (abs(-1)), e AS (a) STORED)",
        done: "alter table t",
    },
    Pair {
        from: "CREATE TABLE t (a TEXT, b INT) STRICT",
        rows: "INSERT INTO t VALUES ('1', 2), ('x', NULL)",
        to: "CREATE TABLE t (a TEXT PRIMARY KEY NOT NULL, b INT) WITHOUT ROWID",
        done: "alter table t",
    },
    Pair {
        from: "CREATE TABLE t (a TEXT PRIMARY KEY, b INT) WITHOUT ROWID",
        rows: "INSERT INTO t VALUES ('1', 2), ('x', NULL)",
        to: "CREATE TABLE t (a TEXT, b INT, id INTEGER PRIMARY KEY AUTOINCREMENT) STRICT",
        done: "alter table t",
    },
    Pair {
        from: "CREATE TABLE t (a INT, b INT, PRIMARY KEY (a, b DESC), CONSTRAINT u UNIQUE (b, a))",
        rows: "INSERT INTO t VALUES (1, 2), (2, 1)",
        to: "CREATE TABLE t (a INT CONSTRAINT p PRIMARY KEY ON CONFLICT REPLACE, b INT COLLATE nocase, CONSTRAINT u UNIQUE (b))",
        done: "alter table t",
    },
    Pair {
        // A generated column becomes one with values, and the other way round.
        from: "CREATE TABLE t (a INT, twice INT AS (a * 2) STORED, b INT)",
        rows: "INSERT INTO t (a, b) VALUES (1, 5)",
        to: "CREATE TABLE t (a INT, twice INT, b INT AS (a) VIRTUAL)",
        done: "alter table t",
    },
    Pair {
        // Everything of it is new, but its rows stay.
        from: "CREATE TABLE t (a PRIMARY KEY); CREATE TABLE c (t REFERENCES t)",
        rows: "INSERT INTO t VALUES (7); INSERT INTO c VALUES (NULL)",
        to: "CREATE TABLE t (b DEFAULT (1), c UNIQUE, id INTEGER PRIMARY KEY); CREATE TABLE c (t REFERENCES t)",
        done: "alter table t",
    },
    Pair {
        // A child lets go of a parent that goes.
        from: "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (x, p REFERENCES p ON DELETE CASCADE, FOREIGN KEY (x) REFERENCES p ON DELETE CASCADE)",
        rows: "INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, 1)",
        to: "CREATE TABLE c (x, p)",
        done: "alter table c, drop table p",
    },
    Pair {
        // The parent's key is not the one that the child says: SQLite cannot check.
        from: "CREATE TABLE p (a, b UNIQUE); CREATE TABLE c (x REFERENCES p (a))",
        rows: "INSERT INTO p VALUES (1, 2)",
        to: "CREATE TABLE p (a PRIMARY KEY, b UNIQUE); CREATE TABLE c (x REFERENCES p (a))",
        done: "alter table p",
    },
    Pair {
        // A table becomes a view, a view a table, an index a table.
        from: "CREATE TABLE x (a); CREATE VIEW y AS SELECT 1 AS a; CREATE TABLE t (a); CREATE INDEX z ON t (a);
               CREATE TRIGGER g AFTER INSERT ON x BEGIN SELECT 1; END; CREATE TRIGGER h INSTEAD OF INSERT ON y BEGIN SELECT 1; END",
        rows: "INSERT INTO x VALUES (1)",
        to: "CREATE TABLE y (a); CREATE TABLE z (a); CREATE VIEW x AS SELECT a FROM y; CREATE TABLE t (a);
             CREATE TRIGGER g INSTEAD OF INSERT ON x BEGIN SELECT 1; END; CREATE TRIGGER h AFTER INSERT ON y BEGIN SELECT 1; END",
        done: "drop view y, drop index z, create table y, create table z, drop table x, create view x, \
               recreate trigger g, recreate trigger h",
    },
    Pair {
        from: "CREATE VIRTUAL TABLE s USING fts5(title); CREATE TABLE t (title)",
        rows: "INSERT INTO s VALUES ('x'); INSERT INTO t VALUES ('y')",
        to: "CREATE VIRTUAL TABLE s USING fts5(title, body); CREATE TABLE t (title)",
        done: "alter table s",
    },
    Pair {
        // What cannot be taken apart is rebuilt where it differs at all.
        from: "CREATE TABLE t (a INT, UNIQUE (a) ON CONFLICT REPLACE)",
        rows: "INSERT INTO t VALUES (1)",
        to: "CREATE TABLE t (a INT, UNIQUE (a) ON CONFLICT FAIL)",
        done: "alter table t",
    },
    Pair {
        // Names that need their quotes.
        from: "CREATE TABLE \"a \"\"b\"\" 'c'\" (\"x y\" INTEGER PRIMARY KEY AUTOINCREMENT, [select] TEXT); CREATE INDEX \"i i\" ON \"a \"\"b\"\" 'c'\" ([select])",
        rows: "INSERT INTO \"a \"\"b\"\" 'c'\" VALUES (4, 'x')",
        to: "CREATE TABLE \"a \"\"b\"\" 'c'\" (\"x y\" INTEGER PRIMARY KEY AUTOINCREMENT, [select] BLOB, ü DEFAULT 'ä'); CREATE INDEX \"i i\" ON \"a \"\"b\"\" 'c'\" ([select])",
        done: "alter table a \"b\" 'c', recreate index i i",
    },
    Pair {
        // A name that the new table would have meanwhile is taken.
        from: "CREATE TABLE t (a INT); CREATE TABLE segue_new_t (b)",
        rows: "INSERT INTO t VALUES (1)",
        to: "CREATE TABLE t (a TEXT); CREATE TABLE segue_new_t (b)",
        done: "alter table t",
    },
];

const ATTACHED: &[Pair] = &[
    Pair {
        from: "CREATE TABLE t (a, b); CREATE INDEX i ON t (a); CREATE INDEX j ON t (a) WHERE b > 1; CREATE INDEX k ON t (a); CREATE TABLE u (a)",
        rows: "INSERT INTO t VALUES (1, 2)",
        to: "CREATE TABLE t (a, b); CREATE UNIQUE INDEX i ON t (a); CREATE INDEX j ON t (a) WHERE b > 2; CREATE INDEX K on t(A); CREATE TABLE u (a)",
        done: "recreate index i, recreate index j, recreate index i, recreate index j",
    },
    Pair {
        from: "CREATE TABLE t (a); CREATE TABLE u (a); CREATE INDEX i ON t (a); CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END",
        rows: "",
        to: "CREATE TABLE t (a); CREATE TABLE u (a); CREATE INDEX i ON u (a); CREATE TRIGGER g AFTER INSERT ON u BEGIN SELECT 1; END",
        done: "recreate trigger g, recreate index i, recreate index i, recreate trigger g",
    },
    Pair {
        // A view alone takes the triggers on it along, and nothing else.
        from: "CREATE TABLE t (a); CREATE VIEW v AS SELECT a FROM t; CREATE VIEW w AS SELECT a FROM v;
               CREATE TRIGGER g INSTEAD OF INSERT ON v BEGIN SELECT 1; END; CREATE TRIGGER h INSTEAD OF DELETE ON v BEGIN SELECT 1; END",
        rows: "",
        to: "CREATE TABLE t (a); CREATE VIEW w AS SELECT a FROM v; CREATE VIEW v AS SELECT a + 1 AS a FROM t;
             CREATE TRIGGER g INSTEAD OF INSERT ON v BEGIN SELECT 1; END",
        done: "recreate view v, recreate view v, recreate trigger g",
    },
];

async fn hold(pairs: &[Pair], options: &Options) {
    for pair in pairs {
        let to = schema(pair.to).await;
        for frame in [Frame::Script, Frame::Deploy, Frame::Within] {
            let session = database(&format!("{};{}", pair.from, pair.rows)).await;
            let diff = carry_out(&session, &to, options, frame).await;
            assert_eq!(summary(&diff), pair.done, "{}", pair.from);
            session.close().await;
        }
        let back = database(pair.to).await;
        carry_out(&back, &schema(pair.from).await, options, Frame::Script).await;
        back.close().await;
    }
}

#[tokio::test]
async fn what_alter_table_can_do_is_done_in_place() {
    hold(PAIRS, &Options::default()).await;
}

#[tokio::test]
async fn everything_else_is_a_rebuild_that_keeps_every_row() {
    hold(REBUILDS, &Options::default()).await;
    let order = Options {
        column_order: true,
        ..Options::default()
    };
    hold(REBUILDS, &order).await;
}

#[tokio::test]
async fn indexes_views_and_triggers_go_and_come_alone() {
    hold(ATTACHED, &Options::default()).await;
}

#[tokio::test]
async fn the_order_of_columns_alone_is_a_reason_only_where_it_is_wanted() {
    let (from, to) = (
        "CREATE TABLE t (a INT, b TEXT)",
        "CREATE TABLE t (b TEXT, c INT, a INT)",
    );
    let to = schema(to).await;
    for (column_order, done) in [(false, "create column t.c"), (true, "alter table t")] {
        let options = Options {
            column_order,
            ..Options::default()
        };
        let session = database(&format!("{from}; INSERT INTO t VALUES (1, 'x')")).await;
        let diff = carry_out(&session, &to, &options, Frame::Script).await;
        assert_eq!(summary(&diff), done);
        session.close().await;
    }
}
