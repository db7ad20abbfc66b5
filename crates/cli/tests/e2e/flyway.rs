//! Folders of Flyway. Checksums and rows are those that Flyway 8.5.13 wrote for the same files.

use crate::harness::{Database, Outcome, Project, database};

/// A project that Flyway would know as its own, with this configuration.
fn project(config: &str) -> Project {
    let project = Project::new();
    project.file("flyway.toml", config);
    project
}

fn versions(count: u32) -> Project {
    let project = project("");
    for number in 1..=count {
        let sql = format!("CREATE TABLE t{number} (id int);\n");
        project.file(format!("sql/V{number}__t{number}.sql"), sql);
    }
    project
}

fn rows(db: &Database) -> String {
    db.sql(
        "SELECT concat_ws('|', installed_rank, coalesce(version, '-'), description, type, script, checksum, \
         installed_by = current_user, execution_time >= 0, success) \
         FROM flyway_schema_history ORDER BY installed_rank",
    )
}

fn deploy(project: &Project, db: &Database) -> Outcome {
    project.on(db, &["deploy"])
}

#[test]
fn the_history_has_the_rows_that_flyway_writes() {
    let Some(db) = database() else { return };
    let project = project("[flyway.placeholders]\nOwner = \"bob\"\n");
    project
        .file(
            "db/migration/V1.0__a.sql",
            "create table a (id int, o text default '${owner}'); -- ${flyway:filename} ${flyway:table}\n",
        )
        .file(
            "db/migration/sub/V2_1__b__c.sql",
            "\u{feff}insert into a values (1, E'x\\\\ny');\r\ninsert into a values (2);",
        )
        .file("db/migration/V3__vac.sql", "vacuum a;\n")
        .file("db/migration/V4__raw.sql", "create table \"${x}\" (id int);\n")
        .file(
            "db/migration/V4__raw.sql.conf",
            "placeholderReplacement=false\nexecuteInTransaction=false\n",
        )
        .file("db/migration/U4__raw.sql", "drop table \"${x}\";\n")
        .file(
            "db/migration/R__the_view.sql",
            "create or replace view v as select id, '${OWNER}' as o from a;\n",
        )
        .file(
            "db/migration/sub/R__a_view.sql",
            "create or replace view w as select id from a;\n",
        );
    deploy(&project, &db)
        .exits(0)
        .says("(layout flyway: flyway.toml above it)")
        .never_says("note:");
    let expected = "1|1.0|a|SQL|V1.0__a.sql|356117246|t|t|t\n\
         2|2.1|b  c|SQL|sub/V2_1__b__c.sql|-1879254820|t|t|t\n\
         3|3|vac|SQL|V3__vac.sql|-1784778339|t|t|t\n\
         4|4|raw|SQL|V4__raw.sql|-115826094|t|t|t\n\
         5|-|a view|SQL|sub/R__a_view.sql|972763865|t|t|t\n\
         6|-|the view|SQL|R__the_view.sql|-2107719199|t|t|t";
    assert_eq!(rows(&db), expected);
    assert_eq!(db.sql("SELECT DISTINCT o FROM v"), "bob");
    assert_eq!(
        db.sql(
            "SELECT indexname FROM pg_indexes WHERE tablename = 'flyway_schema_history' ORDER BY 1"
        ),
        "flyway_schema_history_pk\nflyway_schema_history_s_idx"
    );
    deploy(&project, &db).exits(0).prints("up to date");
    project.on(&db, &["status"]).exits(0);
    assert_eq!(rows(&db), expected);
}

#[test]
fn a_repeatable_migration_runs_again_when_it_changes_and_is_never_in_the_way() {
    let Some(db) = database() else { return };
    let project = versions(1);
    let view = "CREATE OR REPLACE VIEW v AS SELECT 1 AS one;\n";
    project.file("sql/R__view.sql", view);
    deploy(&project, &db).exits(0);
    project
        .file("sql/R__view.sql", view.replace("1 AS", "2 AS"))
        .file("sql/V2__late.sql", "CREATE TABLE late (id int);");
    project
        .on(&db, &["status"])
        .exits(2)
        .prints("pending  V2__late")
        .prints("pending  R__view");
    // A version after a repeatable migration is not out of order.
    project.on(&db, &["deploy", "--strict"]).exits(0);
    assert_eq!(db.sql("SELECT one FROM v"), "2");
    assert_eq!(
        db.sql("SELECT coalesce(version, 'R') FROM flyway_schema_history ORDER BY installed_rank"),
        "1\nR\n2\nR"
    );
    deploy(&project, &db).exits(0).prints("up to date");
    project.remove("sql/R__view.sql");
    deploy(&project, &db).exits(1).says("not on disk: R__view");
}

