//! Functions of triggers that copy whole rows to another table: they meet one column more while a column has two forms, and the
//! server refuses what the app writes then.

use segue_catalog::{
    Catalog,
    model::{Body, Table},
};

/// Whether a function of one of a table's triggers does so.
pub(crate) fn are_copied_whole(catalog: &Catalog, table: &Table) -> bool {
    let mut triggers = table.triggers.values();
    triggers.any(|trigger| {
        let mut routines = catalog.routines.iter();
        let called = routines.find(|(id, _)| id.name == trigger.function);
        matches!(called, Some((_, routine)) if matches!(&routine.body, Body::Text(text) if copies(text)))
    })
}

/// Why nothing can stand beside one of its columns.
pub(crate) const COPIED_WHOLE: &str = "a function of one of its triggers inserts whole rows elsewhere (NEW.*, OLD.*), which have one column more for a while: let it name the columns";

/// Whether a statement of a function's text inserts all columns of `NEW` or `OLD`. What compares them (`NEW.* IS DISTINCT FROM
/// OLD.*`) has nothing to fear.
fn copies(text: &str) -> bool {
    let text = text.to_lowercase();
    text.split(';').any(|statement| {
        let inserts = statement.find("insert into");
        let inserted = inserts.map(|at| &statement[at..]);
        inserted.is_some_and(|rest| {
            ["new.*", "old.*", "(new).*", "(old).*"]
                .iter()
                .any(|whole| rest.contains(whole))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::copies;

    #[test]
    fn only_what_inserts_all_columns_copies_rows() {
        assert!(copies(
            "BEGIN INSERT INTO history SELECT NEW.*; RETURN NEW; END"
        ));
        assert!(copies("INSERT INTO h\nVALUES (now(), (OLD).*);"));
        assert!(copies(
            "IF TG_OP = 'DELETE' THEN INSERT INTO h SELECT 'D', OLD.*; END IF"
        ));
        assert!(!copies(
            "IF NEW.* IS DISTINCT FROM OLD.* THEN INSERT INTO log VALUES (NEW.id); END IF;"
        ));
        assert!(!copies(
            "INSERT INTO h (id, name) VALUES (NEW.id, NEW.name); RETURN NEW;"
        ));
        assert!(!copies("INSERT INTO h VALUES (to_jsonb(NEW));"));
    }
}
