//! What opaque objects are called, as `pg_identify_object` prints it (`getObjectIdentityParts` in `objectaddress.c`).

use squawk_syntax::{
    SyntaxKind, SyntaxNode,
    ast::{self, AstNode},
};

use super::find_by_name;
use crate::{
    DataType, Name, OpaqueId, QName,
    lower::{
        Context,
        names::{self, Written},
    },
};

/// An object as a statement names it.
pub(in super::super) struct Address {
    /// As `COMMENT ON` calls its kind.
    pub(in super::super) kind: &'static str,
    /// Where its name stands.
    pub(in super::super) node: SyntaxNode,
    /// What its name is made of.
    pub(in super::super) parts: Parts,
}

/// What a name is made of.
pub(in super::super) enum Parts {
    /// A name of its own in the whole database.
    Global(Name),
    /// A name in a schema.
    InSchema(Written),
    /// A name in a schema, for an index method.
    ForMethod(Written, Name),
    /// An operator with the types of its operands.
    Operator(Written, Option<ast::Type>, Option<ast::Type>),
    /// A cast from a type to another.
    Cast(ast::Type, ast::Type),
    /// A type's transform for a language.
    Transform(ast::Type, Name),
    /// A role's mapping on a server.
    UserMapping(Name, Name),
}

impl Address {
    /// One with a name of its own in the whole database.
    pub(in super::super) fn global<N: AstNode>(
        kind: &'static str,
        node: Option<N>,
    ) -> Option<Self> {
        let node = node?;
        Some(Self {
            kind,
            parts: Parts::Global(names::name(&node)),
            node: node.syntax().clone(),
        })
    }

    /// One with a name in a schema.
    pub(in super::super) fn in_schema<N: AstNode>(
        kind: &'static str,
        node: Option<N>,
    ) -> Option<Self> {
        let node = node?;
        Some(Self {
            kind,
            parts: Parts::InSchema(names::written(&node)),
            node: node.syntax().clone(),
        })
    }

    /// An operator class or family.
    pub(in super::super) fn for_method<N: AstNode>(
        kind: &'static str,
        node: Option<N>,
        method: Option<ast::UsingMethod>,
    ) -> Option<Self> {
        let node = node?;
        let method = names::name(&method?.access_method_ref()?);
        Some(Self {
            kind,
            parts: Parts::ForMethod(names::written(&node), method),
            node: node.syntax().clone(),
        })
    }

    /// An operator: `none` stands for an operand that is not there.
    pub(in super::super) fn operator(
        op: Option<ast::Op>,
        left: Option<ast::Type>,
        right: Option<ast::Type>,
    ) -> Option<Self> {
        let op = op?;
        Some(Self {
            kind: "operator",
            parts: Parts::Operator(operator_name(&op), left, right),
            node: op.syntax().clone(),
        })
    }

    /// An operator with its operands in parentheses.
    pub(in super::super) fn operator_signature(sig: &ast::OpSig) -> Option<Self> {
        // `NONE` is a token here: what stands behind it is the right operand
        let (left, right) = match (sig.none_token(), sig.lhs(), sig.rhs()) {
            (Some(_), right, _) => (None, right),
            (None, left, right) => (left, right),
        };
        Self::operator(sig.op(), left, right)
    }

    /// A cast.
    pub(in super::super) fn cast(sig: Option<ast::CastSig>) -> Option<Self> {
        let sig = sig?;
        Some(Self {
            kind: "cast",
            parts: Parts::Cast(sig.lhs()?, sig.rhs()?),
            node: sig.syntax().clone(),
        })
    }

    /// A transform.
    pub(in super::super) fn transform(
        ty: Option<ast::Type>,
        language: Option<ast::LanguageRef>,
    ) -> Option<Self> {
        let ty = ty?;
        Some(Self {
            kind: "transform",
            node: ty.syntax().clone(),
            parts: Parts::Transform(ty, names::name(&language?)),
        })
    }

    /// A user mapping.
    pub(in super::super) fn user_mapping(
        role: Option<SyntaxNode>,
        server: Option<ast::ServerClause>,
    ) -> Option<Self> {
        let node = role?;
        let text = node.text().to_string();
        let role = match text.trim() {
            quoted if quoted.starts_with('"') => Name::quoted(quoted.trim_matches('"')),
            plain => Name::unquoted(plain),
        };
        Some(Self {
            kind: "user mapping",
            parts: Parts::UserMapping(role, names::name(&server?.server_ref()?)),
            node,
        })
    }

    /// The identity of a new object.
    pub(super) fn of_new(&self, context: &mut Context<'_>) -> Option<OpaqueId> {
        let (Parts::InSchema(written)
        | Parts::ForMethod(written, _)
        | Parts::Operator(written, ..)) = &self.parts
        else {
            return self.identified(context, None);
        };
        let written = written.clone();
        let schema = match &written.schema {
            Some(schema) if context.has_schema(schema) => schema.clone(),
            Some(_) => return None,
            None => {
                let mut path = context.session.search_path.iter();
                path.find(|schema| context.has_schema(schema))?.clone()
            }
        };
        let name = QName::new(schema, written.name);
        self.identified(context, Some(&name))
    }