#[test]
fn a_repeatable_migration_runs_again_when_a_placeholder_changes() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project.file("flyway.conf", "").file(
        "sql/R__view.sql",
        "CREATE OR REPLACE VIEW v AS SELECT ${n} AS one;\n",
    );
    let arguments = ["deploy", "--url", db.url.as_str()];
    let with = |value| project.segue_with(&[("FLYWAY_PLACEHOLDERS_N", value)], &arguments);
    with("1").exits(0).prints("1 migration applied");
    with("1").exits(0).prints("up to date");
    with("2").exits(0).prints("1 migration applied");
    assert_eq!(db.sql("SELECT one FROM v"), "2");
    // Flyway accepts the checksum of the text as it is, too.
    db.sql("UPDATE flyway_schema_history SET checksum = 379137251 WHERE installed_rank = 2");
    with("2").exits(0).prints("up to date");
}

#[test]
fn an_edited_or_renamed_migration_is_refused_and_line_ends_do_not_count() {
    let Some(db) = database() else { return };
    let project = versions(2);
    deploy(&project, &db).exits(0);
    project.file("sql/V1__t1.sql", "CREATE TABLE t1 (id int);\r\n");
    deploy(&project, &db).exits(0).prints("up to date");
    project.file("sql/V1__t1.sql", "CREATE TABLE t1 (id int8);\n");
    deploy(&project, &db)
        .exits(1)
        .says("`V1__t1` was changed after it was applied");
    project
        .remove("sql/V1__t1.sql")
        .file("sql/V1__other.sql", "CREATE TABLE t1 (id int);\n");
    deploy(&project, &db)
        .exits(1)
        .says("`V1__other` was changed after it was applied");
}

#[test]
fn code_is_refused_at_the_plan_and_goes_on_behind_flyway() {
    let Some(db) = database() else { return };
    let project = project("");
    project
        .file(
            "src/main/resources/db/migration/V1__one.sql",
            "CREATE TABLE one (id int);",
        )
        .file(
            "src/main/java/db/migration/V2__Two.java",
            "class V2__Two {}",
        )
        .file("src/main/resources/db/migration/V3__three.sh", "echo")
        .file(
            "src/main/resources/db/migration/V4__four.sql",
            "CREATE TABLE four (id int);",
        );
    for arguments in [&["deploy", "--dry-run"][..], &["deploy"]] {
        project
            .on(&db, arguments)
            .exits(1)
            .says("`db/migration/V2__Two` is code, which segue does not run")
            .says("--to V1__one")
            .says("`flyway migrate`");
        db.is_untouched();
    }
    project.on(&db, &["deploy", "--to", "1"]).exits(0);
    db.sql(
        "INSERT INTO flyway_schema_history VALUES \
         (2, '2', 'Two', 'JDBC', 'db.migration.V2__Two', NULL, 'me', now(), 1, true)",
    );
    deploy(&project, &db).exits(1).says("`V3__three` is code");
    project
        .on(&db, &["resolve", "--applied", "V3__three"])
        .exits(0);
    deploy(&project, &db).exits(0).prints("1 migration applied");
    assert_eq!(
        db.sql("SELECT type || ' ' || script FROM flyway_schema_history ORDER BY installed_rank"),
        "SQL V1__one.sql\nJDBC db.migration.V2__Two\nSCRIPT V3__three.sh\nSQL V4__four.sql"
    );
}

