//! What hangs on tables and goes or comes with them: indexes, views and triggers. They hold no rows, so that in
//! doubt they are made again.

use std::collections::BTreeSet;

use super::{
    super::{Catalog, Name, Object, Text, compare, words::mentions},
    Alteration, strings,
};
use crate::diff::Action;

/// What happens to the tables, as far as it matters here.
pub(super) struct Tables {
    /// Tables whose `ALTER TABLE` makes SQLite look through all views and triggers, by the names that they had:
    /// those that speak of them must not be there.
    pub(super) looked_at: BTreeSet<Name>,
    /// Whether one of those writes strings in double quotes anew, wherever they are.
    pub(super) rewrites_strings: bool,
    /// Tables of which everything goes that hangs on them, and comes again.
    pub(super) made_anew: BTreeSet<Name>,
    /// Tables that go.
    pub(super) gone: BTreeSet<Name>,
}

/// What goes before the tables change, and what comes when they have.
#[derive(Default)]
pub(super) struct Attached {
    pub(super) go: Vec<Alteration>,
    /// Names, to be put in the order in which the second schema has them.
    pub(super) come: Vec<(Action, Object)>,
    /// Whether views stay while tables are changed.
    views_stay: bool,
    /// The tables whose triggers stay.
    triggers_stay: BTreeSet<Name>,
}

impl Attached {
    /// `from` as it was, `now` as it is when names have changed.
    pub(super) fn of(from: &Catalog, now: &Catalog, to: &Catalog, tables: &Tables) -> Self {
        let changed = changed_views(from, to);
        let (views, triggers) = affected(from, tables, &changed);
        let mut attached = Self::default();
        attached.triggers(from, to, tables, &views, &triggers);
        attached.views(from, to, &views);
        attached.indexes(now, to, tables);
        attached
    }

    /// Whether a view or trigger is there while this table is not, between the old one and the new one.
    pub(super) fn outlive(&self, table: &Name) -> bool {
        self.views_stay || self.triggers_stay.iter().any(|of| of != table)
    }

    fn triggers(
        &mut self,
        from: &Catalog,
        to: &Catalog,
        tables: &Tables,
        views: &BTreeSet<Name>,
        affected: &BTreeSet<Name>,
    ) {
        let mut left = BTreeSet::new();
        for (name, trigger) in &from.triggers {
            let stays = to.triggers.get(name).is_some_and(|other| other == trigger);
            let on_view_that_goes = views.contains(&trigger.table);
            let goes_along = on_view_that_goes || tables.gone.contains(&trigger.table);
            let is_made_again = tables.made_anew.contains(&trigger.table) || on_view_that_goes;
            if affected.contains(name) || (!stays && !goes_along) {
                let action = going(to.triggers.contains_key(name));
                self.go(action, Object::Trigger(name.clone()), "TRIGGER", name);
                continue;
            }
            if !on_view_that_goes {
                self.triggers_stay.insert(trigger.table.clone());
            }
            if stays && !is_made_again {
                left.insert(name.clone());
            }
        }
        for name in to.triggers.keys().filter(|name| !left.contains(*name)) {
            let action = coming(from.triggers.contains_key(name));
            self.come.push((action, Object::Trigger(name.clone())));
        }
    }

    fn views(&mut self, from: &Catalog, to: &Catalog, going_views: &BTreeSet<Name>) {
        for name in going_views {
            let action = going(to.views.contains_key(name));
            self.go(action, Object::View(name.clone()), "VIEW", name);
        }
        self.views_stay = going_views.len() < from.views.len();
        let stays = |name: &Name| from.views.contains_key(name) && !going_views.contains(name);
        for name in to.views.keys().filter(|name| !stays(name)) {
            let action = coming(from.views.contains_key(name));
            self.come.push((action, Object::View(name.clone())));
        }
    }

    fn indexes(&mut self, now: &Catalog, to: &Catalog, tables: &Tables) {
        let mut left = BTreeSet::new();
        for (name, index) in &now.indexes {
            let other = to.indexes.get(name);
            let is_same = other.is_some_and(|other| compare::same_index(name, index, other));
            let goes_along = tables.gone.contains(&index.table);
            // The name of an index may become that of a table.
            if !is_same && (!goes_along || to.tables.contains_key(name)) {
                let action = going(other.is_some());
                self.go(action, Object::Index(name.clone()), "INDEX", name);
            } else if is_same && !goes_along && !tables.made_anew.contains(&index.table) {
                left.insert(name.clone());
            }
        }
        for name in to.indexes.keys().filter(|name| !left.contains(*name)) {
            let action = coming(now.indexes.contains_key(name));
            self.come.push((action, Object::Index(name.clone())));
        }
    }

    fn go(&mut self, action: Action, object: Object, kind: &str, name: &Name) {
        let statement = format!("DROP {kind} {};", super::super::words::quoted(name));
        self.go
            .push(Alteration::new(action, object, vec![statement]));
    }
}

fn going(comes_again: bool) -> Action {
    if comes_again {
        Action::Recreate
    } else {
        Action::Drop
    }
}

fn coming(was_there: bool) -> Action {
    if was_there {
        Action::Recreate
    } else {
        Action::Create
    }
}

/// Views that the second schema lacks or has otherwise.
fn changed_views(from: &Catalog, to: &Catalog) -> BTreeSet<Name> {
    let is_same = |name: &Name, definition: &Text| {
        let other = to.views.get(name);
        other.is_some_and(|other| other.definition == *definition)
    };
    let views = from.views.iter();
    views
        .filter(|(name, view)| !is_same(name, &view.definition))
        .map(|(name, _)| name.clone())
        .collect()
}

/// The views that go, and the triggers that have to go for the sake of an `ALTER TABLE`. A view that is not there
/// is as bad for it as a table, whoever speaks of it.
fn affected(
    from: &Catalog,
    tables: &Tables,
    changed: &BTreeSet<Name>,
) -> (BTreeSet<Name>, BTreeSet<Name>) {
    let mut views = changed.clone();
    if tables.looked_at.is_empty() {
        return (views, BTreeSet::new());
    }
    let known = tables.rewrites_strings.then(|| strings::names(from));
    let has_strings = |text: &Text| {
        let known = known.as_ref();
        known.is_some_and(|known| strings::may_be_in(text, known))
    };
    let with_strings = from.views.iter();
    let with_strings = with_strings.filter(|(_, view)| has_strings(&view.definition));
    views.extend(with_strings.map(|(name, _)| name.clone()));
    let mut names: BTreeSet<Name> = tables.looked_at.union(&views).cloned().collect();
    loop {
        let more: Vec<Name> = from
            .views
            .iter()
            .filter(|(name, view)| !views.contains(*name) && mentions(&view.definition, &names))
            .map(|(name, _)| name.clone())
            .collect();
        if more.is_empty() {
            break;
        }
        names.extend(more.iter().cloned());
        views.extend(more);
    }
    let triggers = from.triggers.iter();
    let triggers = triggers
        .filter(|(_, trigger)| {
            mentions(&trigger.definition, &names) || has_strings(&trigger.definition)
        })
        .map(|(name, _)| name.clone());
    (views, triggers.collect())
}