    /// The object that there is.
    pub(in super::super) fn find(&self, context: &mut Context<'_>) -> Option<OpaqueId> {
        let id = match &self.parts {
            Parts::InSchema(written) | Parts::ForMethod(written, _) => {
                let name = find_by_name(context, self.kind, written)?;
                self.identified(context, Some(&name))
            }
            Parts::Operator(written, ..) => {
                let schemas = match &written.schema {
                    Some(schema) => vec![schema.clone()],
                    None => context.search_path(),
                };
                schemas.into_iter().find_map(|schema| {
                    let name = QName::new(schema, written.name.clone());
                    let id = self.identified(context, Some(&name))?;
                    context.catalog.opaque.contains_key(&id).then_some(id)
                })
            }
            _ => self.identified(context, None),
        }?;
        context.catalog.opaque.contains_key(&id).then_some(id)
    }

    /// The identity after a new name or schema.
    pub(super) fn renamed(
        &self,
        context: &mut Context<'_>,
        id: &OpaqueId,
        rename: impl Fn(&QName) -> QName,
    ) -> Option<OpaqueId> {
        match &self.parts {
            Parts::Global(name) => {
                let after = rename(&QName::new("", name.clone())).name;
                Some(OpaqueId {
                    kind: self.kind,
                    identity: after.to_string(),
                })
            }
            Parts::InSchema(written) | Parts::ForMethod(written, _) => {
                let before = find_by_name(context, self.kind, written)?;
                self.identified(context, Some(&rename(&before)))
            }
            Parts::Operator(written, ..) => {
                let mut schemas = context.search_path();
                schemas.extend(written.schema.clone());
                let before = schemas.into_iter().find_map(|schema| {
                    let name = QName::new(schema, written.name.clone());
                    (self.identified(context, Some(&name)).as_ref() == Some(id)).then_some(name)
                })?;
                self.identified(context, Some(&rename(&before)))
            }
            _ => None,
        }
    }

    fn identified(&self, context: &mut Context<'_>, name: Option<&QName>) -> Option<OpaqueId> {
        let identity = match (&self.parts, name) {
            (Parts::Global(name), _) => name.to_string(),
            (Parts::InSchema(_), Some(name)) => name.to_string(),
            (Parts::ForMethod(_, method), Some(name)) => format!("{name} USING {method}"),
            (Parts::Operator(_, left, right), Some(name)) => {
                let left = operand(context, left.as_ref())?;
                let right = operand(context, right.as_ref())?;
                format!("{}.{}({left},{right})", name.schema, name.name.as_str())
            }
            (Parts::Cast(from, to), _) => {
                let from = qualified(&context.data_type(from)?);
                let to = qualified(&context.data_type(to)?);
                format!("({from} AS {to})")
            }
            (Parts::Transform(of, language), _) => {
                let of = qualified(&context.data_type(of)?);
                format!("for {of} language {language}")
            }
            (Parts::UserMapping(role, server), _) => {
                format!("{} on server {}", role.as_str(), server.as_str())
            }
            (_, None) => return None,
        };
        Some(OpaqueId {
            kind: self.kind,
            identity,
        })
    }
}

fn operand(context: &mut Context<'_>, ty: Option<&ast::Type>) -> Option<String> {
    let Some(ty) = ty else {
        return Some("NONE".to_owned());
    };
    if ty
        .syntax()
        .text()
        .to_string()
        .trim()
        .eq_ignore_ascii_case("none")
    {
        return Some("NONE".to_owned());
    }
    Some(qualified(&context.data_type(ty)?))
}

/// The name of an operator: its symbols are no identifier.
fn operator_name(op: &ast::Op) -> Written {
    let mut path = names::parts(op.syntax());
    let text = op.syntax().text().to_string();
    let symbols: String = text
        .trim()
        .chars()
        .rev()
        .take_while(|c| "+-*/<>=~!@#%^&|`?".contains(*c))
        .collect::<Vec<char>>()
        .into_iter()
        .rev()
        .collect();
    if path.last().is_some_and(|last| *last == *symbols) || path.len() > 1 {
        path.pop();
    }
    let schema = if op
        .syntax()
        .children()
        .any(|child| child.kind() == SyntaxKind::PATH_REF)
    {
        path.pop()
    } else {
        None
    };
    Written {
        schema,
        name: Name::stored(symbols),
    }
}

/// A type as `format_type` prints it with `FORMAT_TYPE_FORCE_QUALIFY`: types that are key words of SQL stand alone, all
/// others with their schema.
fn qualified(data_type: &DataType) -> String {
    const KEY_WORDS: &[&str] = &[
        "bigint",
        "bit",
        "bit varying",
        "boolean",
        "character",
        "character varying",
        "double precision",
        "integer",
        "interval",
        "numeric",
        "real",
        "smallint",
        "time with time zone",
        "time without time zone",
        "timestamp with time zone",
        "timestamp without time zone",
    ];
    let mut plain = data_type.clone();
    plain.modifier = None;
    if plain.is_builtin() && !KEY_WORDS.contains(&plain.name.name.as_str()) {
        format!("pg_catalog.{plain}")
    } else {
        plain.to_string()
    }
}
