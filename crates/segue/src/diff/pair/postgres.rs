//! Two schemas of PostgreSQL's.

use segue_catalog::{
    Catalog, Change, Difference, Disparity, Name, ObjectRef, QName, RoutineId, apply, compare,
    diff::{Demand, Diff, Options, Rename, demands},
    transferred,
};
use segue_db::history::Table as HistoryTable;

use crate::{
    DiffOptions,
    bookkeeping::{forget_schema_of, forget_way_in},
    desired::{beyond::keep_beyond, followers::followers, renames::renames},
    diff::read::Read,
};

/// The two, and what was renamed between them.
#[derive(Clone)]
pub(crate) struct Catalogs {
    pub(crate) first: Catalog,
    pub(crate) second: Catalog,
    renames: Vec<Rename>,
    /// Who will run the statements.
    role: Option<Name>,
}

impl Catalogs {
    /// What is no part of either schema is left out, and the hints of the second are taken for what they mean.
    pub(super) fn of(first: Catalog, second: Catalog, from: &Read, to: &Read) -> Self {
        let mut sides = [first, second];
        for (number, read) in [from, to].into_iter().enumerate() {
            let other = sides[1 - number].clone();
            forget_schemas(&mut sides[number], &other, &read.histories);
            forget_way_in(&mut sides[number], &other, &read.roles);
        }
        let [mut first, second] = sides;
        // The statements are for the server of the first.
        let mut second = transferred(&second, &first);
        if let Some(tool) = from.tool {
            keep_beyond(tool, &mut first, &second);
        }
        if let Some(tool) = to.tool {
            keep_beyond(tool, &mut second, &first);
        }
        let renames = renames(&to.hints, &first, &second);
        Self {
            first,
            second,
            renames,
            role: from.role.clone(),
        }
    }

    /// The way back.
    pub(super) fn reversed(&self) -> Self {
        Self {
            first: self.second.clone(),
            second: self.first.clone(),
            renames: self.inverse(),
            role: self.role.clone(),
        }
    }

    pub(super) fn diff(&self, options: DiffOptions) -> Diff {
        segue_catalog::diff::diff(&self.first, &self.second, &self.options(options))
    }

    /// What that demands of the rows of the first.
    pub(super) fn demands(&self) -> Vec<Demand> {
        let options = self.options(DiffOptions::default());
        let diff = segue_catalog::diff::diff(&self.first, &self.second, &options);
        demands(&self.first, &self.second, &options, &diff.changes)
    }

    fn options(&self, options: DiffOptions) -> Options {
        let mut renames = followers(&self.renames, &self.first, &self.second);
        renames.extend(self.renames.iter().cloned());
        Options {
            owners: !options.without_owners,
            privileges: !options.without_privileges,
            role: self.role.clone(),
            renames,
        }
    }

    /// See [`Pair::ask`](super::Pair::ask).
    pub(super) fn maybe_renamed(
        &self,
        asked: &[(String, String)],
    ) -> Option<(ObjectRef, ObjectRef)> {
        // columns are seen where their table is known to be the same
        let mut first = self.first.clone();
        for Rename { object, to } in self.renames.iter().filter(|one| is_table(&one.object)) {
            let (object, to) = (object.clone(), to.clone());
            let is_free = !first.has(&object.renamed(&to));
            if is_free {
                apply(&mut first, &Change::Rename { object, to });
            }
        }
        let differences = compare(&first, &self.second);
        let of = |wanted: &Disparity| -> Vec<ObjectRef> {
            let found = differences.iter().filter(|one| one.disparity == *wanted);
            found
                .map(|Difference { object, .. }| match (wanted, object) {
                    (Disparity::Missing, ObjectRef::Column(of, name)) => {
                        ObjectRef::Column(self.relation_before(of), name.clone())
                    }
                    _ => object.clone(),
                })
                .filter(|object| !self.is_renamed(object))
                .collect()
        };
        let (gone, new) = (of(&Disparity::Missing), of(&Disparity::Extra));
        gone.iter()
            .flat_map(|gone| new.iter().map(move |new| (gone.clone(), new.clone())))
            .filter(|(gone, new)| self.are_alike(gone, new))
            .find(|(gone, new)| !asked.contains(&(gone.to_string(), new.to_string())))
    }

    /// A person has said that the first of the two is the second.
    pub(super) fn rename(&mut self, object: ObjectRef, new: &ObjectRef) {
        if let Some(to) = own_name(new) {
            let is_part = matches!(object, ObjectRef::Column(..));
            let rename = Rename { object, to };
            match is_part {
                true => self.renames.insert(0, rename),
                false => self.renames.push(rename),
            }
        }
    }

