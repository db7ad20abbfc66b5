//! Functions of triggers that copy whole rows to another table: they meet one column more while a column has two forms, and the
//! server refuses what the app writes then.

use segue_catalog::{Catalog, Name, model::Table};

use super::trigger_text;

/// Whether a function of one of a table's triggers does so.
pub(crate) fn are_copied_whole(catalog: &Catalog, table: &Table) -> bool {
    table.triggers.values().any(|trigger| {
        let tables = trigger.old_table.iter().chain(&trigger.new_table);
        let tables: Vec<&str> = tables.map(Name::as_str).collect();
        trigger_text(catalog, trigger).is_some_and(|text| copies(text, &tables))
    })
}

/// Why nothing can stand beside one of its columns.
pub(crate) const COPIED_WHOLE: &str = "a function of one of its triggers inserts whole rows elsewhere (NEW.*, OLD.*, or * of a table with the changed rows), which have one column more for a while: let it name the columns";

/// Whether a statement of a function's text inserts all columns of `NEW` or `OLD`, or of one of these tables that have the rows
/// of the statement. What compares them (`NEW.* IS DISTINCT FROM OLD.*`) has nothing to fear.
fn copies(text: &str, tables: &[&str]) -> bool {
    let text = text.to_lowercase();
    text.split(';').any(|statement| {
        let inserts = statement.find("insert into");
        let inserted = inserts.map(|at| &statement[at..]);
        inserted.is_some_and(|rest| {
            ["new.*", "old.*", "(new).*", "(old).*"]
                .iter()
                .any(|whole| rest.contains(whole))
                || takes_all(rest, tables)
        })
    })
}

/// Whether a statement takes all columns of one of these tables; where it takes them of any, it may be of that one.
fn takes_all(statement: &str, tables: &[&str]) -> bool {
    let is_part = |of: char| of.is_alphanumeric() || of == '_';
    let words: Vec<&str> = statement.split(|of| !is_part(of)).collect();
    let names = |table: &&str| words.contains(&table.to_lowercase().as_str());
    let squeezed: String = statement.split_whitespace().collect();
    let takes = squeezed.contains("select*")
        || squeezed.contains(".*")
        || squeezed.contains(",*")
        || words.contains(&"table");
    takes && tables.iter().any(names)
}

#[cfg(test)]
mod tests {
    use super::copies;

    fn all(text: &str) -> bool {
        copies(text, &[])
    }

    #[test]
    fn only_what_inserts_all_columns_copies_rows() {
        assert!(all(
            "BEGIN INSERT INTO history SELECT NEW.*; RETURN NEW; END"
        ));
        assert!(all("INSERT INTO h\nVALUES (now(), (OLD).*);"));
        assert!(all(
            "IF TG_OP = 'DELETE' THEN INSERT INTO h SELECT 'D', OLD.*; END IF"
        ));
        assert!(!all(
            "IF NEW.* IS DISTINCT FROM OLD.* THEN INSERT INTO log VALUES (NEW.id); END IF;"
        ));
        assert!(!all(
            "INSERT INTO h (id, name) VALUES (NEW.id, NEW.name); RETURN NEW;"
        ));
        assert!(!all("INSERT INTO h VALUES (to_jsonb(NEW));"));
    }

    #[test]
    fn tables_with_the_rows_of_a_statement_are_copied_whole_too() {
        let of = |text| copies(text, &["new_rows"]);
        assert!(of("begin insert into h select * from new_rows; end"));
        assert!(of("insert into h select now(), n.*\nfrom New_Rows n"));
        assert!(of("insert into h table new_rows"));
        assert!(!of("insert into h (id) select id from new_rows"));
        assert!(!of("insert into h select count(*) from new_rows"));
        assert!(!of("insert into h select * from older_rows"));
        assert!(!of("perform * from new_rows; insert into h values (1)"));
    }
}
