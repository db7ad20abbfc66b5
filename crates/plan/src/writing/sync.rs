//! A trigger that keeps a column and its counterpart the same while the old and the new app write, each to its own.
//!
//! The rules are those of the design, tried on real servers (`docs/decisions/`): what an UPDATE changes wins, else the
//! counterpart is made anew from the original, so that rows which move away from a batch heal themselves; of an INSERT the
//! side that is not the default wins, the original where both are not. Changed means another image, not another value.

use segue_catalog::{DataType, Name, ObjectRef, QName, render};

use super::{
    differ,
    trigger_function::{Runs, USE_COLUMN},
};
use crate::planner::{Planning, PutOff};

/// The setting by which a batch tells the triggers of a table that it writes both sides itself: the table's OID.
pub(crate) const BACKFILL: &str = "segue.backfill";

/// The setting by which it tells them which counterpart it writes, and nothing else.
pub(crate) const FILLED: &str = "segue.filled";

/// Two columns that are kept the same.
#[derive(Debug, Clone)]
pub(crate) struct Sync {
    /// The table.
    pub(crate) table: QName,
    /// The column that the old app knows.
    pub(crate) original: Name,
    /// Its counterpart.
    pub(crate) mirror: Name,
    /// The counterpart's value, from `NEW` and its original.
    pub(crate) forth: String,
    /// The same from `OLD`, where nobody but the trigger writes the counterpart as a rule.
    pub(crate) forth_before: Option<String>,
    /// Whether `forth` is made, as `forth_before` is, of a row in which the counterpart is not set: it asks for that itself. Then
    /// `forth_before` is made from `segue_was`, and not from `OLD`.
    pub(crate) unset: bool,
    /// The original's value, from `NEW` and its counterpart; none: nobody writes the counterpart but the trigger, and
    /// whoever means to.
    pub(crate) back: Option<String>,
    /// What the original is where an INSERT does not say, in its exact type; none: only the original has a default, and of an
    /// INSERT the counterpart wins where it is set. It is so where a default is another one each time, or cannot be converted.
    pub(crate) default: Option<String>,
    /// Where the conversion loses something, `back` in the exact type of the original: a counterpart which the new app wrote
    /// is left alone while that is what the original is.
    pub(crate) lossy: Option<String>,
    /// What holds for `NEW` while the two are not the same, without a query; none: it is always asked. Where they are, there is
    /// nothing to do, and the function is not called.
    pub(crate) differs: Option<String>,
    /// Whether batches have to fire it too: a trigger of the user's may change the row on the way.
    pub(crate) always: bool,
    /// Whether it fires in front of the user's triggers too, which then meet the original as the new app has written it to the
    /// counterpart. Behind them what they made of the original goes to the counterpart.
    pub(crate) leads: bool,
    /// How its function runs.
    pub(crate) runs: Runs,
}

impl Sync {
    /// Its value is for the rows for which another one has none; both in this type, as a text that stands alone would be no other.
    pub(crate) fn comes_behind(&mut self, first: &Self, of: Option<&DataType>) {
        let typed = |value: &str| match of {
            Some(of) => format!("CAST({value} AS {of})"),
            None => value.to_owned(),
        };
        self.forth = format!("COALESCE({}, {})", typed(&first.forth), typed(&self.forth));
        let before = first.forth_before.as_ref().zip(self.forth_before.as_ref());
        self.forth_before = before.map(|(first, own)| format!("COALESCE({first}, {own})"));
        self.unset |= first.unset;
        self.always |= first.always;
    }

    /// The statements that put it in place; `function` is a name that is free.
    pub(crate) fn put(&self, function: &QName) -> Vec<String> {
        let table = &self.table;
        let trigger = trigger(function);
        let differs = self.differs.iter();
        let mut when: Vec<String> = match self.always {
            true => differs
                .map(|own| format!("{own} OR {}", self.is_filled()))
                .collect(),
            false => differs.cloned().collect(),
        };
        when.extend((!self.always).then(|| beside_batches(table)));
        let when = when_all(&when);
        let fires = |trigger: &Name, argument: &str| {
            [
                format!(
                    "CREATE TRIGGER {trigger} BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW{when} EXECUTE FUNCTION {function}({argument})"
                ),
                format!("ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}"),
            ]
        };
        let mut statements = self.runs.create(function, &self.text());
        if self.leads {
            statements.extend(fires(&leading(function), ""));
            statements.extend(fires(&trigger, "'behind'"));
        } else {
            statements.extend(fires(&trigger, ""));
        }
        statements
    }

    /// The statement that has the function decide by another default.
    pub(crate) fn decide_anew(&self, function: &QName) -> String {
        let function = self.runs.function(function, &self.text());
        format!("CREATE OR REPLACE {function}")
    }

    /// Both go before anything else that is put off.
    pub(crate) fn put_off(&self, planning: &mut Planning<'_>, function: &QName) {
        planning.trigger_goes(&self.table, trigger(function), function);
        if self.leads {
            let leading = ObjectRef::Trigger(self.table.clone(), leading(function));
            planning.put_off(PutOff::Going(leading));
        }
    }

    /// The statements that take it away.
    pub(crate) fn remove(&self, function: &QName) -> Vec<String> {
        let leading = format!("DROP TRIGGER {} ON {}", leading(function), self.table);
        let mut statements: Vec<String> = self.leads.then_some(leading).into_iter().collect();
        statements.extend(Self::removal(&self.table, function));
        statements
    }

