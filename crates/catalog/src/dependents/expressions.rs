//! Which expressions there are in a schema, whose they are, and who of them names something.

use crate::{
    Catalog, Expr, Name, ObjectRef, QName, map,
    model::{Body, ConstraintKind, Index, IndexTerm, Table, TableKind, TypeKind, View},
    rewrite::{Scope, What, scan},
    row_types::holders,
};

/// Whether an expression over a table names this column of it.
pub(super) fn mentions_column(catalog: &Catalog, expr: &Expr, of: &QName, column: &Name) -> bool {
    let sought = Sought {
        name: column,
        star_of: Some(of),
        is_it: &|what| is_column(what, of, column),
    };
    sought.is_in(catalog, expr, Scope::Table(of))
}

/// Whether a name is this column, or all columns of its relation.
pub(super) fn is_column(what: &What, of: &QName, column: &Name) -> bool {
    match what {
        What::Column(relation, name) => relation == of && name == column,
        What::Star(relation) => relation == of,
        What::Relation(..)
        | What::Qualifier(_)
        | What::Function(..)
        | What::Type(..)
        | What::Regclass(..)
        | What::Label(..)
        | What::ColumnLabel(..)
        | What::Text(_)
        | What::Unsure(_) => false,
    }
}

/// What is looked for in expressions.
#[derive(Clone, Copy)]
pub(super) struct Sought<'a> {
    /// The last part of what it is called.
    pub(super) name: &'a str,
    /// The table, where all columns of it (`*`) are what is looked for too.
    pub(super) star_of: Option<&'a QName>,
    /// Whether a name is it.
    pub(super) is_it: &'a dyn Fn(&What) -> bool,
}

impl Sought<'_> {
    /// Whether one of the names in an expression is it. Only an expression in whose text it can be is parsed.
    fn is_in(&self, catalog: &Catalog, expr: &Expr, scope: Scope<'_>) -> bool {
        self.may_be_in(&expr.text, scope)
            && scan(catalog, expr, scope).is_some_and(|found| {
                let mut uses = found.uses.iter();
                uses.any(|found| (self.is_it)(&found.what))
            })
    }

    /// What mentions it, be it as one of all columns.
    fn mentions(&self) -> map::Sought {
        let named = map::Sought::name(self.name);
        match self.star_of {
            Some(_) => named.or_all_columns(),
            None => named,
        }
    }

    /// `OLD.*` and `NEW.*` name no table, everything else that means all columns does.
    fn may_be_in(&self, text: &str, scope: Scope<'_>) -> bool {
        let star = self.star_of.filter(|_| text.contains('*'));
        has_name(text, self.name)
            || star.is_some_and(|of| matches!(scope, Scope::Rows(_)) || has_name(text, &of.name))
    }
}

/// Whether a text has a name in it, in any case.
fn has_name(text: &str, name: &str) -> bool {
    let escaped = name.contains('"') || text.contains("U&") || text.contains("u&");
    let folded = || {
        text.to_ascii_lowercase()
            .contains(&name.to_ascii_lowercase())
    };
    escaped || text.contains(name) || folded()
}

/// The objects whose expressions name what is looked for.
pub(super) fn users(catalog: &Catalog, sought: Sought<'_>) -> Vec<ObjectRef> {
    let mut search = Search {
        catalog,
        sought,
        found: Vec::new(),
    };
    search.tables();
    let named = sought.mentions();
    for (of, view) in catalog.views.mentioning(&named) {
        search.view(of, view);
    }
    search.others();
    search.found
}

struct Search<'a> {
    catalog: &'a Catalog,
    sought: Sought<'a>,
    found: Vec<ObjectRef>,
}

