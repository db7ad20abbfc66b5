//! A plan in the making: the schema as it is at this point of expand, and the steps so far.

use std::collections::BTreeSet;

use segue_catalog::{Catalog, Expr, Name, ObjectRef, QName, RoutineId, Session};

use super::{
    atoms::Atoms,
    draft::Draft,
    filled_once::FilledOnce,
    hindrance,
    pending::{Pending, PutOff},
    running::{Later, Refused, finished, ran, simulated},
    said::{OfStatement, Said},
    standing::{Filled, Mirrored, Replaced, Retyping, Synced},
    translate,
};
use crate::{Action, Facts, OwnPace, Phase, Policy, Served, Step, recipes::NewType};

/// A plan in the making.
pub(crate) struct Planning<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) policy: &'a Policy,
    /// What the files say in comments.
    pub(super) said: Said,
    /// The schema that the first statement meets, which is all that an app can use.
    pub(crate) known: Catalog,
    /// Everything that is planned.
    pub(super) atoms: &'a [Atoms],
    /// What is being planned: the migration and the atom in it.
    pub(super) at: (usize, usize),
    /// The schema as it is at this point of expand.
    pub(crate) now: Catalog,
    /// What names mean in the statement that is being planned.
    pub(super) session: Session,
    /// Settings that the file has made for it.
    pub(super) kept: Vec<String>,
    /// Whether no app is running.
    pub(crate) direct: bool,
    pub(super) served: Served,
    pub(crate) recipe: &'static str,
    pub(super) expand: Vec<Step>,
    /// What is put off, in order.
    pub(super) contract: Vec<Later>,
    pub(super) pending: Vec<Pending>,
    /// Defaults that are dropped in contract and set anew before, each with the step that has nothing to do then.
    pub(super) set_again: Vec<(ObjectRef, usize)>,
    pub(super) differences: Vec<String>,
    /// Whether everything waits for contract: what the statement is about is put off.
    pub(super) deferring: bool,
    /// Constraints that are dropped when the ones that come in their place are added.
    pub(super) replaced: Vec<Replaced>,
    /// Statements whose work is done with that of an earlier one.
    pub(super) skipped: Vec<(usize, usize)>,
    /// New columns without the default that they are written with, which goes before the app can rely on it.
    pub(super) empty: Vec<(QName, Name)>,
    /// Columns that a trigger fills where an app does not.
    pub(super) filled: Vec<Filled>,
    /// Columns that were filled once.
    pub(super) filled_once: Vec<FilledOnce>,
    /// What triggers keep the same.
    pub(crate) synced: Vec<Synced>,
    /// Columns that have a mirror until contract.
    pub(crate) mirrored: Vec<Mirrored>,
    /// Columns of new types that wait for those that they are swapped together with.
    pub(crate) retypings: Vec<Retyping>,
    /// Columns that have their new types in contract.
    pub(crate) new_types: Vec<NewType>,
    /// How many that may be at most, since a statement could not be planned while columns wait for those of later ones.
    pub(super) not_beyond: Option<usize>,
    /// How many migrations there are whose columns are waited for.
    pub(crate) together: usize,
    /// What comes again in contract, and so goes no sooner.
    pub(super) goes_late: BTreeSet<ObjectRef>,
}

impl<'a> Planning<'a> {
    pub(super) fn new(
        (facts, policy): (&'a Facts, &'a Policy),
        said: Said,
        atoms: &'a [Atoms],
        now: &Catalog,
        session: &Session,
    ) -> Self {
        Self {
            facts,
            policy,
            said,
            known: now.clone(),
            atoms,
            at: (0, 0),
            now: now.clone(),
            session: session.clone(),
            kept: Vec::new(),
            direct: false,
            served: Served {
                migration: 0,
                statement: 0,
            },
            recipe: "",
            expand: Vec::new(),
            contract: Vec::new(),
            pending: Vec::new(),
            set_again: Vec::new(),
            differences: Vec::new(),
            deferring: false,
            replaced: Vec::new(),
            skipped: Vec::new(),
            empty: Vec::new(),
            filled: Vec::new(),
            filled_once: Vec::new(),
            synced: Vec::new(),
            mirrored: Vec::new(),
            retypings: Vec::new(),
            new_types: Vec::new(),
            not_beyond: None,
            together: usize::MAX,
            goes_late: BTreeSet::new(),
        }
    }
}

