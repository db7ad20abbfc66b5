//! Plans that are looked at first: written into a file, and deployed as they are or not at all.

use crate::{
    harness::{Database, Project, database},
    tools::{TOOLS, Tool},
};

const FIRST: &str = "CREATE TABLE users (id bigserial PRIMARY KEY, name text, nick text, age int);\n\
     CREATE TABLE posts (id bigserial PRIMARY KEY, title text);\n";
const SECOND: &str = "ALTER TABLE users ALTER COLUMN name SET NOT NULL;\n\
     ALTER TABLE users DROP COLUMN nick;\n\
     CREATE INDEX users_name ON users (name);\n";

/// A database in use, a project with a migration that is pending, and a plan for it in `plan.json`.
fn planned() -> Option<(Database, Project)> {
    let (db, project) = in_use(Tool::Segue)?;
    project
        .on(&db, &["plan", "--out", "plan.json"])
        .exits(0)
        .says("the plan for 1 migration is in plan.json (sha256 ")
        .says("segue deploy --plan plan.json");
    is_of_the_form(&project);
    Some((db, project))
}

/// The file of a plan is as its schema says.
#[track_caller]
fn is_of_the_form(project: &Project) {
    let file = serde_json::from_str(&project.text("plan.json")).expect("JSON");
    crate::schemas::hold("plan-file.json", &file);
}

fn in_use(tool: Tool) -> Option<(Database, Project)> {
    let db = database()?;
    let project = tool.project();
    tool.write(&project, 1, "first", FIRST);
    project.on(&db, &["deploy"]).exits(0);
    db.sql(
        "INSERT INTO users (name, nick, age) SELECT 'n' || g, 'k' || g, g % 90 FROM generate_series(1, 20000) g; \
         ANALYZE users",
    );
    tool.write(&project, 2, "second", SECOND);
    Some((db, project))
}

const DEPLOY: [&str; 3] = ["deploy", "--plan", "plan.json"];

/// Nothing of the second migration is there.
fn nothing_was_done(db: &Database) {
    let indexes = "SELECT count(*) FROM pg_indexes WHERE indexname = 'users_name'";
    assert_eq!(db.sql(indexes), "0");
    assert_eq!(db.sql("SELECT count(nick) FROM users"), "20000");
}

#[test]
fn what_was_looked_at_is_what_runs() {
    for tool in TOOLS {
        let Some((db, project)) = in_use(tool) else {
            return;
        };
        let before = db.relations("segue");
        let drawn = project.on(&db, &["plan", "--out", "plan.json", "--json"]);
        let drawn = drawn.exits(0).json();
        assert_eq!(
            db.relations("segue"),
            before,
            "nothing is changed, {tool:?}"
        );
        let hash = drawn["out"]["sha256"].as_str().unwrap().to_owned();
        project
            .on(&db, &["deploy", "--dry-run", "--plan", "plan.json"])
            .exits(0)
            .prints("contract");
        nothing_was_done(&db);
        project
            .on(&db, &DEPLOY)
            .exits(0)
            .says(&hash)
            .prints("the new app may start");
        let kept: serde_json::Value =
            serde_json::from_str(&db.sql("SELECT plan FROM segue.rollouts")).unwrap();
        assert_eq!(kept["expand"], drawn["expand"], "{tool:?}");
        assert_eq!(kept["contract"], drawn["contract"], "{tool:?}");
        project
            .on(&db, &DEPLOY)
            .exits(0)
            .prints("up to date: nothing to deploy");
        project.on(&db, &["contract"]).exits(0);
        project
            .on(&db, &DEPLOY)
            .exits(0)
            .prints("up to date: nothing to deploy");
    }
}

#[test]
fn a_table_that_has_grown_and_what_does_not_concern_the_plan_keep_it_fit() {
    let Some((db, project)) = planned() else {
        return;
    };
    db.sql(
        "INSERT INTO users (name, nick) SELECT 'm', 'l' FROM generate_series(1, 400000); ANALYZE; \
         ALTER TABLE posts ADD COLUMN body text; CREATE TABLE other (id int); \
         ALTER TABLE users ADD COLUMN town text; COMMENT ON TABLE users IS 'who'; GRANT SELECT ON users TO PUBLIC",
    );
    project
        .on(&db, &DEPLOY)
        .exits(0)
        .prints("the new app may start");
}

#[test]
fn a_schema_that_has_moved_is_refused_with_what_has_moved() {
    let moves = [
        (
            "ALTER TABLE users DROP COLUMN nick",
            "column nick text is gone",
        ),
        (
            "ALTER TABLE users ALTER COLUMN name SET NOT NULL",
            "public.users: column name text NOT NULL is new",
        ),
        (
            "CREATE INDEX users_name ON users (age)",
            "CREATE INDEX users_name ON public.users USING btree (age) is new",
        ),
        ("DROP TABLE users", "public.users: a table is gone"),
    ];
    for (sql, told) in moves {
        let Some((db, project)) = planned() else {
            return;
        };
        db.sql(sql);
        project
            .on(&db, &DEPLOY)
            .exits(1)
            .says("the schema has moved since the plan was made")
            .says(told)
            .says("segue plan --out FILE");
        assert_eq!(db.sql("SELECT to_regclass('segue.rollouts')"), "", "{sql}");
    }
}

