use segue_catalog::{
    Expr,
    normal::{About, tree},
};

use super::*;
use crate::rows::tests::catalog;

/// What an expression is worth where `t` is a text, `n` NULL, `d` a day and `j` a document.
fn worth(text: &str) -> Value {
    let catalog = catalog("CREATE TABLE one (t text, n int, d date, j jsonb, a int[])");
    let name = segue_catalog::QName::new("public", "one");
    let tree = tree(
        &Expr::written(text),
        &catalog,
        About::condition(Some(&name)),
    )
    .expect(text);
    evaluate(&tree, &|column| match column[0].as_str() {
        "t" => Value::text("Lantern"),
        "n" => Value::Null,
        "d" => Kind::Date.read("2024-02-29"),
        "j" => Kind::Json.read(r#"{"k": "v", "n": null, "list": [1, 2]}"#),
        "a" => Value::Array(vec![Value::Number(1.0), Value::Number(2.0)]),
        _ => Value::Unknown,
    })
}

#[test]
fn expressions_are_worth_what_the_server_says() {
    for (text, expected) in [
        ("1 + 2 * 3 = 7", Some(Some(true))),
        ("n = 1", Some(None)),
        ("n = 1 OR true", Some(Some(true))),
        ("n = 1 AND true", Some(None)),
        ("n = 1 AND false", Some(Some(false))),
        ("NOT (n = 1)", Some(None)),
        ("n IS NULL", Some(Some(true))),
        ("n IS DISTINCT FROM NULL", Some(Some(false))),
        ("n IS NOT DISTINCT FROM 1", Some(Some(false))),
        ("t = 'Lantern'", Some(Some(true))),
        ("lower(t) = 'lantern'", Some(Some(true))),
        ("t LIKE 'L%'", Some(Some(true))),
        ("t ILIKE 'l%n'", Some(Some(true))),
        ("t ~ '^[A-Z]'", Some(Some(true))),
        ("t !~* '^l'", Some(Some(false))),
        ("t IN ('a', 'Lantern')", Some(Some(true))),
        ("t NOT IN ('a', 'b')", Some(Some(true))),
        ("length(t) BETWEEN 1 AND 7", Some(Some(true))),
        ("1 = ANY (a)", Some(Some(true))),
        ("3 = ANY (a)", Some(Some(false))),
        ("n = ANY (a)", Some(None)),
        ("array_length(a, 1) = 2", Some(Some(true))),
        ("num_nonnulls(t, n, d) = 2", Some(Some(true))),
        ("coalesce(n, 4) = 4", Some(Some(true))),
        ("greatest(1, n, 3) = 3", Some(Some(true))),
        ("nullif(1, 1) IS NULL", Some(Some(true))),
        ("d = '2024-02-29'", Some(Some(true))),
        (
            "d + '1 day'::interval = '2024-03-01'::timestamp",
            Some(Some(true)),
        ),
        ("d < now()", Some(Some(true))),
        ("j ->> 'k' = 'v'", Some(Some(true))),
        ("j ->> 'n' IS NULL", Some(Some(true))),
        ("j ? 'list'", Some(Some(true))),
        ("jsonb_typeof(j -> 'list') = 'array'", Some(Some(true))),
        ("jsonb_array_length(j -> 'list') = 2", Some(Some(true))),
        // it depends on the collation
        ("t < 'Mantern'", None),
        ("md5(t) = 'x'", None),
        ("own_function(t)", None),
        ("own_function(t) OR t = 'Lantern'", Some(Some(true))),
    ] {
        assert_eq!(worth(text).truth(), expected, "{text}: {:?}", worth(text));
    }
}
