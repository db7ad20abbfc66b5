//! What an expression reads, and whether it can be applied twice.

use segue_catalog::{Name, QName};

use super::{Word, bare, conjuncts, words};

/// Whether an expression names a column of a table that it calls by one of these names; a column without a table in front may
/// be that one.
pub(in crate::effect) fn names_column(text: &str, called: &[&str], column: &str) -> bool {
    let words = words(text);
    words.iter().enumerate().any(|(at, word)| {
        let is_call = words.get(at + 1).is_some_and(|next| next.is("("));
        let is_front = words.get(at + 1).is_some_and(|next| next.is("."));
        if !word.is_name() || word.text != column || is_call || is_front {
            return false;
        }
        match at.checked_sub(2).map(|first| &words[first..at]) {
            Some([table, dot]) if dot.is(".") => called
                .iter()
                .any(|name| name.trim_matches('"') == table.text),
            _ => true,
        }
    })
}

/// An expression in which columns of a table are called by the table's name alone: `public.t.c` is `t.c`. Where it stands the row
/// has no schema.
pub(in crate::effect) fn without_schema(text: &str, table: &QName) -> String {
    let words = words(text);
    let mut rest = text;
    let mut written = String::new();
    let dotted = |at: usize| words.get(at).is_some_and(|word| word.is("."));
    let called = |at: usize, name: &str| {
        (words.get(at)).is_some_and(|word| word.is_name() && word.text == name)
    };
    let mut skipped = 0;
    for (at, word) in words.iter().enumerate() {
        let start = word.at;
        if at < skipped {
            continue;
        }
        let is_it = called(at, table.schema.as_str())
            && dotted(at + 1)
            && called(at + 2, table.name.as_str())
            && dotted(at + 3)
            && !at.checked_sub(1).is_some_and(dotted);
        if let (true, Some(name)) = (is_it, words.get(at + 2)) {
            let done = text.len() - rest.len();
            written.push_str(&text[done..start]);
            rest = &text[name.at..];
            skipped = at + 3;
        }
    }
    written.push_str(rest);
    written
}

/// Whether a query within a text reads from a table of this name: it stands behind FROM, JOIN or a comma between tables.
pub(in crate::effect) fn reads_from(text: &str, table: &str) -> bool {
    let words = words(text);
    words.iter().enumerate().any(|(at, word)| {
        if !word.is_name() || word.text != table {
            return false;
        }
        let start = match at.checked_sub(2).map(|first| &words[first..at]) {
            Some([_, dot]) if dot.is(".") => at - 2,
            _ => at,
        };
        let before = start.checked_sub(1).map(|before| &words[before]);
        before.is_some_and(|before| {
            ["from", "join", "only", "lateral"]
                .iter()
                .any(|word| before.is(word))
        }) || (before.is_some_and(|before| before.is(",")) && is_in_from(&words[..start]))
    })
}

/// Whether words end within a list of tables: the last clause that was begun is FROM.
fn is_in_from(words: &[Word]) -> bool {
    const CLAUSES: [&str; 7] = ["from", "where", "select", "group", "order", "set", "on"];
    let last = words
        .iter()
        .rev()
        .find(|word| CLAUSES.iter().any(|clause| word.is(clause)));
    last.is_some_and(|word| word.is("from"))
}

/// Functions of one text that give what they have given again.
const SETTLED: [&str; 8] = [
    "lower", "upper", "trim", "btrim", "ltrim", "rtrim", "initcap", "abs",
];

/// Whether an expression over a column gives the same when it is applied to what it has given: `COALESCE(column, …)` and
/// functions like `lower`.
pub(in crate::effect) fn is_repeatable(text: &str, column: &str) -> bool {
    let words = words(text);
    let words = bare(&words);
    let [function, open, inner @ .., close] = words else {
        return super::super::proof::is_column(words, column);
    };
    if !open.is("(") || !close.is(")") {
        return super::super::proof::is_column(words, column);
    }
    if function.is("coalesce") {
        let mut depth = 0_i32;
        let first = inner.iter().position(|word| {
            depth += i32::from(word.is("(")) - i32::from(word.is(")"));
            depth == 0 && word.is(",")
        });
        let (first, rest) = inner.split_at(first.unwrap_or(inner.len()));
        return super::super::proof::is_column(first, column)
            && !rest.iter().any(|word| word.text == column);
    }
    SETTLED.iter().any(|known| function.is(known)) && super::super::proof::is_column(inner, column)
}

