//! Where rows of a relation are within values of other types: in columns of its row type, in composite types that have such
//! attributes, in domains over it, and so on.

use std::collections::{BTreeSet, VecDeque};

use crate::{
    Catalog, QName,
    map::Sought,
    model::{Type, TypeKind},
};

/// The relation itself, and the tables and types in whose values there are rows of it: what an expression without subqueries
/// can name its columns over (sql-expressions.html, "Field Selection"). Columns of a view's row type are not followed.
pub(crate) fn holders(catalog: &Catalog, of: &QName) -> BTreeSet<QName> {
    let mut holders = BTreeSet::from([of.clone()]);
    let mut waiting = VecDeque::from([of.clone()]);
    while let Some(held) = waiting.pop_front() {
        let tables = catalog.tables.mentioning(&Sought::name(&held.name));
        let tables = tables.filter(|(_, table)| {
            let mut columns = table.columns.iter();
            columns.any(|column| column.data_type.name == held)
        });
        let types = catalog.types.iter();
        let types = types.filter(|(_, of_type)| holds(of_type, &held));
        let names = tables
            .map(|(name, _)| name)
            .chain(types.map(|(name, _)| name));
        for name in names {
            if holders.insert(name.clone()) {
                waiting.push_back(name.clone());
            }
        }
    }
    holders
}

fn holds(of_type: &Type, held: &QName) -> bool {
    match &of_type.kind {
        TypeKind::Composite(composite) => {
            let mut attributes = composite.attributes.iter();
            attributes.any(|attribute| attribute.data_type.name == *held)
        }
        TypeKind::Domain(domain) => domain.base.name == *held,
        TypeKind::Range(range) => range.subtype.name == *held,
        TypeKind::Enum(_) | TypeKind::Shell => false,
    }
}

#[cfg(test)]
mod tests {
    use segue_sql::{Source, split};

    use super::*;
    use crate::{Session, advance};

    #[test]
    fn rows_are_followed_through_types_and_tables() {
        let sql = "CREATE TABLE town (name text);
            CREATE TYPE address AS (street text, town town);
            CREATE DOMAIN home AS address;
            CREATE TABLE people (id int, homes home[]);
            CREATE TABLE visits (who people);
            CREATE TABLE others (name text);";
        let source = Source::new("schema.sql", sql);
        let (mut catalog, mut session) = (Catalog::empty(17), Session::default());
        for statement in split(&source).expect("it can be cut").iter() {
            advance(&source, statement.span, &mut catalog, &mut session).expect("it is right");
        }
        let found = holders(&catalog, &QName::new("public", "town"));
        let found: Vec<&str> = found.iter().map(|name| name.name.as_str()).collect();
        assert_eq!(found, ["address", "home", "people", "town", "visits"]);
    }
}
