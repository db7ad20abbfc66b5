//! What turns one schema into another: which statements, in which order, and what is said of data. That servers take
//! them is shown in `segue/tests/cases`.

mod data;
mod order;
mod renames;

use segue_catalog::{
    Catalog, Name, ObjectRef, QName, Session, advance,
    diff::{Diff, Options, Rename, diff},
};
use segue_sql::{Source, split};

/// The schema that a script makes in an empty database.
fn schema(script: &str) -> Catalog {
    let mut catalog = Catalog::empty(16);
    run(&mut catalog, script);
    catalog
}

fn run(catalog: &mut Catalog, script: &str) {
    let source = Source::new("test.sql", script);
    let mut session = Session::default();
    for statement in split(&source).expect("it can be split").iter() {
        let text = statement.text(script).to_owned();
        let changes = advance(&source, statement.span, catalog, &mut session)
            .unwrap_or_else(|problems| panic!("{}: {text}", problems[0].message));
        assert!(!changes.is_empty(), "{text}");
    }
}

fn statements(found: &Diff) -> Vec<String> {
    let changes = found.changes.iter();
    changes
        .flat_map(|change| change.statements.clone())
        .collect()
}

/// The statements that turn one script's schema into the other's; they do, and leave nothing to do.
fn turned(from: &str, to: &str) -> Vec<String> {
    turned_with(from, to, &Options::default())
}

fn turned_with(from: &str, to: &str, options: &Options) -> Vec<String> {
    let (mut first, second) = (schema(from), schema(to));
    let found = diff(&first, &second, options);
    assert_eq!(found.remaining, [], "{:#?}", statements(&found));
    let statements = statements(&found);
    run(&mut first, &statements.join("\n"));
    let again = diff(&first, &second, &Options::default());
    assert_eq!(again, Diff::default(), "after {statements:#?}");
    statements
}

fn renamed(object: ObjectRef, to: &str) -> Options {
    Options {
        renames: vec![Rename {
            object,
            to: Name::stored(to),
        }],
        ..Options::default()
    }
}

fn public(name: &str) -> QName {
    QName::new("public", name)
}
