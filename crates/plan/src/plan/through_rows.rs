//! Statements that read or write rows, as many as there are: of tables that the deploy itself has made too, for which nobody waits,
//! but who waits for what is locked in the same transaction.

use squawk_syntax::ast::{self, InsertSource, SelectVariant};

use super::{Action, LockMode, Plan, Step};

impl Action {
    /// Whether a transaction of its statements may take as long as there are rows. What runs outside of one is held up by no lock
    /// of a statement before it.
    pub fn goes_through_rows(&self) -> bool {
        let Self::Transaction(statements) = self else {
            return false;
        };
        let mut trees = statements
            .iter()
            .map(|text| segue_catalog::parse(text).tree());
        trees.any(|tree| tree.stmts().any(|statement| is_long(&statement)))
    }
}

fn is_long(statement: &ast::Stmt) -> bool {
    match statement {
        ast::Stmt::Insert(insert) => match insert.insert_source() {
            Some(InsertSource::SelectVariant(SelectVariant::Values(_))) | None => false,
            Some(InsertSource::SelectVariant(SelectVariant::Select(select))) => reads(&select),
            Some(InsertSource::SelectVariant(_)) => true,
            Some(InsertSource::DefaultValues(_)) => false,
        },
        ast::Stmt::Select(select) => reads(select),
        ast::Stmt::AlterTable(alter) => alter
            .actions()
            .any(|action| matches!(action, ast::AlterTableAction::ValidateConstraint(_))),
        ast::Stmt::Update(_)
        | ast::Stmt::Delete(_)
        | ast::Stmt::Merge(_)
        | ast::Stmt::CompoundSelect(_)
        | ast::Stmt::ParenSelect(_)
        | ast::Stmt::SelectInto(_)
        | ast::Stmt::CreateTableAs(_)
        | ast::Stmt::CreateMaterializedView(_)
        | ast::Stmt::Refresh(_)
        | ast::Stmt::Execute(_)
        | ast::Stmt::Call(_) => true,
        _ => false,
    }
}

fn reads(select: &ast::Select) -> bool {
    select.from_clause().is_some() || select.with_clause().is_some()
}

impl Plan {
    /// Whether the migrations can run as they are written, each in one transaction: no step is another one than that, and what goes
    /// through rows comes before what locks a table in use.
    pub fn is_as_written(&self) -> bool {
        // which rows are added can be left unknown, what rows were before cannot
        let keeps = |step: &Step| (step.keep.as_ref()).is_some_and(|keep| keep.instead.is_none());
        let plain = |step: &Step| {
            step.recipe == "as_written"
                && !matches!(step.action, Action::Batches(_))
                && !keeps(step)
        };
        let is_plain = self.barrier.is_none() && self.contract.is_empty();
        is_plain && self.expand.iter().all(plain) && !self.holds_while_it_goes_through_rows()
    }

    fn holds_while_it_goes_through_rows(&self) -> bool {
        let mut held = None;
        for step in &self.expand {
            let migration = step.serves.first().map(|served| served.migration);
            if held == migration && migration.is_some() && step.action.goes_through_rows() {
                return true;
            }
            let strong = |mode: &LockMode| *mode >= LockMode::ShareUpdateExclusive;
            // what is outside of a transaction holds nothing behind it
            if matches!(step.action, Action::Transaction(_))
                && step.effect.locks.values().any(strong)
            {
                held = migration;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use segue_catalog::{Catalog, Session};
    use segue_sql::Source;

    use crate::{Facts, Policy, Script, Strategy};

    fn is_as_written(migration: &str) -> bool {
        let (mut catalog, mut names) = (Catalog::empty(17), Session::default());
        let schema = Source::new("schema.sql", "CREATE TABLE t (id int PRIMARY KEY, k text);");
        Script::loose(&schema, &mut catalog, &mut names).expect("a schema");
        let migration = Source::new("migration.sql", migration);
        let script = Script::loose(&migration, &mut catalog, &mut names).expect("a migration");
        let plan = crate::plan(
            &[script],
            &Facts::default(),
            &Policy::default(),
            Strategy::Online,
        );
        plan.expect("a plan").is_as_written()
    }

    #[test]
    fn what_goes_through_rows_is_not_run_behind_a_lock() {
        let (add, copy) = (
            "ALTER TABLE t ADD COLUMN a int;",
            "CREATE TABLE c AS SELECT * FROM t;",
        );
        assert!(is_as_written(add));
        assert!(is_as_written(&format!("{copy} {add}")));
        assert!(!is_as_written(&format!("{add} {copy}")));
        let proved = "ALTER TABLE t ADD CONSTRAINT k CHECK (k <> '') NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT k;";
        assert!(!is_as_written(proved));
        let new = "CREATE TABLE n (id int REFERENCES t);";
        assert!(is_as_written(&format!(
            "{new} INSERT INTO n VALUES (1), (2);"
        )));
        assert!(!is_as_written(&format!(
            "{new} INSERT INTO n SELECT id FROM t;"
        )));
    }
}