#[test]
fn callbacks_are_refused_while_something_is_to_be_run() {
    let Some(db) = database() else { return };
    let project = versions(1);
    deploy(&project, &db).exits(0);
    for (file, event) in [
        ("beforeMigrate.sql", "beforeMigrate"),
        ("sub/afterEachMigrate__grants.sql", "afterEachMigrate"),
        ("afterConnect.sql", "afterConnect"),
    ] {
        let path = format!("sql/{file}");
        project.file(&path, "SELECT 1;");
        deploy(&project, &db).exits(0).prints("up to date");
        project.file("sql/V2__t2.sql", "CREATE TABLE t2 (id int);");
        deploy(&project, &db)
            .exits(1)
            .says(&format!(
                "`{file}` is a callback, which Flyway runs at its event {event}"
            ))
            .says("`flyway migrate`");
        project.remove(&path).remove("sql/V2__t2.sql");
    }
    project.file("sql/afterClean.sql", "SELECT 1;");
    deploy(&project, &db)
        .exits(0)
        .says("note: afterClean.sql: a callback that no deploy comes to");
}

#[test]
fn a_placeholder_without_a_value_is_shown_where_it_is() {
    let Some(db) = database() else { return };
    let project = versions(1);
    project.file("sql/V2__p.sql", "-- two\nCREATE TABLE ${name} (id int);\n");
    deploy(&project, &db)
        .exits(1)
        .says("the placeholder `name` has no value")
        .says("sql/V2__p.sql:2:14")
        .says("FLYWAY_PLACEHOLDERS_NAME");
    db.is_untouched();
    let arguments = ["deploy", "--url", db.url.as_str()];
    project
        .segue_with(&[("FLYWAY_PLACEHOLDERS_NAME", "two")], &arguments)
        .exits(0);
    assert_eq!(db.relations("public"), "flyway_schema_history t1 two");
    // Once it is applied its text is not filled in any more.
    project.file("sql/V3__t3.sql", "CREATE TABLE t3 (id int);");
    deploy(&project, &db).exits(0);
}

#[test]
fn what_a_file_says_of_itself_is_done_or_refused() {
    let Some(db) = database() else { return };
    let project = versions(1);
    project
        .file(
            "sql/V2__halves.sql",
            "CREATE TABLE half (id int);\nSELECT 1 / 0;\n",
        )
        .file("sql/V2__halves.sql.conf", "executeInTransaction=false\n");
    deploy(&project, &db)
        .exits(1)
        .says("1 of 2 of `V2__halves`");
    assert!(db.relations("public").contains("half"));
    assert_eq!(
        db.sql("SELECT success FROM flyway_schema_history WHERE version = '2'"),
        "f"
    );
    project.file(
        "sql/V2__halves.sql",
        "CREATE TABLE half (id int);\nSELECT 1;\n",
    );
    deploy(&project, &db).exits(0);
    assert_eq!(
        db.sql("SELECT count(*) FROM flyway_schema_history WHERE success"),
        "2"
    );
    project
        .file("sql/V3__if.sql", "SELECT 1;")
        .file("sql/V3__if.sql.conf", "\nshouldExecute=${x}==1\n");
    deploy(&project, &db)
        .exits(1)
        .says("segue cannot do what Flyway's `shouldExecute=${x}==1` asks for")
        .says("V3__if.sql.conf:2:1");
}

#[test]
fn a_baseline_of_flyway_stands_for_what_is_below_it() {
    let Some(db) = database() else { return };
    let project = versions(3);
    project.file("sql/V2.0.1__between.sql", "CREATE TABLE between_ (id int);");
    db.sql("CREATE TABLE t1 (id int)");
    deploy(&project, &db).exits(1).says("no history");
    db.sql(HISTORY);
    db.sql(
        "INSERT INTO flyway_schema_history VALUES \
         (1, '2.0', '<< Flyway Baseline >>', 'BASELINE', '<< Flyway Baseline >>', NULL, 'me', now(), 0, true)",
    );
    project
        .on(&db, &["status"])
        .exits(2)
        .prints("pending  V2.0.1__between")
        .prints("2 of 4 migrations applied");
    deploy(&project, &db)
        .exits(0)
        .prints("2 migrations applied");
    assert_eq!(
        db.relations("public"),
        "between_ flyway_schema_history t1 t3"
    );
}

