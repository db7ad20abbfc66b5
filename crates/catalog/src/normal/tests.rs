//! What people write against what PostgreSQL 15 and 18 print of it: the cases are in `tests/normal`, where each has
//! what both servers really printed.

use std::sync::Arc;

use super::{tree::Tree, *};
use crate::{
    Name,
    model::{Column, Domain, Enum, Sequence, SequenceOptions, Table, Type, TypeKind},
};

const CHECKS: &str = include_str!("../../tests/normal/checks.txt");
const DEFAULTS: &str = include_str!("../../tests/normal/defaults.txt");

/// The columns of `app.t` in `tests/normal/schema.sql`.
const COLUMNS: &[(&str, &str, &str)] = &[
    ("i", "integer", ""),
    ("b", "bigint", ""),
    ("s", "smallint", ""),
    ("n", "numeric", ""),
    ("d", "double precision", ""),
    ("r", "real", ""),
    ("x", "text", ""),
    ("v", "character varying", "20"),
    ("c", "character", "3"),
    ("f", "boolean", ""),
    ("u", "uuid", ""),
    ("j", "jsonb", ""),
    ("k", "json", ""),
    ("ts", "timestamp without time zone", ""),
    ("tz", "timestamp with time zone", ""),
    ("dt", "date", ""),
    ("iv", "interval", ""),
    ("ta", "text", "[]"),
    ("ia", "integer", "[]"),
    ("va", "character varying", "10[]"),
    ("ip", "inet", ""),
];

fn in_app(name: &str) -> QName {
    QName::new("app", name)
}

/// `tests/normal/schema.sql` as a catalog.
fn catalog(major: u16) -> Catalog {
    let mut catalog = Catalog::empty(major);
    let schema = crate::model::Schema::default();
    catalog
        .schemas
        .insert(Name::stored("app"), Arc::new(schema));
    let values = ["sad", "ok", "happy"].map(str::to_owned).to_vec();
    let mood = Type::new(TypeKind::Enum(Enum { values }));
    catalog.types.insert(in_app("mood"), Arc::new(mood));
    let email = Type::new(TypeKind::Domain(Domain {
        base: DataType::builtin("text"),
        collation: None,
        not_null: None,
        default: None,
        constraints: std::collections::BTreeMap::new(),
    }));
    catalog.types.insert(in_app("email"), Arc::new(email));
    let mut columns: Vec<Column> = COLUMNS
        .iter()
        .map(|(name, of, modifier)| {
            let mut data_type = DataType::builtin(of);
            let length = modifier.trim_end_matches("[]");
            if !length.is_empty() {
                data_type = data_type.with_modifier(length);
            }
            data_type.array = modifier.ends_with("[]");
            Column::new(*name, data_type)
        })
        .collect();
    columns.push(Column::new("m", DataType::named(in_app("mood"))));
    columns.push(Column::new("e", DataType::named(in_app("email"))));
    catalog
        .tables
        .insert(in_app("t"), Arc::new(Table::new(columns)));
    let sequence = Sequence {
        options: SequenceOptions::of(DataType::builtin("bigint")),
        owned_by: None,
        persistence: crate::model::Persistence::Permanent,
        owner: None,
        privileges: crate::Privileges::default(),
        comment: None,
    };
    catalog.sequences.insert(in_app("seq"), Arc::new(sequence));
    catalog
}

/// One case of a file.
#[derive(Debug)]
struct Case {
    column: Option<String>,
    written: String,
    printed: [String; 2],
    /// The server alone knows.
    unclear: bool,
}

fn cases(file: &str) -> Vec<Case> {
    let blocks = file
        .split("\n\n")
        .filter(|block| block.contains("written: "));
    blocks
        .map(|block| {
            let line = |start: &str| {
                let mut lines = block.lines();
                let found = lines.find_map(|line| line.strip_prefix(start));
                found.map(str::to_owned)
            };
            let needed = |start: &str| line(start).unwrap_or_else(|| panic!("{start}in {block}"));
            Case {
                column: line("column: "),
                written: needed("written: "),
                printed: [needed("15: "), needed("18: ")],
                unclear: block.lines().any(|line| line == "unclear"),
            }
        })
        .collect()
}

