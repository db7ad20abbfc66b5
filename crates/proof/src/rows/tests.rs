use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use segue_catalog::{Catalog, QName, Session, advance};
use segue_sql::{Source, split};

use super::{
    evaluate::evaluate,
    order::{Cut, order},
    *,
};

/// The schema that a script makes.
pub(crate) fn catalog(sql: &str) -> Catalog {
    let source = Source::new("schema.sql", sql);
    let (mut catalog, mut session) = (Catalog::empty(17), Session::default());
    for statement in split(&source).expect("it can be cut").iter() {
        advance(&source, statement.span, &mut catalog, &mut session).expect("it is right");
    }
    catalog
}

fn table(name: &str) -> QName {
    QName::new("public", name)
}

/// The rows of all tables, as if a server took every one.
fn all(catalog: &Catalog, wish: &Wish) -> (Generated, BTreeMap<String, Batch>) {
    let mut generated = generate(catalog, wish);
    let mut found = BTreeMap::new();
    for name in generated
        .groups()
        .into_iter()
        .flat_map(|group| group.tables)
    {
        let batch = generated.begin(&name);
        generated.accept(&name, &batch.rows);
        found.insert(name.name.to_string(), batch);
    }
    (generated, found)
}

fn wish(rows: u32) -> Wish {
    Wish { rows, seed: 1 }
}

/// The values of a column.
fn column<'a>(batch: &'a Batch, name: &str) -> Vec<&'a Cell> {
    let place = batch.columns.iter().position(|own| *own == *name);
    let place = place.expect(name);
    batch.rows.iter().map(|row| &row.cells[place]).collect()
}

/// Makes rows for a table with this CHECK, and looks whether each satisfies it.
fn satisfied(columns: &str, check: &str) -> Batch {
    let catalog = catalog(&format!(
        "CREATE TABLE one (id int, {columns}, CONSTRAINT demand CHECK ({check}))"
    ));
    let frame = Frame::of(&catalog, &table("one"), &catalog.tables[&table("one")]);
    let (_, mut found) = all(&catalog, &wish(100));
    let batch = found.remove("one").expect("a batch");
    assert_eq!((batch.rows.len(), &batch.miss), (100, &None), "{check}");
    for row in &batch.rows {
        for condition in &frame.conditions {
            let tree = condition.tree.as_ref().expect(check);
            let value = evaluate(tree, &|column| keys::value(&frame, &row.cells, column));
            let truth = value
                .truth()
                .unwrap_or_else(|| panic!("{check} is not known of {row:?}"));
            assert_ne!(truth, Some(false), "{check}: {row:?}");
        }
    }
    batch
}

