//! An object as it comes into being, with its name.

use serde::Serialize;

use crate::{
    Name, ObjectRef, OpaqueId, QName, RoutineId,
    model::{
        Extension, Index, Opaque, Policy, Publication, Routine, Rule, Schema, Sequence, Statistics,
        Table, Trigger, Type, View,
    },
};

/// A whole object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Object {
    /// A schema.
    Schema(Name, Schema),
    /// An extension.
    Extension(Name, Extension),
    /// A type.
    Type(QName, Type),
    /// A sequence.
    Sequence(QName, Sequence),
    /// A table.
    Table(QName, Table),
    /// An index.
    Index(QName, Index),
    /// A view.
    View(QName, View),
    /// A routine.
    Routine(RoutineId, Routine),
    /// A trigger of a table or view.
    Trigger(QName, Name, Trigger),
    /// A rule of a table or view.
    Rule(QName, Name, Rule),
    /// A policy of a table.
    Policy(QName, Name, Policy),
    /// Extended statistics.
    Statistics(QName, Statistics),
    /// A publication.
    Publication(Name, Publication),
    /// What the model does not know the parts of.
    Opaque(OpaqueId, Opaque),
}

impl Object {
    /// What it is called.
    pub fn reference(&self) -> ObjectRef {
        match self {
            Self::Schema(name, _) => ObjectRef::Schema(name.clone()),
            Self::Extension(name, _) => ObjectRef::Extension(name.clone()),
            Self::Type(name, _) => ObjectRef::Type(name.clone()),
            Self::Sequence(name, _) => ObjectRef::Sequence(name.clone()),
            Self::Table(name, _) => ObjectRef::Table(name.clone()),
            Self::Index(name, _) => ObjectRef::Index(name.clone()),
            Self::View(name, _) => ObjectRef::View(name.clone()),
            Self::Routine(id, _) => ObjectRef::Routine(id.clone()),
            Self::Trigger(of, name, _) => ObjectRef::Trigger(of.clone(), name.clone()),
            Self::Rule(of, name, _) => ObjectRef::Rule(of.clone(), name.clone()),
            Self::Policy(of, name, _) => ObjectRef::Policy(of.clone(), name.clone()),
            Self::Statistics(name, _) => ObjectRef::Statistics(name.clone()),
            Self::Publication(name, _) => ObjectRef::Publication(name.clone()),
            Self::Opaque(id, _) => ObjectRef::Opaque(id.clone()),
        }
    }
}
