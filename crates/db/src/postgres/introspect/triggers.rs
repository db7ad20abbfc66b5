//! Triggers.

use segue_catalog::{
    Expr, Name, QName,
    model::{Enabled, Trigger, TriggerConstraint, TriggerEvents, TriggerTiming},
};

use super::{
    constraints::deferral,
    fields::{Fields, Oid},
    part::Part,
    reading::{Reading, What, class},
    text::{bytes, find, unwrapped},
};

/// Triggers but those that the server makes itself. Up to PostgreSQL 14 a partition's copy of its parent's trigger
/// is one of those; the functions of foreign keys have numbers of the server's own.
pub(super) fn part(major: u16) -> Part {
    let own = if major < 15 {
        "(NOT t.tgisinternal OR (t.tgparentid <> 0 AND f.proname !~ '^RI_FKey_'))"
    } else {
        "NOT t.tgisinternal"
    };
    Part::new(
        "triggers",
        format!(
            "SELECT t.oid, t.tgrelid, t.tgname, n.nspname, f.proname, t.tgtype, t.tgattr, t.tgenabled, \
             t.tgparentid <> 0, t.tgargs, t.tgoldtable, t.tgnewtable, t.tgconstraint <> 0, t.tgconstrrelid, \
             t.tgdeferrable, t.tginitdeferred, CASE WHEN t.tgqual IS NOT NULL THEN pg_get_triggerdef(t.oid) END \
             FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid JOIN pg_namespace n ON n.oid = f.pronamespace \
             WHERE t.oid >= 16384 AND {own}"
        ),
        |reading, row| {
            let (oid, table, name) = (row.oid(), row.oid(), row.text());
            reading.relations.get(&table)?;
            let name = reading.names.of(name);
            let (schema, function) = (row.text(), row.text());
            let function = reading.names.qualified(schema, function);
            let trigger = trigger(reading, row, oid, table, function);
            match &mut reading.relations.get_mut(&table)?.what {
                What::Table(table) => table.triggers.insert(name, trigger),
                What::View(view) => view.triggers.insert(name, trigger),
                What::Composite | What::Sequence(_) => None,
            };
            Some(())
        },
    )
}

fn trigger(
    reading: &mut Reading,
    row: &mut Fields<'_>,
    oid: Oid,
    table: Oid,
    function: QName,
) -> Trigger {
    let bits: u16 = row.number();
    let columns: Vec<i16> = row.numbers();
    let enabled = enabled(row.code());
    let inherited = row.flag();
    let arguments = arguments(&bytes(row.text()));
    let mut transition = || row.maybe().map(|name| reading.names.of(name));
    let (old_table, new_table): (Option<Name>, Option<Name>) = (transition(), transition());
    let (is_constraint, from) = (row.flag(), row.oid());
    let deferral = deferral(row);
    Trigger {
        timing: timing(bits),
        events: TriggerEvents {
            insert: bits & 4 != 0,
            update: bits & 16 != 0,
            update_of: reading.column_names(table, &columns),
            delete: bits & 8 != 0,
            truncate: bits & 32 != 0,
        },
        for_each_row: bits & 1 != 0,
        when: row.maybe().and_then(condition),
        function,
        arguments,
        old_table,
        new_table,
        constraint: is_constraint.then(|| TriggerConstraint {
            from: reading.relations.get(&from).map(|table| table.name.clone()),
            deferral,
        }),
        enabled,
        inherited,
        comment: reading.comment(class::TRIGGER, oid),
    }
}

/// The bits of `pg_trigger.tgtype` (src/include/catalog/pg_trigger.h).
fn timing(bits: u16) -> TriggerTiming {
    match (bits & 2 != 0, bits & 64 != 0) {
        (_, true) => TriggerTiming::InsteadOf,
        (true, false) => TriggerTiming::Before,
        (false, false) => TriggerTiming::After,
    }
}

/// When a trigger or rule fires (catalog-pg-trigger.html, `tgenabled`; catalog-pg-rewrite.html, `ev_enabled`).
pub(super) fn enabled(code: char) -> Enabled {
    match code {
        'D' => Enabled::Disabled,
        'R' => Enabled::Replica,
        'A' => Enabled::Always,
        _ => Enabled::Origin,
    }
}

/// Texts, each with a NUL at its end.
fn arguments(bytes: &[u8]) -> Vec<String> {
    let mut arguments: Vec<String> = bytes
        .split(|byte| *byte == 0)
        .map(|argument| String::from_utf8_lossy(argument).into_owned())
        .collect();
    arguments.pop();
    arguments
}

/// What stands in `WHEN (…) EXECUTE FUNCTION …`; `pg_get_expr` refuses expressions about two rows.
fn condition(definition: &str) -> Option<Expr> {
    let rest = &definition[find(definition, " WHEN (")? + " WHEN ".len()..];
    let end = find(rest, " EXECUTE ")?;
    Some(Expr::printed(unwrapped(&rest[..end])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_cut_out() {
        let definition = "CREATE TRIGGER \"a WHEN (\" BEFORE UPDATE ON public.t FOR EACH ROW \
             WHEN ((old.a IS DISTINCT FROM ' EXECUTE '::text)) EXECUTE FUNCTION public.f('x WHEN (y)')";
        let found = condition(definition).expect("a condition");
        assert_eq!(&*found.text, "old.a IS DISTINCT FROM ' EXECUTE '::text");
    }

    #[test]
    fn arguments_end_with_a_nul() {
        assert_eq!(arguments(b""), Vec::<String>::new());
        assert_eq!(arguments(b"a\0\0b\0"), ["a", "", "b"]);
    }
}
