//! The histories of the tools, as each of them writes them into SQLite, and the commands that decide by them.

use super::{Lite, TOOLS};
use crate::tools::{Tool, when};

const ONE: &str = "CREATE TABLE one (id integer PRIMARY KEY);\nINSERT INTO one VALUES (1);\n";
const TWO: &str = "CREATE TABLE two (id integer PRIMARY KEY);\n";

fn two(tool: Tool) -> Lite {
    let lite = Lite::new(tool);
    lite.write(1, "one", ONE).write(2, "two", TWO);
    lite
}

/// Every column that is not chance, and of the others whether they are what the tool would write.
fn told(tool: Tool) -> &'static str {
    match tool {
        Tool::Segue => {
            "SELECT name, length(checksum), finished_at >= started_at, \
             started_at GLOB '20[0-9][0-9]-[0-1][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9]', \
             message FROM _segue_migrations ORDER BY name"
        }
        // quaint stores a time as milliseconds since 1970 (connector/sqlite/native/conversion.rs).
        Tool::Prisma => {
            "SELECT migration_name, length(checksum), typeof(started_at), typeof(finished_at), \
             finished_at >= started_at, abs(finished_at - 1000 * unixepoch()) < 100000, rolled_back_at, logs, \
             applied_steps_count, typeof(applied_steps_count), length(id) FROM _prisma_migrations ORDER BY rowid"
        }
        Tool::Drizzle => {
            "SELECT id, length(hash), created_at, typeof(created_at) FROM __drizzle_migrations ORDER BY rowid"
        }
        Tool::DrizzleV1 => {
            "SELECT id, length(hash), created_at, typeof(created_at), name, \
             applied_at GLOB '20[0-9][0-9]-[0-1][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9]Z' \
             FROM __drizzle_migrations ORDER BY id"
        }
        Tool::Diesel => {
            "SELECT version, run_on = datetime(run_on), abs(unixepoch(run_on) - unixepoch()) < 100 \
             FROM __diesel_schema_migrations ORDER BY version"
        }
        Tool::Sqlx => {
            "SELECT version, description, success, typeof(success), length(checksum), typeof(checksum), \
             execution_time BETWEEN 1 AND 60000000000, installed_on = datetime(installed_on) \
             FROM _sqlx_migrations ORDER BY version"
        }
        Tool::Flyway => {
            "SELECT installed_rank, version, description, type, script, typeof(checksum), installed_by, \
             abs(unixepoch(installed_on) - unixepoch()) < 100, execution_time BETWEEN 0 AND 60000, success \
             FROM flyway_schema_history ORDER BY installed_rank"
        }
        Tool::Refinery => {
            "SELECT version, name, abs(unixepoch(applied_on) - unixepoch()) < 100, checksum GLOB '[1-9]*' \
             FROM refinery_schema_history ORDER BY version"
        }
        Tool::Goose | Tool::Dbmate | Tool::GolangMigrate => unreachable!("not in TOOLS"),
    }
}

fn expected(tool: Tool, number: u32, name: &str) -> String {
    let full = tool.name(number, name);
    let key = tool.key(number, name);
    match tool {
        Tool::Segue => format!("{full}|64|1|1|NULL"),
        Tool::Prisma => format!("{full}|64|integer|integer|1|1|NULL|NULL|1|integer|36"),
        Tool::Drizzle => format!("NULL|64|{}|integer", when(number)),
        Tool::DrizzleV1 => {
            // 2024-01-01T00:00:0xZ
            let time = 1_704_067_200_000 + i64::from(number) * 1000;
            format!("{number}|64|{time}|integer|{full}|1")
        }
        Tool::Diesel => format!("{key}|1|1"),
        Tool::Sqlx => format!("{number}|{name}|1|integer|48|blob|1|1"),
        Tool::Flyway => {
            format!("{number}|{number}|{name}|SQL|{full}.sql|integer||1|1|1")
        }
        Tool::Refinery => format!("{number}|{name}|1|1"),
        Tool::Goose | Tool::Dbmate | Tool::GolangMigrate => unreachable!("not in TOOLS"),
    }
}

