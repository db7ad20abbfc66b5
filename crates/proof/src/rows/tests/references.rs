//! Keys, foreign keys and their cycles.

use super::*;

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
