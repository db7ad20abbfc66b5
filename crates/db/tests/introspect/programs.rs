use segue_catalog::{
    Expr, ObjectRef,
    model::{ArgumentMode, Body, Parallel, Routine, RoutineKind, Volatility},
};

use crate::{Server, name, qname};

#[tokio::test]
async fn routines_are_read() {
    let Some(server) = Server::with(include_str!("programs.sql")) else {
        return;
    };
    let read = server.introspected().await;
    let routines = &read.catalog.routines;
    let ids: Vec<String> = routines.keys().map(ToString::to_string).collect();
    assert_eq!(
        ids,
        [
            "public.act(integer)",
            "public.outs(integer)",
            "public.parsed(integer)",
            "public.plain(integer, text, public.mood[])",
            "public.rows()",
            "public.step(internal, public.mood)",
            "public.total(integer)"
        ]
    );
    let routine = |wanted: &str| -> &Routine {
        let found = routines.iter().find(|(id, _)| id.name == qname(wanted));
        found.expect(wanted).1
    };
    let plain = routine("plain");
    assert_eq!(plain.kind, RoutineKind::Function);
    let returns = plain.returns.as_ref().expect("a type");
    assert_eq!(
        (returns.data_type.to_string().as_str(), returns.set),
        ("text", true)
    );
    let defaults: Vec<_> = plain
        .arguments
        .iter()
        .map(|argument| argument.default.clone())
        .collect();
    assert_eq!(
        defaults,
        [
            None,
            Some(Expr::printed("'x'::text")),
            Some(Expr::printed("'{}'::public.mood[]"))
        ]
    );
    assert_eq!(plain.arguments[2].mode, ArgumentMode::Variadic);
    assert_eq!(plain.arguments[0].name, Some(name("a")));
    assert_eq!(plain.body, Body::Text("BEGIN RETURN; END".to_owned()));
    assert!(plain.strict && plain.security_definer && plain.leakproof);
    assert_eq!(
        (plain.volatility, plain.parallel),
        (Volatility::Stable, Parallel::Safe)
    );
    assert_eq!(
        (plain.cost.as_deref(), plain.rows.as_deref()),
        (Some("7"), Some("9"))
    );
    assert_eq!(plain.settings["search_path"], "a, b");
    assert_eq!(plain.settings["work_mem"], "1MB");
    assert_eq!(plain.comment.as_deref(), Some("a function"));

    let outs = routine("outs");
    let modes: Vec<_> = outs
        .arguments
        .iter()
        .map(|argument| argument.mode)
        .collect();
    assert_eq!(modes, [ArgumentMode::InOut, ArgumentMode::Out]);
    assert_eq!(outs.arguments[1].name, Some(name("B")));
    assert!(
        outs.returns
            .as_ref()
            .expect("a type")
            .data_type
            .is("record")
    );
    assert_eq!((&outs.cost, &outs.rows), (&None, &None));
    let rows = routine("rows");
    assert_eq!(rows.arguments[1].mode, ArgumentMode::Table);
    assert!(rows.arguments[1].data_type.is("character"));
    assert_eq!(rows.rows, None);
    let parsed = routine("parsed");
    assert!(matches!(&parsed.body, Body::Sql(text) if text.text.starts_with("BEGIN ATOMIC")));
    assert!(
        parsed
            .depends_on
            .contains(&ObjectRef::Table(qname("source")))
    );
    let act = routine("act");
    assert_eq!((&act.kind, &act.returns), (&RoutineKind::Procedure, &None));
    let step = routine("step");
    assert_eq!((step.language.as_str(), &step.cost), ("internal", &None));
    assert_eq!(step.body, Body::Text("ordered_set_transition".to_owned()));

    let total = routine("total");
    assert_eq!(
        (&total.body, total.comment.as_deref()),
        (&Body::None, Some("an aggregate"))
    );
    let RoutineKind::Aggregate {
        parameters,
        direct_arguments,
        hypothetical,
    } = &total.kind
    else {
        panic!("an aggregate");
    };
    let parameters: Vec<String> = parameters
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    assert_eq!(
        parameters,
        ["initcond=0", "sfunc=pg_catalog.int4pl", "stype=integer"]
    );
    assert_eq!((direct_arguments, hypothetical), (&None, &false));
}
