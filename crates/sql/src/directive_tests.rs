//! What is said in comments.

use super::*;

fn found(text: &str) -> Vec<String> {
    let source = Source::new("m.sql", text);
    let said = directives(&source).expect("directives");
    said.iter()
        .map(|one| match &one.said {
            Said::Allow { rule, reason } => {
                format!("{}: {}", &text[rule.clone()], &text[reason.clone()])
            }
            Said::Backfill { column, value } => {
                format!("{} is {}", &text[column.clone()], &text[value.clone()])
            }
            Said::Batch(batch) => format!("in batches: {batch:?}"),
            Said::Inverse { value } => format!("back by {}", &text[value.clone()]),
            Said::Contract => "in contract".to_owned(),
            Said::Expand => "in expand".to_owned(),
            Said::Sync { back: None } => "kept the same".to_owned(),
            Said::Sync {
                back: Some((column, value)),
            } => format!(
                "{} again by {}",
                &text[column.clone()],
                &text[value.clone()]
            ),
            Said::Irreversible { reason } => format!("irreversible: {}", &text[reason.clone()]),
            Said::RenamedFrom { name } => format!("was {}", &text[name.clone()]),
        })
        .collect()
}

#[test]
fn directives_are_read_where_they_are_comments() {
    let text = "-- segue: allow drop-table because  nobody reads it \r\n\
                DROP TABLE a; --segue: renamed from \"b c\"\n\
                SELECT '-- segue: nonsense', $$\n-- segue: nonsense\n$$;\n\
                \\echo don't -- segue: nonsense\n\
                COPY a FROM STDIN;\n-- segue: nonsense\n\\.\n\
                /* -- segue: nonsense */ -- about segue: nothing\n";
    assert_eq!(found(text), ["drop-table: nobody reads it", "was \"b c\""]);
}

#[test]
fn plans_are_told_what_no_sql_says() {
    let text = "-- segue: backfill app.users.slug = lower(name)\n\
                -- segue: inverse code::text\n-- segue: phase contract\n\
                -- segue: sync\n-- segue: sync name = a || '=' || b\nSELECT 1;";
    assert_eq!(
        found(text),
        [
            "app.users.slug is lower(name)",
            "back by code::text",
            "in contract",
            "kept the same",
            "name again by a || '=' || b"
        ]
    );
}

#[test]
fn what_looks_like_a_directive_is_not_passed_over() {
    for text in [
        "-- Segue: phase contract",
        "--  SEGUE: batch keep=none",
        "-- segue : phase expand",
        "-- segue batch size=5",
        "-- seuge: batch size=5",
        "/* segue: batch size=5 */",
    ] {
        let source = Source::new("m.sql", format!("SELECT 1;\n{text}\nSELECT 2;"));
        let problems = directives(&source).expect_err(text);
        assert!(
            problems[0].message.contains("passed over"),
            "{text}: {problems:?}"
        );
        assert!(problems[0].place.is_some(), "{text}");
    }
    for text in [
        "-- segue sync keeps both the same",
        "-- Segue: what we deploy with",
        "/* segue */",
        "/* -- segue: phase contract */",
        "-- a league: batch size=5",
    ] {
        let source = Source::new("m.sql", format!("{text}\nSELECT 1;"));
        assert_eq!(directives(&source), Ok(Vec::new()), "{text}");
    }
}

#[test]
fn what_is_no_directive_is_a_problem_with_its_place() {
    for (text, message, help) in [
        (
            "-- segue: sync a b = c",
            "which column gets which value",
            "sync COLUMN = EXPRESSION",
        ),
        (
            "-- segue: sync a = left(x, 1), b = y",
            "a comment of its own",
            "sync COLUMN = EXPRESSION",
        ),
        (
            "-- segue: alow x because y",
            "does not know",
            "did you mean `allow`?",
        ),
        (
            "-- segue:",
            "does not know",
            "it may say `allow RULE because REASON`",
        ),
        (
            "-- segue: allow",
            "what is allowed",
            "allow RULE because REASON",
        ),
        (
            "-- segue: allow because x",
            "what is allowed",
            "because REASON",
        ),
        (
            "-- segue: allow drop-table",
            "does not say why",
            "because REASON",
        ),
        (
            "-- segue: allow drop-table because ",
            "does not say why",
            "because REASON",
        ),
        (
            "-- segue: allow drop-table becauseit",
            "does not say why",
            "because REASON",
        ),
        ("-- segue: batch", "does not say how", "size=ROWS"),
        (
            "-- segue: batch sise=5",
            "no option",
            "did you mean `size`?",
        ),
        ("-- segue: batch size=0", "no `size`", "size=5000"),
        ("-- segue: batch target=200", "no `target`", "target=200ms"),
        ("-- segue: batch max_rate=5/m", "no `max_rate`", "20000/s"),
        ("-- segue: batch keep=all", "no `keep`", "keep=none"),
        ("-- segue: batch key=a,", "no `key`", "key=id"),
        (
            "-- segue: renamed form x",
            "does not know",
            "renamed from NAME",
        ),
    ] {
        let source = Source::new("m.sql", format!("{text}\nSELECT 1;"));
        let problems = directives(&source).expect_err(text);
        assert!(
            problems[0].message.contains(message),
            "{text}: {problems:?}"
        );
        let helps = problems[0].help.as_deref().unwrap_or_default();
        assert!(helps.contains(help), "{text}: {helps}");
        assert!(problems[0].place.is_some(), "{text}");
    }
}

#[test]
fn batches_are_told_how_large_and_fast_they_are_and_by_what_rows_are_known() {
    let text = "-- segue: batch size=5_000 target=2s max_rate=20000/s key=tenant,\"id\" keep=none\nUPDATE t SET a = 1;";
    let source = Source::new("m.sql", text);
    let found = directives(&source).expect("directives");
    let [
        Directive {
            said: Said::Batch(batch),
            ..
        },
    ] = found.as_slice()
    else {
        panic!("{found:?}");
    };
    assert_eq!(batch.size, Some(5000));
    assert_eq!(batch.target_milliseconds, Some(2000));
    assert_eq!(batch.max_rate, Some(20_000));
    assert!(batch.keeps_nothing);
    let key: Vec<&str> = batch.key.iter().map(|at| &text[at.clone()]).collect();
    assert_eq!(key, ["tenant", "\"id\""]);
}
