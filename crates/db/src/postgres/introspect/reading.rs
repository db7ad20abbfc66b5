//! What has been read so far, by the numbers that the server knows it by.

use std::collections::{HashMap, HashSet};

use segue_catalog::{
    Catalog, DataType, Name, Privileges, QName, RoutineId,
    model::{Column, Sequence, SequenceOptions, Table, View},
};

use super::{Unread, fields::Oid, indexes::ReadIndex, names::Names};

/// The numbers of the system catalogs themselves (src/include/catalog/*.h): fixed, and the same in all versions.
pub(super) mod class {
    use super::Oid;

    pub(in crate::postgres::introspect) const TYPE: Oid = 1247;
    pub(in crate::postgres::introspect) const ROUTINE: Oid = 1255;
    pub(in crate::postgres::introspect) const RELATION: Oid = 1259;
    pub(in crate::postgres::introspect) const CONSTRAINT: Oid = 2606;
    pub(in crate::postgres::introspect) const SCHEMA: Oid = 2615;
    pub(in crate::postgres::introspect) const RULE: Oid = 2618;
    pub(in crate::postgres::introspect) const TRIGGER: Oid = 2620;
    pub(in crate::postgres::introspect) const EXTENSION: Oid = 3079;
    pub(in crate::postgres::introspect) const POLICY: Oid = 3256;
    pub(in crate::postgres::introspect) const STATISTICS: Oid = 3381;
    pub(in crate::postgres::introspect) const PUBLICATION: Oid = 6104;
}

/// An object, or with a number above 0 a column of it.
pub(super) type Address = (Oid, Oid, i32);

/// All that has been read.
pub(super) struct Reading {
    pub(super) major: u16,
    pub(super) catalog: Catalog,
    pub(super) unread: Vec<Unread>,
    pub(super) notes: Vec<String>,
    pub(super) names: Names,
    pub(super) roles: HashMap<Oid, Name>,
    /// All schemas, those of the server too.
    pub(super) schemas: HashMap<Oid, Name>,
    pub(super) tablespaces: HashMap<Oid, Name>,
    pub(super) access_methods: HashMap<Oid, Name>,
    pub(super) collations: HashMap<Oid, QName>,
    pub(super) operator_classes: HashMap<Oid, KnownOperatorClass>,
    /// The types that have a default operator class of their own: method and type.
    pub(super) with_default_class: HashSet<(Oid, Oid)>,
    /// Objects of extensions: catalog and number.
    pub(super) members: HashSet<(Oid, Oid)>,
    /// The types that extensions bring, by extension.
    pub(super) member_types: HashMap<Oid, Vec<Name>>,
    pub(super) comments: HashMap<Address, String>,
    pub(super) privileges: HashMap<Address, Privileges>,
    /// Types as they are used, by number and modifier.
    pub(super) types: HashMap<(Oid, Option<i32>), UsedType>,
    /// Types that are in the catalog.
    pub(super) named_types: HashMap<Oid, QName>,
    pub(super) relations: HashMap<Oid, Relation>,
    /// Storage parameters of TOAST tables, by the number of these.
    pub(super) toast_parameters: HashMap<Oid, Vec<String>>,
    pub(super) indexes: HashMap<Oid, ReadIndex>,
    pub(super) index_details: Vec<super::indexes::Detail>,
    pub(super) constraints: Vec<super::constraints::ReadConstraint>,
    /// Child, parent, and which of the child's parents it is.
    pub(super) parents: Vec<(Oid, Oid, i32)>,
    pub(super) routines: HashMap<Oid, RoutineId>,
    pub(super) publications: HashMap<Oid, Name>,
}

/// A type as it is used, with what columns of it have unless they say otherwise.
pub(super) struct UsedType {
    pub(super) data_type: DataType,
    pub(super) collation: Oid,
    pub(super) storage: char,
}

/// An operator class.
pub(super) struct KnownOperatorClass {
    pub(super) name: QName,
    pub(super) method: Oid,
    pub(super) of: Oid,
    pub(super) default: bool,
}

/// A relation of the user's own that has columns, or a sequence.
pub(super) struct Relation {
    pub(super) name: QName,
    /// Columns with their numbers, as they were read.
    pub(super) columns: Vec<(i16, ReadColumn)>,
    pub(super) toast: Oid,
    pub(super) what: What,
}

/// A column and what it takes to say what is special about it.
pub(super) struct ReadColumn {
    pub(super) column: Column,
    pub(super) type_id: Oid,
    pub(super) collation_id: Oid,
    /// `s` or `v` where it is generated.
    pub(super) generated: char,
    /// `a` or `d` where it is an identity.
    pub(super) identity: char,
}

