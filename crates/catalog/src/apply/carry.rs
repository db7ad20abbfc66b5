//! A rename or move, carried into everything that names what has moved: fields and expressions. The object's own key is
//! the business of `rename.rs`; what an expression makes of it that of `rewrite.rs`.

mod apart;
mod relations;
mod routines;

use std::{cell::Cell, collections::BTreeSet, sync::Arc};

use crate::{
    Catalog, DataType, Expr, Name, ObjectRef, QName, RoutineId,
    model::{
        Domain, IndexKey, IndexTerm, Publication, PublishedTable, Range, Sequence, Statistics,
        Type, TypeKind,
    },
    rewrite::{Moved, Scope, rewrite},
};
use apart::Apart;

/// Carries a rename into every reference of a schema.
pub(super) fn carry(catalog: &mut Catalog, moved: &Moved) {
    let before = catalog.clone();
    let carrier = Carrier {
        before: &before,
        moved,
        touched: Cell::new(false),
    };
    let sought = moved.sought();
    let apart = Apart::new(&before, moved);
    catalog.tables.replace_mentioning(&sought, |name, table| {
        let may = !apart.table(name, table);
        may.then(|| carrier.carried(table, |table| carrier.table(name, table)))?
    });
    catalog.views.replace_mentioning(&sought, |name, view| {
        carrier.carried(view, |view| carrier.view(name, view))
    });
    catalog
        .indexes
        .replace_mentioning(&apart.indexes(), |_, index| {
            let may = !apart.index(index);
            may.then(|| carrier.carried(index, |index| carrier.index(index)))?
        });
    catalog
        .sequences
        .replace_mentioning(&sought, |_, sequence| {
            sequence.owned_by.as_ref()?;
            carrier.carried(sequence, |sequence| carrier.sequence(sequence))
        });
    catalog
        .types
        .replace_each(|name, of| carrier.carried(of, |of| carrier.of_type(name, of)));
    catalog
        .statistics
        .replace_each(|_, of| carrier.carried(of, |of| carrier.statistics(of)));
    catalog
        .publications
        .replace_each(|_, of| carrier.carried(of, |of| carrier.publication(of)));
    catalog
        .extensions
        .replace_each(|_, of| carrier.carried(of, |of| carrier.schema(&mut of.schema)));
    carrier.routines(catalog);
}

/// What has moved, and the schema from before, in which names are looked up.
pub(super) struct Carrier<'a> {
    before: &'a Catalog,
    moved: &'a Moved,
    touched: Cell<bool>,
}

