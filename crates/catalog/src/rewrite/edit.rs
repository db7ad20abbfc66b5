//! What a rename makes of an expression.

use std::ops::Range;

use super::{
    Moved, Output, Scan, Scope, Use, What,
    literal::{literal, quoted},
    scan, scope,
};
use crate::{Catalog, Expr, Name, Origin, QName};

/// The expression after a rename; `None` where it says nothing of what is renamed. The schema is the one from before.
pub(crate) fn rewrite(
    catalog: &Catalog,
    expr: &Expr,
    scope: Scope<'_>,
    moved: &Moved,
) -> Option<Expr> {
    if !moved.may_be_in(&expr.text) {
        return None;
    }
    let Some(found) = scan(catalog, expr, scope) else {
        return Some(expr.stale());
    };
    let mut edits = Edits::default();
    for found in &found.uses {
        one(catalog, expr, found, moved, &mut edits);
    }
    aliases(expr, &found, moved, &mut edits);
    if edits.stale {
        return Some(expr.stale());
    }
    (!edits.list.is_empty()).then(|| expr.with_text(edits.carry_out(&expr.text)))
}

#[derive(Default)]
struct Edits {
    list: Vec<(Range<usize>, String)>,
    stale: bool,
}

impl Edits {
    fn replace(&mut self, range: &Range<usize>, with: impl Into<String>) {
        let edit = (range.clone(), with.into());
        if !self.list.contains(&edit) {
            self.list.push(edit);
        }
    }

    fn carry_out(mut self, text: &str) -> String {
        self.list.sort_by_key(|(range, _)| (range.start, range.end));
        let mut made = String::with_capacity(text.len());
        let mut at = 0;
        for (range, with) in self.list {
            if range.start < at {
                continue;
            }
            made.push_str(&text[at..range.start]);
            made.push_str(&with);
            at = range.end;
        }
        made.push_str(&text[at..]);
        made
    }
}

/// What becomes of one name.
fn one(catalog: &Catalog, expr: &Expr, found: &Use, moved: &Moved, edits: &mut Edits) {
    match moved {
        Moved::Relation(from, to) => relation(catalog, expr, found, from, to, edits),
        Moved::Column(of, from, to) => match &found.what {
            What::Column(relation, name) if relation == of && name == from => {
                edits.replace(&found.name, to.to_string());
            }
            What::Star(relation) if relation == of => edits.stale = true,
            What::Unsure(name) if name == from => edits.stale = true,
            What::Column(..)
            | What::Star(_)
            | What::Unsure(_)
            | What::Relation(..)
            | What::Qualifier(_)
            | What::Function(..)
            | What::Type(..)
            | What::Regclass(..)
            | What::Label(..)
            | What::ColumnLabel(..)
            | What::Text(_) => {}
        },
        Moved::Type(from, to) => {
            if let What::Type(schema, name) = &found.what {
                type_name(catalog, found, (schema.as_ref(), name), from, to, edits);
            }
        }
        Moved::Routine(from, to, arguments) => {
            if let What::Function(schema, name, count) = &found.what
                && *name == from.name
                && schema.as_ref().is_none_or(|schema| *schema == from.schema)
                && arguments.contains(count)
                && (schema.is_some() || !is_builtin_call(catalog, from))
            {
                rename_qualified(found, schema.is_some(), from, to, edits);
            }
        }
        Moved::Label(of, from, to) => label(catalog, found, of, from, to, edits),
        Moved::Schema(from, to) => schema(expr, found, from, to, edits),
    }
}

/// A function of the user's that is called without its schema: only if no other of that name is there.
fn is_builtin_call(catalog: &Catalog, from: &QName) -> bool {
    let mut others = catalog
        .routines
        .keys()
        .filter(|id| id.name.name == from.name);
    others.any(|id| id.name.schema != from.schema)
}

