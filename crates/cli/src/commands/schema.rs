//! `segue schema`.

use segue::{
    Model, Provenance, Schema,
    catalog::{render, sqlite},
};
use serde_json::{Value, json};

use super::{Report, fail, stoppable};
use crate::{
    args::{self, Common, Format},
    exit,
    show::{clean, count, json, problem},
};

pub(super) async fn run(common: &Common, wanted: &args::Schema) -> u8 {
    let mut migrator = wanted.shadow.onto(stoppable(common).0);
    if let Some(major) = wanted.server_version {
        migrator = migrator.server_version(major);
    }
    let schema = match migrator.schema(wanted.at.as_deref()).await {
        Ok(schema) => schema,
        Err(failure) => return fail(common, "schema", &failure, json::Rest::new()),
    };
    if common.is_json() {
        let document = json::succeeded("schema", document(&schema));
        let code = exit::DONE;
        return Report { code, document }.print(common);
    }
    if !common.quiet {
        print_notes(common, &schema.provenance);
        for note in &schema.provenance.notes {
            tell!("note: {}", clean(note));
        }
    }
    match (&schema.model, common.format) {
        (Model::Postgres(catalog), Format::Sql) => out!("{}", render::sql(catalog).trim_end()),
        (Model::Postgres(catalog), _) => print_tree(&render::tree(catalog), 0),
        // What SQLite keeps of a schema is its SQL.
        (Model::Sqlite(catalog), _) => out!("{}", sqlite::sql(catalog).trim_end()),
    }
    exit::DONE
}

fn print_tree(tree: &render::Tree, depth: usize) {
    let line = format!(
        "{:indent$}{}  {}",
        "",
        clean(&tree.label),
        clean(&tree.detail),
        indent = depth * 2
    );
    out!("{}", line.trim_end());
    for child in &tree.children {
        print_tree(child, depth + 1);
    }
}

/// How many statements are opaque, which they are, and where it was learned what they do.
pub(super) fn print_notes(common: &Common, provenance: &Provenance) {
    let total = count(provenance.statements, "statement");
    let opaque = provenance.opaque.len();
    if opaque == 0 {
        return;
    }
    match &provenance.shadow {
        Some(shadow) => tell!(
            "note: {opaque} of {total} cannot be told from the text, and were learned from {}",
            clean(&shadow.name)
        ),
        None => tell!(
            "note: {opaque} of {total} cannot be told from the text: what they do is missing here"
        ),
    }
    let shown = if common.verbose || provenance.shadow.is_none() {
        usize::MAX
    } else {
        3
    };
    for one in provenance.opaque.iter().take(shown) {
        let place = &one.gap.place;
        let (line, _) = segue::line_column(&place.source.text, place.span.start);
        tell!(
            "note: {}:{line}: {}",
            clean(&place.source.name),
            clean(&one.gap.reason)
        );
    }
    if let Some(more) = opaque.checked_sub(shown).filter(|more| *more > 0) {
        tell!("note: {more} more; --verbose lists them");
    }
    for missing in provenance.missing() {
        problem::print_all(&missing.gap.problems);
    }
}

fn document(schema: &Schema) -> Value {
    let provenance = &schema.provenance;
    let major = match &schema.model {
        Model::Postgres(catalog) => Some(catalog.major),
        Model::Sqlite(_) => None,
    };
    json!({
        "at": provenance.at,
        "server_version": major,
        "migrations": provenance.migrations,
        "learning": learning(provenance),
        "notes": provenance.notes,
        "schema": schema.model,
    })
}

/// What could not be told, and how it was learned.
pub(super) fn learning(provenance: &Provenance) -> Value {
    let opaque: Vec<Value> = provenance
        .opaque
        .iter()
        .map(|one| {
            let place = &one.gap.place;
            let (line, column) = segue::line_column(&place.source.text, place.span.start);
            json!({
                "migration": one.migration,
                "file": place.source.name,
                "line": line,
                "column": column,
                "reason": one.gap.reason,
                "learned": one.gap.learned,
            })
        })
        .collect();
    json!({
        "statements": provenance.statements,
        "opaque": opaque,
        "shadow": provenance.shadow.as_ref().map(|shadow| json!({
            "name": shadow.name,
            "server_version": shadow.major,
        })),
    })
}