#[test]
fn files_that_have_moved_are_refused_by_name() {
    let Some((db, project)) = planned() else {
        return;
    };
    let name = Tool::Segue.name(2, "second");
    let file = format!("migrations/{name}");
    let deploy = |words: &str| {
        project.on(&db, &DEPLOY).exits(1).says(words);
        nothing_was_done(&db);
    };
    project.migration(&name, &format!("-- why\n{SECOND}"));
    project
        .on(&db, &["deploy", "--dry-run", "--plan", "plan.json"])
        .exits(0);
    project.migration(&name, &format!("{SECOND}DROP TABLE posts;\n"));
    deploy(&name);
    deploy("has other statements than when the plan was made");
    project.remove(&file);
    deploy("which is not on disk");
    project.migration(&name, SECOND);
    let between = Tool::Segue.name(1, "within");
    project.migration(&between, "CREATE TABLE within (id int);");
    deploy("is pending, and the plan has nothing of it");
    project.remove(&format!("migrations/{between}"));
    let later = Tool::Segue.name(3, "later");
    project.migration(&later, "CREATE TABLE later (id int);");
    project
        .on(&db, &DEPLOY)
        .exits(0)
        .says(&format!("not in the plan, and left alone: {later}"));
    assert!(!db.relations("public").contains("later"));
}

#[test]
fn a_file_that_is_no_plan_or_not_this_one_is_refused() {
    let Some((db, project)) = planned() else {
        return;
    };
    let text = project.text("plan.json");
    let refused = |text: &str, words: &str| {
        project.file("plan.json", text);
        project.on(&db, &DEPLOY).exits(1).says(words);
        nothing_was_done(&db);
    };
    refused(
        &text.replace("users_name", "users_names"),
        "plan.json was changed since it was written",
    );
    refused(
        &text.replacen("\"transaction\"", "\"alone\"", 1),
        "was changed since",
    );
    refused(&text[..text.len() / 2], "is not JSON");
    refused("{\"migrations\": []}", "is no plan that can be deployed");
    refused("[]", "is no plan that can be deployed");
    refused("", "is not JSON");
    project.remove("plan.json");
    project
        .on(&db, &DEPLOY)
        .exits(1)
        .says("cannot read the plan plan.json")
        .says("segue plan --out FILE");
    project
        .on(&db, &["deploy", "--plan", "plan.json", "--to", "x"])
        .exits(64);
}

#[test]
fn a_plan_of_another_version_is_refused() {
    let Some((db, project)) = planned() else {
        return;
    };
    let mut document: serde_json::Value = serde_json::from_str(&project.text("plan.json")).unwrap();
    document["reviewed"]["version"] = "0.0.1".into();
    project.file("plan.json", document.to_string());
    // the hash of what it says now, as that version would have written it
    let said = project.on(&db, &DEPLOY).exits(1).says("was changed since");
    let hash = said.err.split("its hash is ").nth(1).unwrap();
    document["sha256"] = hash[..64].into();
    project.file("plan.json", document.to_string());
    project
        .on(&db, &DEPLOY)
        .exits(1)
        .says("was written by segue 0.0.1, and this is");
    nothing_was_done(&db);
}

#[test]
fn a_plan_for_other_migrations_or_another_database_is_refused() {
    let Some((db, project)) = planned() else {
        return;
    };
    let other = Tool::Drizzle.project();
    Tool::Drizzle.write(&other, 1, "first", FIRST);
    other.file("plan.json", project.text("plan.json"));
    let Some(fresh) = database() else { return };
    other
        .on(&fresh, &DEPLOY)
        .exits(1)
        .says("the plan is for migrations of the layout segue, and these are of drizzle");
    fresh.is_untouched();
    project
        .segue(&["deploy", "--plan", "plan.json", "--url", &project.sqlite()])
        .exits(1)
        .says("the plan is for PostgreSQL, and this database is one of SQLite");
    project
        .on(&fresh, &DEPLOY)
        .exits(1)
        .says("is pending, and the plan has nothing of it");
    fresh.is_untouched();
    nothing_was_done(&db);
}

#[test]
fn a_plan_for_an_empty_database_is_not_for_one_with_tables() {
    let Some(db) = database() else { return };
    let project = Tool::Segue.project();
    Tool::Segue.write(&project, 1, "first", FIRST);
    project
        .on(&db, &["plan", "--out", "plan.json"])
        .exits(0)
        .prints("1 migration, deployed as written");
    is_of_the_form(&project);
    project
        .on(&db, &["deploy", "--dry-run", "--plan", "plan.json", "-v"])
        .exits(0)
        .prints("CREATE TABLE users");
    project
        .on(&db, &DEPLOY)
        .exits(0)
        .prints("1 migration applied");
    project.on(&db, &DEPLOY).exits(0).prints("up to date");
    project
        .on(&db, &["plan", "--out", "plan.json"])
        .exits(0)
        .prints("nothing to deploy");
    project.on(&db, &DEPLOY).exits(0).prints("up to date");
}