/// What the expressions of a case are about.
fn about<'a>(case: &Case, table: &'a QName, catalog: &'a Catalog) -> About<'a> {
    match &case.column {
        None => About::condition(Some(table)),
        Some(column) => {
            let column = catalog.tables[table].column(column);
            About::value(
                Some(table),
                &column.expect("the file names a column").data_type,
            )
        }
    }
}

fn verdicts(file: &str) -> Vec<String> {
    let (old, new) = (catalog(15), catalog(18));
    let table = in_app("t");
    let mut wrong = Vec::new();
    for case in cases(file) {
        let about = about(&case, &table, &old);
        let context = Context {
            first: &old,
            second: &new,
            about,
        };
        let written = Expr::written(&case.written);
        let [fifteen, eighteen] = case.printed.each_ref().map(Expr::printed);
        let wanted = if case.unclear {
            Verdict::Unclear
        } else {
            Verdict::Same
        };
        for (first, second, wanted) in [
            (&written, &fifteen, wanted),
            (&written, &eighteen, wanted),
            (&eighteen, &written, wanted),
            (&fifteen, &eighteen, Verdict::Same),
        ] {
            let verdict = compare(first, second, &context);
            if verdict != wanted {
                wrong.push(format!("{verdict:?}: {first} <> {second}"));
            }
        }
    }
    wrong
}

#[test]
fn what_is_written_is_the_same_as_what_servers_print_of_it() {
    let mut wrong = verdicts(CHECKS);
    wrong.extend(verdicts(DEFAULTS));
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

fn settle(text: &str, side: &Side<'_>, rules: &[(&str, rules::Rule)]) -> Tree {
    let tree = build::parse(text, side.about.form);
    rules::settled(tree.unwrap_or_else(|| panic!("{text}")), side, rules)
}

#[test]
fn two_expressions_are_the_same_only_where_a_server_prints_them_alike() {
    let catalog = catalog(15);
    let table = in_app("t");
    for file in [CHECKS, DEFAULTS] {
        let settled: Vec<(Case, Tree)> = cases(file)
            .into_iter()
            .map(|case| {
                let about = about(&case, &table, &catalog);
                let side = Side {
                    catalog: &catalog,
                    about,
                };
                let tree = settle(&case.written, &side, rules::RULES);
                (case, tree)
            })
            .collect();
        for (first, first_tree) in &settled {
            for (second, second_tree) in &settled {
                let side = Side {
                    catalog: &catalog,
                    about: about(first, &table, &catalog),
                };
                let pair = agree::Pair {
                    first: side,
                    second: side,
                    both_printed: false,
                };
                if first.column == second.column
                    && pair.agree(first_tree, second_tree) == Verdict::Same
                {
                    let same = |a: &str, b: &str| {
                        settle(a, &side, rules::RULES) == settle(b, &side, rules::RULES)
                    };
                    assert!(
                        first.printed == second.printed
                            || same(&first.printed[0], &second.printed[0]),
                        "{} and {}",
                        first.written,
                        second.written
                    );
                }
            }
        }
    }
}

#[test]
fn habits_may_be_absorbed_in_any_order_and_twice() {
    let catalog = catalog(15);
    let table = in_app("t");
    let mut order: Vec<_> = rules::RULES.to_vec();
    for file in [CHECKS, DEFAULTS] {
        for (number, case) in cases(file).iter().enumerate() {
            let about = about(case, &table, &catalog);
            let side = Side {
                catalog: &catalog,
                about,
            };
            let texts = [&case.written, &case.printed[0], &case.printed[1]];
            for text in texts {
                let settled = settle(text, &side, rules::RULES);
                let again = rules::settled(settled.clone(), &side, rules::RULES);
                assert_eq!(settled, again, "twice: {text}");
                // another order for every text, backwards and forwards
                order.rotate_left(1 + number % 3);
                assert_eq!(settled, settle(text, &side, &order), "{text}");
                order.reverse();
                assert_eq!(settled, settle(text, &side, &order), "{text}");
            }
        }
    }
}

#[test]
fn queries_of_one_table_are_the_same_whatever_stands_in_front_of_its_columns() {
    let catalog = catalog(15);
    let context = Context {
        first: &catalog,
        second: &catalog,
        about: About::query(),
    };
    let same = |written: &str, printed: &str| {
        compare(&Expr::written(written), &Expr::printed(printed), &context)
    };
    let cases = [
        (
            "select i, X as x, count(*) from t where v = 'a' group by i, x",
            " SELECT t.i,\n    t.x,\n    count(*) AS count\n   FROM app.t\n  WHERE ((t.v)::text = 'a'::text)\n  GROUP BY t.i, t.x;",
            Verdict::Same,
        ),
        (
            "select a.i from app.t as a where a.i in (1,2) order by a.i asc",
            " SELECT i\n   FROM app.t a\n  WHERE (i = ANY (ARRAY[1, 2]))\n  ORDER BY i",
            Verdict::Same,
        ),
        (
            "select i AS a, count(*) from t group by a order by 2 desc, a",
            " SELECT i AS a,\n    count(*) AS count\n   FROM app.t\n  GROUP BY i\n  ORDER BY (count(*)) DESC, i",
            Verdict::Same,
        ),
        (
            "select a.i from t a inner join t b on a.i = b.i left join t c using (i)",
            " SELECT a.i\n   FROM ((app.t a\n     JOIN app.t b ON ((a.i = b.i)))\n     LEFT JOIN app.t c USING (i))",
            Verdict::Same,
        ),
        (
            "select a.i from t a join t b on a.i = b.i",
            " SELECT a.i\n   FROM (app.t a\n     LEFT JOIN app.t b ON ((a.i = b.i)))",
            Verdict::Different,
        ),
        ("RETURN i + 1 + x", "RETURN ((i + 1) + x)", Verdict::Same),
        (
            "select * from t",
            " SELECT t.i, t.x FROM app.t",
            Verdict::Unclear,
        ),
        (
            "select i from t where i > 0",
            "SELECT i FROM app.t WHERE i > 1",
            Verdict::Different,
        ),
        (
            "select i from t, elsewhere e",
            " SELECT t.i FROM app.t, app.elsewhere e",
            Verdict::Unclear,
        ),
    ];
    for (written, printed, wanted) in cases {
        assert_eq!(same(written, printed), wanted, "{written}");
    }
}

/// All files below a folder.
fn files(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            found.push(path);
        }
    }
}

