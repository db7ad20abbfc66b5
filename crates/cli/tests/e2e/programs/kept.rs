//! What rows were before they went through a program is put back by `segue rollback`.

use super::{COUNT, COUNTS, Stand};

/// All rows but every tenth go.
const LEAVE: &str = r#"
while IFS= read -r line; do
  key=${line#*:}; key=${key%%,*}
  case $key in
    *0) printf '{"key":%s,"unchanged":true}\n' "$key" ;;
    *) printf '{"key":%s,"delete":true}\n' "$key" ;;
  esac
done
"#;

const GOING: &str = "table = \"users\"\nselect = [\"n\"]\nprogram = [\"./program\"]\nunchanged = true\ndelete = true\n";

#[test]
fn values_are_put_back_but_for_those_that_an_app_has_changed_since() {
    let toml = format!("{COUNTS}rows = 100\nparallel = 2\n");
    let Some(stand) = Stand::start(2000, &toml, COUNT) else {
        return;
    };
    stand.db.sql("UPDATE users SET n = id");
    stand.deploy().exits(0);
    assert_eq!(stand.rows("n = id + 1"), 2000);
    stand.db.sql(
        "UPDATE users SET n = -5 WHERE id = 7; UPDATE users SET name = 'new' WHERE id = 8; DELETE FROM users WHERE id = 9",
    );
    stand
        .project
        .on(&stand.db, &["rollback"])
        .exits(0)
        .says("id = (7)");
    assert_eq!(stand.rows("n = id"), 1998);
    assert_eq!(stand.rows("id = 7 AND n = -5"), 1);
    assert_eq!(stand.rows("id = 8 AND name = 'new' AND n = id"), 1);
    assert_eq!(stand.rows("id = 9"), 0);
}

#[test]
fn rows_that_went_come_again() {
    let Some(stand) = Stand::start(500, GOING, LEAVE) else {
        return;
    };
    stand.deploy().exits(0);
    assert_eq!(stand.rows("true"), 50);
    stand.project.on(&stand.db, &["rollback"]).exits(0);
    assert_eq!(stand.rows("name = 'name' AND n = 0"), 500);
}

/// Every tenth is written, the others go.
const BOTH: &str = r#"
while IFS= read -r line; do
  key=${line#*:}; key=${key%%,*}
  case $key in
    *0) printf '{"key":%s,"row":{"n":7}}\n' "$key" ;;
    *) printf '{"key":%s,"delete":true}\n' "$key" ;;
  esac
done
"#;

#[test]
fn a_program_that_writes_rows_and_lets_others_go_is_taken_back_with_what_goes_along() {
    let toml = format!("{COUNTS}delete = true\nrows = 50\nparallel = 2\n");
    let Some(stand) = Stand::start(500, &toml, BOTH) else {
        return;
    };
    stand.db.sql(
        "CREATE TABLE cards (id bigint PRIMARY KEY, of_user bigint REFERENCES users ON DELETE CASCADE);
         INSERT INTO cards SELECT id, id FROM users",
    );
    stand.deploy().exits(0);
    assert_eq!(stand.rows("n = 7"), 50);
    assert_eq!(stand.rows("true"), 50);
    assert_eq!(stand.db.sql("SELECT count(*) FROM cards"), "50");
    stand.db.sql("UPDATE users SET n = 8 WHERE id = 10");
    stand
        .project
        .on(&stand.db, &["rollback"])
        .exits(0)
        .says("public.users id = (10)");
    assert_eq!(stand.rows("name = 'name' AND n = 0"), 499);
    assert_eq!(stand.rows("n = 8"), 1);
    assert_eq!(stand.db.sql("SELECT count(*) FROM cards"), "500");
    let left = "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal";
    assert_eq!(stand.db.sql(left), "0");
}

/// They would be taken again when no trigger sees them any more.
#[test]
fn where_rows_are_put_aside_no_trigger_keeps_them_and_the_plan_says_so() {
    let toml = format!("{COUNTS}delete = true\nbad_rows = \"continue\"\n");
    let Some(stand) = Stand::start(10, &toml, BOTH) else {
        return;
    };
    stand
        .project
        .on(&stand.db, &["plan"])
        .exits(0)
        .prints("rows that are put aside");
    stand.deploy().exits(0);
    stand
        .project
        .on(&stand.db, &["rollback"])
        .exits(1)
        .says("rows that are put aside");
}

#[test]
fn nothing_is_kept_where_that_is_declared() {
    let Some(stand) = Stand::start(10, &format!("{COUNTS}keep = \"none\"\n"), COUNT) else {
        return;
    };
    stand
        .project
        .on(&stand.db, &["plan"])
        .exits(0)
        .prints("what the rows were before is not kept");
    stand.deploy().exits(0);
    let kept = "SELECT count(*) FROM pg_class WHERE relname LIKE 'kept%' AND relnamespace = 'segue'::regnamespace";
    assert_eq!(stand.db.sql(kept), "0");
    stand
        .project
        .on(&stand.db, &["rollback"])
        .exits(1)
        .says("transform.toml says `keep = \"none\"`");
    assert_eq!(stand.rows("n = 1"), 10);
}

/// By then what the rows were is not kept any more.
#[test]
fn rows_that_were_put_aside_are_taken_once_more_behind_the_next_migration() {
    let bad = COUNT
        .replace("printf", "[ \"$key\" = 3 ] && n=x; printf")
        .replace(
            "\"$((n + 1))\"",
            "\"$([ \"$n\" = x ] && echo '\"none\"' || echo $((n + 1)))\"",
        );
    let Some(stand) = Stand::start(10, &format!("{COUNTS}bad_rows = \"continue\"\n"), &bad) else {
        return;
    };
    stand.deploy().exits(0);
    assert_eq!(stand.rows("n = 1"), 9);
    stand
        .project
        .migration("0003_more", "CREATE TABLE more (id int);\n");
    stand.deploy().exits(0);
    stand.program(COUNT);
    stand
        .project
        .on(&stand.db, &["quarantine", "--retry"])
        .exits(0);
    assert_eq!(stand.rows("n = 1"), 10);
    assert_eq!(stand.aside(), "");
}