/// Whether a condition holds for rows only in which a column is NULL.
pub(in crate::effect) fn demands_null(condition: &str, column: &str) -> bool {
    let words = words(condition);
    conjuncts(&words).iter().any(|part| match part {
        [of @ .., is, null] if is.is("is") && null.is("null") => {
            super::super::proof::is_column(of, column)
        }
        _ => false,
    })
}

/// The columns of two tables by which a condition joins them: `a.x = b.y AND …`, and nothing else. Those of the first table come
/// first.
pub(in crate::effect) fn joined(
    condition: &str,
    one: &str,
    other: &str,
) -> Option<Vec<(Name, Name)>> {
    let is_of = |table: &Word, called: &str| table.text == called.trim_matches('"');
    let words = words(condition);
    let pairs = conjuncts(&words).into_iter().map(|part| match bare(part) {
        [left, dot, x, equals, right, point, y]
            if dot.is(".") && equals.is("=") && point.is(".") =>
        {
            let (x, y) = (Name::stored(&x.text), Name::stored(&y.text));
            if is_of(left, one) && is_of(right, other) {
                Some((x, y))
            } else if is_of(left, other) && is_of(right, one) {
                Some((y, x))
            } else {
                None
            }
        }
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_join_by_columns_is_told() {
        let names = |found: Option<Vec<(Name, Name)>>| {
            let found = found?.into_iter();
            Some(
                found
                    .map(|(own, other)| format!("{own} {other}"))
                    .collect::<Vec<_>>(),
            )
        };
        let found = joined("u.id = p.user_id AND (p.tenant = u.org)", "u", "p");
        assert_eq!(
            names(found),
            Some(vec!["id user_id".to_owned(), "org tenant".to_owned()])
        );
        assert_eq!(joined("u.id = p.user_id AND p.live", "u", "p"), None);
        assert_eq!(joined("u.id = p.user_id OR u.id = p.id", "u", "p"), None);
    }

    #[test]
    fn columns_of_other_tables_are_told_apart() {
        assert!(names_column("a + 1", &["t"], "a"));
        assert!(names_column("t.a + 1", &["t"], "a"));
        assert!(!names_column("o.a + 1", &["t"], "a"));
        assert!(!names_column("a(1) + b", &["t"], "a"));
    }

    #[test]
    fn a_query_over_the_own_table_is_found() {
        assert!(reads_from("(SELECT max(a) FROM t)", "t"));
        assert!(reads_from("(SELECT 1 FROM o, app.t WHERE true)", "t"));
        assert!(reads_from("(SELECT 1 FROM o JOIN t ON true)", "t"));
        assert!(!reads_from("(SELECT t.a FROM o WHERE t.b = o.b)", "t"));
    }

    #[test]
    fn what_settles_can_be_applied_twice() {
        assert!(is_repeatable("COALESCE(a, 0)", "a"));
        assert!(is_repeatable("lower(a)", "a"));
        assert!(is_repeatable("a", "a"));
        assert!(!is_repeatable("COALESCE(a, a)", "a"));
        assert!(!is_repeatable("a + 1", "a"));
        assert!(!is_repeatable("lower(a || 'x')", "a"));
    }

    #[test]
    fn a_condition_can_demand_null() {
        assert!(demands_null("a IS NULL AND b > 1", "a"));
        assert!(demands_null("t.a IS NULL", "a"));
        assert!(!demands_null("a IS NULL OR b > 1", "a"));
        assert!(!demands_null("a IS NOT NULL", "a"));
    }

    #[test]
    fn columns_lose_the_schema_of_their_table() {
        let of = |text| without_schema(text, &QName::new("public", "t"));
        assert_eq!(
            of("upper(public.t.name) || public . t.b"),
            "upper(t.name) || t.b"
        );
        assert_eq!(of("\"public\".\"t\".\"Name\"::int"), "\"t\".\"Name\"::int");
        for same in [
            "upper(t.name)",
            "(SELECT max(x) FROM public.t)",
            "public.t(a)",
            "public.other.a + app.t.a",
            "'public.t.a'",
            "a.public.t.a",
        ] {
            assert_eq!(of(same), same);
        }
    }
}