impl Search<'_> {
    fn look<'e>(
        &mut self,
        expressions: impl IntoIterator<Item = &'e Expr>,
        scope: Scope<'_>,
        whose: impl FnOnce() -> ObjectRef,
    ) {
        let mut expressions = expressions.into_iter();
        if expressions.any(|expr| self.sought.is_in(self.catalog, expr, scope)) {
            self.found.push(whose());
        }
    }

    /// The condition of a trigger. A whole row in it (`OLD.* IS DISTINCT FROM NEW.*`) binds none of its columns
    /// (`find_expr_references_walker`, `dependency.c`), unless it is taken apart by `ROW`.
    fn look_at_condition(
        &mut self,
        condition: Option<&Expr>,
        of: &QName,
        whose: impl FnOnce() -> ObjectRef,
    ) {
        let (sought, scope) = (self.sought, Scope::Rows(of));
        let is_bound = condition.is_some_and(|expr| {
            let takes_apart = has_name(&expr.text, "row(") || has_name(&expr.text, "row (");
            let is_it = |what: &What| {
                (sought.is_it)(what) && (takes_apart || !matches!(what, What::Star(_)))
            };
            let sought = Sought {
                is_it: &is_it,
                ..sought
            };
            sought.is_in(self.catalog, expr, scope)
        });
        if is_bound {
            self.found.push(whose());
        }
    }

    /// Tables and their indexes.
    fn tables(&mut self) {
        let catalog = self.catalog;
        let named = self.sought.mentions();
        match self.sought.star_of {
            // with no subqueries, these name columns of no other tables (sql-createtable.html, "CHECK"; sql-createindex.html)
            Some(column_of) => {
                for of in &holders(catalog, column_of) {
                    if let Some(table) = catalog.tables.get(of) {
                        self.own_of_table(of, table);
                    }
                    for (name, index) in catalog.indexes_of(of) {
                        self.index(name, index);
                    }
                }
            }
            None => {
                for (of, table) in catalog.tables.mentioning(&named) {
                    self.own_of_table(of, table);
                }
                for (name, index) in catalog.indexes.mentioning(&named) {
                    self.index(name, index);
                }
            }
        }
        for (of, table) in catalog.tables.mentioning(&named) {
            self.reactions_of_table(of, table);
        }
    }

    /// Expressions over nothing but its rows.
    fn own_of_table(&mut self, of: &QName, table: &Table) {
        let over = Scope::Table(of);
        for column in &table.columns {
            let name = || column.name.clone();
            self.look(&column.default, Scope::Nothing, || {
                ObjectRef::Default(of.clone(), name())
            });
            let generated = column
                .generated
                .as_ref()
                .map(|generated| &generated.expression);
            self.look(generated, over, || ObjectRef::Column(of.clone(), name()));
        }
        for (name, constraint) in &table.constraints {
            let expressions: Vec<&Expr> = match &constraint.kind {
                ConstraintKind::Check { expression, .. } => vec![expression],
                ConstraintKind::Exclude(exclusion) => {
                    let keys = exclusion
                        .keys
                        .iter()
                        .filter_map(|(key, _)| of_term(&key.term));
                    keys.chain(&exclusion.predicate).collect()
                }
                ConstraintKind::PrimaryKey(_)
                | ConstraintKind::Unique(_)
                | ConstraintKind::ForeignKey(_) => Vec::new(),
            };
            self.look(expressions, over, || {
                ObjectRef::Constraint(of.clone(), name.clone())
            });
        }
        if let TableKind::Partitioned(by) = &table.kind {
            let keys = by.keys.iter().filter_map(|key| of_term(&key.term));
            self.look(keys, over, || ObjectRef::Table(of.clone()));
        }
    }

    /// Triggers, rules and policies, which may have queries of their own.
    fn reactions_of_table(&mut self, of: &QName, table: &Table) {
        for (name, trigger) in &table.triggers {
            let whose = || ObjectRef::Trigger(of.clone(), name.clone());
            self.look_at_condition(trigger.when.as_ref(), of, whose);
        }
        for (name, rule) in &table.rules {
            let expressions = rule.condition.iter().chain(&rule.actions);
            let whose = || ObjectRef::Rule(of.clone(), name.clone());
            self.look(expressions, Scope::Rows(of), whose);
        }
        for (name, policy) in &table.policies {
            let expressions = policy.using.iter().chain(&policy.check);
            self.look(expressions, Scope::Table(of), || {
                ObjectRef::Policy(of.clone(), name.clone())
            });
        }
    }

    fn view(&mut self, of: &QName, view: &View) {
        self.look([&view.query], Scope::Query, || ObjectRef::View(of.clone()));
        for (name, details) in &view.column_details {
            let whose = || ObjectRef::Default(of.clone(), name.clone());
            self.look(&details.default, Scope::Nothing, whose);
        }
        for (name, trigger) in &view.triggers {
            let whose = || ObjectRef::Trigger(of.clone(), name.clone());
            self.look_at_condition(trigger.when.as_ref(), of, whose);
        }
        for (name, rule) in &view.rules {
            let expressions = rule.condition.iter().chain(&rule.actions);
            let whose = || ObjectRef::Rule(of.clone(), name.clone());
            self.look(expressions, Scope::Rows(of), whose);
        }
    }

    fn index(&mut self, name: &QName, index: &Index) {
        let keys = index.keys.iter().filter_map(|key| of_term(&key.term));
        let expressions = keys.chain(&index.predicate);
        let whose = || ObjectRef::Index(name.clone());
        self.look(expressions, Scope::Table(&index.table), whose);
    }

    fn others(&mut self) {
        for (name, of_type) in &self.catalog.types {
            if let TypeKind::Domain(domain) = &of_type.kind {
                self.look(&domain.default, Scope::Nothing, || {
                    ObjectRef::Type(name.clone())
                });
                for (constraint, check) in &domain.constraints {
                    let whose = || ObjectRef::DomainConstraint(name.clone(), constraint.clone());
                    self.look([&check.expression], Scope::Nothing, whose);
                }
            }
        }
        for (id, routine) in &self.catalog.routines {
            let defaults = routine
                .arguments
                .iter()
                .filter_map(|argument| argument.default.as_ref());
            let whose = || ObjectRef::Routine(id.clone());
            self.look(defaults, Scope::Nothing, whose);
            if let Body::Sql(body) = &routine.body {
                self.look([body], Scope::Query, || ObjectRef::Routine(id.clone()));
            }
        }
        for (name, statistics) in &self.catalog.statistics {
            let terms = statistics.terms.iter().filter_map(of_term);
            let whose = || ObjectRef::Statistics(name.clone());
            self.look(terms, Scope::Table(&statistics.table), whose);
        }
        for (name, publication) in &self.catalog.publications {
            for (of, table) in &publication.tables {
                let whose = || ObjectRef::Published(name.clone(), of.clone());
                self.look(&table.rows, Scope::Table(of), whose);
            }
        }
    }
}

fn of_term(term: &IndexTerm) -> Option<&Expr> {
    match term {
        IndexTerm::Expression(expression) => Some(expression),
        IndexTerm::Column(_) => None,
    }
}
