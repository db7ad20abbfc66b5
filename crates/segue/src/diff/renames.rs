//! What a migration renames, as its statements say: two schemas alone do not tell it.

use std::collections::BTreeSet;

use segue_catalog::{Catalog, Change, ObjectRef};
use segue_engine::{
    Failure, Settings, names,
    replay::{Next, Part, Replay},
};
use segue_project::Migration;

use super::pair::Pair;

/// What a migration renames: each name before, and the one behind it, by kind and name as a [`Pair`] asks for them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Renames {
    known: BTreeSet<(String, String)>,
}

impl Renames {
    /// Those of a migration of PostgreSQL's, from the schema before it. What cannot be told is none.
    pub(crate) fn of(
        migration: &Migration,
        before: &Catalog,
        settings: &Settings,
    ) -> Result<Self, Failure> {
        let names = names(settings, None);
        let mut replay = Replay::new([Part::from(migration)], before.clone(), names);
        loop {
            match replay.go_on()? {
                Next::Done => break,
                Next::Migrated(_) => {}
                Next::Unknown(_) => replay.pass(),
            }
        }
        let (steps, _) = replay.finish();
        let effects = steps.iter().flat_map(|step| &step.effects);
        let mut renamed: Vec<(ObjectRef, ObjectRef)> = Vec::new();
        for change in effects.flat_map(|effect| &effect.changes) {
            let Change::Rename { object, to } = change else {
                continue;
            };
            let now = object.renamed(to);
            if let (ObjectRef::Table(from), ObjectRef::Table(to)) = (object, &now) {
                for part in renamed.iter_mut().map(|(_, known)| known) {
                    if part.part_of().is_some_and(|of| of == from) {
                        *part = part.in_relation(to);
                    }
                }
            }
            match renamed.iter_mut().find(|(_, known)| known == object) {
                Some((_, known)) => *known = now,
                None => renamed.push((object.clone(), now)),
            }
        }
        Ok(Self {
            known: words(&renamed),
        })
    }

    /// The schemas before and behind the migration, with what it renames taken for that.
    pub(crate) fn forth(&self, pair: Pair) -> Pair {
        answered(pair, |gone, new| self.has(gone, new))
    }

    /// The schemas behind and before it, likewise.
    pub(crate) fn back(&self, pair: Pair) -> Pair {
        answered(pair, |gone, new| self.has(new, gone))
    }

    fn has(&self, before: &str, now: &str) -> bool {
        self.known.contains(&(before.to_owned(), now.to_owned()))
    }
}

/// Each name before and behind, as it is asked for: a part of a table that has another name too, before, under the one of before.
fn words(renamed: &[(ObjectRef, ObjectRef)]) -> BTreeSet<(String, String)> {
    let words = renamed.iter().map(|(before, now)| {
        let first = renamed.iter().find_map(|names| match names {
            (ObjectRef::Table(first), ObjectRef::Table(last)) if now.part_of() == Some(last) => {
                Some(first)
            }
            _ => None,
        });
        let before = first.map_or_else(|| before.clone(), |first| before.in_relation(first));
        (before.to_string(), now.to_string())
    });
    words.collect()
}

fn answered(mut pair: Pair, mut is_so: impl FnMut(&str, &str) -> bool) -> Pair {
    let mut asked = Vec::new();
    while let Some(words) = pair.ask(&asked, &mut is_so) {
        asked.push(words);
    }
    pair
}