fn relation(
    catalog: &Catalog,
    expr: &Expr,
    found: &Use,
    from: &QName,
    to: &QName,
    edits: &mut Edits,
) {
    match &found.what {
        What::Relation(name, alias) if name == from => {
            let qualified = found.whole != found.name;
            rename_qualified(found, qualified, from, to, edits);
            if let Some((alias, range)) = alias
                && expr.origin == Origin::Printed
            {
                printed_alias(expr, (alias, range), from, to, edits);
            }
        }
        What::Qualifier(name) if name == from => {
            if found.whole == found.name {
                edits.replace(&found.name, to.name.to_string());
            } else {
                edits.replace(&found.whole, to.to_string());
            }
        }
        What::Regclass(schema, name) if *name == from.name => {
            if is_regclass_of(catalog, schema.as_ref(), from) {
                let with_schema = schema.is_some() || from.schema != to.schema;
                edits.replace(&found.whole, literal(to, with_schema));
            }
        }
        What::Type(schema, name)
            if catalog.tables.contains_key(from) || catalog.views.contains_key(from) =>
        {
            type_name(catalog, found, (schema.as_ref(), name), from, to, edits);
        }
        What::Relation(..)
        | What::Qualifier(_)
        | What::Regclass(..)
        | What::Type(..)
        | What::Column(..)
        | What::Star(_)
        | What::Function(..)
        | What::Label(..)
        | What::ColumnLabel(..)
        | What::Text(_)
        | What::Unsure(_) => {}
    }
}

/// What becomes of an alias that the server chose or left as it was.
fn printed_alias(
    expr: &Expr,
    (alias, range): (&Name, &Range<usize>),
    from: &QName,
    to: &QName,
    edits: &mut Edits,
) {
    if is_numbered(alias, from) {
        // `users users_1` is the server's own way to tell two apart: it will be `people people_1`.
        edits.stale = true;
    } else if *alias == to.name {
        let start = expr.text[..range.start].trim_end().len();
        edits.replace(&(start..range.end), "");
    }
}

/// Whether a text of this relation's name means it.
fn is_regclass_of(catalog: &Catalog, schema: Option<&Name>, relation: &QName) -> bool {
    if let Some(schema) = schema {
        return *schema == relation.schema;
    }
    let is_there = |name: &QName| catalog.relation(name).is_some();
    let near = scope::named(catalog, None, &relation.name, Some(relation), is_there);
    near.as_ref() == Some(relation)
}

fn has_row_type(catalog: &Catalog, name: &QName) -> bool {
    catalog.tables.contains_key(name)
        || catalog.views.contains_key(name)
        || catalog.types.contains_key(name)
}