impl Carrier<'_> {
    /// A copy of an object with the change in it, where something in it has changed.
    fn carried<T: Clone>(&self, object: &Arc<T>, change: impl FnOnce(&mut T)) -> Option<Arc<T>> {
        self.touched.set(false);
        let mut copy = T::clone(object);
        change(&mut copy);
        self.touched.get().then(|| Arc::new(copy))
    }

    fn sequence(&self, sequence: &mut Sequence) {
        if let Some((of, column)) = &mut sequence.owned_by {
            self.column(&of.clone(), column);
            self.relation(of);
        }
    }

    fn statistics(&self, statistics: &mut Statistics) {
        let of = statistics.table.clone();
        for term in &mut statistics.terms {
            self.term(&of, term);
        }
        self.relation(&mut statistics.table);
    }

    fn set<T: PartialEq>(&self, slot: &mut T, value: T) {
        if *slot != value {
            *slot = value;
            self.touched.set(true);
        }
    }

    /// The name of a table, view, index or sequence.
    fn relation(&self, name: &mut QName) {
        match self.moved {
            Moved::Relation(from, to) if name == from => self.set(name, to.clone()),
            Moved::Schema(..) => self.schema(&mut name.schema),
            Moved::Relation(..)
            | Moved::Column(..)
            | Moved::Type(..)
            | Moved::Routine(..)
            | Moved::Label(..) => {}
        }
    }

    /// The name of a column of a relation, by the relation's old name.
    fn column(&self, of: &QName, name: &mut Name) {
        if let Moved::Column(relation, from, to) = self.moved
            && relation == of
            && name == from
        {
            self.set(name, to.clone());
        }
    }

    /// The name of a type, the row type of a table or view among them.
    fn type_name(&self, name: &mut QName) {
        match self.moved {
            Moved::Type(from, to) if name == from => self.set(name, to.clone()),
            Moved::Relation(from, to) if name == from && self.has_row_type(from) => {
                self.set(name, to.clone());
            }
            Moved::Schema(..) => self.schema(&mut name.schema),
            Moved::Relation(..)
            | Moved::Column(..)
            | Moved::Type(..)
            | Moved::Routine(..)
            | Moved::Label(..) => {}
        }
    }

    fn has_row_type(&self, name: &QName) -> bool {
        self.before.tables.contains_key(name) || self.before.views.contains_key(name)
    }

    fn data_type(&self, data_type: &mut DataType) {
        self.type_name(&mut data_type.name);
    }

    /// The name of a function that takes so many arguments.
    fn function(&self, name: &mut QName, takes: usize) {
        match self.moved {
            Moved::Routine(from, to, arguments) if name == from && arguments.contains(&takes) => {
                self.set(name, to.clone());
            }
            Moved::Schema(..) => self.schema(&mut name.schema),
            Moved::Relation(..)
            | Moved::Column(..)
            | Moved::Type(..)
            | Moved::Routine(..)
            | Moved::Label(..) => {}
        }
    }

    /// The name of something else: a collation, an operator class.
    fn other(&self, name: &mut QName) {
        self.schema(&mut name.schema);
    }

    fn schema(&self, schema: &mut Name) {
        if let Moved::Schema(from, to) = self.moved
            && schema == from
        {
            self.set(schema, to.clone());
        }
    }

    fn expr(&self, expr: &mut Expr, scope: Scope<'_>) {
        if let Some(made) = rewrite(self.before, expr, scope, self.moved) {
            *expr = made;
            self.touched.set(true);
        }
    }

    fn maybe(&self, expr: Option<&mut Expr>, scope: Scope<'_>) {
        if let Some(expr) = expr {
            self.expr(expr, scope);
        }
    }

    fn term(&self, of: &QName, term: &mut IndexTerm) {
        match term {
            IndexTerm::Column(name) => self.column(of, name),
            IndexTerm::Expression(expression) => self.expr(expression, Scope::Table(of)),
        }
    }

    fn key(&self, of: &QName, key: &mut IndexKey) {
        self.term(of, &mut key.term);
        if let Some(collation) = &mut key.collation {
            self.other(collation);
        }
        if let Some(class) = &mut key.operator_class {
            self.other(&mut class.name);
        }
    }

    fn of_type(&self, name: &QName, of_type: &mut Type) {
        match &mut of_type.kind {
            TypeKind::Composite(composite) => {
                for attribute in &mut composite.attributes {
                    self.data_type(&mut attribute.data_type);
                    self.column(name, &mut attribute.name);
                    self.others(attribute.collation.as_mut());
                }
            }
            TypeKind::Domain(domain) => self.domain(domain),
            TypeKind::Range(range) => self.range(range),
            TypeKind::Enum(_) | TypeKind::Shell => {}
        }
    }

    fn others(&self, name: Option<&mut QName>) {
        if let Some(name) = name {
            self.other(name);
        }
    }

    fn domain(&self, domain: &mut Domain) {
        self.data_type(&mut domain.base);
        self.others(domain.collation.as_mut());
        self.maybe(domain.default.as_mut(), Scope::Nothing);
        for constraint in domain.constraints.values_mut() {
            self.expr(&mut constraint.expression, Scope::Nothing);
        }
    }

    fn range(&self, range: &mut Range) {
        self.data_type(&mut range.subtype);
        self.others(range.operator_class.as_mut());
        self.others(range.collation.as_mut());
        self.type_name(&mut range.multirange);
        if let Some(canonical) = &mut range.canonical {
            self.function(canonical, 1);
        }
        if let Some(subtype_diff) = &mut range.subtype_diff {
            self.function(subtype_diff, 2);
        }
    }

    fn publication(&self, publication: &mut Publication) {
        if let Moved::Schema(from, to) = self.moved
            && publication.schemas.remove(from)
        {
            publication.schemas.insert(to.clone());
            self.touched.set(true);
        }
        let tables = std::mem::take(&mut publication.tables);
        let carried = tables.into_iter().map(|(mut of, mut table)| {
            self.published(&of, &mut table);
            self.relation(&mut of);
            (of, table)
        });
        publication.tables = carried.collect();
    }

    fn published(&self, of: &QName, table: &mut PublishedTable) {
        for column in &mut table.columns {
            self.column(of, column);
        }
        self.maybe(table.rows.as_mut(), Scope::Table(of));
    }

    fn objects(&self, objects: &mut BTreeSet<ObjectRef>) {
        let all = std::mem::take(objects).into_iter();
        let carried = all.map(|mut object| {
            self.object(&mut object);
            object
        });
        *objects = carried.collect();
    }

    /// The address of an object.
    fn object(&self, object: &mut ObjectRef) {
        match object {
            ObjectRef::Table(name)
            | ObjectRef::View(name)
            | ObjectRef::Sequence(name)
            | ObjectRef::Index(name) => self.relation(name),
            ObjectRef::Type(name) | ObjectRef::DomainConstraint(name, _) => self.type_name(name),
            ObjectRef::Column(of, column) | ObjectRef::Default(of, column) => {
                self.column(&of.clone(), column);
                self.relation(of);
            }
            ObjectRef::Constraint(of, _)
            | ObjectRef::Trigger(of, _)
            | ObjectRef::Rule(of, _)
            | ObjectRef::Policy(of, _)
            | ObjectRef::Published(_, of) => self.relation(of),
            ObjectRef::Routine(id) => self.routine_id(id),
            ObjectRef::Statistics(name) => self.other(name),
            ObjectRef::Schema(name) => self.schema(name),
            ObjectRef::Extension(_)
            | ObjectRef::Publication(_)
            | ObjectRef::DefaultPrivileges(_)
            | ObjectRef::Opaque(_) => {}
        }
    }

    fn routine_id(&self, id: &mut RoutineId) {
        self.function(&mut id.name, id.arguments.len());
        for argument in &mut id.arguments {
            self.data_type(argument);
        }
    }
}
