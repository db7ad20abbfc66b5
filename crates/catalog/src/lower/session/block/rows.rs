//! What the system catalogs show of the model's objects: the rows that conditions ask for, as far as they are known.

use super::super::super::{Context, builtin_types, extensions};
use crate::{Name, QName, model::TableKind};

mod constraints;
mod relations;

/// A row.
pub(super) struct Row {
    /// Columns and what they have; `None`: that is not known.
    columns: Vec<(&'static str, Option<String>)>,
    /// Whether the role that deploys sees it for certain, with just these values.
    pub(super) is_certain: bool,
}

impl Row {
    fn new<const N: usize>(columns: [(&'static str, &str); N]) -> Self {
        Self {
            columns: columns
                .map(|(name, value)| (name, Some(value.to_owned())))
                .into(),
            is_certain: true,
        }
    }

    /// The same row with one more column.
    fn and(mut self, column: &'static str, value: &str) -> Self {
        self.columns.push((column, Some(value.to_owned())));
        self
    }

    /// The same row, of which this column is not known.
    fn unknown(mut self, column: &'static str) -> Self {
        self.columns.push((column, None));
        self
    }

    /// What a column has: `None` where there is no such column, `Some(None)` where it is not known.
    pub(super) fn get(&self, column: &str) -> Option<Option<&str>> {
        let (_, value) = self.columns.iter().find(|(name, _)| *name == column)?;
        Some(value.as_deref())
    }

    /// What the information schema shows to those who may use the object: its owner does.
    fn of_owner(mut self, owner: Option<&Name>) -> Self {
        self.is_certain = owner.is_none();
        self
    }
}

/// The system catalogs and views whose rows follow from the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    Types,
    Enums,
    Classes,
    Attributes,
    Constraints,
    Namespaces,
    Extensions,
    Policies,
    Triggers,
    PgTables,
    PgViews,
    PgIndexes,
    PgPolicies,
    Columns,
    Tables,
    TableConstraints,
    ConstraintColumns,
    Schemata,
}

/// Names of relations, domains and constraints of the information schema, the same in 14 to 18.
const INFORMATION_SCHEMA: &[&str] = &[
    "administrable_role_authorizations",
    "applicable_roles",
    "attributes",
    "cardinal_number",
    "cardinal_number_domain_check",
    "character_data",
    "character_sets",
    "check_constraint_routine_usage",
    "check_constraints",
    "collation_character_set_applicability",
    "collations",
    "column_column_usage",
    "column_domain_usage",
    "column_options",
    "column_privileges",
    "column_udt_usage",
    "columns",
    "constraint_column_usage",
    "constraint_table_usage",
    "data_type_privileges",
    "domain_constraints",
    "domain_udt_usage",
    "domains",
    "element_types",
    "enabled_roles",
    "foreign_data_wrapper_options",
    "foreign_data_wrappers",
    "foreign_server_options",
    "foreign_servers",
    "foreign_table_options",
    "foreign_tables",
    "information_schema_catalog_name",
    "key_column_usage",
    "parameters",
    "referential_constraints",
    "role_column_grants",
    "role_routine_grants",
    "role_table_grants",
    "role_udt_grants",
    "role_usage_grants",
    "routine_column_usage",
    "routine_privileges",
    "routine_routine_usage",
    "routine_sequence_usage",
    "routine_table_usage",
    "routines",
    "schemata",
    "sequences",
    "sql_features",
    "sql_identifier",
    "sql_implementation_info",
    "sql_parts",
    "sql_sizing",
    "table_constraints",
    "table_privileges",
    "tables",
    "time_stamp",
    "transforms",
    "triggered_update_columns",
    "triggers",
    "udt_privileges",
    "usage_privileges",
    "user_defined_types",
    "user_mapping_options",
    "user_mappings",
    "view_column_usage",
    "view_routine_usage",
    "view_table_usage",
    "views",
    "yes_or_no",
    "yes_or_no_check",
];

/// Extensions that bring nothing but types, functions and operators.
const PLAIN_EXTENSIONS: &[&str] = &[
    "btree_gin",
    "btree_gist",
    "citext",
    "cube",
    "earthdistance",
    "fuzzystrmatch",
    "hstore",
    "intarray",
    "isn",
    "ltree",
    "pg_trgm",
    "pgcrypto",
    "plpgsql",
    "seg",
    "tablefunc",
    "unaccent",
    "uuid-ossp",
    "vector",
];

/// Whether what has this name can only be an object of the model: none of the server's, and none that an extension
/// has brought.
pub(super) fn is_known_to_be_ours(context: &Context<'_>, name: &Name) -> bool {
    let text = name.as_str();
    let of_server = ["pg_", "_", "RI_", "any"]
        .iter()
        .any(|start| text.starts_with(start))
        || INFORMATION_SCHEMA.contains(&text)
        || [
            "information_schema",
            "plpgsql",
            "record",
            "trigger",
            "public",
        ]
        .contains(&text)
        || builtin_types::names().any(|one| one == text);
    let catalog = &context.catalog;
    let of_extension = catalog
        .extensions
        .keys()
        .any(|extension| !PLAIN_EXTENSIONS.contains(&extension.as_str()))
        || catalog.extensions.values().any(|extension| {
            extensions::has_type(catalog, &QName::new(extension.schema.clone(), name.clone()))
        });
    let is_opaque = catalog.opaque.keys().any(|id| id.identity.contains(text));
    !of_server && !of_extension && !is_opaque
}

impl System {
    /// The one that a query names.
    pub(super) fn named(written: &super::super::super::names::Written) -> Option<Self> {
        let of_information_schema = match written.schema.as_ref().map(Name::as_str) {
            Some("information_schema") => true,
            Some("pg_catalog") | None => false,
            Some(_) => return None,
        };
        Some(match (of_information_schema, written.name.as_str()) {
            (false, "pg_type") => Self::Types,
            (false, "pg_enum") => Self::Enums,
            (false, "pg_class") => Self::Classes,
            (false, "pg_attribute") => Self::Attributes,
            (false, "pg_constraint") => Self::Constraints,
            (false, "pg_namespace") => Self::Namespaces,
            (false, "pg_extension") => Self::Extensions,
            (false, "pg_policy") => Self::Policies,
            (false, "pg_trigger") => Self::Triggers,
            (false, "pg_tables") => Self::PgTables,
            (false, "pg_views") => Self::PgViews,
            (false, "pg_indexes") => Self::PgIndexes,
            (false, "pg_policies") => Self::PgPolicies,
            (true, "columns") => Self::Columns,
            (true, "tables") => Self::Tables,
            (true, "table_constraints") => Self::TableConstraints,
            (true, "constraint_column_usage") => Self::ConstraintColumns,
            (true, "schemata") => Self::Schemata,
            _ => return None,
        })
    }