    /// The statements that take the trigger of a table away.
    pub(crate) fn removal(table: &QName, function: &QName) -> Vec<String> {
        vec![
            format!("DROP TRIGGER {} ON {table}", trigger(function)),
            format!("DROP FUNCTION {function}()"),
        ]
    }

    /// Fills the counterpart while it is unset, and again when what it is made of changes, unless somebody has written another
    /// value than that.
    fn filling(&self, b: &str, forth: &str) -> String {
        let (declared, was, unset) = match self.unset {
            true => (
                "DECLARE\n  segue_was record;\n",
                format!(
                    "segue_was := OLD;\n    segue_was.{} := NULL;\n    ",
                    self.mirror
                ),
                format!("{b} := NULL;\n      "),
            ),
            false => ("", String::new(), String::new()),
        };
        let again = self.forth_before.as_ref().map(|before| {
            let old = format!("OLD.{}", self.mirror);
            let (written, own) = (differ(b, &old), differ(&old, before));
            format!(
                "\n  ELSIF TG_OP = 'UPDATE' THEN\n    {was}IF NOT {written} AND NOT {own} THEN\n      {unset}{forth}\n    END IF;"
            )
        });
        let again = again.unwrap_or_default();
        format!(
            "{declared}BEGIN\n  IF {b} IS NULL THEN\n    {forth}{again}\n  END IF;\n  RETURN NEW;\nEND"
        )
    }

    fn text(&self) -> String {
        format!("{USE_COLUMN}\n{}", self.body())
    }

    /// What becomes of a row that a batch writes: nothing but the counterpart changes, as by the statement as written, whatever
    /// triggers of the user's have made of the other columns on the way.
    fn of_batches(&self) -> String {
        if !self.always {
            return String::new();
        }
        let (mirror, forth, filled) = (&self.mirror, &self.forth, self.is_filled());
        let table = render::literal(&self.table.to_string());
        format!(
            "IF TG_OP = 'UPDATE' AND pg_catalog.pg_trigger_depth() = 1 AND pg_catalog.current_setting('{BACKFILL}', true) = {table}::pg_catalog.regclass::pg_catalog.oid::pg_catalog.text AND {filled} THEN\n    NEW := OLD;\n    NEW.{mirror} := {forth};\n    RETURN NEW;\n  END IF;\n  "
        )
    }

    /// Holds where a batch writes the counterpart.
    fn is_filled(&self) -> String {
        let name = render::literal(self.mirror.as_str());
        format!("pg_catalog.current_setting('{FILLED}', true) = {name}")
    }

    fn body(&self) -> String {
        let (a, b) = (
            format!("NEW.{}", self.original),
            format!("NEW.{}", self.mirror),
        );
        let forth = format!("{b} := {};", self.forth);
        let Some(back) = &self.back else {
            return self.filling(&b, &forth);
        };
        let back_text = format!("{a} := {back};");
        let changed = differ(&b, &format!("OLD.{}", self.mirror));
        let heal = match &self.lossy {
            Some(image) => format!("ELSIF {} THEN\n      {forth}", differ(image, &a)),
            None => format!("ELSE\n      {forth}"),
        };
        let inserted = match &self.default {
            Some(default) => {
                let own = differ(&a, default);
                format!("IF {own} THEN\n      {forth}\n    ELSE\n      {back_text}\n    END IF;")
            }
            None => {
                format!(
                    "IF {b} IS DISTINCT FROM NULL THEN\n      {back_text}\n    ELSE\n      {forth}\n    END IF;"
                )
            }
        };
        let own = self.of_batches();
        let behind = match self.leads {
            true => format!("IF TG_NARGS > 0 THEN\n    {forth}\n    RETURN NEW;\n  END IF;\n  "),
            false => String::new(),
        };
        format!(
            "BEGIN\n  {own}{behind}IF TG_OP = 'INSERT' THEN\n    {inserted}\n  ELSE\n    IF {changed} THEN\n      {back_text}\n    {heal}\n    END IF;\n  END IF;\n  RETURN NEW;\nEND"
        )
    }
}

/// The condition of a trigger that fires where all of these hold.
pub(crate) fn when_all(conditions: &[String]) -> String {
    match conditions {
        [] => String::new(),
        [one] => format!(" WHEN ({one})"),
        all => {
            let all = all.iter().map(|one| format!("({one})"));
            format!(" WHEN ({})", all.collect::<Vec<_>>().join(" AND "))
        }
    }
}

/// Holds for what is no batch's own writing to a table, or was written by a trigger on the way.
pub(crate) fn beside_batches(table: &QName) -> String {
    let literal = render::literal(&table.to_string());
    format!(
        "pg_catalog.current_setting('{BACKFILL}', true) IS DISTINCT FROM {literal}::pg_catalog.regclass::pg_catalog.oid::pg_catalog.text OR pg_catalog.pg_trigger_depth() > 0"
    )
}

/// The trigger is called as its function, behind a sign that sorts last: triggers fire in the order of their names
/// (trigger-definition.html).
pub(crate) fn trigger(function: &QName) -> Name {
    Name::quoted(&format!("~{}", function.name.as_str()))
}

/// The same behind a sign that sorts first among those that can be seen.
fn leading(function: &QName) -> Name {
    Name::quoted(&format!("!{}", function.name.as_str()))
}