    /// Whether a rename speaks of an object, by either name.
    fn is_renamed(&self, object: &ObjectRef) -> bool {
        let mut renames = self.renames.iter();
        renames.any(|rename| rename.object == *object || self.renamed(rename) == *object)
    }

    /// The object of a rename, as the second schema calls it.
    fn renamed(&self, rename: &Rename) -> ObjectRef {
        let to = &rename.to;
        let beside = |name: &QName| QName::new(name.schema.clone(), to.clone());
        let now = |of: &QName| self.relation_now(of);
        match &rename.object {
            ObjectRef::Table(name) => ObjectRef::Table(beside(name)),
            ObjectRef::View(name) => ObjectRef::View(beside(name)),
            ObjectRef::Index(name) => ObjectRef::Index(beside(name)),
            ObjectRef::Type(name) => ObjectRef::Type(beside(name)),
            ObjectRef::Sequence(name) => ObjectRef::Sequence(beside(name)),
            ObjectRef::Statistics(name) => ObjectRef::Statistics(beside(name)),
            ObjectRef::Routine(id) => ObjectRef::Routine(RoutineId {
                name: beside(&id.name),
                arguments: id.arguments.clone(),
            }),
            ObjectRef::Schema(_) => ObjectRef::Schema(to.clone()),
            ObjectRef::Column(of, _) => ObjectRef::Column(now(of), to.clone()),
            ObjectRef::Constraint(of, _) => ObjectRef::Constraint(now(of), to.clone()),
            ObjectRef::DomainConstraint(of, _) => ObjectRef::DomainConstraint(now(of), to.clone()),
            ObjectRef::Trigger(of, _) => ObjectRef::Trigger(now(of), to.clone()),
            ObjectRef::Policy(of, _) => ObjectRef::Policy(now(of), to.clone()),
            ObjectRef::Rule(of, _) => ObjectRef::Rule(now(of), to.clone()),
            other => other.clone(),
        }
    }

    /// What a table, view or type of the first schema is called in the second.
    fn relation_now(&self, name: &QName) -> QName {
        let mut renames = self.renames.iter();
        let found = renames.find(|rename| {
            matches!(&rename.object, ObjectRef::Table(of) | ObjectRef::View(of) | ObjectRef::Type(of) if of == name)
        });
        match found {
            Some(rename) => QName::new(name.schema.clone(), rename.to.clone()),
            None => name.clone(),
        }
    }

    /// What a table of the second schema is called in the first.
    fn relation_before(&self, name: &QName) -> QName {
        let renamed = self.renames.iter().find_map(|rename| match &rename.object {
            ObjectRef::Table(of) if self.relation_now(of) == *name => Some(of.clone()),
            _ => None,
        });
        renamed.unwrap_or_else(|| name.clone())
    }

    /// Whether the one could be the other under another name.
    fn are_alike(&self, gone: &ObjectRef, new: &ObjectRef) -> bool {
        match (gone, new) {
            (ObjectRef::Table(a), ObjectRef::Table(b))
            | (ObjectRef::View(a), ObjectRef::View(b))
            | (ObjectRef::Sequence(a), ObjectRef::Sequence(b))
            | (ObjectRef::Type(a), ObjectRef::Type(b)) => a.schema == b.schema,
            (ObjectRef::Column(a, _), ObjectRef::Column(b, _)) => self.relation_now(a) == *b,
            _ => false,
        }
    }

    /// The renames of the way back.
    fn inverse(&self) -> Vec<Rename> {
        let back = |rename: &Rename| {
            let to = own_name(&rename.object)?;
            let object = self.renamed(rename);
            Some(Rename { object, to })
        };
        self.renames.iter().filter_map(back).collect()
    }
}

fn is_table(object: &ObjectRef) -> bool {
    matches!(object, ObjectRef::Table(_))
}

/// The last part of an object's name.
fn own_name(object: &ObjectRef) -> Option<Name> {
    match object {
        ObjectRef::Table(name)
        | ObjectRef::View(name)
        | ObjectRef::Index(name)
        | ObjectRef::Type(name)
        | ObjectRef::Sequence(name)
        | ObjectRef::Statistics(name) => Some(name.name.clone()),
        ObjectRef::Routine(id) => Some(id.name.name.clone()),
        ObjectRef::Schema(name)
        | ObjectRef::Column(_, name)
        | ObjectRef::Constraint(_, name)
        | ObjectRef::DomainConstraint(_, name)
        | ObjectRef::Trigger(_, name)
        | ObjectRef::Policy(_, name)
        | ObjectRef::Rule(_, name) => Some(name.clone()),
        _ => None,
    }
}

fn forget_schemas(live: &mut Catalog, other: &Catalog, tables: &[HistoryTable]) {
    for table in tables {
        forget_schema_of(live, other, table);
    }
}