#[test]
fn each_tools_history_is_what_it_would_write_itself() {
    for tool in TOOLS {
        let lite = two(tool);
        lite.first_deploy().exits(0).prints("2 migrations applied");
        assert_eq!(lite.tables(), "one two", "{tool:?}");
        let expected = [expected(tool, 1, "one"), expected(tool, 2, "two")].join("\n");
        assert_eq!(lite.sql(told(tool)), expected, "{tool:?}");
        let own = if tool == Tool::Segue {
            "_segue_migrations _segue_progress _segue_settings"
        } else {
            ""
        };
        assert_eq!(lite.own_tables(), own, "{tool:?}");
        let before = lite.rows();
        lite.deploy()
            .exits(0)
            .prints("up to date: nothing to deploy");
        lite.segue(&["status"]).exits(0).prints("up to date");
        assert_eq!(lite.rows(), before, "{tool:?}");
        assert_eq!(super::leftovers(&lite), [""; 0], "{tool:?}");
    }
}

#[test]
fn what_was_changed_taken_away_or_put_in_between_is_told() {
    for tool in TOOLS {
        let lite = two(tool);
        lite.write(3, "three", "CREATE TABLE three (id int);");
        lite.remove(2, "two");
        lite.first_deploy().exits(0);

        lite.write(2, "two", TWO);
        if tool == Tool::Drizzle {
            // Drizzle 0.x knows the latest only: what comes before it is applied, or never will be.
            lite.remove(2, "two");
        } else {
            lite.segue(&["deploy", "--strict"]).exits(1);
            assert_eq!(lite.tables(), "one three", "{tool:?}");
            lite.deploy().exits(0).prints("although later migrations");
            assert_eq!(lite.tables(), "one three two", "{tool:?}");
        }

        if tool != Tool::Diesel {
            lite.write(1, "one", "CREATE TABLE other (id int);");
            lite.deploy()
                .exits(1)
                .says("was changed after it was applied");
            lite.segue(&["deploy", "--allow-edited"]).exits(0);
            lite.write(1, "one", ONE);
        }
        lite.remove(3, "three");
        lite.deploy().exits(1).says("not on disk");
        lite.segue(&["deploy", "--allow-missing"]).exits(0);
        lite.segue(&["status"]).exits(2).prints("missing");
    }
}

#[test]
fn a_migration_that_fails_leaves_nothing_and_says_where() {
    for tool in TOOLS {
        let lite = two(tool);
        lite.write(
            2,
            "two",
            "CREATE TABLE two (id int);\nINSERT INTO nowhere VALUES (1);\n",
        );
        lite.first_deploy()
            .exits(1)
            .says("no such table: nowhere")
            .says(&format!("{}:2:13", tool.file(2, "two")))
            .says("SQLITE_ERROR")
            .says(&format!(
                "nothing of `{}` is committed",
                tool.name(2, "two")
            ));
        assert_eq!(lite.tables(), "one", "{tool:?}");
        assert_eq!(lite.sql(told(tool)), expected(tool, 1, "one"), "{tool:?}");
        assert!(!lite.own_tables().contains("progress") || tool == Tool::Segue);
        lite.write(2, "two", TWO).deploy().exits(0);
        assert_eq!(lite.tables(), "one two", "{tool:?}");
    }
}