#[test]
fn the_common_forms_of_checks_are_solved() {
    for (columns, check) in [
        ("a int NOT NULL", "a > 5"),
        ("a int NOT NULL", "a >= 18 AND a < 21"),
        ("a int NOT NULL", "a BETWEEN 1000000 AND 1000002"),
        ("a smallint NOT NULL", "a NOT BETWEEN -32760 AND 32765"),
        ("a int NOT NULL", "a IN (7, 11, 13)"),
        ("a int NOT NULL", "a <> 0 AND (a < -5 OR a > 50000)"),
        ("a int NOT NULL", "NOT (a < 100)"),
        ("a numeric(4,2) NOT NULL", "a > 0 AND a < 0.02"),
        (
            "a numeric(10,2) NOT NULL, b numeric(10,2) NOT NULL",
            "a < b",
        ),
        ("a int NOT NULL, b int NOT NULL", "a + b = 1000"),
        ("a int NOT NULL, b int NOT NULL", "a - b >= 12345"),
        ("a text NOT NULL", "a = ANY (ARRAY['x'::text, 'y'::text])"),
        (
            "a varchar(9) NOT NULL",
            "a = ANY (ARRAY['x'::varchar, 'y'::varchar]::text[])",
        ),
        ("a text NOT NULL", "a LIKE 'https://%'"),
        ("a text NOT NULL", "a ~ '^[a-z][a-z0-9_]{2,9}$'"),
        ("a text NOT NULL", "a !~ '[0-9]'"),
        ("a text NOT NULL", "length(a) = 7"),
        ("a varchar(20) NOT NULL", "char_length(a) >= 15"),
        (
            "a text NOT NULL",
            "a = lower(a) AND length(a) BETWEEN 1 AND 3",
        ),
        ("a text NOT NULL", "btrim(a) <> ''"),
        ("a text NOT NULL", "a <> '' AND a = upper(a)"),
        ("a bytea NOT NULL", "octet_length(a) = 32"),
        ("a jsonb NOT NULL", "jsonb_typeof(a) = 'array'"),
        (
            "a jsonb NOT NULL",
            "a ? 'kind' AND a ->> 'kind' IN ('x', 'y')",
        ),
        ("a int[] NOT NULL", "cardinality(a) BETWEEN 2 AND 3"),
        ("a text[] NOT NULL", "array_length(a, 1) = 2"),
        ("a date NOT NULL, b date NOT NULL", "a < b"),
        (
            "a timestamptz NOT NULL",
            "a >= '2030-01-01 00:00:00+00' AND a < '2030-02-01 00:00:00+00'",
        ),
        (
            "a timestamptz NOT NULL, b timestamptz NOT NULL",
            "b >= a + '2 days'::interval",
        ),
        ("a timestamptz NOT NULL", "a < now()"),
        ("a timestamptz NOT NULL", "a > CURRENT_TIMESTAMP"),
        ("a int, b int, c int", "num_nonnulls(a, b, c) = 1"),
        ("a int, b int", "(a IS NULL) = (b IS NULL)"),
        (
            "a int, b int",
            "(a IS NULL AND b IS NOT NULL) OR (a IS NOT NULL AND b IS NULL)",
        ),
        ("a int", "a IS NOT NULL"),
        ("a boolean NOT NULL, b text", "NOT a OR b IS NOT NULL"),
        ("a boolean NOT NULL", "a"),
        ("a boolean NOT NULL", "a IS NOT TRUE"),
        (
            "a text NOT NULL, b int",
            "a IN ('x', 'y') AND (a <> 'x' OR b > 7)",
        ),
        ("a int, b int", "COALESCE(a, b) > 500000"),
        ("a uuid NOT NULL, b uuid NOT NULL", "a <> b"),
    ] {
        satisfied(columns, check);
    }
}

#[test]
fn solutions_are_not_all_the_same() {
    let batch = satisfied("a text NOT NULL, b int", "a IN ('x', 'y', 'z') AND b > 10");
    let different = |name| {
        column(&batch, name)
            .into_iter()
            .map(|cell| format!("{cell:?}"))
            .collect::<BTreeSet<_>>()
            .len()
    };
    assert_eq!(different("a"), 3);
    assert!(different("b") > 5, "{}", different("b"));
    assert!(
        column(&batch, "b").contains(&&Cell::Null),
        "NULL passes a CHECK"
    );
}

#[test]
fn what_cannot_be_solved_is_named() {
    let catalog =
        catalog("CREATE TABLE one (a int NOT NULL, CONSTRAINT never CHECK (a > 5 AND a < 4))");
    let (_, found) = all(&catalog, &wish(10));
    let expected = Miss::Unsolved("never".to_owned(), "a > 5 AND a < 4".to_owned());
    assert_eq!(found["one"].miss, Some(expected));
    assert!(found["one"].rows.is_empty());
}

#[test]
fn rows_that_are_refused_are_made_anew_with_the_constants_of_the_constraint() {
    let check = "CREATE TABLE one (id int PRIMARY KEY, a text NOT NULL, CONSTRAINT own CHECK (public.fits(a, 'needle', 'other')))";
    let catalog = catalog(check);
    let mut generated = generate(&catalog, &wish(10));
    let batch = generated.begin(&table("one"));
    let mut refused = batch.rows.clone();
    let mut taken = Vec::new();
    for _ in 0..20 {
        let batch = generated.others(&table("one"), &refused, &["own".to_owned()]);
        let fits = |row: &Row| row.cells[1] == Cell::Text("needle".to_owned());
        let (good, bad): (Vec<Row>, Vec<Row>) = batch.rows.into_iter().partition(fits);
        taken.extend(good);
        refused = bad;
    }
    assert_eq!(taken.len(), 10);
}

