use segue_catalog::{
    DataType, Expr, ObjectRef, RoutineId,
    model::{CheckOption, Deferral, Enabled, RuleEvent, TriggerTiming, ViewKind},
};

use crate::{Server, name, names, qname, table};

const SCRIPT: &str = include_str!("views.sql");

#[tokio::test]
async fn views_are_read_with_what_they_depend_on() {
    let Some(server) = Server::with(SCRIPT) else {
        return;
    };
    let read = server.introspected().await;
    let view = |name: &str| &read.catalog.views[&qname(name)];
    let v = view("v");
    assert!(
        v.query.text.starts_with("SELECT ") && v.query.text.ends_with("> 1)"),
        "{}",
        v.query
    );
    assert_eq!(v.columns, names(&["id", "double", "mood"]));
    assert_eq!(v.column_details.len(), 1);
    let id = &v.column_details["id"];
    assert_eq!(
        (&id.default, id.comment.as_deref()),
        (&Some(Expr::printed("7")), Some("a column"))
    );
    assert_eq!(v.parameters["security_barrier"], "true");
    let twice = RoutineId {
        name: qname("twice"),
        arguments: vec![DataType::builtin("integer")],
    };
    for object in [
        ObjectRef::Table(qname("t")),
        ObjectRef::Column(qname("t"), name("id")),
        ObjectRef::Routine(twice),
        ObjectRef::Type(qname("mood")),
    ] {
        assert!(
            v.depends_on.contains(&object),
            "{object}: {:?}",
            v.depends_on
        );
    }
    assert!(
        !v.depends_on
            .contains(&ObjectRef::Column(qname("t"), name("name")))
    );
    assert!(
        view("upon")
            .depends_on
            .contains(&ObjectRef::Column(qname("v"), name("double")))
    );
    let checked = view("checked");
    assert_eq!(checked.check_option, Some(CheckOption::Local));
    assert!(checked.parameters.is_empty() && v.check_option.is_none());
    let m = view("m");
    let ViewKind::Materialized {
        populated,
        access_method,
        tablespace,
    } = &m.kind
    else {
        panic!("materialized");
    };
    assert_eq!(
        (populated, access_method, tablespace),
        (&false, &None, &None)
    );
    assert_eq!(m.parameters["fillfactor"], "60");
    assert_eq!(m.column_details["name"].statistics, Some(3));
    assert_eq!(read.catalog.indexes[&qname("m_name")].table, qname("m"));
}

#[tokio::test]
async fn triggers_and_rules_are_read() {
    let Some(server) = Server::with(SCRIPT) else {
        return;
    };
    let read = server.introspected().await;
    let instead = &read.catalog.views[&qname("v")].triggers["instead"];
    assert_eq!(instead.timing, TriggerTiming::InsteadOf);
    assert_eq!(instead.arguments, ["a", "it's", ""]);
    assert_eq!(instead.function, qname("act"));
    let t = table(&read, "t");
    assert_eq!(t.triggers.len(), 4);
    assert_eq!(
        t.triggers["listed"].events.update_of,
        names(&["name", "id"])
    );
    let plain = &t.triggers["plain"];
    assert!(plain.events.update_of.is_empty());
    assert!(plain.events.update && !plain.events.insert && !plain.for_each_row);
    assert_eq!(
        (&plain.old_table, &plain.new_table),
        (&Some(name("before")), &Some(name("After")))
    );
    let changed = &t.triggers["changed"];
    assert_eq!(
        (changed.timing, changed.enabled),
        (TriggerTiming::Before, Enabled::Disabled)
    );
    assert_eq!(changed.when, Some(Expr::printed("old.id > 1")));
    assert_eq!(changed.comment.as_deref(), Some("a trigger"));
    let later = &t.triggers["later"];
    assert_eq!(later.enabled, Enabled::Always);
    let constraint = later.constraint.as_ref().expect("a constraint trigger");
    assert_eq!(constraint.from, Some(qname("log")));
    assert_eq!(constraint.deferral, Deferral::InitiallyDeferred);
    assert!(t.constraints.is_empty());

    let kept = &t.rules["kept"];
    assert_eq!((kept.event, kept.instead), (RuleEvent::Delete, true));
    assert_eq!(kept.condition, Some(Expr::printed("old.id = 1")));
    assert_eq!(
        (kept.actions.len(), kept.comment.as_deref()),
        (0, Some("a rule"))
    );
    let logged = &t.rules["logged"];
    assert_eq!(
        (logged.event, logged.instead, logged.actions.len()),
        (RuleEvent::Insert, false, 2)
    );
    assert!(logged.actions[0].text.starts_with("INSERT INTO public.log"));
    assert!(logged.actions[1].text.starts_with("DELETE FROM public.log"));
}