#[test]
fn rows_that_take_a_migration_back_are_understood() {
    let Some(db) = database() else { return };
    let project = versions(3);
    deploy(&project, &db).exits(0);
    db.sql(
        "DROP TABLE t3; INSERT INTO flyway_schema_history VALUES \
         (4, '3', 't3', 'UNDO_SQL', 'U3__t3.sql', 1, 'me', now(), 0, true), \
         (5, '2', 't2', 'DELETE', 'V2__t2.sql', 1, 'me', now(), 0, true)",
    );
    project.remove("sql/V2__t2.sql");
    project
        .on(&db, &["status"])
        .exits(2)
        .prints("pending  V3__t3");
    deploy(&project, &db).exits(0).prints("1 migration applied");
    deploy(&project, &db).exits(0).prints("up to date");
    assert_eq!(
        db.sql("SELECT max(installed_rank) FROM flyway_schema_history WHERE version = '3'"),
        "6"
    );
}

#[test]
fn a_migration_that_failed_in_flyway_waits_for_a_decision() {
    let Some(db) = database() else { return };
    let project = versions(2);
    project.on(&db, &["deploy", "--to", "1"]).exits(0);
    db.sql(
        "INSERT INTO flyway_schema_history VALUES \
         (2, '2', 't2', 'SQL', 'V2__t2.sql', 1, 'me', now(), 0, false)",
    );
    deploy(&project, &db)
        .exits(1)
        .says("`V2__t2` was begun by Flyway and did not end");
    project
        .on(&db, &["resolve", "--rolled-back", "V2__t2"])
        .exits(0);
    deploy(&project, &db).exits(0);
    assert_eq!(db.sql("SELECT count(*) FROM flyway_schema_history"), "2");
}

#[test]
fn one_migration_is_resolved_without_those_before_it() {
    let Some(db) = database() else { return };
    let project = versions(3);
    project.on(&db, &["deploy", "--to", "V1__t1"]).exits(0);
    db.sql("CREATE TABLE t3 (id int)");
    project
        .on(&db, &["resolve", "--applied", "V3__t3"])
        .exits(0);
    deploy(&project, &db).exits(0).prints("1 migration applied");
    deploy(&project, &db).exits(0).prints("up to date");
}

#[test]
fn flyways_own_lock_is_respected() {
    let Some(db) = database() else { return };
    let project = versions(1);
    // 77431708279161 is "Flyway", the other is Java's hash of "public"."flyway_schema_history".
    let held = db.session("SELECT pg_advisory_lock(77431708279161 + 2125624436);\n");
    crate::harness::eventually("the lock is held", || {
        db.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())") == "1"
    });
    deploy(&project, &db)
        .exits(1)
        .says("the project's own migration tool is running on this database");
    held.end();
}

#[test]
fn the_places_that_flyway_toml_names_are_used() {
    let Some(db) = database() else { return };
    let config = "[flyway]\nlocations = [\"filesystem:one\", \"filesystem:two\"]\ntable = \"history\"\ndefaultSchema = \"app\"\n";
    let project = project(config);
    // What is in the server's own path is found behind the schema.
    db.sql("CREATE DOMAIN public.number AS int; CREATE TABLE public.of_another_project (id int)");
    project
        .file("one/V1__one.sql", "CREATE TABLE one (id number);")
        .file(
            "two/V2__two.sql",
            "CREATE TABLE ${flyway:defaultSchema}.two (id int);",
        );
    deploy(&project, &db)
        .exits(0)
        .prints("2 migrations applied");
    assert_eq!(db.relations("app"), "history one two");
    assert_eq!(db.relations("public"), "of_another_project");
    deploy(&project, &db).exits(0).prints("up to date");
    let alone = project.on(&db, &["status", "--dir", "two"]);
    alone.exits(0).prints("2 migrations applied");
}

#[test]
fn a_location_that_is_not_read_is_noted() {
    let Some(db) = database() else { return };
    let project = versions(1);
    project
        .file(
            "flyway.toml",
            "[flyway]\nlocations = [\"filesystem:sql\", \"filesystem:gone\", \"classpath:db/other\"]\n",
        )
        .on(&db, &["status"])
        .exits(2)
        .says("gone is not there")
        .says("classpath:db/other is not there");
    project
        .file(
            "flyway.toml",
            "[flyway]\nlocations = [\"filesystem:elsewhere\"]\n",
        )
        .on(&db, &["status"])
        .exits(2)
        .says("its locations are not used");
}

