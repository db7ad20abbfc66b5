//! Expressions as a real server prints them, and that nothing of it is left behind.

use std::sync::Arc;

use segue_catalog::{
    Catalog, DataType, Expr, Name, ObjectRef, QName, compare,
    model::{Column, Constraint, ConstraintKind, Schema, Table},
};
use segue_cluster::Cluster;
use segue_db::postgres::{
    Session,
    connect::connect,
    printing::{Printed, Subject, ToPrint, print, settle},
    url::{Defaults, read},
};

const TABLES: &str = "CREATE SCHEMA app; \
    CREATE TYPE app.mood AS ENUM ('sad', 'ok'); \
    CREATE FUNCTION app.twice(integer) RETURNS integer IMMUTABLE LANGUAGE sql AS 'SELECT $1 * 2'; \
    CREATE TABLE app.users (id integer, email varchar(20), mood app.mood, \
        doubled integer GENERATED ALWAYS AS (id * 2) STORED); \
    CREATE TABLE app.days (day date) PARTITION BY RANGE (day);";

fn users() -> QName {
    QName::new("app", "users")
}

async fn session(cluster: &Cluster) -> Session {
    let defaults = Defaults {
        user: "tester".into(),
        ..Defaults::default()
    };
    let target = read(&cluster.url("postgres"), &defaults).expect("a right URL");
    let connection = connect(&target, None, &mut |_| {}).await;
    Session::new(connection.expect("the server is up"))
}

#[tokio::test]
async fn a_server_prints_every_kind_of_expression_and_keeps_none() {
    let Some(cluster) = Cluster::for_test() else {
        return;
    };
    let session = session(&cluster).await;
    session.execute(TABLES).await.expect("the tables are right");
    let column = |name: &str| (users(), Name::stored(name));
    let (email, doubled) = (column("email"), column("doubled"));
    let cases = [
        (
            Subject::Condition(users()),
            "users.email in ('a', 'b') and mood <> 'ok'",
            "(((email)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])) \
             AND (mood <> 'ok'::app.mood))",
        ),
        (
            Subject::Operand(users()),
            "lower(email)",
            "lower((email)::text)",
        ),
        (Subject::Operand(users()), "id+1", "(id + 1)"),
        (
            Subject::Policy(users()),
            "id = (select max(id) from users)",
            "(id = ( SELECT max(users_1.id) AS max\n   FROM app.users users_1))",
        ),
        (
            Subject::Rows(users()),
            "NEW.email IS DISTINCT FROM OLD.email",
            "((new.email)::text IS DISTINCT FROM (old.email)::text)",
        ),
        (
            Subject::Default(email.0, email.1),
            "'x'",
            "'x'::character varying",
        ),
        (
            Subject::Generated(doubled.0, doubled.1),
            "twice(id)",
            "app.twice(id)",
        ),
        (
            Subject::Value(DataType::builtin("numeric").with_modifier("10,2")),
            "-1",
            "'-1'::integer",
        ),
        (
            Subject::Domain(DataType::builtin("text")),
            "value <> ''",
            "(VALUE <> ''::text)",
        ),
        (
            Subject::Query(Name::stored("app"), Vec::new()),
            "select id from users where mood = 'ok'",
            "",
        ),
        (
            Subject::Bound(QName::new("app", "days")),
            "for values from ('2020-1-1') to (maxvalue)",
            "FOR VALUES FROM ('2020-01-01') TO (MAXVALUE)",
        ),
    ];
    let expressions: Vec<ToPrint> = cases
        .iter()
        .map(|(subject, text, _)| ToPrint {
            subject: subject.clone(),
            text: (*text).to_owned(),
        })
        .collect();
    let count = "SELECT count(*) FROM pg_class";
    let before = session.rows(count).await.expect("it is counted");
    let printed = print(&session, &expressions).await.expect("printed");
    for ((subject, text, wanted), printed) in cases.iter().zip(&printed) {
        let Printed::As(printed) = printed else {
            panic!("{text}: {printed:?}");
        };
        if matches!(subject, Subject::Query(..)) {
            assert!(printed.contains("FROM app.users"), "{printed}");
            assert!(printed.contains("'ok'::app.mood"), "{printed}");
        } else {
            assert_eq!(printed, wanted, "{text}");
        }
    }
    assert_eq!(session.rows(count).await.expect("it is counted"), before);
    session.close().await;
}

#[tokio::test]
async fn what_the_server_refuses_is_told_and_stops_nothing() {
    let Some(cluster) = Cluster::for_test() else {
        return;
    };
    let session = session(&cluster).await;
    session.execute(TABLES).await.expect("the tables are right");
    let expressions = ["no_such_column > 0", "id > 0"].map(|text| ToPrint {
        subject: Subject::Condition(users()),
        text: text.to_owned(),
    });
    let printed = print(&session, &expressions).await.expect("printed");
    assert_eq!(
        printed,
        [
            Printed::Refused("column \"no_such_column\" does not exist".to_owned()),
            Printed::As("(id > 0)".to_owned()),
        ]
    );
    session.close().await;
}

fn with_check(expression: Expr) -> Catalog {
    let mut table = Table::new(vec![Column::new("id", "integer".into())]);
    let kind = ConstraintKind::Check {
        expression,
        no_inherit: false,
    };
    table
        .constraints
        .insert(Name::stored("users_check"), Constraint::new(kind));
    let mut catalog = Catalog::empty(15);
    catalog
        .schemas
        .insert(Name::stored("app"), Arc::new(Schema::default()));
    catalog.tables.insert(users(), Arc::new(table));
    catalog
}

#[tokio::test]
async fn predicted_expressions_are_settled_by_the_server() {
    let Some(cluster) = Cluster::for_test() else {
        return;
    };
    let session = session(&cluster).await;
    session.execute(TABLES).await.expect("the tables are right");
    let mut predicted = with_check(Expr::written("abs(id) between '1' and twice(2)"));
    let introspected = with_check(Expr::printed(
        "((abs(id) >= 1) AND (abs(id) <= app.twice(2)))",
    ));
    assert!(!compare(&predicted, &introspected).is_empty());
    let refused = settle(&session, &mut predicted, &introspected).await;
    assert_eq!(refused, Ok(Vec::new()));
    assert_eq!(compare(&predicted, &introspected), []);

    let mut predicted = with_check(Expr::written("no_such_function(id)"));
    let refused = settle(&session, &mut predicted, &introspected).await;
    let refused = refused.expect("the server answers");
    assert_eq!(
        refused[0].0,
        ObjectRef::Constraint(users(), Name::stored("users_check"))
    );
    session.close().await;
}
