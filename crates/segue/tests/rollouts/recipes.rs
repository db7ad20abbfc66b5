//! What is deployed: a migration or more for every recipe that a deploy carries out, on one schema with rows in it.

/// So many rows of each table.
pub(crate) const ROWS: u32 = 2000;

/// The schema that is there before.
pub(crate) const SCHEMA: &str = "
CREATE TABLE users (
  id bigint PRIMARY KEY, name text NOT NULL, nick text, email text, visits int NOT NULL DEFAULT 0, is_active boolean,
  age int, legacy text NOT NULL, CONSTRAINT grown_up CHECK (age >= 18)
);
CREATE INDEX users_nick_idx ON users (nick);
CREATE INDEX users_legacy_idx ON users (legacy, nick);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, total int);
CREATE TABLE links (a bigint, b text);
CREATE TABLE old_things (id bigint PRIMARY KEY, what text);
CREATE FUNCTION loud() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.what := upper(NEW.what); RETURN NEW; END $$;
CREATE TRIGGER loud BEFORE UPDATE ON old_things FOR EACH ROW EXECUTE FUNCTION loud();
CREATE TABLE events (id bigint, at date NOT NULL, kind text) PARTITION BY RANGE (at);
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE events_2027 (id bigint, at date NOT NULL, kind text);
CREATE TABLE readings (id int, at date, size int, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE readings_2025 PARTITION OF readings FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE readings_2026 PARTITION OF readings FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX readings_size_id_idx ON readings (size, id);
CREATE TYPE mood AS ENUM ('glad', 'sad', 'bored');
CREATE TABLE teams (id int PRIMARY KEY, label text NOT NULL, mood mood NOT NULL DEFAULT 'glad', size int);
CREATE TABLE members (id bigint PRIMARY KEY, team_id int NOT NULL REFERENCES teams, joined date);
CREATE INDEX members_team_id_idx ON members (team_id);
CREATE TABLE shelves (id bigint PRIMARY KEY, label text);
CREATE TABLE books (
  id bigint PRIMARY KEY, shelf_id bigint REFERENCES shelves ON DELETE CASCADE, sequel_of bigint REFERENCES books ON DELETE SET NULL,
  title text, shout text GENERATED ALWAYS AS (upper(title)) STORED, number bigint GENERATED ALWAYS AS IDENTITY
);
CREATE INDEX books_shelf_id_idx ON books (shelf_id);
CREATE INDEX books_sequel_of_idx ON books (sequel_of);
CREATE VIEW link_names AS SELECT b FROM links;
CREATE MATERIALIZED VIEW link_counts AS SELECT a, count(*) AS n FROM links GROUP BY a;
CREATE UNIQUE INDEX link_counts_a_idx ON link_counts (a);
";

/// The rows; `$n` is how many.
pub(crate) const FILLING: &str = "
INSERT INTO users SELECT n, 'name ' || n, 'nick ' || n % 7, n || '@example.org', n % 5, NULL, 18 + n % 50, 'old ' || n
  FROM generate_series(1, $n) n;
INSERT INTO orders SELECT n, n, nullif(n % 3, 0) FROM generate_series(1, $n) n;
INSERT INTO links SELECT n, 'b ' || n FROM generate_series(1, $n) n;
INSERT INTO old_things SELECT n, 'thing ' || n FROM generate_series(1, $n) n;
INSERT INTO events SELECT n, date '2025-01-01' + n % 700, 'kind ' || n % 9 FROM generate_series(1, $n) n;
INSERT INTO events_2027 SELECT n, date '2027-01-01' + n % 300, 'kind ' || n % 9 FROM generate_series(1, $n) n;
INSERT INTO readings SELECT n, date '2025-01-01' + n % 700, n % 9 FROM generate_series(1, $n) n;
INSERT INTO teams SELECT n, 'team ' || n, CASE n % 2 WHEN 0 THEN 'sad' ELSE 'glad' END::mood, n FROM generate_series(1, $n / 4) n;
INSERT INTO members SELECT n, 1 + n % ($n / 4), '2026-01-01' FROM generate_series(1, $n / 4) n;
INSERT INTO shelves SELECT n, 'shelf ' || n FROM generate_series(1, $n / 10) n;
INSERT INTO books SELECT n, 1 + n % ($n / 10), nullif(n - 1, 0), 'book ' || n FROM generate_series(1, $n / 4) n;
REFRESH MATERIALIZED VIEW link_counts;
ANALYZE;
";

/// What is deployed on it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recipe {
    pub(crate) name: &'static str,
    /// The statements of each migration.
    pub(crate) migrations: &'static [&'static str],
}

