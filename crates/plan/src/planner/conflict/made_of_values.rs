//! Statements that make something else of the values of an enum than values of it, or values of something else: what they make or read
//! says the names that the values have for now. To compare a value, or to copy it as what it is, asks for no name.
//!
//! Columns are told by their names, whichever table of the statement they are of. What is not known to leave a value what it is
//! (`fate.rs`) makes something else of it: at worst, a statement waits for another deploy.

mod fate;

use std::collections::BTreeSet;

use segue_catalog::{Catalog, DataType, Name, QName};
use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};

use self::fate::Fate;
use super::words::words_of;
use crate::{Line, Moment, effect, written};

/// Whether a statement makes something else of values of an enum, or values of it of something else.
pub(super) fn are_read(moment: &Moment<'_>, of: &QName) -> bool {
    let reading = Reading {
        line: moment.line(),
        before: moment.before(),
        of,
    };
    match moment.statement() {
        _ if moment.line().unknown.is_some() => reading.may_be_read(moment.text()),
        Some(statement) => reading.is_made_other(statement.syntax()),
        None => false,
    }
}

struct Reading<'m> {
    line: &'m Line,
    before: &'m Catalog,
    of: &'m QName,
}

impl Reading<'_> {
    fn is_of(&self, data_type: &DataType) -> bool {
        data_type.name == *self.of
    }

    /// The columns that have the enum, with their tables.
    fn columns(&self) -> impl Iterator<Item = (&QName, &Name)> {
        self.before.tables.iter().flat_map(|(name, table)| {
            let columns = table.columns.iter();
            let own = columns.filter(|column| self.is_of(&column.data_type));
            own.map(move |column| (name, &column.name))
        })
    }

    /// Whether a block of code names a column of the enum, and its table.
    fn may_be_read(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let says = |name: &Name| text.contains(&name.to_lowercase());
        self.columns()
            .any(|(table, column)| says(&table.name) && says(column))
    }

    fn is_made_other(&self, statement: &SyntaxNode) -> bool {
        let words = words_of(statement);
        let is_named = |name: &QName| words.contains(&name.name.to_lowercase());
        let views = self.before.views.iter();
        let mut read = BTreeSet::new();
        for (_, view) in views.filter(|(name, _)| is_named(name)) {
            let query = segue_catalog::parse(&view.query.text).tree();
            if self.is_made_other(query.syntax()) {
                return true;
            }
            read.extend(view.depends_on.iter().filter_map(|object| object.part_of()));
        }
        let columns = self.columns();
        let columns = columns.filter(|(table, _)| is_named(table) || read.contains(table));
        let (tables, columns): (BTreeSet<_>, BTreeSet<_>) = columns
            .map(|(table, column)| (table.name.clone(), column.clone()))
            .unzip();
        if has_whole_rows(statement, &tables, &columns) {
            return true;
        }
        let called = self.called(statement, columns);
        called.is_none_or(|columns| self.is_of_others(statement, &columns))
    }

    /// The columns with all that a statement calls their values; none where it makes something else of one.
    fn called(
        &self,
        statement: &SyntaxNode,
        mut columns: BTreeSet<Name>,
    ) -> Option<BTreeSet<Name>> {
        loop {
            let mut others = BTreeSet::new();
            let names = statement.descendants().filter_map(ast::NameRef::cast);
            let names = names.filter(|name| columns.contains(&written::name(name)));
            let stars = statement.descendants().filter_map(ast::Target::cast);
            let stars = stars.filter(|target| fate::is_star(target) && !columns.is_empty());
            let fates = names
                .map(|name| self.fate(name.syntax()))
                .chain(stars.map(|star| self.fate_of_star(&star, &columns)));
            for fate in fates {
                match fate {
                    Fate::Kept => {}
                    Fate::Called(name) => {
                        others.insert(name);
                    }
                    Fate::Other => return None,
                }
            }
            let known = columns.len();
            columns.extend(others);
            if columns.len() == known {
                return Some(columns);
            }
        }
    }

    /// Whether values of the enum are made of what is none, nor written down.
    fn is_of_others(&self, statement: &SyntaxNode, columns: &BTreeSet<Name>) -> bool {
        let is_value = |of: &ast::Expr| match of {
            ast::Expr::Literal(_) => true,
            ast::Expr::NameRef(name) => columns.contains(&written::name(name)),
            ast::Expr::FieldExpr(field) => {
                let name = field.field();
                name.is_some_and(|name| columns.contains(&written::name(&name)))
            }
            _ => false,
        };
        let casts = statement.descendants().filter_map(ast::CastExpr::cast);
        casts
            .filter(|cast| self.is_to_enum(cast))
            .any(|cast| cast.expr().is_some_and(|of| !is_value(&of)))
    }

    fn is_to_enum(&self, cast: &ast::CastExpr) -> bool {
        let text = cast.ty().map(|ty| ty.syntax().text().to_string());
        text.is_some_and(|text| effect::mentions(&text, &self.of.name))
    }
}

/// Whether something is made of whole rows of tables: `to_jsonb(t)`, `(t.*)::text`.
fn has_whole_rows(
    statement: &SyntaxNode,
    tables: &BTreeSet<Name>,
    columns: &BTreeSet<Name>,
) -> bool {
    let mut called = tables.clone();
    for item in statement
        .descendants()
        .filter_map(ast::RelationFromItem::cast)
    {
        let relation = item.relation_name_ref().map(|name| written::name(&name));
        if relation.is_some_and(|name| tables.contains(&name)) {
            let alias = item.alias().and_then(|alias| alias.name());
            called.extend(alias.map(|alias| written::name(&alias)));
        }
    }
    let mut names = statement.descendants().filter_map(ast::NameRef::cast);
    names.any(|name| {
        let node = name.syntax();
        let called_so = written::name(&name);
        called.contains(&called_so) && !columns.contains(&called_so) && fate::is_row(node)
    })
}
