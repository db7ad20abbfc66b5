//! What CHECKs prove of bounds; the same as PostgreSQL 15 says with `client_min_messages = debug1`.

use super::*;

fn words_say(check: &str, of: &Bound) -> (bool, bool) {
    let words = expression::words(check);
    let column = Name::stored("at");
    let conditions = expression::conjuncts(&words).into_iter().map(|part| {
        let ways = alternatives(part).into_iter();
        ways.map(|way| {
            let atoms = expression::conjuncts(way).into_iter();
            atoms.flat_map(|atom| read(atom, &column)).collect()
        })
        .collect()
    });
    let known = Known {
        conditions: conditions.collect(),
        not_null: true,
    };
    (known.is_within(of), known.is_without(of))
}

#[test]
fn bounds_are_proved_by_comparisons_with_constants() {
    let year = bound("FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')").expect("a bound");
    for (check, within, without) in [
        ("at >= '2025-01-01' AND at < '2026-01-01'", true, false),
        (
            "((at >= '2025-01-01'::date) AND (at < '2026-01-01'::date))",
            true,
            false,
        ),
        (
            "at >= date '2025-03-01' AND at <= '2025-12-31'",
            true,
            false,
        ),
        ("at BETWEEN '2025-01-01' AND '2025-12-31'", true, false),
        ("at >= '2025-01-01'", false, false),
        ("at >= '2026-01-01'", false, true),
        ("at > '2025-12-31'", false, false),
        ("'2029-01-01' <= at", false, true),
        ("at < '2025-01-01' OR at >= '2026-01-01'", false, true),
        ("at < '2025-01-01' OR at >= '2025-06-01'", false, false),
        ("at <= '2025-01-01'", false, false),
        ("other >= '2029-01-01'", false, false),
    ] {
        assert_eq!(words_say(check, &year), (within, without), "{check}");
    }
}

#[test]
fn lists_are_proved_by_their_values() {
    let some = bound("FOR VALUES IN ('a', 'b')").expect("a bound");
    for (check, within, without) in [
        ("at = 'a'", true, false),
        ("at IN ('a', 'b')", true, false),
        ("at = ANY (ARRAY['a'::text, 'b'::text])", true, false),
        ("at IN ('a', 'c')", false, false),
        ("at IN ('c', 'd')", false, true),
        ("at <> 'a'", false, false),
        ("at NOT IN ('a', 'b', 'x')", false, true),
        ("at <> 'a' AND at <> 'b'", false, true),
    ] {
        assert_eq!(words_say(check, &some), (within, without), "{check}");
    }
}