#[test]
fn domains_demand_what_they_demand() {
    let catalog = catalog(
        "CREATE DOMAIN percent AS int CHECK (VALUE BETWEEN 0 AND 100);
         CREATE DOMAIN half AS percent CHECK (VALUE <= 50);
         CREATE DOMAIN code AS text NOT NULL CHECK (VALUE ~ '^[A-Z]{2}$');
         CREATE TABLE one (a half NOT NULL, b code, c percent[] NOT NULL)",
    );
    let (_, found) = all(&catalog, &wish(100));
    let batch = &found["one"];
    assert_eq!(batch.rows.len(), 100);
    for row in &batch.rows {
        let [Cell::Text(half), Cell::Text(code), Cell::Text(list)] = row.cells.as_slice() else {
            panic!("{row:?}");
        };
        assert!(
            (0..=50).contains(&half.parse::<i32>().expect("a number")),
            "{half}"
        );
        assert!(
            code.len() == 2 && code.chars().all(|c| c.is_ascii_uppercase()),
            "{code}"
        );
        for element in values::elements(list)
            .expect("an array")
            .into_iter()
            .flatten()
        {
            assert!(
                (0..=100).contains(&element.parse::<i32>().expect("a number")),
                "{list}"
            );
        }
    }
}

#[test]
fn keys_are_distinct_also_where_they_are_partial_or_over_expressions() {
    let catalog = catalog(
        "CREATE TABLE one (a int PRIMARY KEY, b text NOT NULL, c boolean NOT NULL, d int, e text, UNIQUE (c, d));
         CREATE UNIQUE INDEX ON one (lower(b));
         CREATE UNIQUE INDEX ON one (c) WHERE e IS NULL;
         CREATE TABLE few (a boolean PRIMARY KEY)",
    );
    let (_, found) = all(&catalog, &wish(100));
    let batch = &found["one"];
    assert_eq!(batch.rows.len(), 100);
    let lower = column(batch, "b")
        .into_iter()
        .map(|cell| format!("{cell:?}").to_lowercase());
    assert_eq!(lower.collect::<BTreeSet<_>>().len(), 100);
    let alive = column(batch, "e")
        .into_iter()
        .filter(|cell| **cell == Cell::Null);
    assert!(alive.count() <= 2, "one for each truth");
    assert_eq!(found["few"].rows.len(), 2);
    assert_eq!(found["few"].miss, Some(Miss::Taken("few_pkey".to_owned())));
}

#[test]
fn foreign_keys_find_rows_and_agree_on_shared_columns() {
    let catalog = catalog(
        "CREATE TABLE tenant (id int PRIMARY KEY);
         CREATE TABLE person (tenant int REFERENCES tenant, id int, boss int, PRIMARY KEY (tenant, id),
             FOREIGN KEY (tenant, boss) REFERENCES person);
         CREATE TABLE task (tenant int NOT NULL, a int NOT NULL, b int NOT NULL,
             FOREIGN KEY (tenant, a) REFERENCES person, FOREIGN KEY (tenant, b) REFERENCES person);
         CREATE TABLE badge (tenant int, person int, UNIQUE (tenant, person),
             FOREIGN KEY (tenant, person) REFERENCES person MATCH FULL)",
    );
    let (_, found) = all(&catalog, &wish(100));
    let pairs = |batch: &Batch, one: &str, other: &str| -> Vec<(Cell, Cell)> {
        let pairs = column(batch, one).into_iter().zip(column(batch, other));
        pairs
            .map(|(one, other)| (one.clone(), other.clone()))
            .collect()
    };
    let people: BTreeSet<String> = pairs(&found["person"], "tenant", "id")
        .iter()
        .map(|pair| format!("{pair:?}"))
        .collect();
    assert_eq!(people.len(), 100);
    for pair in
        pairs(&found["task"], "tenant", "a")
            .iter()
            .chain(&pairs(&found["task"], "tenant", "b"))
    {
        assert!(people.contains(&format!("{pair:?}")), "{pair:?}");
    }
    for pair in pairs(&found["person"], "tenant", "boss") {
        assert!(
            pair.1 == Cell::Null || people.contains(&format!("{pair:?}")),
            "{pair:?}"
        );
    }
    for pair in pairs(&found["badge"], "tenant", "person") {
        assert_eq!(pair.0 == Cell::Null, pair.1 == Cell::Null, "MATCH FULL");
    }
    let tenants = column(&found["person"], "tenant");
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    tenants
        .iter()
        .for_each(|cell| *counts.entry(format!("{cell:?}")).or_default() += 1);
    assert!(
        counts.values().any(|many| *many >= 5),
        "some are popular: {counts:?}"
    );
}

