//! Bounds of partitions, and what is known of one column: whether the CHECKs of a table say that its rows are within a
//! bound, or out of it (`PartConstraintImpliedByRelConstraint`). Only partition keys of one column are looked into.

use std::cmp::Ordering;

use segue_catalog::model::{IndexTerm, PartitionBy, Table};

use super::super::{
    expression::{self, Word},
    proof::{self, Known},
};

/// What is demanded, or known, of a column.
#[derive(Debug, Clone, PartialEq)]
enum Atom {
    Null,
    NotNull,
    Less(String),
    AtMost(String),
    More(String),
    AtLeast(String),
    In(Vec<String>),
    NotIn(Vec<String>),
}

/// What a partition demands of its rows: all of these, each by one of its alternatives.
pub(super) struct Demand {
    column: String,
    all: Vec<Vec<Atom>>,
}

impl Demand {
    /// What a bound demands; none where that is not looked into.
    pub(super) fn of(by: &PartitionBy, bound: &str) -> Option<Self> {
        let [key] = by.keys.as_slice() else {
            return None;
        };
        let IndexTerm::Column(column) = &key.term else {
            return None;
        };
        let words = expression::words(bound);
        let all = match words.as_slice() {
            [f, v, from, rest @ ..] if f.is("for") && v.is("values") && from.is("from") => {
                range(rest)?
            }
            [f, v, r#in, rest @ ..] if f.is("for") && v.is("values") && r#in.is("in") => list(rest),
            _ => return None,
        };
        Some(Self {
            column: column.as_str().to_owned(),
            all,
        })
    }

    /// What it demands of the rows that are not to be in it, as one.
    pub(super) fn negated(&self) -> Self {
        let parts = self.all.iter().flatten();
        Self {
            column: self.column.clone(),
            all: vec![parts.map(negation).collect()],
        }
    }

    /// Whether a table's rows are known to be so.
    pub(super) fn is_met(&self, table: &Table, known: &Known) -> bool {
        let column = table.column(&self.column);
        let has_values = column
            .is_some_and(|own| own.not_null.as_ref().is_some_and(|it| it.validated))
            || known.is_not_null(&self.column);
        let parts: Vec<Vec<Atom>> = known
            .parts()
            .flat_map(|part| facts(part, &self.column))
            .collect();
        self.all.iter().all(|goal| {
            (goal.contains(&Atom::NotNull) && has_values)
                || parts.iter().any(|part| {
                    part.iter()
                        .all(|atom| goal.iter().any(|wanted| implies(atom, wanted)))
                })
        })
    }
}

fn range(rest: &[Word]) -> Option<Vec<Vec<Atom>>> {
    let at = rest.iter().position(|word| word.is("to"))?;
    let (from, to) = (
        expression::bare(&rest[..at]),
        expression::bare(&rest[at + 1..]),
    );
    let mut all = vec![vec![Atom::NotNull]];
    if !from.iter().any(|word| word.is("minvalue")) {
        all.push(vec![Atom::AtLeast(value(from)?)]);
    }
    if !to.iter().any(|word| word.is("maxvalue")) {
        all.push(vec![Atom::Less(value(to)?)]);
    }
    Some(all)
}

fn list(rest: &[Word]) -> Vec<Vec<Atom>> {
    let items = items(expression::bare(rest));
    let (nulls, values): (Vec<_>, Vec<_>) = items
        .into_iter()
        .partition(|item| matches!(item, [null] if null.is("null")));
    let within = Atom::In(values.into_iter().filter_map(value).collect());
    if nulls.is_empty() {
        vec![vec![Atom::NotNull], vec![within]]
    } else {
        vec![vec![Atom::Null, within]]
    }
}

/// The items of a list, at its commas.
fn items(words: &[Word]) -> Vec<&[Word]> {
    let mut depth = 0_i32;
    let split = |word: &Word| {
        if word.is("(") || word.is("[") {
            depth += 1;
        } else if word.is(")") || word.is("]") {
            depth -= 1;
        }
        depth == 0 && word.is(",")
    };
    words.split(split).filter(|item| !item.is_empty()).collect()
}

/// A constant, without its type.
fn value(words: &[Word]) -> Option<String> {
    let words = expression::bare(words);
    let words = match words.iter().position(|word| word.is("::") || word.is(":")) {
        Some(at) => expression::bare(&words[..at]),
        None => words,
    };
    match words {
        [one] if one.is_name() => None,
        [one] => Some(one.text.trim_matches('\'').to_owned()),
        [minus, one] if minus.is("-") => Some(format!("-{}", one.text)),
        // `date '2024-01-01'`
        [name, one] if name.is_name() && one.text.starts_with('\'') => {
            Some(one.text.trim_matches('\'').to_owned())
        }
        _ => None,
    }
}

/// What a part of a CHECK says of the column: facts, each a list of alternatives.
fn facts(part: &[Word], column: &str) -> Vec<Vec<Atom>> {
    let part = expression::bare(part);
    if let [operand, between, rest @ ..] = part
        && between.is("between")
        && proof::is_column(std::slice::from_ref(operand), column)
        && let Some(at) = rest.iter().position(|word| word.is("and"))
    {
        let bounds = value(&rest[..at]).zip(value(&rest[at + 1..]));
        return bounds.map_or_else(Vec::new, |(low, high)| {
            vec![vec![Atom::AtLeast(low)], vec![Atom::AtMost(high)]]
        });
    }
    alternatives(part, column).into_iter().collect()
}

fn alternatives(part: &[Word], column: &str) -> Option<Vec<Atom>> {
    let part = expression::bare(part);
    if let [not, rest @ ..] = part
        && not.is("not")
    {
        let inner = expression::conjuncts(rest);
        let atoms = inner.into_iter().map(|one| atom(one, column));
        return atoms.map(|one| one.map(|one| negation(&one))).collect();
    }
    let mut depth = 0_i32;
    let pieces = part.split(|word| {
        if word.is("(") || word.is("[") {
            depth += 1;
        } else if word.is(")") || word.is("]") {
            depth -= 1;
        }
        depth == 0 && word.is("or")
    });
    pieces.map(|piece| atom(piece, column)).collect()
}

fn atom(words: &[Word], column: &str) -> Option<Atom> {
    let words = expression::bare(words);
    let is = |words: &[Word]| proof::is_column(words, column);
    if let [operand @ .., i, null] = words
        && i.is("is")
        && null.is("null")
    {
        return is(operand).then_some(Atom::Null);
    }
    if let [operand @ .., i, not, null] = words
        && i.is("is")
        && not.is("not")
        && null.is("null")
    {
        return is(operand).then_some(Atom::NotNull);
    }
    let at = words.iter().position(|word| {
        ["<", "<=", ">", ">=", "=", "<>", "!=", "in", "not"]
            .iter()
            .any(|one| word.is(one))
    })?;
    let (left, operator, right) = (&words[..at], words[at].text.as_str(), &words[at + 1..]);
    if operator == "not" {
        let values = right.split_first().filter(|(first, _)| first.is("in"))?.1;
        return is(left).then(|| Atom::NotIn(constants(values)));
    }
    if operator == "in" || right.first().is_some_and(|word| word.is("any")) {
        return is(left).then(|| Atom::In(constants(right)));
    }
    let (operator, constant) = if is(left) {
        (operator, value(right)?)
    } else if is(right) {
        (mirrored(operator), value(left)?)
    } else {
        return None;
    };
    Some(match operator {
        "<" => Atom::Less(constant),
        "<=" => Atom::AtMost(constant),
        ">" => Atom::More(constant),
        ">=" => Atom::AtLeast(constant),
        "=" => Atom::In(vec![constant]),
        _ => Atom::NotIn(vec![constant]),
    })
}

/// The constants in `(a, b)` or `ANY (ARRAY[a, b])`.
fn constants(words: &[Word]) -> Vec<String> {
    let inner = match words.iter().position(|word| word.is("[")) {
        Some(at) => {
            let end = words
                .iter()
                .rposition(|word| word.is("]"))
                .unwrap_or(words.len());
            &words[at + 1..end.max(at + 1)]
        }
        None => expression::bare(words),
    };
    items(inner).into_iter().filter_map(value).collect()
}

fn mirrored(operator: &str) -> &str {
    match operator {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        same => same,
    }
}

fn negation(of: &Atom) -> Atom {
    match of.clone() {
        Atom::Null => Atom::NotNull,
        Atom::NotNull => Atom::Null,
        Atom::Less(than) => Atom::AtLeast(than),
        Atom::AtMost(than) => Atom::More(than),
        Atom::More(than) => Atom::AtMost(than),
        Atom::AtLeast(than) => Atom::Less(than),
        Atom::In(values) => Atom::NotIn(values),
        Atom::NotIn(values) => Atom::In(values),
    }
}

/// Whether the one cannot be without the other.
fn implies(known: &Atom, wanted: &Atom) -> bool {
    let at_most = |one: &str, other: &str| order(one, other).is_some_and(Ordering::is_le);
    let below = |one: &str, other: &str| order(one, other) == Some(Ordering::Less);
    match (known, wanted) {
        (Atom::Null, Atom::Null) | (Atom::NotNull, Atom::NotNull) => true,
        (Atom::Less(known), Atom::Less(wanted) | Atom::AtMost(wanted))
        | (Atom::AtMost(known), Atom::AtMost(wanted)) => at_most(known, wanted),
        (Atom::AtMost(known), Atom::Less(wanted)) => below(known, wanted),
        (Atom::More(known), Atom::More(wanted) | Atom::AtLeast(wanted))
        | (Atom::AtLeast(known), Atom::AtLeast(wanted)) => at_most(wanted, known),
        (Atom::AtLeast(known), Atom::More(wanted)) => below(wanted, known),
        (Atom::In(known), Atom::In(wanted)) => known.iter().all(|one| wanted.contains(one)),
        (Atom::NotIn(known), Atom::NotIn(wanted)) => wanted.iter().all(|one| known.contains(one)),
        (Atom::In(known), Atom::NotIn(wanted)) => known.iter().all(|one| !wanted.contains(one)),
        (Atom::In(known), Atom::Less(wanted)) => known.iter().all(|one| below(one, wanted)),
        (Atom::In(known), Atom::AtLeast(wanted)) => known.iter().all(|one| at_most(wanted, one)),
        _ => false,
    }
}

/// How two constants compare: the same text, numbers, or dates and times of one form.
fn order(one: &str, other: &str) -> Option<Ordering> {
    if one == other {
        return Some(Ordering::Equal);
    }
    if let (Ok(one), Ok(other)) = (one.parse::<f64>(), other.parse::<f64>()) {
        return one.partial_cmp(&other);
    }
    let is_time = |text: &str| {
        text.len() >= 10
            && text.as_bytes()[4] == b'-'
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || b"-: .+".contains(&byte))
    };
    (is_time(one) && is_time(other) && one.len() == other.len()).then(|| one.cmp(other))
}
