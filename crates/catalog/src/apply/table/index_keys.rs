//! What a column's new type makes of the indexes over it: they are built anew from their printed definitions.

use std::sync::Arc;

use crate::{
    Catalog, DataType, Name, QName,
    model::{Index, IndexTerm},
};

/// A key that casts the column to the type that it has now, written as a call (`date(day)`), becomes the column alone
/// (`ParseFuncOrColumn`, `FUNCDETAIL_COERCION`).
pub(super) fn retyped(catalog: &mut Catalog, table: &QName, column: &Name, data_type: &DataType) {
    if data_type.array || data_type.modifier.is_some() || data_type.name.schema != "pg_catalog" {
        return;
    }
    let cast = format!("{}({column})", data_type.name.name);
    let is_cast = |term: &IndexTerm| match term {
        IndexTerm::Expression(written) => {
            let text = written.text.split_whitespace().collect::<String>();
            text.trim_start_matches("pg_catalog.").eq(&cast)
        }
        IndexTerm::Column(_) => false,
    };
    let of_table = |_: &QName, index: &Arc<Index>| index.table == *table;
    for index in catalog.indexes.values_mut_where(of_table) {
        if !index.keys.iter().any(|key| is_cast(&key.term)) {
            continue;
        }
        for key in &mut Arc::make_mut(index).keys {
            if is_cast(&key.term) {
                key.term = IndexTerm::Column(column.clone());
            }
        }
    }
}