#[test]
fn what_is_under_way_is_gone_on_with_from_its_file_and_no_other() {
    let Some((db, project)) = planned() else {
        return;
    };
    let reader = db.reading("users");
    let deploy = ["deploy", "--plan", "plan.json", "--lock-budget", "300ms"];
    project.on(&db, &deploy).exits(1).says("gave up after");
    assert_eq!(db.sql("SELECT state FROM segue.rollouts"), "expanding");
    let own = project.text("plan.json");
    let drawn = project.on(&db, &["plan", "--out", "again.json", "--json"]);
    let drawn = drawn.exits(0).json();
    assert_eq!(drawn["out"]["migrations"][0], Tool::Segue.name(2, "second"));
    let Some((_, other)) = planned() else { return };
    let mut foreign: serde_json::Value = serde_json::from_str(&other.text("plan.json")).unwrap();
    foreign["reviewed"]["way"]["planned"]["plan"]["contract"] = serde_json::json!([]);
    project.file("plan.json", foreign.to_string());
    let said = project.on(&db, &deploy).exits(1).says("was changed since");
    let hash = said.err.split("its hash is ").nth(1).unwrap();
    foreign["sha256"] = hash[..64].into();
    project.file("plan.json", foreign.to_string());
    project
        .on(&db, &deploy)
        .exits(1)
        .says("another plan is under way");
    project.file("plan.json", own);
    reader.end();
    project
        .on(&db, &DEPLOY)
        .exits(0)
        .prints("the new app may start");
    project.on(&db, &["contract"]).exits(0);
}

#[test]
fn a_plan_that_was_taken_back_can_be_deployed_again() {
    let Some((db, project)) = planned() else {
        return;
    };
    project.on(&db, &DEPLOY).exits(0);
    project.on(&db, &["rollback"]).exits(0);
    nothing_was_done(&db);
    project
        .on(&db, &DEPLOY)
        .exits(0)
        .prints("the new app may start");
}

#[test]
fn a_strict_project_is_deployed_by_reviewed_plans_only() {
    let Some((db, project)) = in_use(Tool::Segue) else {
        return;
    };
    project.file("segue.toml", "[env.production]\nstrict = true\n");
    let production = |arguments: &[&str]| {
        let all = [arguments, &["--env", "production"]].concat();
        project.on(&db, &all)
    };
    production(&["deploy"])
        .exits(1)
        .says("only a plan that somebody has looked at is deployed here")
        .says("`strict = true` in segue.toml:2")
        .says("segue plan --out plan.json")
        .says("segue deploy --plan plan.json");
    nothing_was_done(&db);
    production(&["deploy", "--dry-run"]).exits(0);
    production(&["plan", "--out", "plan.json"]).exits(0);
    production(&DEPLOY).exits(0);
    production(&["contract"]).exits(0);
}

#[test]
fn what_cannot_be_one_plan_is_left_to_the_next_one() {
    let Some((db, project)) = in_use(Tool::Segue) else {
        return;
    };
    let third = Tool::Segue.name(3, "third");
    project.migration(&third, "ALTER TABLE users ADD COLUMN nick int;\n");
    project
        .on(&db, &["plan", "--out", "plan.json"])
        .exits(0)
        .says(&format!("{third} needs a plan of its own behind this one"));
    project
        .on(&db, &DEPLOY)
        .exits(0)
        .says("left alone")
        .prints("the new app may start");
    project.on(&db, &["contract"]).exits(0);
    project.on(&db, &DEPLOY).exits(0).prints("up to date");
    project.on(&db, &["plan", "--out", "plan.json"]).exits(0);
    project.on(&db, &DEPLOY).exits(0);
    assert_eq!(
        db.sql("SELECT count(*) FROM users WHERE nick IS NULL"),
        "20000"
    );
}

#[test]
fn sqlite_is_deployed_by_reviewed_plans_too() {
    let project = Tool::Segue.project();
    Tool::Segue.write(&project, 1, "first", "CREATE TABLE one (id int);\n");
    let url = project.sqlite();
    let on = |arguments: &[&str]| project.segue(&[arguments, &["--url", &url]].concat());
    on(&["deploy"]).exits(0);
    Tool::Segue.write(
        &project,
        2,
        "second",
        "ALTER TABLE one ADD COLUMN two int;\n",
    );
    on(&["plan", "--out", "plan.json"])
        .exits(0)
        .prints("1 migration, deployed as written");
    Tool::Segue.write(
        &project,
        2,
        "second",
        "ALTER TABLE one ADD COLUMN three int;\n",
    );
    on(&DEPLOY).exits(1).says("has other statements");
    Tool::Segue.write(
        &project,
        2,
        "second",
        "ALTER TABLE one ADD COLUMN two int;\n",
    );
    on(&DEPLOY).exits(0).prints("1 migration applied");
    on(&DEPLOY).exits(0).prints("up to date");
}
