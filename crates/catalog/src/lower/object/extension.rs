//! `CREATE`, `ALTER` and `DROP EXTENSION` (sql-createextension.html).

use squawk_syntax::ast;

use super::lifecycle;
use crate::{
    Change, Name, Object, ObjectRef,
    lower::{Context, expression, names},
    model::{Extension, Schema},
};

/// Every database has it from the start.
const BUILT_IN: &str = "plpgsql";

/// Extensions whose control file says which schema they are in; the server makes that where it is missing
/// (`CreateExtensionInternal` in `extension.c`).
const FIXED_SCHEMAS: &[(&str, &str)] = &[
    ("adminpack", "pg_catalog"),
    ("citus", "pg_catalog"),
    ("citus_columnar", "pg_catalog"),
    ("pg_cron", "pg_catalog"),
    ("pg_graphql", "graphql"),
    ("pg_ivm", "pg_catalog"),
    ("pglogical", "pglogical"),
    ("pgmq", "pgmq"),
    ("pgsodium", "pgsodium"),
    ("postgis_tiger_geocoder", "tiger"),
    ("postgis_topology", "topology"),
    ("supabase_vault", "vault"),
];

/// What an extension needs, and `CASCADE` installs with it.
const NEEDS: &[(&str, &[&str])] = &[
    ("bool_plperl", &["plperl"]),
    ("earthdistance", &["cube"]),
    ("hstore_plperl", &["hstore", "plperl"]),
    ("hstore_plpython3u", &["hstore", "plpython3u"]),
    ("jsonb_plperl", &["plperl"]),
    ("jsonb_plpython3u", &["plpython3u"]),
    ("ltree_plpython3u", &["ltree", "plpython3u"]),
    ("postgis_raster", &["postgis"]),
    ("postgis_sfcgal", &["postgis"]),
    ("postgis_tiger_geocoder", &["postgis", "fuzzystrmatch"]),
    ("postgis_topology", &["postgis"]),
    ("supabase_vault", &["pgsodium"]),
    ("vchord", &["vector"]),
    ("vectorscale", &["vector"]),
];

/// `CREATE EXTENSION`.
pub(super) fn create(context: &mut Context<'_>, statement: &ast::CreateExtension) {
    let Some(node) = statement.extension() else {
        return;
    };
    let name = names::name(&node);
    if name == BUILT_IN || context.catalog.extensions.contains_key(&name) {
        if statement.if_not_exists().is_some() {
            return context.emit(Change::Nothing);
        }
        return lifecycle::already_there(context, &node, "extension");
    }
    let written = statement
        .extension_schema()
        .and_then(|schema| schema.schema_ref());
    let schema = match written {
        Some(schema) => {
            let name = names::name(&schema);
            context.check_schema(&schema, &name).then_some(name)
        }
        None => fixed_schema(&name).or_else(|| context.creation_schema(&node, None)),
    };
    let Some(schema) = schema else {
        return;
    };
    let version = statement.extension_version_clause().and_then(|clause| {
        let name = clause.extension_version();
        let text = clause.literal().as_ref().and_then(expression::string);
        text.or_else(|| name.map(|name| names::name(&name).as_str().to_owned()))
    });
    if statement.cascade_token().is_some() {
        install_needed(context, &name, &schema);
    }
    install(context, name, schema, version);
}

fn fixed_schema(extension: &Name) -> Option<Name> {
    let (_, schema) = FIXED_SCHEMAS.iter().find(|(name, _)| *extension == *name)?;
    Some(Name::stored(schema))
}

fn install_needed(context: &mut Context<'_>, extension: &Name, schema: &Name) {
    let needs = NEEDS.iter().find(|(name, _)| *extension == *name);
    for needed in needs.map(|(_, needs)| *needs).unwrap_or_default() {
        let needed = Name::stored(needed);
        if !context.catalog.extensions.contains_key(&needed) {
            install_needed(context, &needed, schema);
            let schema = fixed_schema(&needed).unwrap_or_else(|| schema.clone());
            install(context, needed, schema, None);
        }
    }
}

fn install(context: &mut Context<'_>, name: Name, schema: Name, version: Option<String>) {
    if !context.has_schema(&schema) {
        // the one that PostGIS makes has a comment
        let comment = (schema == "topology").then(|| "PostGIS Topology schema".to_owned());
        let made = Schema {
            owner: lifecycle::owner(context),
            comment,
            ..Schema::default()
        };
        let object = Object::Schema(schema.clone(), made);
        context.emit(Change::Create(Box::new(object)));
    }
    let extension = Extension {
        schema,
        version,
        comment: None,
        types: std::collections::BTreeSet::new(),
    };
    let object = Object::Extension(name, extension);
    context.emit(Change::Create(Box::new(object)));
}

/// `ALTER EXTENSION`.
pub(super) fn alter(context: &mut Context<'_>, statement: &ast::AlterExtension) {
    let found = statement
        .extension_ref()
        .and_then(|node| find(context, &node, false));
    let (Some(ObjectRef::Extension(name)), Some(action)) = (found, statement.action()) else {
        return;
    };
    if name == BUILT_IN {
        return context.emit(Change::Nothing);
    }
    match action {
        ast::AlterExtensionAction::AlterExtensionUpdate(update) => {
            let version = update.update_to().and_then(|to| {
                let name = to.extension_version();
                let text = to.literal().as_ref().and_then(expression::string);
                text.or_else(|| name.map(|name| names::name(&name).as_str().to_owned()))
            });
            context.emit(Change::ExtensionVersion {
                extension: name,
                version,
            });
        }
        ast::AlterExtensionAction::SetSchema(to) => {
            lifecycle::set_schema(context, ObjectRef::Extension(name), &to);
        }
        ast::AlterExtensionAction::AlterExtensionAdd(_) => {
            context.unknown(format!("an object becomes part of the extension {name}"));
        }
        ast::AlterExtensionAction::AlterExtensionDrop(_) => {
            context.unknown(format!(
                "an object stops being part of the extension {name}"
            ));
        }
    }
}

/// `DROP EXTENSION`.
pub(super) fn drop(context: &mut Context<'_>, statement: &ast::DropExtension) {
    lifecycle::drop(
        context,
        statement.extension_refs(),
        statement.if_exists().is_some(),
        lifecycle::cascades(statement.drop_behavior()),
        find,
    );
}

/// The extension that is named.
pub(super) fn find(
    context: &mut Context<'_>,
    node: &ast::ExtensionRef,
    missing_ok: bool,
) -> Option<ObjectRef> {
    let name = names::name(node);
    let there = name == BUILT_IN || context.catalog.extensions.contains_key(&name);
    lifecycle::check(context, node, "extension", there, missing_ok)
        .then_some(ObjectRef::Extension(name))
}