fn is_numbered(alias: &Name, of: &QName) -> bool {
    let number = alias
        .strip_prefix(of.name.as_str())
        .and_then(|rest| rest.strip_prefix('_'));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

fn type_name(
    catalog: &Catalog,
    found: &Use,
    (schema, name): (Option<&Name>, &Name),
    from: &QName,
    to: &QName,
    edits: &mut Edits,
) {
    let is_type = |name: &QName| has_row_type(catalog, name);
    let resolved = scope::named(catalog, schema, name, Some(from), is_type);
    if resolved.as_ref() == Some(from) {
        rename_qualified(found, schema.is_some(), from, to, edits);
    }
}

/// Without a schema it stays without one, as long as it stays in its schema.
fn rename_qualified(found: &Use, qualified: bool, from: &QName, to: &QName, edits: &mut Edits) {
    if qualified || from.schema != to.schema {
        edits.replace(&found.whole, to.to_string());
    } else {
        edits.replace(&found.name, to.name.to_string());
    }
}

fn label(catalog: &Catalog, found: &Use, of: &QName, from: &str, to: &str, edits: &mut Edits) {
    let is_it = |schema: Option<&Name>, name: &Name| {
        let resolved = scope::named(catalog, schema, name, Some(of), |name| {
            catalog.types.contains_key(name)
        });
        resolved.as_ref() == Some(of)
    };
    match &found.what {
        What::Label(schema, name, text) if is_it(schema.as_ref(), name) => {
            if text == from {
                edits.replace(&found.whole, quoted(to));
            } else if text.starts_with('{') && text.contains(from) {
                match array(text, from, to) {
                    Some(text) => edits.replace(&found.whole, quoted(&text)),
                    None => edits.stale = true,
                }
            }
        }
        What::ColumnLabel(relation, column, text) if text == from => {
            let column = catalog
                .tables
                .get(relation)
                .and_then(|table| table.column(column));
            if column.is_some_and(|column| column.data_type.name == *of) {
                edits.replace(&found.whole, quoted(to));
            }
        }
        What::Label(..)
        | What::ColumnLabel(..)
        | What::Text(_)
        | What::Relation(..)
        | What::Qualifier(_)
        | What::Column(..)
        | What::Star(_)
        | What::Function(..)
        | What::Type(..)
        | What::Regclass(..)
        | What::Unsure(_) => {}
    }
}

/// The text of an array with another name for one of its values; `None` where that needs quotes.
fn array(text: &str, from: &str, to: &str) -> Option<String> {
    let plain = |text: &str| !text.contains(['"', '\\', '{', '}', ',', ' ']);
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    let all = inner
        .split(',')
        .map(|value| if value == from { to } else { value });
    let values: Vec<&str> = all.collect();
    let certain = !to.is_empty() && values.iter().all(|value| plain(value));
    certain.then(|| format!("{{{}}}", values.join(",")))
}

/// Everything that has the schema in front.
fn schema(expr: &Expr, found: &Use, from: &Name, to: &Name, edits: &mut Edits) {
    let schema_in_front = found.whole.start..found.name.start;
    let is_written = !schema_in_front.is_empty();
    match &found.what {
        What::Relation(name, _) | What::Qualifier(name) if is_written && name.schema == *from => {
            replace_front(expr, &schema_in_front, to, edits);
        }
        What::Function(Some(schema), ..) | What::Type(Some(schema), _) if schema == from => {
            replace_front(expr, &schema_in_front, to, edits);
        }
        What::Regclass(Some(schema), name) if schema == from => {
            let name = QName::new(to.clone(), name.clone());
            edits.replace(&found.whole, literal(&name, true));
        }
        What::Relation(..)
        | What::Qualifier(_)
        | What::Function(..)
        | What::Type(..)
        | What::Regclass(..)
        | What::Column(..)
        | What::Star(_)
        | What::Label(..)
        | What::ColumnLabel(..)
        | What::Text(_)
        | What::Unsure(_) => {}
    }
}

/// The schema itself, without the dot behind it.
fn replace_front(expr: &Expr, front: &Range<usize>, to: &Name, edits: &mut Edits) {
    let text = &expr.text[front.clone()];
    let end = text
        .rfind('.')
        .map_or(front.end, |dot| front.start + text[..dot].trim_end().len());
    edits.replace(&(front.start..end), to.to_string());
}

/// Output columns keep their names: `t.new AS old`. An alias that says no more than the name does is left out, as the
/// server does (get_target_list).
fn aliases(expr: &Expr, found: &Scan, moved: &Moved, edits: &mut Edits) {
    for output in &found.outputs {
        if !edits.list.iter().any(|(range, _)| covers(range, output)) {
            continue;
        }
        let now = match moved {
            Moved::Column(_, from, to) => Some((from, to)),
            Moved::Routine(from, to, _) => Some((&from.name, &to.name)),
            Moved::Relation(..) | Moved::Type(..) | Moved::Label(..) | Moved::Schema(..) => None,
        };
        let Some((from, to)) = now else { continue };
        match &output.alias {
            None => edits.replace(&(output.end..output.end), format!(" AS {from}")),
            Some((alias, range)) if alias == to && output.plain => {
                let start = expr.text[..range.start].trim_end().len();
                edits.replace(&(start..range.end), "");
            }
            Some(_) => {}
        }
    }
}

fn covers(range: &Range<usize>, output: &Output) -> bool {
    range.start <= output.decisive.start && output.decisive.end <= range.end
}