impl Planning<'_> {
    /// Adds a step to its phase.
    ///
    /// # Errors
    /// A statement of expand that the model refuses.
    pub(crate) fn step(&mut self, mut draft: Draft) -> Result<(), Refused> {
        // what the file says of a statement's batches is said of whatever writes its rows
        if let Action::Batches(batches) = &mut draft.action
            && !batches.compares
            && batches.pace == OwnPace::default()
        {
            batches.pace = self.said().pace;
        }
        if self.deferring || draft.phase == Phase::Contract {
            let draft = draft.in_contract();
            self.contract.push(Later {
                draft,
                served: self.served,
                recipe: self.recipe,
                session: self.session.clone(),
                kept: self.kept.clone(),
            });
            return Ok(());
        }
        let puts_back = draft.puts_back.take();
        let later = Later {
            draft,
            served: self.served,
            recipe: self.recipe,
            session: self.session.clone(),
            kept: self.kept.clone(),
        };
        let mut now = self.now.clone();
        let step = finished(later, &mut now, (&self.in_use(), self.facts))?;
        self.now = now;
        if let Some((table, condition)) = puts_back {
            let earlier = self.expand.iter_mut();
            for hindrance in earlier.flat_map(|step| &mut step.hindrances) {
                let query = hindrance.besides.as_ref().unwrap_or(&hindrance.rows);
                let besides = hindrance::without(query, &table, &condition);
                hindrance.besides = besides.or(hindrance.besides.take());
            }
        }
        self.expand.push(step);
        Ok(())
    }

    /// Notes that something is put off to contract.
    pub(crate) fn put_off(&mut self, what: PutOff) {
        if let PutOff::TableName { from, to } = &what {
            for pending in &mut self.pending {
                pending.follow(from, to);
            }
        }
        self.pending.push(Pending {
            served: self.served,
            objects: what.objects(),
            what,
        });
    }

    /// A trigger goes with its function before anything else that is put off: what they name may go too.
    pub(crate) fn trigger_goes(&mut self, table: &QName, trigger: Name, function: &QName) {
        let id = RoutineId {
            name: function.clone(),
            arguments: Vec::new(),
        };
        let trigger = ObjectRef::Trigger(table.clone(), trigger);
        self.put_off(PutOff::Going(trigger));
        self.put_off(PutOff::Going(ObjectRef::Routine(id)));
    }

    /// The schema that apps use at this point: the one from before, and the tables to which triggers bring what they write.
    pub(super) fn in_use(&self) -> Catalog {
        let mut used = self.known.clone();
        let fed = self.synced.iter().filter(|synced| synced.is_whole);
        for table in fed.map(|synced| &synced.table) {
            if let Some(known) = self.now.tables.get(table) {
                used.tables.insert(table.clone(), known.clone());
            }
        }
        used
    }

    /// The schema that the next step meets, as far as that is known: in contract everything is as the statements say.
    pub(crate) fn schema(&self) -> &Catalog {
        let (migration, atom) = self.at;
        let atoms = self.atoms.get(migration).filter(|_| self.deferring);
        let line = atoms.and_then(|atoms| atoms.script.lines.get(atom));
        line.map_or(&self.now, |line| &line.before)
    }

    /// What the file says of the statement that is being planned.
    pub(crate) fn said(&self) -> OfStatement {
        self.said.statement(self.served)
    }

    /// Whether the file says the same of another statement.
    pub(crate) fn says_the_same(&self, (migration, atom): (usize, usize)) -> bool {
        let served = self.atoms[migration].origins[atom].served;
        self.said.statement(served) == self.said()
    }

    /// The value that the files give a new column of a table, which they may call as it is called in the end.
    pub(crate) fn backfill(&self, table: &QName, column: &Name) -> Option<&str> {
        let said = self.said.backfill(table, column);
        said.or_else(|| self.said.backfill(&self.renamed_table(table), column))
    }

    /// Where names without a schema are looked for in the statement that is being planned.
    pub(crate) fn search_path(&self) -> String {
        self.session.search_path_setting()
    }

    /// A table, as it is called until contract.
    pub(crate) fn table_for_now(&self, table: &QName) -> QName {
        translate::table(table, &self.pending)
    }

    /// Whether rows of a table are written in contract.
    pub(crate) fn writes_in_contract(&self, table: &QName) -> bool {
        let mut pending = self.pending.iter();
        pending.any(|one| matches!(&one.what, PutOff::Rows { table: of, .. } if of == table))
    }

    /// A table, as the statements so far call it.
    pub(crate) fn renamed_table(&self, now: &QName) -> QName {
        translate::renamed(now, &self.pending)
    }

    /// A schema that the statements say, as all is called until contract.
    pub(crate) fn named_for_now(&self, said: &Catalog) -> Catalog {
        translate::catalog(said, &self.pending)
    }

    /// The same, with the columns that stand beside others, of which they will have the names.
    pub(crate) fn named_beside(&self, said: &Catalog) -> Catalog {
        translate::catalog(said, &self.called_beside())
    }

    /// The default that a column has for now, which a statement may have put off to take away.
    pub(crate) fn default_for_now(&self, table: &QName, column: &Name) -> Option<Expr> {
        let table = self.schema().tables.get(table)?;
        table.column(column)?.default.clone()
    }

    /// A column, as it is called until contract.
    pub(crate) fn column_for_now(&self, table: &QName, column: &Name) -> Name {
        translate::column(table, column, &self.pending)
    }

    /// Whether something about an object is put off to contract.
    pub(crate) fn is_going(&self, object: &ObjectRef) -> bool {
        self.pending
            .iter()
            .any(|pending| pending.objects.contains(object))
    }

    /// The first statement that leaves something of a column of a table to contract.
    pub(crate) fn first_of_columns(&self, table: &QName) -> Option<Served> {
        let is_of_it =
            |object: &ObjectRef| matches!(object, ObjectRef::Column(of, _) if of == table);
        let mut pending = self.pending.iter();
        let first = pending.find(|pending| pending.objects.iter().any(is_of_it));
        first.map(|pending| pending.served)
    }

    /// Whether an object that is made again, which the apps have all along, is so only in contract.
    pub(crate) fn goes_late(&self, object: &ObjectRef) -> bool {
        self.goes_late.contains(object)
    }

    /// Puts steps into contract, whatever their own phase.
    pub(crate) fn deferred<T>(&mut self, steps: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.deferring, true);
        let done = steps(self);
        self.deferring = before;
        done
    }

    /// Leaves out a later statement, whose work is done with this one's.
    pub(crate) fn skip(&mut self, at: (usize, usize)) {
        self.skipped.push(at);
    }

    /// Notes that a new column comes without its default.
    pub(crate) fn keep_empty(&mut self, table: &QName, column: &Name) {
        self.empty.push((table.clone(), column.clone()));
    }

    /// Whether a new column has come without its default.
    pub(crate) fn comes_empty(&self, table: &QName, column: &Name) -> bool {
        let mut empty = self.empty.iter();
        empty.any(|(of, own)| of == table && own == column)
    }

    /// Notes that a constraint goes when the one that comes in its place is added.
    pub(crate) fn replaces(&mut self, replaced: Replaced) {
        self.replaced.push(replaced);
    }

    /// The constraint that another one of this name comes in the place of.
    pub(crate) fn take_replaced(&mut self, table: &QName, name: &Name) -> Option<Replaced> {
        let is_it = |it: &Replaced| it.table == *table && it.name == *name;
        let at = self.replaced.iter().position(is_it)?;
        Some(self.replaced.remove(at))
    }

    /// Takes a step out of contract again: these statements have nothing to do there any more.
    pub(crate) fn cancel(&mut self, statements: &[String]) {
        let is_it = |later: &Later| matches!(&later.draft.action, Action::Transaction(own) if own == statements);
        if let Some(at) = self.contract.iter().position(is_it) {
            self.contract.remove(at);
            for (_, passed) in &mut self.set_again {
                *passed -= usize::from(*passed > at);
            }
        }
    }

    /// The schema that the next step of contract meets, if nothing else comes to expand.
    pub(crate) fn schema_in_contract(&self) -> Catalog {
        let mut schema = self.now.clone();
        for later in &self.contract {
            for statement in simulated(&later.draft.action) {
                // what is refused now is told where the whole of contract is looked at
                let _ = ran(&statement, &mut schema, &later.session);
            }
        }
        schema
    }

    /// Whether the statement that is being planned waits for contract as a whole.
    pub(crate) fn is_deferring(&self) -> bool {
        self.deferring
    }

    /// Says in what the end differs by nature.
    pub(crate) fn differs(&mut self, how: impl Into<String>) {
        self.differences.push(how.into());
    }
}
