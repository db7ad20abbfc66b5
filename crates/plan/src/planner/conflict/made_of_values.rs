//! Statements that make something else of the values of an enum than values of it, or values of something else: what they make or read
//! says the names that the values have for now. To compare a value, or to copy it as what it is, asks for no name.
//!
//! Columns are told by their names, whichever table of the statement they are of. What is not known to leave a value what it is
//! (`fate.rs`) makes something else of it: at worst, a statement waits for another deploy.

mod fate;

use std::collections::BTreeSet;

use segue_catalog::{
    Catalog, DataType, Name, QName,
    model::{Body, TypeKind},
};
use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};

use self::fate::Fate;
use super::words::{says, words_of};
use crate::{Line, Moment, effect, written};

/// Whether a statement makes something else of values of a type, or values of it of something else: of an enum whose values get other
/// names, or of a composite type whose attributes do.
pub(super) fn are_read(moment: &Moment<'_>, of: &QName) -> bool {
    let before = moment.before();
    let kind = before.types.get(of).map(|of| &of.kind);
    let reading = Reading {
        line: moment.line(),
        before,
        types: with_values_of(before, of),
        are_rows: matches!(kind, Some(TypeKind::Composite(_))),
    };
    let is_block = matches!(moment.statement(), Some(ast::Stmt::Do(_)));
    match moment.statement() {
        _ if is_block || moment.line().unknown.is_some() => reading.may_be_read(moment.text()),
        Some(statement) => {
            reading.is_made_other(statement.syntax(), &mut BTreeSet::new())
                || reading.calls_reader(statement.syntax())
        }
        None => false,
    }
}

/// The type, and those that have values of it in them: domains, and composite types.
fn with_values_of(catalog: &Catalog, of: &QName) -> BTreeSet<QName> {
    let mut all = BTreeSet::from([of.clone()]);
    loop {
        let known = all.len();
        let others = catalog.types.iter().filter(|(_, own)| match &own.kind {
            TypeKind::Domain(domain) => all.contains(&domain.base.name),
            TypeKind::Composite(row) => {
                let mut attributes = row.attributes.iter();
                attributes.any(|one| all.contains(&one.data_type.name))
            }
            _ => false,
        });
        let others: Vec<QName> = others.map(|(name, _)| name.clone()).collect();
        all.extend(others);
        if all.len() == known {
            return all;
        }
    }
}

struct Reading<'m> {
    line: &'m Line,
    before: &'m Catalog,
    /// The types that have values of it.
    types: BTreeSet<QName>,
    /// Whether the values are rows, of which a part is none.
    are_rows: bool,
}

impl Reading<'_> {
    fn is_of(&self, data_type: &DataType) -> bool {
        self.types.contains(&data_type.name)
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
        self.columns()
            .any(|(table, column)| says(text, &table.name) && says(text, column))
    }

    /// `seen`: the views that are looked at by now, one of which another one may be of.
    fn is_made_other(&self, statement: &SyntaxNode, seen: &mut BTreeSet<QName>) -> bool {
        let words = words_of(statement);
        let is_named = |name: &QName| words.contains(&name.name.to_lowercase());
        let views = self.before.views.iter();
        let mut read = BTreeSet::new();
        for (name, view) in views.filter(|(name, _)| is_named(name)) {
            if !seen.insert(name.clone()) {
                continue;
            }
            let query = segue_catalog::parse(&view.query.text).tree();
            if self.is_made_other(query.syntax(), seen) {
                return true;
            }
            read.extend(view.depends_on.iter().filter_map(|object| object.part_of()));
        }
        let columns = self.columns();
        let columns = columns.filter(|(table, _)| is_named(table) || read.contains(table));
        let (tables, mut columns): (BTreeSet<_>, BTreeSet<_>) = columns
            .map(|(table, column)| (table.name.clone(), column.clone()))
            .unzip();
        if !tables.is_empty() {
            columns.extend(called_otherwise(statement));
        }
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

    /// Whether a function of the user's is called that has such values, or reads them: nobody knows what it makes of them.
    fn calls_reader(&self, statement: &SyntaxNode) -> bool {
        let calls = statement.descendants().filter_map(ast::CallExpr::cast);
        let called = calls.filter_map(|call| fate::function(call.syntax()));
        let called: BTreeSet<String> = called.collect();
        let of_call = statement.descendants().filter_map(ast::Call::cast);
        let procedures = of_call.flat_map(|call| words_of(call.syntax()));
        let called: BTreeSet<String> = called.into_iter().chain(procedures).collect();
        let routines = self.before.routines.iter();
        let mut own = routines.filter(|(id, _)| called.contains(&id.name.name.to_lowercase()));
        own.any(|(_, routine)| {
            let gives = match &routine.returns {
                Some(returns) => self.is_of(&returns.data_type),
                None => false,
            };
            gives
                || match &routine.body {
                    Body::Text(text) => self.may_be_read(text),
                    Body::Sql(body) => self.may_be_read(&body.text),
                    Body::Object { .. } | Body::None => false,
                }
        })
    }

    fn is_to_enum(&self, cast: &ast::CastExpr) -> bool {
        let text = cast.ty().map(|ty| ty.syntax().text().to_string());
        let mut types = self.types.iter();
        text.is_some_and(|text| types.any(|name| effect::mentions(&text, &name.name)))
    }
}

/// What a query calls columns by their places: `FROM t AS x (a, b)`, `unnest(states) x`. Which of them are of the type is not looked at.
fn called_otherwise(statement: &SyntaxNode) -> Vec<Name> {
    let aliases = statement.descendants().filter_map(ast::FromAlias::cast);
    let of_columns = aliases.filter_map(|alias| alias.columns());
    let columns = of_columns.flat_map(|list| {
        let names = list
            .syntax()
            .descendants()
            .filter_map(ast::ColumnName::cast);
        names.map(|name| written::name(&name)).collect::<Vec<_>>()
    });
    columns.collect()
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
