//! The points at which the line breaks: all of them where `SEGUE_CRASHES=all` says so, all from where a plan begins where it
//! says `begun` (what is read before is the same for every recipe), every so-manieth where that is a number; else, for some
//! recipes, every so-manieth and one of each kind of statement that comes once a plan was begun.

use std::{collections::HashSet, env};

use segue_cluster::{Break, Side};

/// One point of so many is taken, where nothing else is said; a prime, so that it meets other kinds in every recipe.
const USUALLY: usize = 331;
/// One recipe of so many.
const RECIPES: usize = 4;

/// Which are taken.
pub(crate) struct Points {
    every: usize,
    /// Whether those before a plan begins are left out.
    only_begun: bool,
    /// Kinds of statements that were taken already.
    known: HashSet<String>,
    /// How many there were, to begin elsewhere with each recipe.
    seen: usize,
    pub(crate) taken: usize,
}

impl Points {
    pub(crate) fn new() -> Self {
        let chosen = env::var("SEGUE_CRASHES").ok();
        let every = match chosen.as_deref() {
            Some("all" | "begun") => 1,
            Some(number) => number
                .parse()
                .expect("SEGUE_CRASHES is `all`, `begun` or a number"),
            None => USUALLY,
        };
        Self {
            every,
            only_begun: chosen.as_deref() == Some("begun"),
            known: HashSet::new(),
            seen: 0,
            taken: 0,
        }
    }

    /// Whether a recipe, of this number, is among those that are asked for.
    pub(crate) fn wants(number: usize, recipe: &str) -> bool {
        let is_one_of_all = env::var("SEGUE_CRASHES").is_ok() || number.is_multiple_of(RECIPES);
        let named = |names: String| names.split(',').any(|name| name == recipe);
        env::var("SEGUE_CRASHES_OF").map_or(is_one_of_all, named)
    }

    /// The points of a command that has sent these statements when it was not disturbed.
    pub(crate) fn of(&mut self, statements: &[String]) -> Vec<Break> {
        let mut points = Vec::new();
        let mut has_begun = false;
        for (number, statement) in statements.iter().enumerate() {
            has_begun |= BEGINNINGS.iter().any(|text| statement.starts_with(text));
            if self.only_begun && !has_begun {
                continue;
            }
            let is_new = has_begun && self.every == USUALLY && self.known.insert(kind(statement));
            for side in [Side::Before, Side::After] {
                self.seen += 1;
                // one side of each kind, now this one, now that one
                let is_its_side = (side == Side::After) == self.known.len().is_multiple_of(2);
                if self.seen.is_multiple_of(self.every) || is_new && is_its_side {
                    points.push(Break {
                        at: number + 1,
                        words: "",
                        side,
                        holds: false,
                    });
                }
            }
        }
        self.taken += points.len();
        points
    }
}

/// What begins a plan, its second phase, and the way back.
const BEGINNINGS: [&str; 2] = ["INSERT INTO segue.rollouts", "UPDATE segue.rollouts"];

/// What kind of statement it is: its first words.
pub(crate) fn kind(statement: &str) -> String {
    let mut words = statement.split_whitespace();
    let first = words.next().unwrap_or_default().to_ascii_uppercase();
    let more = match first.as_str() {
        "ALTER" | "CREATE" | "DROP" | "DO" | "UPDATE" => 1,
        "INSERT" | "DELETE" | "SET" => 2,
        _ => 0,
    };
    std::iter::once(first.as_str())
        .chain(words.take(more))
        .collect::<Vec<_>>()
        .join(" ")
}