#[test]
fn springs_settings_are_used() {
    let Some(db) = database() else { return };
    let project = Project::new();
    let yaml = "spring:\n  flyway:\n    locations: classpath:db/migration/{vendor}\n    table: ${HISTORY:spring_history}\n    placeholders:\n      name: one\n";
    project
        .file("src/main/resources/application.yml", yaml)
        .file(
            "src/main/resources/db/migration/postgresql/V1__one.sql",
            "CREATE TABLE ${name} (id int);",
        )
        .file(
            "src/main/resources/db/migration/h2/V1__one.sql",
            "CREATE TABLE wrong (id int);",
        );
    deploy(&project, &db)
        .exits(0)
        .says("application.yml has settings of flyway");
    assert_eq!(db.relations("public"), "one spring_history");
}

#[test]
fn settings_that_segue_does_not_know_are_refused() {
    let Some(db) = database() else { return };
    for (config, what) in [
        ("[flyway]\ninitSql = \"SET ROLE app\"\n", "`initsql`"),
        (
            "[flyway]\nencoding = \"ISO-8859-1\"\n",
            "`encoding` says ISO-8859-1",
        ),
        ("[flyway]\ntarget = \"1\"\n", "`target`"),
        ("[flyway]\nlocations = [\"s3:bucket\"]\n", "`s3:bucket`"),
    ] {
        let project = versions(1);
        project.file("flyway.toml", config);
        deploy(&project, &db)
            .exits(1)
            .says(what)
            .says("flyway.toml");
        db.is_untouched();
    }
}

#[test]
fn names_that_flyway_passes_over_are_noted_or_refused_as_it_does() {
    let Some(db) = database() else { return };
    let project = versions(1);
    project.file("sql/V2_oops.sql", "CREATE TABLE oops (id int);");
    deploy(&project, &db)
        .exits(0)
        .says("note: V2_oops.sql: not run: Flyway passes over it, since `2_oops` is no version");
    project.file("flyway.toml", "[flyway]\nvalidateMigrationNaming = true\n");
    deploy(&project, &db)
        .exits(1)
        .says("`V2_oops.sql` is not named as Flyway's files are");
}

#[test]
fn one_version_written_in_two_ways_is_refused() {
    let Some(db) = database() else { return };
    let project = versions(1);
    project.file("sql/sub/V1.0__again.sql", "SELECT 1;");
    deploy(&project, &db)
        .exits(1)
        .says("`V1__t1` and `sub/V1.0__again` have the same version");
    db.is_untouched();
}

#[test]
fn a_baseline_migration_is_left_to_flyway_on_an_empty_database_alone() {
    let Some(db) = database() else { return };
    let project = versions(2);
    project.file("sql/B1__base.sql", "CREATE TABLE base (id int);");
    deploy(&project, &db)
        .exits(1)
        .says("`B1__base.sql` is a baseline migration");
    db.is_untouched();
    db.sql(HISTORY);
    db.sql(
        "CREATE TABLE base (id int); INSERT INTO flyway_schema_history VALUES \
         (1, '1', 'base', 'SQL_BASELINE', 'B1__base.sql', 1, 'me', now(), 0, true)",
    );
    deploy(&project, &db).exits(0).prints("1 migration applied");
    assert_eq!(db.relations("public"), "base flyway_schema_history t2");
}

#[test]
fn new_goes_on_with_the_numbering_beside_the_newest_migration() {
    for (newest, expected) in [
        ("sql/V9__x.sql", "sql/V10__add_phone.sql"),
        ("sql/V0.9__x.sql", "sql/V0.10__add_phone.sql"),
        ("sql/v2/V003__x.sql", "sql/v2/V004__add_phone.sql"),
    ] {
        let project = project("");
        project
            .file("sql/R__view.sql", "SELECT 1;")
            .file(newest, "SELECT 1;")
            .segue(&["new", "Add phone"])
            .exits(0)
            .prints(expected);
    }
}

/// As Flyway makes it.
const HISTORY: &str = "CREATE TABLE flyway_schema_history (installed_rank INT NOT NULL PRIMARY KEY, version VARCHAR(50), \
     description VARCHAR(200) NOT NULL, type VARCHAR(20) NOT NULL, script VARCHAR(1000) NOT NULL, checksum INTEGER, \
     installed_by VARCHAR(100) NOT NULL, installed_on TIMESTAMP NOT NULL DEFAULT now(), execution_time INTEGER NOT NULL, \
     success BOOLEAN NOT NULL)";
