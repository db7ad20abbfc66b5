//! What of the model is left out of its JSON: what most objects have, so that what is special shows.

/// Whether a value is what its type is by default: nothing, none, no, zero, the first of the choices.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Whether a flag is set that most objects have set.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
pub(crate) fn is_true(flag: &bool) -> bool {
    *flag
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use crate::{
        Catalog, DataType, DefaultFor, DefaultPrivilegesKey, Grant, Grantee, Name, OpaqueId,
        Privileges, QName,
        model::{
            Column, Constraint, ConstraintKind, IndexedConstraint, NotNull, Opaque, Schema, Table,
        },
    };

    #[test]
    fn what_most_objects_have_is_left_out() {
        let key = ConstraintKind::PrimaryKey(IndexedConstraint {
            columns: vec!["id".into()],
            index_valid: true,
            ..IndexedConstraint::default()
        });
        let mut table = Table::new(vec![Column {
            not_null: Some(NotNull::named(None)),
            ..Column::new("id", DataType::builtin("bigint"))
        }]);
        table
            .constraints
            .insert("users_pkey".into(), Constraint::new(key));
        let found = serde_json::to_value(&table).expect("tables have texts as keys");
        let expected = json!({
            "kind": "plain",
            "columns": [{"name": "id", "data_type": "bigint", "not_null": {}}],
            "constraints": {"users_pkey": {"kind": {"primary_key": {"columns": ["id"]}}}},
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_not_as_usual_is_there() {
        let mut constraint = Constraint::new(ConstraintKind::Unique(IndexedConstraint::default()));
        constraint.validated = false;
        let found = serde_json::to_value(&constraint).expect("constraints have texts as keys");
        let expected = json!({"kind": {"unique": {"index_valid": false}}, "validated": false});
        assert_eq!(found, expected);
    }

    #[test]
    fn default_privileges_are_lines_and_opaque_objects_have_names() {
        let mut catalog = Catalog::bare(17);
        catalog
            .schemas
            .insert("app".into(), Arc::new(Schema::default()));
        let key = DefaultPrivilegesKey {
            role: None,
            schema: Some("app".into()),
            objects: DefaultFor::Tables,
        };
        let reader = Grant {
            grantee: Grantee::Role("reader".into()),
            privilege: "SELECT",
            grantable: false,
        };
        let privileges = Privileges {
            granted: [reader].into(),
            ..Privileges::default()
        };
        catalog.default_privileges.insert(key, privileges);
        let id = OpaqueId {
            kind: "collation",
            identity: QName::new("app", Name::stored("german")).to_string(),
        };
        catalog.opaque.insert(id, Arc::new(Opaque::default()));
        let found = serde_json::to_value(&catalog).expect("a catalog has texts as keys");
        assert_eq!(found["schemas"], json!({"app": {}}));
        assert_eq!(found["opaque"], json!({"collation app.german": {}}));
        let line = json!({
            "schema": "app",
            "objects": "tables",
            "granted": [{"grantee": {"role": "reader"}, "privilege": "SELECT"}],
        });
        assert_eq!(found["default_privileges"], json!([line]));
    }
}
