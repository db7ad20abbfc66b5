//! Rows that go through a program: planned, run, stopped anywhere and gone on with, and all that a program can do wrong.

use std::{os::unix::fs::PermissionsExt, time::Duration};

use crate::harness::{Database, Project, database, eventually};

mod bad;
mod kept;
mod stopped;

const USERS: &str =
    "CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, n int NOT NULL DEFAULT 0);\n";

/// A line for each line: the key, and what the name becomes.
const SLUGIFY: &str = r#"
while IFS= read -r line; do
  key=${line#*:}; key=${key%%,*}
  name=${line#*\"name\":\"}; name=${name%%\"*}
  printf '{"key":%s,"row":{"slug":"%s-%s"}}\n' "$key" "$name" "$key"
done
"#;

/// Done twice, it shows.
const COUNT: &str = r#"
while IFS= read -r line; do
  key=${line#*:}; key=${key%%,*}
  n=${line#*\"n\":}; n=${n%%\}*}
  printf '{"key":%s,"row":{"n":%s}}\n' "$key" "$((n + 1))"
done
"#;

const SLUGS: &str = "table = \"users\"\nselect = [\"name\"]\nwhere = \"slug IS NULL\"\nwrite = [\"slug\"]\nprogram = [\"./program\"]\n";
const COUNTS: &str =
    "table = \"users\"\nselect = [\"n\"]\nwrite = [\"n\"]\nprogram = [\"./program\"]\n";

/// A database in use, and a project with a migration that has a program.
struct Stand {
    db: Database,
    project: Project,
}

impl Stand {
    /// With so many users, and this program.
    fn start(rows: usize, toml: &str, program: &str) -> Option<Self> {
        let db = database()?;
        let project = Project::new();
        project.migration("0001_users", USERS);
        project.on(&db, &["deploy"]).exits(0);
        db.sql(&format!(
            "INSERT INTO users SELECT g, 'name' FROM generate_series(1, {rows}) g; ANALYZE users"
        ));
        let stand = Self { db, project };
        stand.migrate("ALTER TABLE users ADD COLUMN slug text;\n", toml, program);
        Some(stand)
    }

    /// The second migration.
    fn migrate(&self, sql: &str, toml: &str, program: &str) {
        self.project.migration("0002_slugs", sql);
        self.project
            .file("migrations/0002_slugs/transform.toml", toml);
        self.program(program);
    }

    fn program(&self, script: &str) {
        let path = "migrations/0002_slugs/program";
        self.project.file(path, format!("#!/bin/sh\n{script}"));
        self.mode(path, 0o755);
    }

    fn mode(&self, path: &str, mode: u32) {
        let path = self.project.root().join(path);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    fn deploy(&self) -> crate::harness::Outcome {
        self.project.on(&self.db, &["deploy"])
    }

    /// How many rows fulfil a condition.
    #[track_caller]
    fn rows(&self, condition: &str) -> u64 {
        let count = format!("SELECT count(*) FROM users WHERE {condition}");
        self.db.sql(&count).parse().unwrap()
    }

    /// How many rows have a slug, also before there is such a column.
    #[track_caller]
    fn slugs(&self) -> u64 {
        self.rows("to_jsonb(users) ->> 'slug' IS NOT NULL")
    }

    #[track_caller]
    fn aside(&self) -> String {
        self.db.sql("SELECT coalesce(string_agg(key || ': ' || reason, '; ' ORDER BY id), '') FROM segue.quarantine")
    }
}

#[test]
fn rows_go_through_behind_the_statements_of_their_migration_and_before_the_next() {
    let Some(stand) = Stand::start(5000, SLUGS, SLUGIFY) else {
        return;
    };
    stand.project.migration(
        "0003_not_null",
        "ALTER TABLE users ALTER COLUMN slug SET NOT NULL;\n",
    );
    stand
        .project
        .on(&stand.db, &["plan"])
        .exits(0)
        .prints("rows of public.users go through program, which gives slug")
        .prints("program   ./program")
        .prints("the deploy stops at them");
    let json = stand
        .project
        .on(&stand.db, &["plan", "--json"])
        .exits(0)
        .json();
    let steps = json["expand"].as_array().unwrap();
    let step = steps
        .iter()
        .find(|step| step["recipe"] == "transform")
        .unwrap();
    assert_eq!(step["action"]["transform"]["writes"][0]["column"], "slug");
    stand.deploy().exits(0);
    assert_eq!(stand.rows("slug = 'name-' || id"), 5000);
    let done = "SELECT attnotnull FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'slug'";
    if stand.db.sql(done) != "t" {
        stand.project.on(&stand.db, &["contract"]).exits(0);
    }
    assert_eq!(stand.db.sql(done), "t");
    assert_eq!(stand.db.sql("SELECT count(*) FROM segue.quarantine"), "0");
    stand.deploy().exits(0).prints("up to date");
}

#[test]
fn what_a_program_is_given_and_what_it_answers_is_as_the_schema_has_it() {
    let answers = r#"
while IFS= read -r line; do
  printf '%s\n' "$line" >> "$HOME/said"
  key=${line#*:}; key=${key%%,*}
  case $key in
    1) answer='{"key":1,"unchanged":true}' ;;
    *) answer="{\"key\":$key,\"row\":{\"slug\":\"slug\"}}" ;;
  esac
  printf '%s\n' "$answer" >> "$HOME/said"
  printf '%s\n' "$answer"
done
"#;
    let toml = SLUGS.replace("where = \"slug IS NULL\"\n", "unchanged = true\n");
    let Some(stand) = Stand::start(5, &toml, answers) else {
        return;
    };
    stand.deploy().exits(0);
    assert_eq!(stand.slugs(), 4);
    let said = stand.project.text("../home/said");
    assert_eq!(said.lines().count(), 10, "{said}");
    for line in said.lines() {
        let line = serde_json::from_str(line).unwrap();
        crate::schemas::hold("transform.json", &line);
    }
    let given = said.lines().next().unwrap().replace(' ', "");
    assert_eq!(given, r#"{"key":1,"row":{"name":"name"}}"#);
}

#[test]
fn what_is_declared_counts_as_the_migration_and_its_program_does_not() {
    let Some(stand) = Stand::start(10, SLUGS, SLUGIFY) else {
        return;
    };
    stand.deploy().exits(0);
    stand.program(&format!("{SLUGIFY}# tidied\n"));
    stand.deploy().exits(0).prints("up to date");
    let toml = "migrations/0002_slugs/transform.toml";
    stand
        .project
        .file(toml, SLUGS.replace("slug IS NULL", "true"));
    stand
        .deploy()
        .exits(1)
        .says("`0002_slugs` was changed after it was applied");
    stand.project.remove(toml);
    stand
        .deploy()
        .exits(1)
        .says("`0002_slugs` was changed after it was applied");
}

#[test]
fn a_column_of_the_same_deploy_goes_back() {
    let Some(stand) = Stand::start(100, SLUGS, SLUGIFY) else {
        return;
    };
    stand.deploy().exits(0);
    stand.project.on(&stand.db, &["rollback"]).exits(0);
    let columns =
        "SELECT count(*) FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'slug'";
    assert_eq!(stand.db.sql(columns), "0");
}

#[test]
fn an_empty_database_and_one_without_an_app_get_it_too() {
    let Some(db) = database() else {
        return;
    };
    let project = Project::new();
    let stand = Stand { db, project };
    stand.project.migration(
        "0001_users",
        &format!("{USERS}INSERT INTO users SELECT g, 'name' FROM generate_series(1, 50) g;\n"),
    );
    stand.migrate("ALTER TABLE users ADD COLUMN slug text;\n", SLUGS, SLUGIFY);
    stand
        .project
        .migration("0003_more", "ALTER TABLE users ADD COLUMN more int;\n");
    stand.deploy().exits(0);
    assert_eq!(stand.rows("slug = 'name-' || id AND more IS NULL"), 50);
    let stand = Stand::start(50, SLUGS, SLUGIFY).unwrap();
    stand
        .project
        .on(&stand.db, &["deploy", "--strategy", "direct"])
        .exits(0);
    assert_eq!(stand.rows("slug = 'name-' || id"), 50);
}

#[test]
fn a_migration_needs_no_statements_and_a_layout_of_files_has_its_name_in_front() {
    let Some(db) = database() else {
        return;
    };
    let project = Project::new();
    project.file("segue.toml", "layout = \"sqlx\"\n");
    project.file("migrations/1_users.sql", USERS);
    project.on(&db, &["deploy"]).exits(0);
    db.sql("INSERT INTO users SELECT g, 'name' FROM generate_series(1, 30) g");
    let toml = COUNTS.replace("[\"./program\"]", "[\"sh\", \"count.sh\"]");
    project.file("migrations/2_count.sql", "-- rows only\n");
    project.file("migrations/2_count.transform.toml", toml);
    project.file("migrations/count.sh", COUNT);
    project.on(&db, &["deploy"]).exits(0);
    assert_eq!(db.sql("SELECT count(*) FROM users WHERE n = 1"), "30");
    project.on(&db, &["deploy"]).exits(0).prints("up to date");
}

#[test]
fn a_row_stays_or_goes_only_where_that_is_declared() {
    let program = r#"
while IFS= read -r line; do
  key=${line#*:}; key=${key%%,*}
  case $key in
    1|2|3) printf '{"key":%s,"delete":true}\n' "$key" ;;
    4|5) printf '{"key":%s,"unchanged":true}\n' "$key" ;;
    *) printf '{"key":%s,"row":{"slug":"s"}}\n' "$key" ;;
  esac
done
"#;
    let Some(stand) = Stand::start(
        10,
        &format!("{SLUGS}unchanged = true\ndelete = true\n"),
        program,
    ) else {
        return;
    };
    stand.deploy().exits(0);
    let rows = stand
        .db
        .sql("SELECT string_agg(id || coalesce(slug, '-'), ' ' ORDER BY id) FROM users");
    assert_eq!(rows, "4- 5- 6s 7s 8s 9s 10s");
    let stand = Stand::start(10, SLUGS, program).unwrap();
    stand
        .deploy()
        .exits(1)
        .says("`delete = true` is not declared")
        .says("the key 1 ");
    assert_eq!(stand.rows("true"), 10);
}

#[test]
fn keys_of_several_columns_and_partitions_and_queries() {
    let Some(stand) = Stand::start(0, SLUGS, SLUGIFY) else {
        return;
    };
    stand.db.sql(
        "CREATE TABLE parts (day date, code text, label text, PRIMARY KEY (day, code)) PARTITION BY RANGE (day); \
         CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2026-02-01'); \
         CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM ('2026-02-01') TO ('2026-03-01'); \
         CREATE TABLE names (code text PRIMARY KEY, name text); \
         INSERT INTO names SELECT 'c\"' || g, 'Name ' || g FROM generate_series(1, 40) g; \
         INSERT INTO parts SELECT date '2026-01-15' + g, 'c\"' || g FROM generate_series(1, 40) g",
    );
    let toml = "table = \"parts\"\nselect = \"SELECT p.day, p.code, n.name FROM parts p JOIN names n USING (code)\"\n\
         write = [\"label\"]\nprogram = [\"./program\"]\nrows = 7\nparallel = 2\n";
    let program = r#"
while IFS= read -r line; do
  key=${line#*:}; key=${key%%,\"row\"*}
  name=${line#*\"name\":\"}; name=${name%%\"*}
  printf '{"key":%s,"row":{"label":"%s"}}\n' "$key" "$name"
done
"#;
    stand.migrate("SELECT 1;\n", toml, program);
    stand.deploy().exits(0);
    let right = "SELECT count(*) FROM parts JOIN names USING (code) WHERE label = name";
    assert_eq!(stand.db.sql(right), "40");
}

#[test]
fn a_program_sees_nothing_of_the_database_and_says_things_to_people() {
    let program = r#"
echo "hello from the program" >&2
while IFS= read -r line; do
  key=${line#*:}; key=${key%%,*}
  printf '{"key":%s,"row":{"slug":"%s|%s|%s|%s"}}\n' "$key" "${DATABASE_URL:-none}" "${PGPASSWORD:-none}" "${TOKEN:-none}" "$1"
done
"#;
    let toml = SLUGS.replace("[\"./program\"]", "[\"./program\", \"$(id); *\"]");
    let Some(stand) = Stand::start(3, &format!("{toml}environment = [\"TOKEN\"]\n"), program)
    else {
        return;
    };
    let url = stand.db.url.clone();
    let variables = [
        ("DATABASE_URL", url.as_str()),
        ("PGPASSWORD", "secret"),
        ("TOKEN", "t"),
    ];
    stand
        .project
        .segue_with(&variables, &["deploy"])
        .exits(0)
        .says("program: hello from the program");
    assert_eq!(stand.rows("slug = 'none|none|t|$(id); *'"), 3);
}

#[test]
fn it_keeps_to_the_rate_and_waits_while_it_is_paused() {
    let Some(stand) = Stand::start(600, &format!("{SLUGS}rows = 50\n"), SLUGIFY) else {
        return;
    };
    let start = std::time::Instant::now();
    let mut deploy = stand
        .project
        .start_on(&stand.db, &["deploy", "--max-rate", "200"]);
    eventually("some rows are written", || {
        stand.slugs() > 0 || !deploy.is_running()
    });
    stand.project.on(&stand.db, &["pause"]).exits(0);
    std::thread::sleep(Duration::from_secs(2));
    let written = stand.rows("slug IS NOT NULL");
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(stand.rows("slug IS NOT NULL"), written, "it is paused");
    assert!(written < 600);
    stand.project.on(&stand.db, &["resume"]).exits(0);
    deploy.wait().exits(0);
    assert_eq!(stand.rows("slug IS NOT NULL"), 600);
    assert!(
        start.elapsed() > Duration::from_secs(3),
        "{:?}",
        start.elapsed()
    );
}