#[test]
fn cycles_are_cut_where_it_costs_least() {
    let catalog = catalog(
        "CREATE TABLE team (id int PRIMARY KEY, captain int);
         CREATE TABLE player (id int PRIMARY KEY, team int NOT NULL REFERENCES team);
         ALTER TABLE team ADD CONSTRAINT captain FOREIGN KEY (captain) REFERENCES player;
         CREATE TABLE egg (id int PRIMARY KEY, hen int NOT NULL);
         CREATE TABLE hen (id int PRIMARY KEY, egg int NOT NULL CONSTRAINT egg REFERENCES egg DEFERRABLE);
         ALTER TABLE egg ADD CONSTRAINT hen FOREIGN KEY (hen) REFERENCES hen;
         CREATE TABLE lock (id int PRIMARY KEY, key int NOT NULL);
         CREATE TABLE key (id int PRIMARY KEY, lock int NOT NULL REFERENCES lock);
         ALTER TABLE lock ADD CONSTRAINT key FOREIGN KEY (key) REFERENCES key;
         CREATE TABLE after (id int REFERENCES player)",
    );
    let order = order(&catalog);
    let cuts: Vec<(&str, &str, Cut)> = order
        .cuts
        .iter()
        .map(|((of, name), cut)| (of.name.as_str(), name.as_str(), *cut))
        .collect();
    assert_eq!(
        cuts,
        [
            ("hen", "egg", Cut::Deferred),
            ("key", "key_lock_fkey", Cut::Impossible),
            ("team", "captain", Cut::Later)
        ]
    );
    let (generated, found) = all(&catalog, &wish(50));
    assert_eq!(found["egg"].rows.len(), 50);
    assert_eq!(found["hen"].rows.len(), 50);
    let eggs = column(&found["egg"], "id");
    assert!(
        column(&found["hen"], "egg")
            .iter()
            .all(|egg| eggs.contains(egg))
    );
    let deferred: Vec<QName> = generated
        .groups()
        .into_iter()
        .flat_map(|group| group.deferred)
        .collect();
    assert_eq!(deferred, [table("egg")], "it is called as its constraint");
    let links = generated.links();
    assert!(
        links.len() > 30 && links.iter().all(|link| link.constraint == *"captain"),
        "{}",
        links.len()
    );
    let expected = Miss::Circle("key_lock_fkey".into(), table("lock"));
    assert_eq!(found["key"].miss, Some(expected));
    let expected = Miss::NoParent("key".into(), table("key"));
    assert_eq!(found["lock"].miss, Some(expected));
    assert_eq!(found["after"].rows.len(), 50);
}

