//! Expected texts of views are those of PostgreSQL 15 (`pg_get_viewdef` after the rename).

use std::sync::Arc;

use super::*;
use crate::{
    DataType, Origin,
    model::{Column, Enum, Sequence, SequenceOptions, Table, Type, TypeKind},
};

fn table(columns: &[&str]) -> Arc<Table> {
    let columns = columns
        .iter()
        .map(|name| Column::new(*name, DataType::builtin("integer")));
    Arc::new(Table::new(columns.collect()))
}

fn catalog() -> Catalog {
    let mut catalog = Catalog::empty(15);
    catalog.schemas.insert("r".into(), Arc::default());
    catalog
        .tables
        .insert(QName::new("r", "t"), table(&["id", "n"]));
    catalog
        .tables
        .insert(QName::new("r", "u"), table(&["id", "tid"]));
    let sequence = Sequence {
        options: SequenceOptions::of(DataType::builtin("bigint")),
        owned_by: None,
        persistence: crate::model::Persistence::Permanent,
        owner: None,
        privileges: crate::Privileges::default(),
        comment: None,
    };
    catalog
        .sequences
        .insert(QName::new("r", "s"), Arc::new(sequence));
    let mood = Type::new(TypeKind::Enum(Enum {
        values: vec!["old".to_owned(), "new".to_owned()],
    }));
    catalog
        .types
        .insert(QName::new("r", "mood"), Arc::new(mood));
    let t = catalog
        .table_mut(&QName::new("r", "t"))
        .expect("it is there");
    t.columns[1].data_type = DataType::named(QName::new("r", "mood"));
    catalog
}

fn column(of: &str, from: &str, to: &str) -> Moved {
    Moved::Column(QName::new("r", of), from.into(), to.into())
}

#[track_caller]
fn becomes(text: &str, scope: Scope<'_>, moved: &Moved, expected: &str) {
    let expr = Expr::printed(text);
    let made = rewrite(&catalog(), &expr, scope, moved).unwrap_or(expr);
    assert_eq!(&*made.text, expected);
    assert_eq!(made.origin, Origin::Printed, "it should be certain");
}

#[track_caller]
fn is_uncertain(text: &str, scope: Scope<'_>, moved: &Moved) {
    let expr = Expr::printed(text);
    let made = rewrite(&catalog(), &expr, scope, moved).expect("it is touched");
    assert_eq!(made.origin, Origin::Stale, "{made}");
    assert_eq!(&*made.text, text);
}

#[test]
fn columns_of_the_table_are_renamed_in_an_expression_over_it_and_nothing_else_is() {
    let t = QName::new("r", "t");
    let scope = Scope::Table(&t);
    let moved = column("t", "n", "N 2");
    let text = "(n = 'n'::text) AND (t.n > n(id)) -- n";
    let expected = "(\"N 2\" = 'n'::text) AND (t.\"N 2\" > n(id)) -- n";
    becomes(text, scope, &moved, expected);
    becomes("\"n\" IS NOT NULL", scope, &moved, "\"N 2\" IS NOT NULL");
    becomes("\"N\" IS NOT NULL", scope, &moved, "\"N\" IS NOT NULL");
    becomes("N IS NOT NULL", scope, &moved, "\"N 2\" IS NOT NULL");
    let other = column("u", "n", "m");
    becomes("n > 1", scope, &other, "n > 1");
}

#[test]
fn a_policy_s_subquery_has_columns_of_its_own() {
    let t = QName::new("r", "t");
    let scope = Scope::Table(&t);
    let text = "EXISTS ( SELECT 1 FROM r.u WHERE ((u.tid = t.id) AND (u.id = 1)))";
    let expected = "EXISTS ( SELECT 1 FROM r.u WHERE ((u.tid = t.uid) AND (u.id = 1)))";
    becomes(text, scope, &column("t", "id", "uid"), expected);
    let expected = "EXISTS ( SELECT 1 FROM r.u WHERE ((u.tid = t.id) AND (u.uid = 1)))";
    becomes(text, scope, &column("u", "id", "uid"), expected);
}

#[test]
fn rows_of_triggers_are_the_table_s() {
    let t = QName::new("r", "t");
    let text = "(old.n IS DISTINCT FROM new.n)";
    let expected = "(old.m IS DISTINCT FROM new.m)";
    becomes(text, Scope::Rows(&t), &column("t", "n", "m"), expected);
}

