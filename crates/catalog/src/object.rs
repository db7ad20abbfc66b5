//! What an object is called: the address that comments, privileges, differences and errors point at.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::{DataType, Name, QName};

/// A function, procedure or aggregate: its name and the types of its input arguments.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoutineId {
    /// Its name.
    pub name: QName,
    /// Types of the arguments that a caller gives (IN, INOUT, VARIADIC).
    pub arguments: Vec<DataType>,
}

impl fmt::Display for RoutineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.name)?;
        for (number, argument) in self.arguments.iter().enumerate() {
            write!(f, "{}{argument}", if number == 0 { "" } else { ", " })?;
        }
        f.write_str(")")
    }
}

impl Serialize for RoutineId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// An object of a schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectRef {
    /// A schema.
    Schema(Name),
    /// An extension.
    Extension(Name),
    /// An enum, composite, domain or range type.
    Type(QName),
    /// A constraint of a domain.
    DomainConstraint(QName, Name),
    /// A sequence, also one that an identity column owns.
    Sequence(QName),
    /// A table: plain, partitioned or foreign.
    Table(QName),
    /// A column of a table, a view or a composite type.
    Column(QName, Name),
    /// The default of a column of a table or view, or what a generated column is computed from.
    Default(QName, Name),
    /// A constraint of a table.
    Constraint(QName, Name),
    /// An index, also one of a constraint.
    Index(QName),
    /// A view or materialized view.
    View(QName),
    /// A function, procedure or aggregate.
    Routine(RoutineId),
    /// A trigger of a table or view.
    Trigger(QName, Name),
    /// A rewrite rule of a table or view.
    Rule(QName, Name),
    /// A policy of a table.
    Policy(QName, Name),
    /// Extended statistics.
    Statistics(QName),
    /// A publication.
    Publication(Name),
    /// The membership of a table in a publication.
    Published(Name, QName),
    /// The default privileges of a role, perhaps in one schema.
    DefaultPrivileges(String),
    /// What the model does not know the parts of.
    Opaque(OpaqueId),
}

/// The address of an object that the model carries without knowing its parts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpaqueId {
    /// As `COMMENT ON` calls its kind, in lower case: `operator`, `cast`, `event trigger`.
    pub kind: &'static str,
    /// Its name, with schema and arguments where its kind has them, as `pg_identify_object` prints it.
    pub identity: String,
}

impl ObjectRef {
    /// The same object under another name, where statements can give it one.
    #[must_use]
    pub fn renamed(&self, to: &Name) -> Self {
        match self {
            Self::Schema(_) => Self::Schema(to.clone()),
            Self::Column(of, _) => Self::Column(of.clone(), to.clone()),
            Self::Constraint(of, _) => Self::Constraint(of.clone(), to.clone()),
            Self::Table(name) => Self::Table(name.sibling(to.clone())),
            Self::Type(name) => Self::Type(name.sibling(to.clone())),
            Self::View(name) => Self::View(name.sibling(to.clone())),
            Self::Index(name) => Self::Index(name.sibling(to.clone())),
            Self::Sequence(name) => Self::Sequence(name.sibling(to.clone())),
            Self::Routine(id) => Self::Routine(RoutineId {
                name: id.name.sibling(to.clone()),
                arguments: id.arguments.clone(),
            }),
            other => other.clone(),
        }
    }

    /// The table, view or type that it is a part of.
    pub fn part_of(&self) -> Option<&QName> {
        match self {
            Self::Column(of, _)
            | Self::Default(of, _)
            | Self::Constraint(of, _)
            | Self::DomainConstraint(of, _)
            | Self::Trigger(of, _)
            | Self::Rule(of, _)
            | Self::Policy(of, _) => Some(of),
            _ => None,
        }
    }

    /// The part of the same name of another table, view or type; what is no part is what it was.
    #[must_use]
    pub fn in_relation(&self, of: &QName) -> Self {
        let mut part = self.clone();
        if let Self::Column(own, _)
        | Self::Default(own, _)
        | Self::Constraint(own, _)
        | Self::DomainConstraint(own, _)
        | Self::Trigger(own, _)
        | Self::Rule(own, _)
        | Self::Policy(own, _) = &mut part
        {
            of.clone_into(own);
        }
        part
    }

    /// What kind of object it is, for people.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Schema(_) => "schema",
            Self::Extension(_) => "extension",
            Self::Type(_) => "type",
            Self::DomainConstraint(..) => "domain constraint",
            Self::Sequence(_) => "sequence",
            Self::Table(_) => "table",
            Self::Column(..) => "column",
            Self::Default(..) => "default of column",
            Self::Constraint(..) => "constraint",
            Self::Index(_) => "index",
            Self::View(_) => "view",
            Self::Routine(_) => "routine",
            Self::Trigger(..) => "trigger",
            Self::Rule(..) => "rule",
            Self::Policy(..) => "policy",
            Self::Statistics(_) => "statistics",
            Self::Publication(_) => "publication",
            Self::Published(..) => "publication",
            Self::DefaultPrivileges(_) => "default privileges",
            Self::Opaque(id) => id.kind,
        }
    }
}

impl fmt::Display for ObjectRef {
    /// Kind and name: `table app.users`, `constraint users_pkey on app.users`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.kind())?;
        match self {
            Self::Schema(name) | Self::Extension(name) | Self::Publication(name) => {
                write!(f, "{name}")
            }
            Self::Type(name)
            | Self::Sequence(name)
            | Self::Table(name)
            | Self::Index(name)
            | Self::View(name)
            | Self::Statistics(name) => write!(f, "{name}"),
            Self::Column(of, name) | Self::Default(of, name) => write!(f, "{of}.{name}"),
            Self::DomainConstraint(of, name)
            | Self::Constraint(of, name)
            | Self::Trigger(of, name)
            | Self::Rule(of, name)
            | Self::Policy(of, name) => write!(f, "{name} on {of}"),
            Self::Routine(id) => write!(f, "{id}"),
            Self::Published(publication, table) => write!(f, "{publication} of {table}"),
            Self::DefaultPrivileges(whose) => f.write_str(whose),
            Self::Opaque(id) => f.write_str(&id.identity),
        }
    }
}

impl Serialize for ObjectRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for OpaqueId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{} {}", self.kind, self.identity))
    }
}