#[test]
fn rows_fit_a_partition() {
    let catalog = catalog(
        "CREATE TABLE event (at date NOT NULL, kind text) PARTITION BY RANGE (at);
         CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM ('2023-01-01') TO ('2023-02-01');
         CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM ('2031-01-01') TO ('2031-02-01');
         CREATE TABLE sale (region text, id int) PARTITION BY LIST (region);
         CREATE TABLE sale_1 PARTITION OF sale FOR VALUES IN ('north', 'south');
         CREATE TABLE sale_2 PARTITION OF sale DEFAULT;
         CREATE TABLE nowhere (id int) PARTITION BY HASH (id)",
    );
    let (generated, found) = all(&catalog, &wish(100));
    assert!(
        !found.contains_key("event_1"),
        "partitions get their rows through their table"
    );
    assert_eq!(found["event"].rows.len(), 100);
    for cell in column(&found["event"], "at") {
        let Cell::Text(at) = cell else {
            panic!("{cell:?}")
        };
        assert!(
            at.starts_with("2023-01-") || at.starts_with("2031-01-"),
            "{at}"
        );
    }
    assert_eq!(
        generated.count(&table("event_1")) + generated.count(&table("event_2")),
        100
    );
    let listed = generated.count(&table("sale_1"));
    let regions = column(&found["sale"], "region").into_iter();
    let in_list = regions
        .filter(|cell| matches!(cell, Cell::Text(text) if text == "north" || text == "south"));
    assert_eq!(in_list.count() as u64, listed);
    assert!((20..80).contains(&listed), "{listed}");
    assert_eq!(found["nowhere"].miss, Some(Miss::NoPartition));
}

#[test]
fn generated_columns_and_views_get_nothing_and_identities_what_their_sequence_would_give() {
    let catalog = catalog(
        "CREATE TABLE one (id int GENERATED ALWAYS AS IDENTITY (START WITH 10 INCREMENT BY 5), a int,
             b int GENERATED ALWAYS AS (a * 2) STORED);
         CREATE TABLE two (id serial, a text DEFAULT 'new');
         CREATE VIEW seen AS SELECT id FROM one",
    );
    let (generated, found) = all(&catalog, &wish(3));
    assert_eq!(found["one"].columns, ["id", "a"]);
    assert_eq!(found.len(), 2);
    let ids: Vec<String> = column(&found["one"], "id")
        .iter()
        .map(|cell| format!("{cell:?}"))
        .collect();
    assert_eq!(ids, ["Text(\"10\")", "Text(\"15\")", "Text(\"20\")"]);
    let sequences: Vec<String> = generated
        .counted()
        .iter()
        .map(|one| one.sequence.to_string())
        .collect();
    assert_eq!(sequences, ["public.one_id_seq", "public.two_id_seq"]);
    let insert = found["one"].insert(&found["one"].rows[..1]);
    assert!(
        insert.starts_with("INSERT INTO public.one (id, a) OVERRIDING SYSTEM VALUE VALUES ('10', "),
        "{insert}"
    );
}

#[test]
fn the_same_seed_gives_the_same_rows_whatever_else_is_in_the_schema() {
    let one = "CREATE TABLE one (id int PRIMARY KEY, a text, b timestamptz, c jsonb);";
    let rows = |sql: &str, seed| {
        let (_, mut found) = all(&catalog(sql), &Wish { rows: 20, seed });
        found.remove("one").expect("a batch").rows
    };
    assert_eq!(rows(one, 1), rows(one, 1));
    assert_eq!(
        rows(one, 1),
        rows(&format!("{one} CREATE TABLE another (id int)"), 1)
    );
    assert_ne!(rows(one, 1), rows(one, 2));
}

#[test]
fn rows_from_before_are_referred_to_and_their_keys_are_taken() {
    let catalog = catalog(
        "CREATE TABLE kind (name text PRIMARY KEY CHECK (name = 'only'));
         CREATE TABLE one (kind text NOT NULL REFERENCES kind)",
    );
    let mut generated = generate(&catalog, &wish(5));
    generated.found(&table("kind"), vec![vec![Some("only".to_owned())]]);
    assert!(generated.begin(&table("kind")).rows.is_empty());
    let batch = generated.begin(&table("one"));
    assert_eq!(batch.rows.len(), 5);
    assert!(
        column(&batch, "kind")
            .iter()
            .all(|cell| **cell == Cell::Text("only".to_owned()))
    );
}

proptest! {
    #[test]
    fn ranges_of_any_two_columns_are_satisfied(low in -1000_i64..1000, span in 2_i64..50, least in 0_usize..6, more in 0_usize..6) {
        let check = format!(
            "a >= {low} AND a < {} AND b > a AND length(c) BETWEEN {least} AND {}",
            low + span,
            least + more
        );
        satisfied("a int NOT NULL, b int NOT NULL, c text NOT NULL", &check);
    }
}
