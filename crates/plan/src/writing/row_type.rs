//! What is of a table's row type, which has one column more while a column has two forms.

use segue_catalog::{
    Catalog, QName,
    model::{Body, Routine},
};

/// Why the rows of a table may not have another column for a while.
pub(crate) fn is_row_type_fixed(catalog: &Catalog, table: &QName) -> Option<&'static str> {
    let mut columns = catalog.tables.values().flat_map(|other| &other.columns);
    if columns.any(|column| column.data_type.name == *table) {
        return Some(
            "a column of another table is of its row type, which would have one column more for a while",
        );
    }
    let mut routines = catalog.routines.values();
    routines
        .any(|routine| gives_rows(routine, table) && names_columns(routine))
        .then_some("a function returns its rows and names their columns, which are one more for a while: let it take all of them (`SELECT *`)")
}

fn gives_rows(routine: &Routine, table: &QName) -> bool {
    let returns = routine.returns.as_ref();
    returns.is_some_and(|returns| returns.data_type.name == *table)
}

/// Whether the rows that a function gives are those of a query, which names their columns.
fn names_columns(routine: &Routine) -> bool {
    let Body::Text(text) = &routine.body else {
        return false;
    };
    let text = text.to_lowercase();
    let is_query = routine.language.as_str() == "sql" || text.contains("return query");
    // in `r.*` and `SELECT *` there is one, in `(r).a * 2` too: what is not certain is let through, as the server tells of it
    is_query && !text.contains('*') && !text.contains("execute")
}
