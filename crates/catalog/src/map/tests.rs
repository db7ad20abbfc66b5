use std::collections::BTreeMap;

use super::*;

/// Numbers in no order, the same each time.
fn numbers(many: u64) -> impl Iterator<Item = u64> {
    (0..many).map(|number| number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40)
}

fn same(map: &Map<u64, Arc<u64>>, known: &BTreeMap<u64, u64>) {
    let all: Vec<(u64, u64)> = map.iter().map(|(key, value)| (*key, **value)).collect();
    let expected: Vec<(u64, u64)> = known.iter().map(|(key, value)| (*key, *value)).collect();
    assert_eq!(all, expected);
    assert_eq!(map.len(), known.len());
    assert!(
        map.pages
            .iter()
            .all(|page| (1..=PAGE).contains(&page.len()))
    );
}

#[test]
fn it_holds_what_a_sorted_map_holds() {
    let (mut map, mut known) = (Map::new(), BTreeMap::new());
    for (at, key) in numbers(3_000).enumerate() {
        let value = at as u64;
        let before = map.insert(key % 1_000, Arc::new(value));
        assert_eq!(before.map(|it| *it), known.insert(key % 1_000, value));
        if at % 3 == 0 {
            let gone = (key / 7) % 1_000;
            assert_eq!(map.remove(&gone).map(|it| *it), known.remove(&gone));
        }
    }
    same(&map, &known);
    for key in 0..1_001 {
        assert_eq!(map.get(&key).map(|it| **it), known.get(&key).copied());
        let from: Vec<u64> = map.from_key(&key).map(|(key, _)| *key).collect();
        assert_eq!(
            from,
            known.range(key..).map(|(key, _)| *key).collect::<Vec<_>>()
        );
    }
    map.retain(|key, _| key % 2 == 0);
    known.retain(|key, _| key % 2 == 0);
    same(&map, &known);
    for value in map.values_mut_where(|key, _| key % 5 == 0) {
        *Arc::make_mut(value) += 1;
    }
    for (_, value) in known.iter_mut().filter(|(key, _)| *key % 5 == 0) {
        *value += 1;
    }
    same(&map, &known);
    let taken: Vec<u64> = map.into_iter().map(|(key, _)| key).collect();
    assert_eq!(taken, known.into_keys().collect::<Vec<_>>());
}

#[test]
fn a_copy_shares_what_is_not_changed() {
    let before: Map<u64, Arc<u64>> = (0..1_000).map(|key| (key, Arc::new(key))).collect();
    let mut after = before.clone();
    assert!(after.is_shared_with(&before));
    assert_eq!(after.values_mut_where(|key, _| *key > 1_000).count(), 0);
    assert!(after.is_shared_with(&before));
    after.insert(77, Arc::new(0));
    after.remove(&500);
    let shared =
        |page: &&Arc<Page<u64, Arc<u64>>>| before.pages.iter().any(|of| Arc::ptr_eq(of, page));
    assert_eq!(after.pages.iter().filter(|page| !shared(page)).count(), 2);
    let keys = |map: Map<u64, Arc<u64>>| map.keys().copied().collect::<Vec<_>>();
    assert_eq!(keys(after.unlike(&before)), [77]);
    assert_eq!(keys(before.unlike(&after)), [77, 500]);
    assert_ne!(before, after);
    let unlike = before
        .beside(&after)
        .filter(|(_, own, theirs)| own != theirs);
    let unlike: Vec<_> = unlike
        .map(|(key, own, theirs)| (*key, own.map(|it| **it), theirs.map(|it| **it)))
        .collect();
    assert_eq!(unlike, [(77, Some(77), Some(0)), (500, Some(500), None)]);
    after.insert(77, Arc::new(77));
    after.insert(500, Arc::new(500));
    assert_eq!(before, after);
}
