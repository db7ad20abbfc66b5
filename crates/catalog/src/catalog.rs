//! The schema of a whole database.

use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::{
    DefaultPrivilegesKey, Map, Name, ObjectRef, OpaqueId, Privileges, QName, RoutineId, Tables,
    map::Sought,
    model::{
        Extension, Index, Opaque, Publication, Routine, Rule, Schema, Sequence, Statistics, Table,
        Trigger, Type, TypeKind, View,
    },
};

/// The schema of a PostgreSQL database at one moment. Objects of extensions and of the server itself are not in it.
///
/// A value: a copy shares what has not changed since, so every moment of a history can be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Catalog {
    /// The server's major version, which some rules and names depend on.
    pub major: u16,
    /// Schemas.
    pub schemas: Map<Name, Arc<Schema>>,
    /// Extensions.
    pub extensions: Map<Name, Arc<Extension>>,
    /// Enum, composite, domain and range types.
    pub types: Map<QName, Arc<Type>>,
    /// Sequences; those of identity columns are with their columns.
    pub sequences: Map<QName, Arc<Sequence>>,
    /// Tables: plain, partitioned and foreign.
    pub tables: Tables,
    /// Indexes; those of constraints are with their constraints.
    pub indexes: Map<QName, Arc<Index>>,
    /// Views and materialized views.
    pub views: Map<QName, Arc<View>>,
    /// Functions, procedures and aggregates.
    pub routines: Map<RoutineId, Arc<Routine>>,
    /// Extended statistics.
    pub statistics: Map<QName, Arc<Statistics>>,
    /// Publications.
    pub publications: Map<Name, Arc<Publication>>,
    /// `ALTER DEFAULT PRIVILEGES`.
    #[serde(serialize_with = "as_lines")]
    pub default_privileges: Map<DefaultPrivilegesKey, Privileges>,
    /// Objects whose parts the model does not know.
    pub opaque: Map<OpaqueId, Arc<Opaque>>,
}

/// What a name of the relations' namespace stands for: tables, views, indexes and sequences share it
/// (catalog-pg-class.html), and composite types too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Relation {
    /// A table.
    Table,
    /// A view or materialized view.
    View,
    /// A free-standing index.
    Index,
    /// The index of a constraint of this table.
    ConstraintIndex(QName),
    /// A sequence that is not that of an identity column.
    Sequence,
    /// The sequence of an identity column: table and column.
    IdentitySequence(QName, Name),
    /// A composite type.
    Composite,
}

impl Catalog {
    /// A new database of a server of this major version: nothing but the schema `public`.
    pub fn empty(major: u16) -> Self {
        let public = crate::builtin::public_schema(major);
        Self {
            schemas: Map::from([(Name::stored("public"), Arc::new(public))]),
            ..Self::bare(major)
        }
    }

    /// No object at all.
    pub fn bare(major: u16) -> Self {
        Self {
            major,
            schemas: Map::new(),
            extensions: Map::new(),
            types: Map::new(),
            sequences: Map::new(),
            tables: Tables::new(),
            indexes: Map::new(),
            views: Map::new(),
            routines: Map::new(),
            statistics: Map::new(),
            publications: Map::new(),
            default_privileges: Map::new(),
            opaque: Map::new(),
        }
    }

    /// Whether there is an object of this name. Default privileges are none.
    pub fn has(&self, object: &ObjectRef) -> bool {
        let table = |of: &QName| self.tables.get(of);
        match object {
            ObjectRef::Schema(name) => self.schemas.contains_key(name),
            ObjectRef::Extension(name) => self.extensions.contains_key(name),
            ObjectRef::Type(name) => self.types.contains_key(name),
            ObjectRef::DomainConstraint(of, name) => {
                let of = self.types.get(of).map(|of| &of.kind);
                matches!(of, Some(TypeKind::Domain(of)) if of.constraints.contains_key(name))
            }
            ObjectRef::Sequence(name) => self.sequences.contains_key(name),
            ObjectRef::Table(name) => self.tables.contains_key(name),
            ObjectRef::Column(of, name) => self.has_column(of, name),
            ObjectRef::Default(of, name) => {
                let column = table(of).and_then(|of| of.column(name));
                column.is_some_and(|column| column.default.is_some())
            }
            ObjectRef::Constraint(of, name) => {
                table(of).is_some_and(|of| of.constraints.contains_key(name))
            }
            ObjectRef::Index(name) => self.indexes.contains_key(name),
            ObjectRef::View(name) => self.views.contains_key(name),
            ObjectRef::Routine(id) => self.routines.contains_key(id),
            ObjectRef::Trigger(of, name) => self.trigger(of, name).is_some(),
            ObjectRef::Rule(of, name) => self.rule(of, name).is_some(),
            ObjectRef::Policy(of, name) => {
                table(of).is_some_and(|of| of.policies.contains_key(name))
            }
            ObjectRef::Statistics(name) => self.statistics.contains_key(name),
            ObjectRef::Publication(name) => self.publications.contains_key(name),
            ObjectRef::Published(name, of) => {
                let publication = self.publications.get(name);
                publication.is_some_and(|publication| publication.tables.contains_key(of))
            }
            ObjectRef::DefaultPrivileges(_) => false,
            ObjectRef::Opaque(id) => self.opaque.contains_key(id),
        }
    }

