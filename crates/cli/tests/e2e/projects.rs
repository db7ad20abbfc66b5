//! Several projects in one `segue.toml`.

use crate::harness::{Project, database};

const URLS: [&str; 2] = ["SHOP_URL", "MAIL_URL"];

/// Two projects, each with a table of its own and its URL from a variable.
fn two() -> Project {
    let project = Project::new();
    project
        .file(
            "segue.toml",
            "[[project]]\nname = \"shop\"\ndir = \"apps/shop\"\nurl = \"${SHOP_URL}\"\n\n\
             [[project]]\nname = \"mail\"\ndir = \"apps/mail/migrations\"\nurl = \"${MAIL_URL}\"\n",
        )
        .file(
            "apps/shop/migrations/20260101000000_a/migration.sql",
            "CREATE TABLE shop (id int);",
        )
        .file(
            "apps/mail/migrations/20260101000000_b/migration.sql",
            "CREATE TABLE mail (id int);",
        );
    project
}

#[test]
fn a_project_is_chosen_by_name_by_variable_or_by_the_current_folder() {
    let (Some(shop), Some(mail)) = (database(), database()) else {
        return;
    };
    let project = two();
    let urls = [(URLS[0], shop.url.as_str()), (URLS[1], mail.url.as_str())];
    project
        .segue_with(&urls, &["deploy", "--project", "shop"])
        .exits(0)
        .says("shop: 1 migration of");
    assert_eq!(shop.relations("public"), "shop");
    mail.is_untouched();
    let chosen = [urls[0], urls[1], ("SEGUE_PROJECT", "mail")];
    let status = project.segue_with(&chosen, &["status", "--json"]).exits(2);
    assert_eq!(status.json()["project"], "mail");
    project
        .segue_in("apps/mail/migrations", &urls, &["deploy"])
        .exits(0);
    assert_eq!(mail.relations("public"), "mail");
    // A flag goes before the variable, and a folder that is named is a project's too.
    project
        .segue_with(&chosen, &["status", "--project", "shop"])
        .exits(0);
    project
        .segue_with(&urls, &["status", "--dir", "apps/shop/migrations"])
        .exits(0)
        .says("shop: ");
}

#[test]
fn where_several_projects_could_be_meant_none_is() {
    let project = two();
    for arguments in [
        ["deploy"].as_slice(),
        &["status"],
        &["new", "x"],
        &["baseline"],
        &["resolve", "--applied", "x"],
        &["seed"],
    ] {
        project
            .segue(arguments)
            .exits(1)
            .says("segue.toml has several projects: shop, mail")
            .says("--project");
    }
    project
        .segue(&["deploy", "--project", "shpo"])
        .exits(1)
        .says("did you mean --project shop?");
    project
        .file("elsewhere/1_a/up.sql", "SELECT 1;")
        .segue(&["status", "--dir", "elsewhere"])
        .exits(1)
        .says("in none of the projects");
    project
        .segue(&["new", "third", "--project", "mail"])
        .exits(0)
        .prints("apps/mail/migrations/");
}

#[test]
fn status_of_all_has_a_block_for_each_and_the_worst_exit_code() {
    let (Some(shop), Some(mail)) = (database(), database()) else {
        return;
    };
    let project = two();
    let urls = [(URLS[0], shop.url.as_str()), (URLS[1], mail.url.as_str())];
    project
        .segue_with(&urls, &["deploy", "--project", "shop"])
        .exits(0);
    let status = project.segue_with(&urls, &["status", "--all"]).exits(2);
    let status =
        status.prints("shop:\nup to date: 1 migration applied\nmail:\npending  20260101000000_b\n");
    assert!(!status.out.contains("20260101000000_a"), "{status}");
    let documents = project
        .segue_with(&urls, &["status", "--all", "--json"])
        .exits(2)
        .json();
    assert_eq!(documents[0]["project"], "shop");
    assert_eq!(documents[0]["up_to_date"], true);
    assert_eq!(documents[1]["project"], "mail");
    assert_eq!(documents[1]["migrations"][0]["state"], "pending");
    assert_eq!(documents[2], serde_json::Value::Null);
    // One that cannot be asked: the other one is told of, and the failure is the exit code.
    let only = [urls[1]];
    let documents = project
        .segue_with(&only, &["status", "--all", "--json"])
        .exits(1)
        .json();
    assert_eq!(documents[0]["ok"], false);
    assert_eq!(documents[0]["project"], "shop");
    assert_eq!(documents[1]["ok"], true);
    project
        .segue_with(&urls, &["deploy", "--all"])
        .exits(0)
        .prints("mail:\n1 migration applied");
    project.segue_with(&urls, &["status", "--all"]).exits(0);
}

