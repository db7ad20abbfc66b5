//! Making conditions true: what a condition says is read from its tree, and values are put where they have to be.
//!
//! The common forms are solved: comparisons with constants and with other columns, lists, patterns, lengths, NULLs and how
//! many there are of them, ANDs and ORs of these. What is solved is looked at again by [`evaluate`](super::evaluate): two
//! conditions on the same column may need several rounds, each with other choices.

mod aim;

use segue_catalog::{
    Name,
    normal::{Head, Tree},
};

use super::{
    chance::Chance,
    condition::{Condition, Demand},
    evaluate::evaluate,
    kind::Kind,
    value::Value,
    values::{self, Mood},
};
use aim::aim;

/// Where values are put.
pub(crate) trait Site {
    /// What a column has.
    fn value(&self, column: &[Name]) -> Value;
    /// What a column takes.
    fn kind(&self, column: &[Name]) -> Option<&Kind>;
    /// Puts a value; `false`: the column cannot have it.
    fn put(&mut self, column: &[Name], value: &Value) -> bool;
    /// Puts any other value than NULL.
    fn renew(&mut self, column: &[Name]) -> bool;
    /// Where chance comes from.
    fn chance(&mut self) -> &mut Chance;
}

/// What a tree is worth at a site.
pub(crate) fn worth(tree: &Tree, site: &dyn Site) -> Value {
    evaluate(tree, &|column| site.value(column))
}

/// What is known of a condition at a site: that it holds, or that it does not.
pub(crate) fn holds(condition: &Condition, site: &dyn Site) -> Option<bool> {
    let value = worth(condition.tree.as_ref()?, site);
    Some(condition.admits(value.truth()?))
}

/// Changes what is at a site so that a condition holds, as far as that can be told. `false`: nothing was changed.
pub(crate) fn satisfy(condition: &Condition, site: &mut dyn Site) -> bool {
    let Some(tree) = &condition.tree else {
        return false;
    };
    make(tree, condition.demand != Demand::NotTrue, site)
}

/// Makes a condition true or false.
fn make(tree: &Tree, wanted: bool, site: &mut dyn Site) -> bool {
    match &tree.head {
        Head::And | Head::Or if (tree.head == Head::And) == wanted => {
            let mut done = false;
            for part in &tree.parts {
                let passes = match worth(part, site) {
                    Value::Bool(truth) => truth == wanted,
                    // it will do as NULL, mostly
                    Value::Null => !site.chance().once_in(4),
                    _ => false,
                };
                if !passes {
                    done |= make(part, wanted, site);
                }
            }
            done
        }
        Head::And | Head::Or => one_of(&tree.parts, wanted, site),
        Head::Not => tree
            .parts
            .first()
            .is_some_and(|part| make(part, !wanted, site)),
        Head::Is(what) => tree
            .parts
            .first()
            .is_some_and(|part| make_is(part, what, wanted, site)),
        Head::Operator(symbol) if tree.parts.len() == 2 => {
            let Some(symbol) = wished(symbol, wanted) else {
                return false;
            };
            compare(&symbol, &tree.parts[0], &tree.parts[1], site)
        }
        Head::Quantified { symbol, all } if tree.parts.len() == 2 => {
            quantified(symbol, *all, wanted, &tree.parts, site)
        }
        Head::Column(_) | Head::Call(_) => aim(tree, &Value::Bool(wanted), site),
        _ => false,
    }
}

fn is(tree: &Tree, wanted: bool, site: &dyn Site) -> bool {
    worth(tree, site) == Value::Bool(wanted)
}

/// Makes one of several conditions what it shall be, and leaves the others: the first that works, from any on.
fn one_of(parts: &[Tree], wanted: bool, site: &mut dyn Site) -> bool {
    let first = site.chance().place(parts.len());
    let turn = parts[first..].iter().chain(&parts[..first]);
    for part in turn {
        if is(part, wanted, site) || make(part, wanted, site) {
            return true;
        }
    }
    false
}

/// `IS NULL`, `IS NOT TRUE`… of a column or an expression.
fn make_is(tree: &Tree, what: &str, wanted: bool, site: &mut dyn Site) -> bool {
    let (negated, what) = match what.strip_prefix("not ") {
        Some(what) => (true, what),
        None => (false, what),
    };
    match (what, negated != wanted) {
        ("null" | "unknown", true) => aim(tree, &Value::Null, site),
        ("null" | "unknown", false) => renew(tree, site),
        ("true", is) => make(tree, is, site),
        ("false", is) => make(tree, !is, site),
        _ => false,
    }
}