#[test]
fn output_columns_of_views_keep_their_names() {
    let moved = column("t", "id", "uid");
    let view = |text, expected| becomes(text, Scope::Query, &moved, expected);
    view(
        "SELECT t.id, lower(t.n) AS lower FROM r.t",
        "SELECT t.uid AS id, lower(t.n) AS lower FROM r.t",
    );
    view(
        "SELECT t.id FROM r.t ORDER BY t.id",
        "SELECT t.uid AS id FROM r.t ORDER BY t.uid",
    );
    view("SELECT t.id AS uid FROM r.t", "SELECT t.uid FROM r.t");
    view(
        "SELECT t.id, q.tid FROM (r.t JOIN ( SELECT u.tid FROM r.u) q ON ((q.tid = t.id)))",
        "SELECT t.uid AS id, q.tid FROM (r.t JOIN ( SELECT u.tid FROM r.u) q ON ((q.tid = t.uid)))",
    );
    view(
        "WITH c AS ( SELECT u.tid FROM r.u ) SELECT c.tid FROM c UNION SELECT t.id AS tid FROM r.t ORDER BY 1",
        "WITH c AS ( SELECT u.tid FROM r.u ) SELECT c.tid FROM c UNION SELECT t.uid AS tid FROM r.t ORDER BY 1",
    );
    view(
        "SELECT t.n FROM r.t WHERE (t.id IN ( SELECT u.tid FROM r.u WHERE (u.id = t.id)))",
        "SELECT t.n FROM r.t WHERE (t.uid IN ( SELECT u.tid FROM r.u WHERE (u.id = t.uid)))",
    );
    view("SELECT x.id FROM r.u x", "SELECT x.id FROM r.u x");
}

#[test]
fn what_is_not_certain_is_left_and_said_to_be_so() {
    let moved = column("t", "id", "uid");
    is_uncertain("SELECT * FROM r.t", Scope::Query, &moved);
    is_uncertain(
        "SELECT t.n FROM (r.t JOIN r.u USING (id))",
        Scope::Query,
        &moved,
    );
    is_uncertain("SELECT (t).id FROM r.t", Scope::Query, &moved);
    is_uncertain("SELECT id FROM (", Scope::Query, &moved);
    let table = Moved::Relation(QName::new("r", "t"), QName::new("r", "v"));
    is_uncertain("SELECT t.id FROM r.t, r.t t_1", Scope::Query, &table);
}

#[test]
fn relations_are_renamed_where_they_are_read() {
    let moved = Moved::Relation(QName::new("r", "t"), QName::new("r", "people"));
    let view = |text, expected| becomes(text, Scope::Query, &moved, expected);
    view("SELECT t.id FROM r.t", "SELECT people.id FROM r.people");
    view("SELECT x.id FROM r.t x", "SELECT x.id FROM r.people x");
    view(
        "SELECT people.id FROM r.t people",
        "SELECT people.id FROM r.people",
    );
    view("SELECT t.id FROM r.u t", "SELECT t.id FROM r.u t");
    let away = Moved::Relation(QName::new("r", "t"), QName::new("s", "t"));
    becomes(
        "SELECT t.id FROM t",
        Scope::Query,
        &away,
        "SELECT t.id FROM s.t",
    );
}

#[test]
fn names_in_texts_follow_their_sequences() {
    let moved = Moved::Relation(QName::new("r", "s"), QName::new("r", "S 2"));
    let text = |text, expected| becomes(text, Scope::Nothing, &moved, expected);
    text("nextval('r.s'::regclass)", "nextval('r.\"S 2\"'::regclass)");
    text("nextval('s')", "nextval('\"S 2\"')");
    text(
        "nextval('public.s'::regclass)",
        "nextval('public.s'::regclass)",
    );
    text("lower('r.s'::text)", "lower('r.s'::text)");
}

#[test]
fn types_functions_and_values_are_renamed() {
    let t = QName::new("r", "t");
    let scope = Scope::Table(&t);
    let mood = Moved::Type(QName::new("r", "mood"), QName::new("r", "feeling"));
    becomes("n = 'old'::r.mood", scope, &mood, "n = 'old'::r.feeling");
    becomes("'{}'::mood[]", scope, &mood, "'{}'::feeling[]");
    let label = Moved::Label(QName::new("r", "mood"), "old".into(), "it's".into());
    becomes("n = 'old'::r.mood", scope, &label, "n = 'it''s'::r.mood");
    becomes(
        "n IN ('old', 'new')",
        scope,
        &label,
        "n IN ('it''s', 'new')",
    );
    becomes(
        "'{old,new}'::r.mood[]",
        scope,
        &label,
        "'{it''s,new}'::r.mood[]",
    );
    becomes("'old'::text", scope, &label, "'old'::text");
    let f = Moved::Routine(QName::new("r", "f"), QName::new("r", "g"), 1..=1);
    becomes("r.f(id) + r.f(1, 2)", scope, &f, "r.g(id) + r.f(1, 2)");
    let schema = Moved::Schema("r".into(), "q".into());
    let text = "r.f(t.id) = nextval('r.s'::regclass) AND n = 'r.x'::r.mood";
    let expected = "q.f(t.id) = nextval('q.s'::regclass) AND n = 'r.x'::q.mood";
    becomes(text, scope, &schema, expected);
}