/// What a relation is.
pub(super) enum What {
    Table(Box<Table>),
    View(Box<View>),
    /// A composite type; the type itself is found by its name.
    Composite,
    Sequence(Box<Sequence>),
}

impl Reading {
    /// Nothing yet.
    pub(super) fn new(major: u16) -> Self {
        Self {
            major,
            catalog: Catalog::bare(major),
            unread: Vec::new(),
            notes: Vec::new(),
            names: Names::default(),
            roles: HashMap::new(),
            schemas: HashMap::new(),
            tablespaces: HashMap::new(),
            access_methods: HashMap::new(),
            collations: HashMap::new(),
            operator_classes: HashMap::new(),
            with_default_class: HashSet::new(),
            members: HashSet::new(),
            member_types: HashMap::new(),
            comments: HashMap::new(),
            privileges: HashMap::new(),
            types: HashMap::new(),
            named_types: HashMap::new(),
            relations: HashMap::new(),
            toast_parameters: HashMap::new(),
            indexes: HashMap::new(),
            index_details: Vec::new(),
            constraints: Vec::new(),
            parents: Vec::new(),
            routines: HashMap::new(),
            publications: HashMap::new(),
        }
    }

    /// A schema's name, unless it is one of the server's own or a temporary one.
    pub(super) fn own_schema(&self, schema: Oid) -> Option<Name> {
        let name = self.schemas.get(&schema)?;
        (!is_system(name)).then(|| name.clone())
    }

    /// The name of an object that belongs to no extension and to none of the server's own schemas.
    pub(super) fn own_name(
        &mut self,
        class: Oid,
        oid: Oid,
        schema: Oid,
        name: &str,
    ) -> Option<QName> {
        if self.members.contains(&(class, oid)) {
            return None;
        }
        let schema = self.own_schema(schema)?;
        Some(QName::new(schema, self.names.of(name)))
    }

    /// A role's name; `None` where roles could not be read.
    pub(super) fn role(&self, role: Oid) -> Option<Name> {
        self.roles.get(&role).cloned()
    }

    /// The comment of an object.
    pub(super) fn comment(&mut self, class: Oid, oid: Oid) -> Option<String> {
        self.comments.remove(&(class, oid, 0))
    }

    /// The privileges on an object.
    pub(super) fn privileges_of(&mut self, class: Oid, oid: Oid) -> Privileges {
        self.privileges.remove(&(class, oid, 0)).unwrap_or_default()
    }

    /// A type by number, without a modifier, as arguments have it.
    pub(super) fn plain_type(&self, oid: Oid) -> Option<DataType> {
        let used = self.types.get(&(oid, None))?;
        Some(used.data_type.clone())
    }

    /// A collation, where it is not the one that it would be anyway.
    pub(super) fn collation_unless(&self, collation: Oid, usual: Oid) -> Option<QName> {
        if collation == usual {
            return None;
        }
        self.collations.get(&collation).cloned()
    }

    /// The name of a column.
    pub(super) fn column_name(&self, relation: Oid, number: i16) -> Option<Name> {
        let relation = self.relations.get(&relation)?;
        relation.column(number).map(|read| read.column.name.clone())
    }

    /// The names of columns, as far as they are columns.
    pub(super) fn column_names(&self, relation: Oid, numbers: &[i16]) -> Vec<Name> {
        let names = numbers
            .iter()
            .filter_map(|number| self.column_name(relation, *number));
        names.collect()
    }
}

impl Relation {
    /// A column by its number. Mostly it is the one at that place.
    pub(super) fn column(&self, number: i16) -> Option<&ReadColumn> {
        let place = self.place_of(number)?;
        self.columns.get(place).map(|(_, column)| column)
    }

    /// A column by its number, to be changed.
    pub(super) fn column_mut(&mut self, number: i16) -> Option<&mut ReadColumn> {
        let place = self.place_of(number)?;
        self.columns.get_mut(place).map(|(_, column)| column)
    }

    fn place_of(&self, number: i16) -> Option<usize> {
        let likely = usize::try_from(number).ok()?.checked_sub(1)?;
        if self
            .columns
            .get(likely)
            .is_some_and(|(found, _)| *found == number)
        {
            return Some(likely);
        }
        self.columns.iter().position(|(found, _)| *found == number)
    }

    /// The table, if it is one.
    pub(super) fn table_mut(&mut self) -> Option<&mut Table> {
        match &mut self.what {
            What::Table(table) => Some(table),
            _ => None,
        }
    }
}

/// Whether a schema is the server's own, or temporary: names with `pg_` are reserved (sql-createschema.html).
pub(super) fn is_system(schema: &str) -> bool {
    schema.starts_with("pg_") || schema == "information_schema"
}

/// A sequence that nothing is known of but its name.
pub(super) fn unknown_sequence() -> SequenceOptions {
    SequenceOptions::of("bigint".into())
}