const fn one(name: &'static str, migrations: &'static [&'static str]) -> Recipe {
    Recipe { name, migrations }
}

pub(crate) const INDEXES: &[Recipe] = &[
    one(
        "create_index",
        &["CREATE INDEX users_name_idx ON users (name);"],
    ),
    one(
        "create_unique_index",
        &["CREATE UNIQUE INDEX users_email_idx ON users (lower(email));"],
    ),
    one("add_unique", &["ALTER TABLE users ADD UNIQUE (email);"]),
    one(
        "add_primary_key",
        &["ALTER TABLE links ADD PRIMARY KEY (a);"],
    ),
    one(
        "primary_key_of_another_name",
        &[
            "ALTER TABLE orders DROP CONSTRAINT orders_pkey;\nALTER TABLE orders ADD CONSTRAINT orders_by_user PRIMARY KEY (user_id);",
        ],
    ),
    one("drop_index", &["DROP INDEX users_nick_idx;"]),
    one(
        "drop_index_concurrently",
        &["DROP INDEX CONCURRENTLY users_nick_idx;"],
    ),
    one(
        "reindex",
        &[
            "DROP INDEX users_nick_idx;",
            "REINDEX TABLE CONCURRENTLY users;",
        ],
    ),
    one(
        "refresh",
        &["INSERT INTO links VALUES (-1, 'new');\nREFRESH MATERIALIZED VIEW link_counts;"],
    ),
];

pub(crate) const COLUMNS: &[Recipe] = &[
    one(
        "add_column_volatile_default",
        &["ALTER TABLE users ADD COLUMN token uuid DEFAULT gen_random_uuid();"],
    ),
    one(
        "add_column_required",
        &["ALTER TABLE users ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid();"],
    ),
    one(
        "add_column_serial",
        &["ALTER TABLE users ADD COLUMN number bigserial;"],
    ),
    one(
        "add_column_identity",
        &["ALTER TABLE users ADD COLUMN number bigint GENERATED BY DEFAULT AS IDENTITY;"],
    ),
    one(
        "column_filled_then_not_null",
        &[
            "ALTER TABLE users ADD COLUMN slug text;\nUPDATE users SET slug = lower(name);\nALTER TABLE users ALTER COLUMN slug SET NOT NULL;",
        ],
    ),
    one(
        "column_filled_behind_default",
        &[
            "ALTER TABLE users ADD COLUMN slug text NOT NULL DEFAULT '';\nUPDATE users SET slug = lower(name);\nALTER TABLE users ALTER COLUMN slug DROP DEFAULT;",
        ],
    ),
    one(
        "column_filled_by_kinds",
        &[
            "ALTER TABLE users ADD COLUMN tier text;\nUPDATE users SET tier = 'young' WHERE age < 30;\nUPDATE users SET tier = 'old' WHERE age >= 30;\nCREATE INDEX users_tier ON users (tier);\nALTER TABLE users ALTER COLUMN tier SET NOT NULL;",
        ],
    ),
    one(
        "create_like",
        &[
            "ALTER TABLE teams RENAME COLUMN label TO name;\nCREATE TABLE old_teams (LIKE teams INCLUDING ALL);",
        ],
    ),
];

pub(crate) const CONSTRAINTS: &[Recipe] = &[
    one(
        "set_not_null",
        &["ALTER TABLE users ALTER COLUMN email SET NOT NULL;"],
    ),
    one(
        "add_check",
        &["ALTER TABLE users ADD CONSTRAINT not_too_old CHECK (age < 200);"],
    ),
    one(
        "add_foreign_key",
        &["ALTER TABLE orders ADD CONSTRAINT of_user FOREIGN KEY (user_id) REFERENCES users;"],
    ),
    one(
        "drop_constraint",
        &["ALTER TABLE users DROP CONSTRAINT grown_up;"],
    ),
    one(
        "drop_default",
        &["ALTER TABLE users ALTER COLUMN visits DROP DEFAULT;"],
    ),
    one("drop_column", &["ALTER TABLE users DROP COLUMN legacy;"]),
    one("drop_table", &["DROP TABLE old_things;"]),
    one(
        "disable_trigger",
        &["ALTER TABLE old_things DISABLE TRIGGER loud;"],
    ),
    one(
        "drop_identity",
        &["ALTER TABLE books ALTER COLUMN number DROP IDENTITY;"],
    ),
    one(
        "drop_expression",
        &["ALTER TABLE books ALTER COLUMN shout DROP EXPRESSION;"],
    ),
    one(
        "view_made_again",
        &[
            "DROP INDEX users_nick_idx;\nDROP VIEW link_names;\nCREATE VIEW link_names AS SELECT b, a FROM links;",
        ],
    ),
    one(
        "rename_object",
        &[
            "ALTER VIEW link_names RENAME TO names_of_links;\nALTER TYPE mood RENAME VALUE 'bored' TO 'idle';",
        ],
    ),
];

pub(crate) const FILLINGS: &[Recipe] = &[
    one(
        "update_in_batches",
        &["UPDATE users SET is_active = true WHERE id % 2 = 0;"],
    ),
    one(
        "update_counting",
        &["UPDATE users SET visits = visits + 1;"],
    ),
    one(
        "delete_in_batches",
        &["DELETE FROM orders WHERE total IS NULL;"],
    ),
    one(
        "copy_rows",
        &[
            "CREATE TABLE people (id bigint PRIMARY KEY, full_name text, at int);\n\
             INSERT INTO people (id, full_name) SELECT u.id, upper(u.name) FROM users u WHERE u.id % 3 > 0;",
        ],
    ),
    one(
        "write_few",
        &[
            "UPDATE users u SET name = o.total, visits = visits + 1 FROM orders o WHERE o.id = u.id AND u.id IN (4, 5);\n\
             WITH gone AS (SELECT max(id) AS id FROM orders WHERE total = 1) DELETE FROM orders o USING gone WHERE o.id = gone.id AND o.id = 1999;\n\
             INSERT INTO orders VALUES (100001, 5, 7), (100002, 6, 8);\n\
             UPDATE orders SET total = 9 WHERE id = 100001;",
        ],
    ),
    one("rows_that_triggers_see", &[SEEN]),
];

/// Rows go along, and nothing tells beforehand what rows are written.
const SEEN: &str = "DELETE FROM shelves WHERE id % 2 = 0;
INSERT INTO shelves VALUES (1, 'first'), (100001, 'new') ON CONFLICT (id) DO UPDATE SET label = excluded.label;
WITH one AS (UPDATE shelves SET label = 'third' WHERE id = 3 RETURNING id)
  INSERT INTO books (id, shelf_id, sequel_of) SELECT 200000 + id, id, 8 FROM one;";

pub(crate) const PARTITIONS: &[Recipe] = &[
    one(
        "create_index_partitioned",
        &["CREATE INDEX events_kind_idx ON events (kind);"],
    ),
    one(
        "key_of_partitioned_table",
        &["ALTER TABLE events ADD PRIMARY KEY (id, at);"],
    ),
    one(
        "change_type_of_partitioned_table",
        &["ALTER TABLE readings ALTER COLUMN id TYPE bigint;"],
    ),
    one(
        "attach_partition",
        &[
            "ALTER TABLE events ATTACH PARTITION events_2027 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');",
        ],
    ),
    one(
        "detach_partition",
        &["ALTER TABLE events DETACH PARTITION events_2025;"],
    ),
    one(
        "detach_partition_concurrently",
        &["ALTER TABLE events DETACH PARTITION events_2025 CONCURRENTLY;"],
    ),
];

/// Both apps write both forms until contract.
pub(crate) const FORMS: &[Recipe] = &[
    one(
        "rename_column",
        &["ALTER TABLE teams RENAME COLUMN label TO name;"],
    ),
    one(
        "rename_column_with_index",
        &["ALTER TABLE users RENAME COLUMN nick TO nickname;"],
    ),
    one("rename_table", &["ALTER TABLE members RENAME TO people;"]),
    one(
        "moved_table",
        &[
            "CREATE SCHEMA app;\nALTER TABLE old_things SET SCHEMA app;\nALTER TABLE app.old_things ADD COLUMN rank int NOT NULL DEFAULT 0;\nCREATE INDEX old_things_rank ON app.old_things (rank);",
        ],
    ),
    one(
        "change_type",
        &["ALTER TABLE teams ALTER COLUMN size TYPE bigint;"],
    ),
    one(
        "change_type_with_what_is_behind",
        &[
            "ALTER TABLE teams ALTER COLUMN size TYPE bigint, ALTER COLUMN size SET DEFAULT 3, ALTER COLUMN size SET NOT NULL;\nALTER TABLE teams ADD CONSTRAINT has_size CHECK (size > 0);\nCREATE UNIQUE INDEX teams_size_idx ON teams (size);",
        ],
    ),
    one(
        "change_type_of_primary_key",
        &["ALTER TABLE teams ALTER COLUMN id TYPE bigint;"],
    ),
    one(
        "change_type_sooner",
        &["-- segue: phase expand\nALTER TABLE teams ALTER COLUMN size TYPE bigint;"],
    ),
    one("enum_replaced", &[MOODS]),
    one(
        "enum_replaced_behind_rows",
        &["UPDATE teams SET mood = 'sad' WHERE id % 3 = 0;", MOODS],
    ),
    one("sync_columns", &[SIZES]),
    one("sync_rows", &[CREW]),
    one(
        "forms_in_several_migrations",
        &[
            "ALTER TABLE teams RENAME COLUMN label TO name;",
            "ALTER TABLE teams ALTER COLUMN size TYPE bigint;",
            "ALTER TABLE teams ADD COLUMN city text NOT NULL DEFAULT 'here';\nALTER TABLE members RENAME TO people;",
        ],
    ),
];

/// Columns move to a table of their own.
const SIZES: &str =
    "CREATE TABLE sizes (team_id int PRIMARY KEY REFERENCES teams, size int NOT NULL);
-- segue: sync
INSERT INTO sizes SELECT id, size FROM teams WHERE size IS NOT NULL;
ALTER TABLE teams DROP COLUMN size;";

/// Rows move to another table.
const CREW: &str =
    "CREATE TABLE crew (id bigint PRIMARY KEY, team_id int NOT NULL REFERENCES teams, joined date);
-- segue: sync
INSERT INTO crew SELECT * FROM members;
DROP TABLE members;";

/// As Prisma takes a value out of an enum.
const MOODS: &str = "BEGIN;
CREATE TYPE mood_new AS ENUM ('glad', 'sad');
ALTER TABLE teams ALTER COLUMN mood DROP DEFAULT;
ALTER TABLE teams ALTER COLUMN mood TYPE mood_new USING (mood::text::mood_new);
ALTER TYPE mood RENAME TO mood_old;
ALTER TYPE mood_new RENAME TO mood;
DROP TYPE mood_old;
ALTER TABLE teams ALTER COLUMN mood SET DEFAULT 'glad';
COMMIT;";

pub(crate) const SEVERAL: &[Recipe] = &[one(
    "several_migrations",
    &[
        "CREATE TABLE notes (id bigint PRIMARY KEY, user_id bigint REFERENCES users, body text);\nINSERT INTO notes VALUES (1, 1, 'hello');",
        "ALTER TABLE orders ADD COLUMN note text;\nCREATE INDEX orders_user_id_idx ON orders (user_id);",
        "ALTER TABLE orders ALTER COLUMN user_id SET NOT NULL;\nALTER TABLE users ALTER COLUMN visits DROP DEFAULT;\nDROP TABLE old_things;",
    ],
)];

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static Recipe> {
    let all = [
        INDEXES,
        COLUMNS,
        CONSTRAINTS,
        FILLINGS,
        PARTITIONS,
        FORMS,
        SEVERAL,
    ];
    all.into_iter().flatten()
}

/// The one of this name.
pub(crate) fn named(name: &str) -> Recipe {
    let found = all().find(|recipe| recipe.name == name);
    *found.unwrap_or_else(|| panic!("no recipe is called {name}"))
}