#[test]
fn a_deploy_of_all_goes_in_the_order_of_the_file_and_stops_at_the_first_failure() {
    let (Some(shop), Some(mail)) = (database(), database()) else {
        return;
    };
    let project = two();
    let urls = [(URLS[0], shop.url.as_str()), (URLS[1], mail.url.as_str())];
    project.file(
        "apps/shop/migrations/20260101000000_a/migration.sql",
        "SELECT nothing;",
    );
    let outcome = project.segue_with(&urls, &["deploy", "--all"]).exits(1);
    outcome.prints("shop:").never_says("mail");
    mail.is_untouched();
    let documents = project
        .segue_with(&urls, &["deploy", "--all", "--json"])
        .exits(1)
        .json();
    assert_eq!(documents.as_array().map(Vec::len), Some(1));
    assert_eq!(documents[0]["error"]["kind"], "statement");
}

#[test]
fn all_is_not_for_one_project_and_needs_projects() {
    for other in [["--project", "x"], ["--dir", "x"], ["--url", "x"]] {
        let arguments = [["status", "--all"], other].concat();
        Project::new()
            .segue(&arguments)
            .exits(64)
            .says("cannot be used with");
    }
    Project::new()
        .segue(&["deploy", "--all"])
        .exits(1)
        .says("no projects");
}

#[test]
fn two_projects_never_share_one_history() {
    let Some(db) = database() else { return };
    let project = two();
    let urls = [(URLS[0], db.url.as_str()), (URLS[1], db.url.as_str())];
    for arguments in [
        ["deploy", "--all"],
        ["deploy", "--project=shop"],
        ["status", "--all"],
    ] {
        project
            .segue_with(&urls, &arguments)
            .exits(1)
            .says("`mail` would share one history")
            .says("segue.migrations in");
    }
    db.is_untouched();
    // For the project at hand alone another database may be said.
    let Some(other) = database() else { return };
    project
        .segue_with(&urls, &["deploy", "--project", "mail", "--url", &other.url])
        .exits(0);
}

#[test]
fn a_schema_of_its_own_keeps_a_history_apart() {
    let Some(db) = database() else { return };
    let project = Project::new();
    let config = |schema: &str| {
        format!(
            "url = \"{}\"\nlayout = \"diesel\"\n[[project]]\nname = \"a\"\ndir = \"a\"\nschema = \"a\"\n\
             [[project]]\nname = \"b\"\ndir = \"b\"\nschema = \"{schema}\"\n",
            db.url
        )
    };
    project
        .file("segue.toml", config("a"))
        .file("a/1_a/up.sql", "CREATE TABLE t (id int);")
        .file("b/1_b/up.sql", "CREATE TABLE t (id int);")
        .segue(&["deploy", "--all"])
        .exits(1)
        .says("both have a.__diesel_schema_migrations in");
    project
        .file("segue.toml", config("b"))
        .segue(&["deploy", "--all"])
        .exits(0);
    assert_eq!(db.relations("a"), "__diesel_schema_migrations t");
    assert_eq!(db.relations("b"), "__diesel_schema_migrations t");
}

#[test]
fn a_project_has_the_dotenv_of_its_own_folder() {
    let Some(db) = database() else { return };
    let project = two();
    project
        .file(".env", "SHOP_URL=postgres://nobody@127.0.0.1:1/none\n")
        .file("apps/shop/.env", format!("SHOP_URL={}\n", db.url))
        .segue(&["deploy", "--project", "shop"])
        .exits(0);
    assert_eq!(db.relations("public"), "shop");
}
