//! `role` of segue.toml: migrations, and what segue makes for itself, belong to that role.

use crate::{
    harness::{Database, Project, database},
    tools::{TOOLS, Tool},
};

const PLAIN: &str = "20240101000001_one";

/// A role that owns things and cannot log in, and a user who may or may not become it.
fn owner_and_deployer(db: &Database, is_member: bool) -> (String, String) {
    let (owner, deployer) = (
        format!("owner_{}", db.name()),
        format!("deployer_{}", db.name()),
    );
    db.as_superuser(&format!(
        "CREATE ROLE {owner} NOLOGIN; CREATE ROLE {deployer} LOGIN; \
         GRANT CREATE ON DATABASE {} TO {owner}; GRANT ALL ON SCHEMA public TO {owner}",
        db.name()
    ));
    if is_member {
        db.as_superuser(&format!("GRANT {owner} TO {deployer}"));
    }
    (owner, deployer)
}

#[test]
fn everything_that_a_deploy_makes_belongs_to_the_role() {
    for tool in TOOLS {
        let Some(db) = database() else { return };
        let (owner, deployer) = owner_and_deployer(&db, true);
        let project = tool.project();
        tool.write(&project, 1, "one", "CREATE TABLE one (id int);");
        tool.write(
            &project,
            2,
            "two",
            "CREATE SCHEMA own;\nCREATE TABLE own.two (id serial);",
        );
        if tool == Tool::Segue {
            let apart = "CREATE INDEX CONCURRENTLY i ON one (id);\nCREATE TABLE three (id int);\n";
            tool.write(&project, 3, "three", apart);
        }
        project.file("segue.toml", format!("role = \"{owner}\"\n"));
        let url = db.url_of(&deployer, &db.name());
        project.segue(&["deploy", "--url", &url]).exits(0);
        project.segue(&["status", "--url", &url]).exits(0);
        let others = db.sql(&format!(
            "SELECT n.nspname || '.' || relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace \
             WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema' \
             AND relkind IN ('r', 'i', 'S') AND pg_get_userbyid(relowner) <> '{owner}'"
        ));
        assert_eq!(others, "", "{tool:?}");
        let schemas = db.sql(&format!(
            "SELECT nspname FROM pg_namespace WHERE pg_get_userbyid(nspowner) = '{deployer}'"
        ));
        assert_eq!(schemas, "", "{tool:?}");
        let migrations = if tool == Tool::Segue { 3 } else { 2 };
        assert_eq!(
            tool.applied(&db.of_superuser()).lines().count(),
            migrations,
            "{tool:?}"
        );
    }
}

#[test]
fn a_role_that_the_user_is_no_member_of_is_refused_with_what_to_do() {
    let Some(db) = database() else { return };
    let (owner, deployer) = owner_and_deployer(&db, false);
    let project = Project::new();
    project
        .migration(PLAIN, "CREATE TABLE one (id int);")
        .file("segue.toml", format!("\nrole = \"{owner}\"\n"));
    let url = db.url_of(&deployer, &db.name());
    for command in ["deploy", "status"] {
        project
            .segue(&[command, "--url", &url])
            .exits(1)
            .says(&format!("`{deployer}` cannot become the role `{owner}`"))
            .says("segue.toml:2")
            .says(&format!("GRANT \"{owner}\" TO \"{deployer}\""));
    }
    project.file("segue.toml", "role = \"nobody_at_all\"\n");
    project
        .segue(&["deploy", "--url", &url])
        .exits(1)
        .says("role \"nobody_at_all\" does not exist")
        .says("segue.toml:1");
    assert_eq!(db.relations("public"), "");
}

#[test]
fn who_may_not_read_what_deploys_keep_is_told_what_to_grant() {
    let Some(db) = database() else { return };
    let project = Tool::Segue.project();
    Tool::Segue.write(&project, 1, "one", "CREATE TABLE one (id int);");
    project.on(&db, &["deploy"]).exits(0);
    let looker = format!("looker_{}", db.name());
    db.as_superuser(&format!(
        "CREATE ROLE {looker} LOGIN; GRANT SELECT ON one TO {looker}"
    ));
    let url = db.url_of(&looker, &db.name());
    let usage = format!("GRANT USAGE ON SCHEMA segue TO \"{looker}\"");
    let select = format!("GRANT SELECT ON ALL TABLES IN SCHEMA segue TO \"{looker}\"");
    for rights in [None, Some(&usage)] {
        if let Some(rights) = rights {
            db.as_superuser(rights);
        }
        for command in ["status", "deploy"] {
            project
                .segue(&[command, "--url", &url])
                .exits(1)
                .says(&format!("{looker} may not read the schema segue"))
                .says(&usage)
                .says(&select)
                .says(&format!("GRANT \"deployer\" TO \"{looker}\""))
                .says("`role = \"deployer\"`");
        }
        for command in [&["facts"][..], &["pull", "--to", "pulled.sql", "--force"]] {
            let arguments = [command, &["--url", &url]].concat();
            project.segue(&arguments).exits(0);
        }
    }
    db.as_superuser(&select);
    project.segue(&["status", "--url", &url]).exits(0);
}