/// Any value for all columns of an expression that have none.
fn renew(tree: &Tree, site: &mut dyn Site) -> bool {
    let mut done = false;
    if let Head::Column(name) = &tree.head
        && site.value(name) == Value::Null
    {
        done |= site.renew(name);
    }
    for part in &tree.parts {
        done |= renew(part, site);
    }
    done
}

/// The operator that has to hold.
fn wished(symbol: &str, wanted: bool) -> Option<String> {
    if wanted {
        return Some(symbol.to_owned());
    }
    let other = match symbol {
        "=" => "<>",
        "<>" | "!=" => "=",
        "<" => ">=",
        "<=" => ">",
        ">" => "<=",
        ">=" => "<",
        "is distinct from" => "=",
        _ => {
            return Some(match symbol.strip_prefix('!') {
                Some(rest) => rest.to_owned(),
                None if symbol.contains('~') => format!("!{symbol}"),
                None => return None,
            });
        }
    };
    Some(other.to_owned())
}

/// The same comparison the other way round.
fn turned(symbol: &str) -> &str {
    match symbol {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        other => other,
    }
}

/// Makes a comparison hold: one of the sides is changed, either of them.
fn compare(symbol: &str, left: &Tree, right: &Tree, site: &mut dyn Site) -> bool {
    if symbol.contains('~') {
        return match worth(right, site) {
            Value::Text(pattern) => aim::pattern(symbol, left, &pattern, site),
            _ => false,
        };
    }
    if symbol == "?" {
        return aim::key(left, &worth(right, site), site);
    }
    let mut ways = [(left, symbol, right), (right, turned(symbol), left)];
    if site.chance().once_in(3) {
        ways.reverse();
    }
    ways.iter().any(|(changed, symbol, other)| {
        changed.any(&|node| matches!(node.head, Head::Column(_))) && {
            let other = worth(other, site);
            aim::beside(changed, symbol, &other, site)
        }
    })
}

/// `value = ANY (array)` and the like.
fn quantified(symbol: &str, all: bool, wanted: bool, parts: &[Tree], site: &mut dyn Site) -> bool {
    let Some(symbol) = wished(symbol, wanted) else {
        return false;
    };
    let Value::Array(elements) = worth(&parts[1], site) else {
        return one_element(&symbol, parts, site);
    };
    if all == wanted {
        // for all of them: what is beside one of them may be beside all
        let element = site.chance().pick(&elements).cloned();
        return element.is_some_and(|element| aim::beside(&parts[0], &symbol, &element, site));
    }
    let element = site.chance().pick(&elements).cloned();
    element.is_some_and(|element| {
        if symbol.contains('~') {
            match element {
                Value::Text(pattern) => aim::pattern(&symbol, &parts[0], &pattern, site),
                _ => false,
            }
        } else {
            aim::beside(&parts[0], &symbol, &element, site)
        }
    })
}

/// `'a' = ANY (column)`: an array of this one element.
fn one_element(symbol: &str, parts: &[Tree], site: &mut dyn Site) -> bool {
    let element = worth(&parts[0], site);
    symbol == "=" && aim(&parts[1], &Value::Array(vec![element]), site)
}

/// So many rounds are made for a value of a domain.
const ROUNDS: usize = 30;

/// A value of a domain.
pub(crate) fn of_domain(
    base: &Kind,
    conditions: &[Condition],
    hint: &str,
    mood: Mood,
    chance: &mut Chance,
) -> Option<String> {
    let mut single = Single {
        kind: base,
        text: Some(values::any(base, hint, mood, chance)?),
        chance: Chance::of(chance.next(), "domain", &[]),
    };
    for _ in 0..ROUNDS {
        let broken = conditions
            .iter()
            .find(|one| holds(one, &single) == Some(false));
        match broken {
            None => break,
            Some(broken) => {
                if !satisfy(broken, &mut single) {
                    single.text = values::any(base, hint, Mood::Tame, &mut single.chance);
                }
            }
        }
    }
    single.text
}

/// The one value of a domain.
struct Single<'a> {
    kind: &'a Kind,
    text: Option<String>,
    chance: Chance,
}

impl Site for Single<'_> {
    fn value(&self, _: &[Name]) -> Value {
        self.text
            .as_ref()
            .map_or(Value::Null, |text| self.kind.read(text))
    }

    fn kind(&self, _: &[Name]) -> Option<&Kind> {
        Some(self.kind)
    }

    fn put(&mut self, _: &[Name], value: &Value) -> bool {
        let text = self.kind.write(value);
        let done = text.is_some();
        self.text = text.or_else(|| self.text.take());
        done
    }

    fn renew(&mut self, _: &[Name]) -> bool {
        self.text = values::any(self.kind, "", Mood::Tame, &mut self.chance);
        self.text.is_some()
    }

    fn chance(&mut self) -> &mut Chance {
        &mut self.chance
    }
}
