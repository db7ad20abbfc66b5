use super::{super::typed::Form, *};

fn typed(column: &str, data_type: &str) -> Typed {
    Typed {
        column: column.into(),
        data_type: data_type.to_owned(),
    }
}

fn transform() -> Transform {
    Transform {
        table: QName::new("public", "Users"),
        key: vec![typed("a", "integer"), typed("b", "character varying(10)")],
        reads: Reads::Columns(vec!["name".into()]),
        condition: Some("slug IS NULL -- still".to_owned()),
        writes: vec![
            typed("slug", "character varying(20)"),
            typed("size", "numeric(10,2)"),
            typed("tags", "text[]"),
        ],
        program: vec!["./slugify".to_owned()],
        rows: 1000,
        parallel: 1,
        unchanged: false,
        delete: true,
        stops: true,
        kept: None,
    }
}

#[test]
fn values_are_assigned_to_columns_and_not_cut_by_casts() {
    let write = transform().write();
    for part in [
        "UPDATE public.\"Users\" SET slug = segue_answer.w0, size = segue_answer.w1::numeric, \
         tags = (SELECT v FROM json_to_record(segue_answer.w2::json) AS segue_value(v text[]))",
        "\"Users\".a = segue_answer.k0::integer AND \"Users\".b = segue_answer.k1::character varying(10)",
        "\"Users\".xmin::text = segue_answer.version",
    ] {
        assert!(write.contains(part), "{part}: {write}");
    }
}

#[test]
fn only_types_whose_text_says_all_are_given_as_texts() {
    let cases = [
        ("text", Form::Plain),
        ("timestamp(3) with time zone", Form::Plain),
        ("jsonb", Form::Json),
        // a cast to it without a length would be one to a single bit
        ("bit(8)", Form::Record),
        ("integer[]", Form::Record),
        ("public.mood", Form::Record),
    ];
    for (data_type, form) in cases {
        assert_eq!(typed("c", data_type).form(), form, "{data_type}");
    }
}

#[test]
fn lists_stand_in_their_places_whatever_is_in_them() {
    let of = transform();
    let lists: Vec<String> = ["{(0,1)}", "{7}", "{9}", "{1}", "{$2, '}"]
        .map(str::to_owned)
        .into();
    let filled = of.filled(&of.remove(), &lists);
    assert!(
        filled.contains(
            "unnest('{(0,1)}'::tid[], '{7}'::text[], '{9}'::oid[], '{1}'::text[], '{$2, ''}'::text[]) WITH ORDINALITY"
        ),
        "{filled}"
    );
    assert!(
        filled.starts_with("DELETE FROM public.\"Users\" USING unnest("),
        "{filled}"
    );
    assert!(filled.ends_with("RETURNING -segue_answer.n"), "{filled}");
}

#[test]
fn a_page_begins_behind_a_key_and_a_comment_ends_with_its_line() {
    let after = ["7".to_owned(), "it's".to_owned()];
    let page = transform().page(Rows::Next {
        after: Some(&after),
        above: Some("3"),
        upto: Some("9"),
        but: None,
        most: 5,
    });
    for part in [
        "(slug IS NULL -- still\n)",
        "(\"Users\".a, \"Users\".b) > ('7'::integer, 'it''s'::character varying(10)) AND \"Users\".a <= '9'::integer",
        "ORDER BY \"Users\".a, \"Users\".b LIMIT 5",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("'3'"), "{page}");
}

#[test]
fn what_rows_were_is_kept_by_the_statement_that_writes_them() {
    let mut of = transform();
    let kept = KeptAnswers {
        table: QName::new("segue", "kept_1"),
        before: "\"Users\".slug AS segue_o1".to_owned(),
        behind: "segue_old.segue_o1, \"Users\".slug AS segue_n1".to_owned(),
        keep: "INSERT INTO segue.kept_1 SELECT segue_o1, segue_n1 FROM segue_new".to_owned(),
    };
    of.kept = Some(kept);
    let lists: Vec<String> = (0..FIXED + 2 + 3).map(|at| format!("{{{at}}}")).collect();
    let write = of.filled(&of.write(), &lists);
    for part in [
        "FROM unnest('{0}'::tid[], '{1}'::text[], '{2}'::oid[], '{3}'::text[]",
        "FOR UPDATE OF \"Users\"",
        "segue_kept AS (INSERT INTO segue.kept_1 SELECT segue_o1, segue_n1 FROM segue_new) SELECT segue_n FROM segue_new",
    ] {
        assert!(write.contains(part), "{part}: {write}");
    }
    // it lets rows go beside: those are not kept
    assert!(of.remove().starts_with("DELETE FROM"), "{}", of.remove());
    of.writes.clear();
    assert!(of.remove().contains("segue_kept AS ("), "{}", of.remove());
}