    /// The columns that say which objects are meant: if the model has all objects of such a name, it has all rows.
    pub(super) fn key_columns(self) -> &'static [&'static str] {
        match self {
            Self::Types => &["typname"],
            Self::Enums => &["enumtypid"],
            Self::Classes => &["relname", "oid"],
            Self::Attributes => &["attrelid"],
            Self::Constraints => &["conname", "conrelid"],
            Self::Namespaces => &["nspname"],
            Self::Extensions => &["extname"],
            Self::Policies => &["polname", "polrelid"],
            Self::Triggers => &["tgname", "tgrelid"],
            Self::PgTables => &["tablename"],
            Self::PgViews => &["viewname"],
            Self::PgIndexes => &["indexname", "tablename"],
            Self::PgPolicies => &["policyname", "tablename"],
            Self::Columns | Self::Tables => &["table_name"],
            Self::TableConstraints | Self::ConstraintColumns => &["constraint_name", "table_name"],
            Self::Schemata => &["schema_name"],
        }
    }

    /// Whether the server may have rows for the user's objects that the model does not tell of: a foreign key that
    /// refers to a partitioned table has one for each partition.
    pub(super) fn shows_more(self, context: &Context<'_>) -> bool {
        let tables = &context.catalog.tables;
        self == Self::Constraints
            && tables
                .values()
                .any(|table| matches!(table.kind, TableKind::Partitioned(_)))
    }
}

/// All rows that follow from the model.
pub(super) fn rows(context: &Context<'_>, system: System) -> Vec<Row> {
    let catalog = &context.catalog;
    match system {
        System::Types => relations::types(catalog),
        System::Enums => relations::enums(catalog),
        System::Classes => relations::classes(catalog),
        System::Attributes => relations::attributes(catalog),
        System::Constraints => constraints::all(catalog),
        System::TableConstraints => constraints::of_tables(catalog),
        System::ConstraintColumns => constraints::columns(catalog),
        System::Namespaces => {
            let names = catalog.schemas.keys().map(Name::as_str);
            names
                .map(|name| Row::new([("nspname", name), ("oid", name)]))
                .collect()
        }
        System::Schemata => {
            let all = catalog.schemas.iter();
            all.map(|(name, schema)| {
                let name = name.as_str();
                Row::new([("schema_name", name)]).of_owner(schema.owner.as_ref())
            })
            .collect()
        }
        System::Extensions => {
            let names = catalog.extensions.keys();
            names
                .map(|name| Row::new([("extname", name.as_str())]))
                .collect()
        }
        System::Policies | System::PgPolicies => relations::policies(catalog),
        System::Triggers => relations::triggers(catalog),
        System::PgTables | System::Tables | System::PgViews => {
            relations::relations(catalog, system)
        }
        System::PgIndexes => relations::indexes(catalog),
        System::Columns => relations::columns(catalog),
    }
}
