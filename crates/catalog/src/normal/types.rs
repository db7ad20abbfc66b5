//! Types as they are written in an expression, without asking what there is: a name that is not one of the server's
//! own stays without schema until [`names`](super::names) finds it one.

use squawk_syntax::ast::{self, AstNode, is_quoted_name_node};

use crate::{
    DataType, Name, QName,
    lower::{builtin_types, names, types},
};

/// The type that is written.
pub(super) fn data_type(ty: &ast::Type) -> DataType {
    match ty {
        ast::Type::ArrayType(array) => match array.ty() {
            Some(element) => data_type(&element).array_of(),
            None => unknown(ty.syntax().text().to_string()),
        },
        ast::Type::PathType(path) => named(path),
        other => {
            types::of_keywords(other).unwrap_or_else(|| unknown(other.syntax().text().to_string()))
        }
    }
}

fn unknown(text: String) -> DataType {
    DataType::named(QName::new("", Name::stored(text)))
}

fn named(path: &ast::PathType) -> DataType {
    let written = names::written(path);
    let modifiers = types::modifiers(path.arg_list());
    let quoted = path
        .path_ref()
        .and_then(|path| path.segment())
        .is_some_and(|segment| is_quoted_name_node(segment.syntax()));
    let schema = written.schema.clone();
    let keyword = || {
        let word = (schema.is_none() && !quoted).then_some(written.name.as_str())?;
        match (word, modifiers.first()) {
            ("float", Some(precision)) => Some(types::float(precision)),
            _ => builtin_types::keyword(word).map(DataType::builtin),
        }
    };
    let own = || {
        let here = schema
            .as_ref()
            .is_none_or(|schema| *schema == *"pg_catalog");
        here.then(|| builtin(&written.name)).flatten()
    };
    match keyword().or_else(own) {
        Some(found) if found.is("real") || found.is("double precision") => found,
        Some(found) => types::modified(found, &modifiers),
        None => {
            let schema = schema.clone().unwrap_or_else(|| Name::stored(""));
            let plain = DataType::named(QName::new(schema, written.name.clone()));
            types::modified(plain, &modifiers)
        }
    }
}

/// One of the server's own types by its stored name; `_text` is an array.
fn builtin(name: &Name) -> Option<DataType> {
    if let Some(printed) = builtin_types::printed(name) {
        return Some(DataType::builtin(printed));
    }
    let element = builtin_types::printed(name.strip_prefix('_')?)?;
    Some(DataType::builtin(element).array_of())
}