#[test]
fn baseline_resolve_and_to_are_recorded_as_the_tool_has_them() {
    for tool in TOOLS {
        let lite = two(tool);
        lite.sql(ONE);
        lite.deploy()
            .exits(1)
            .says("the database has tables, but no history");
        lite.segue(&["baseline", "--to", &tool.name(1, "one")])
            .exits(0);
        lite.segue(&["status"])
            .exits(2)
            .prints("1 of 2 migrations applied");
        lite.write(3, "three", "CREATE TABLE three (id int);");
        lite.segue(&["deploy", "--to", &tool.name(2, "two")])
            .exits(0);
        assert_eq!(lite.tables(), "one two", "{tool:?}");
        lite.segue(&["resolve", "--applied", &tool.name(3, "three")])
            .exits(0);
        lite.deploy().exits(0).prints("up to date");
        assert_eq!(lite.tables(), "one two", "{tool:?}");
        lite.segue(&["resolve", "--applied", &tool.name(3, "three")])
            .exits(1);
        if tool == Tool::Prisma {
            let resolved = "SELECT applied_steps_count, logs, finished_at = started_at \
                 FROM _prisma_migrations WHERE migration_name LIKE '%three'";
            assert_eq!(lite.sql(resolved), "0||1");
        }
    }
}

#[test]
fn a_dry_run_and_status_make_no_file() {
    for tool in TOOLS {
        let lite = two(tool);
        let missing = matches!(tool, Tool::Segue | Tool::Sqlx);
        let create: &[&str] = if missing { &["--create-database"] } else { &[] };
        let dry = lite.segue(&[&["deploy", "--dry-run", "--json"], create].concat());
        let document = dry.exits(0).json();
        assert_eq!(document["planned"][0]["name"], tool.name(1, "one"));
        assert_eq!(document["planned"][0]["units"][0]["runs_as"], "transaction");
        assert_eq!(
            document["planned"][0]["units"][0]["statements"][1],
            "INSERT INTO one VALUES (1)"
        );
        let status = lite.segue(&["status"]);
        if missing {
            status
                .exits(1)
                .says("there is no database `app.db`")
                .says("--create-database");
        } else {
            status.exits(2).prints("0 of 2 migrations applied");
        }
        assert!(!lite.path().exists(), "{tool:?}");
    }
}

#[test]
fn the_document_of_a_deploy_is_the_same_as_elsewhere() {
    let lite = two(Tool::Sqlx);
    lite.write(2, "two", "CREATE TABLE two (id int);\nSELEC 1;\n");
    let document = lite
        .segue(&["deploy", "--json", "--create-database"])
        .exits(1)
        .json();
    assert_eq!(document["applied"][0]["name"], "0001_one");
    assert_eq!(document["applied"][0]["statements"], 2);
    assert_eq!(document["error"]["kind"], "statement");
    let problem = &document["error"]["problems"][0];
    assert_eq!(problem["message"], "near \"SELEC\": syntax error");
    assert_eq!(problem["place"]["line"], 2);
    let status = lite.segue(&["status", "--json"]).exits(2).json();
    assert_eq!(status["migrations"][0]["state"], "applied");
    assert_eq!(status["migrations"][1]["state"], "pending");
}

#[test]
fn another_place_of_the_history_is_found_again() {
    let lite = two(Tool::Sqlx);
    lite.project.file(
        "segue.toml",
        "schema = \"app\"\n[history]\ntable = \"my migrations\"\nschema = \"x\"\n",
    );
    lite.first_deploy()
        .exits(0)
        .says("settings without effect in SQLite: schema, history_schema");
    assert_eq!(lite.sql("SELECT count(*) FROM \"my migrations\""), "2");
    lite.deploy().exits(0).prints("up to date");
}

#[test]
fn drizzle_0_histories_are_taken_over_by_1_0() {
    let lite = two(Tool::Drizzle);
    lite.first_deploy().exits(0);
    let newer = Lite::new(Tool::DrizzleV1);
    for (number, name, sql) in [(1, "one", ONE), (2, "two", TWO)] {
        newer.write(number, name, sql);
    }
    newer.write(3, "three", "CREATE TABLE three (id int);");
    std::fs::copy(lite.path(), newer.path()).unwrap();
    newer.deploy().exits(0).prints("1 migration applied");
    assert_eq!(newer.tables(), "one three two");
    assert_eq!(
        newer.sql("SELECT name FROM __drizzle_migrations ORDER BY created_at"),
        "20240101000001_one\n20240101000002_two\n20240101000003_three"
    );
    newer.deploy().exits(0).prints("up to date");
}
