//! Objects that the model carries without knowing their parts: operators, casts, collations, text search, foreign
//! servers, event triggers, subscriptions…. Each has the identity that `pg_identify_object` gives it.

mod address;
mod statements;

use squawk_syntax::ast;

use crate::{
    Change, Name, Object, ObjectRef, OpaqueId, QName,
    lower::{Context, names::Written},
    model::Opaque,
};
pub(super) use address::Address;

/// What is done to such an object.
enum Verb {
    /// `CREATE`; whether one that is there may stay or be replaced.
    Create { may_be_there: bool },
    /// `ALTER`: other than a new name or schema.
    Alter,
    /// `RENAME TO`.
    Rename(Name),
    /// `SET SCHEMA`.
    Move(Name),
    /// `DROP`.
    Drop { cascade: bool },
}

/// Lowers a statement about such an object; `false`: it is none.
pub(super) fn lower(context: &mut Context<'_>, statement: &ast::Stmt) -> bool {
    let found = statements::create(statement)
        .or_else(|| statements::alter(statement))
        .or_else(|| statements::drop(statement));
    let Some(found) = found else {
        return false;
    };
    for (address, verb) in found {
        act(context, &address, verb);
    }
    true
}

fn act(context: &mut Context<'_>, address: &Address, verb: Verb) {
    if let Verb::Create { may_be_there } = verb {
        return create(context, address, may_be_there);
    }
    let Some(id) = address.find(context) else {
        // of the server or of an extension, or not there
        return context.emit(Change::Nothing);
    };
    match verb {
        Verb::Create { .. } => {}
        Verb::Alter => context.emit(Change::AlterOpaque(id)),
        Verb::Rename(to) => become_another(context, id, address, |name| name.sibling(to.clone())),
        Verb::Move(to) => {
            become_another(context, id, address, |name| {
                QName::new(to.clone(), name.name.clone())
            });
        }
        Verb::Drop { cascade } => context.emit(Change::Drop {
            object: ObjectRef::Opaque(id),
            cascade,
        }),
    }
}

fn create(context: &mut Context<'_>, address: &Address, may_be_there: bool) {
    let Some(id) = address.of_new(context) else {
        if !context.has_problems() {
            context.unknown(format!("a new {}", address.kind));
        }
        return;
    };
    if context.catalog.opaque.contains_key(&id) {
        return if may_be_there {
            context.emit(Change::AlterOpaque(id));
        } else {
            let message = format!("{} {} already exists", id.kind, id.identity);
            context.problem(&address.node, message);
        };
    }
    let object = Object::Opaque(id, Opaque::default());
    context.emit(Change::Create(Box::new(object)));
}

/// A new name or schema makes a new identity: to the model it is another object.
fn become_another(
    context: &mut Context<'_>,
    id: OpaqueId,
    address: &Address,
    rename: impl Fn(&QName) -> QName,
) {
    let Some(after) = address.renamed(context, &id, rename) else {
        return context.emit(Change::AlterOpaque(id));
    };
    let before = context.catalog.opaque.get(&id);
    let kept = before
        .map(|before| before.as_ref().clone())
        .unwrap_or_default();
    context.emit(Change::Drop {
        object: ObjectRef::Opaque(id),
        cascade: false,
    });
    context.emit(Change::Create(Box::new(Object::Opaque(after, kept))));
}

/// An object of a kind that has its names in schemas, by its name.
pub(super) fn find_by_name(
    context: &Context<'_>,
    kind: &'static str,
    written: &Written,
) -> Option<QName> {
    let schemas = match &written.schema {
        Some(schema) => vec![schema.clone()],
        None => context.search_path(),
    };
    schemas.into_iter().find_map(|schema| {
        let name = QName::new(schema, written.name.clone());
        let plain = name.to_string();
        let with_method = format!("{name} USING ");
        let mut all = context.catalog.opaque.keys();
        all.any(|id| {
            id.kind == kind && (id.identity == plain || id.identity.starts_with(&with_method))
        })
        .then_some(name)
    })
}