/// The conditions and defaults in a script, as they are written.
fn expressions(script: &str) -> Vec<String> {
    use squawk_syntax::{SourceFile, ast, ast::AstNode};
    let parse = SourceFile::parse(script);
    let parents = [
        SyntaxKind::CHECK_CONSTRAINT,
        SyntaxKind::DEFAULT_CONSTRAINT,
        SyntaxKind::WHERE_CLAUSE,
        SyntaxKind::WHERE_CONDITION_CLAUSE,
        SyntaxKind::USING_EXPR_CLAUSE,
        SyntaxKind::WITH_CHECK_EXPR_CLAUSE,
    ];
    let nodes = parse.tree().syntax().descendants();
    nodes
        .filter(|node| parents.contains(&node.kind()))
        .filter_map(|node| node.children().find_map(ast::Expr::cast))
        .map(|expression| expression.syntax().text().to_string())
        .collect()
}

#[test]
fn expressions_of_real_histories_settle_in_any_order() {
    if std::env::var_os("SEGUE_TEST_WITHOUT_CORPUS").is_some() {
        return;
    }
    let workspace = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let corpus = std::env::var_os("SEGUE_CORPUS").unwrap_or_else(|| "../shared/corpus".into());
    let mut scripts = Vec::new();
    files(&workspace.join(corpus), &mut scripts);
    let catalog = Catalog::empty(15);
    let side = Side {
        catalog: &catalog,
        about: About::default(),
    };
    let mut backwards = rules::RULES.to_vec();
    backwards.reverse();
    let mut seen = std::collections::BTreeSet::new();
    for script in scripts {
        let text = std::fs::read(&script).unwrap_or_default();
        for text in expressions(&String::from_utf8_lossy(&text)) {
            // placeholders of queries and of other databases are no expressions
            let Some(tree) = build::parse(&text, Form::Expression) else {
                continue;
            };
            if !seen.insert(text.clone()) {
                continue;
            }
            let settled = rules::settled(tree.clone(), &side, rules::RULES);
            let again = rules::settled(settled.clone(), &side, rules::RULES);
            assert_eq!(settled, again, "twice: {text}");
            let other = rules::settled(tree, &side, &backwards);
            assert_eq!(settled, other, "{text}");
        }
    }
    assert!(
        seen.len() > 100,
        "only {} expressions are there",
        seen.len()
    );
}