    /// Whether a table or view has a column, a composite type an attribute, or an enum a value.
    fn has_column(&self, of: &QName, name: &Name) -> bool {
        if let Some(table) = self.tables.get(of) {
            return table.column(name).is_some();
        }
        if let Some(view) = self.views.get(of) {
            return view.columns.contains(name);
        }
        match self.types.get(of).map(|of| &of.kind) {
            Some(TypeKind::Composite(of)) => of.attributes.iter().any(|one| one.name == *name),
            Some(TypeKind::Enum(of)) => of.values.iter().any(|value| **value == **name),
            _ => false,
        }
    }

    /// What a name of the relations' namespace stands for.
    pub fn relation(&self, name: &QName) -> Option<Relation> {
        if self.tables.contains_key(name) {
            return Some(Relation::Table);
        }
        if self.views.contains_key(name) {
            return Some(Relation::View);
        }
        if self.indexes.contains_key(name) {
            return Some(Relation::Index);
        }
        if self.sequences.contains_key(name) {
            return Some(Relation::Sequence);
        }
        if let Some(found) = self.types.get(name)
            && matches!(found.kind, crate::model::TypeKind::Composite(_))
        {
            return Some(Relation::Composite);
        }
        self.within_a_table(name)
    }

    /// The indexes of constraints and the sequences of identity columns live within their tables.
    fn within_a_table(&self, name: &QName) -> Option<Relation> {
        let mut tables = self.tables.that_may_have(&name.schema, &name.name);
        tables.find_map(|(of, table)| {
            let constraint = table.constraints.get(&name.name);
            if constraint.is_some_and(|found| found.index().is_some()) {
                return Some(Relation::ConstraintIndex(of.clone()));
            }
            table.columns.iter().find_map(|column| {
                let identity = column.identity.as_ref()?;
                (identity.sequence == *name)
                    .then(|| Relation::IdentitySequence(of.clone(), column.name.clone()))
            })
        })
    }

    /// The tables of a schema.
    pub fn tables_of(&self, schema: &Name) -> impl Iterator<Item = (&QName, &Arc<Table>)> {
        let first = QName::new(schema.clone(), Name::stored(""));
        let schema = schema.clone();
        self.tables
            .from_key(&first)
            .take_while(move |(name, _)| name.schema == schema)
    }

    /// The indexes of a table or materialized view, but for those of constraints.
    pub fn indexes_of<'a>(
        &'a self,
        relation: &'a QName,
    ) -> impl Iterator<Item = (&'a QName, &'a Arc<Index>)> {
        let indexes = self.indexes.mentioning(&Sought::name(&relation.name));
        indexes.filter(|(_, index)| index.table == *relation)
    }

    /// A trigger of a table or view.
    pub fn trigger(&self, of: &QName, name: &Name) -> Option<&Trigger> {
        let table = self.tables.get(of).map(|table| &table.triggers);
        let view = || self.views.get(of).map(|view| &view.triggers);
        table.or_else(view)?.get(name)
    }

    /// A rewrite rule of a table or view.
    pub fn rule(&self, of: &QName, name: &Name) -> Option<&Rule> {
        let table = self.tables.get(of).map(|table| &table.rules);
        let view = || self.views.get(of).map(|view| &view.rules);
        table.or_else(view)?.get(name)
    }

    /// The index of a partitioned table that an index is a part of, be it free-standing or that of a constraint.
    pub fn attached_to(&self, index: &QName) -> Option<&QName> {
        if let Some(index) = self.indexes.get(index) {
            return index.attached_to.as_ref();
        }
        let mut tables = self.tables.that_may_have(&index.schema, &index.name);
        tables.find_map(|(_, table)| {
            let constraint = table.constraints.get(&index.name)?;
            constraint.index()?.attached_to.as_ref()
        })
    }

    /// A table, to be changed.
    pub fn table_mut(&mut self, name: &QName) -> Option<&mut Table> {
        self.tables.get_mut(name).map(Arc::make_mut)
    }

    /// A view, to be changed.
    pub fn view_mut(&mut self, name: &QName) -> Option<&mut View> {
        self.views.get_mut(name).map(Arc::make_mut)
    }

    /// An index, to be changed.
    pub fn index_mut(&mut self, name: &QName) -> Option<&mut Index> {
        self.indexes.get_mut(name).map(Arc::make_mut)
    }

    /// A type, to be changed.
    pub fn type_mut(&mut self, name: &QName) -> Option<&mut Type> {
        self.types.get_mut(name).map(Arc::make_mut)
    }

    /// A sequence, to be changed.
    pub fn sequence_mut(&mut self, name: &QName) -> Option<&mut Sequence> {
        self.sequences.get_mut(name).map(Arc::make_mut)
    }

    /// A routine, to be changed.
    pub fn routine_mut(&mut self, id: &RoutineId) -> Option<&mut Routine> {
        self.routines.get_mut(id).map(Arc::make_mut)
    }
}

/// Lines of default privileges: their keys are no texts, which the keys of a JSON object have to be.
fn as_lines<S: Serializer>(
    all: &Map<DefaultPrivilegesKey, Privileges>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Line<'a> {
        #[serde(flatten)]
        key: &'a DefaultPrivilegesKey,
        #[serde(flatten)]
        privileges: &'a Privileges,
    }
    let lines = all.iter();
    serializer.collect_seq(lines.map(|(key, privileges)| Line { key, privileges }))
}
