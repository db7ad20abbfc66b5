//! Sequences, and how one counts.

use serde::Serialize;

use crate::{
    DataType, Name, Privileges, QName,
    model::{Persistence, json::is_default},
};

/// A sequence that stands on its own or belongs to a `serial` column. That of an identity column is in
/// [`Identity`](crate::model::Identity).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sequence {
    /// How it counts.
    pub options: SequenceOptions,
    /// The column that owns it (`OWNED BY`).
    #[serde(skip_serializing_if = "is_default")]
    pub owned_by: Option<(QName, Name)>,
    /// Unlogged or not.
    #[serde(skip_serializing_if = "is_default")]
    pub persistence: Persistence,
    /// Its owner; `None`: the role that deploys.
    #[serde(skip_serializing_if = "is_default")]
    pub owner: Option<Name>,
    /// Privileges beyond the default.
    #[serde(skip_serializing_if = "is_default")]
    pub privileges: Privileges,
    /// Its comment.
    #[serde(skip_serializing_if = "is_default")]
    pub comment: Option<String>,
}

/// How a sequence counts (`pg_sequence`). The present value is data, not schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SequenceOptions {
    /// `smallint`, `integer` or `bigint`.
    pub data_type: DataType,
    /// `START WITH`.
    pub start: i64,
    /// `INCREMENT BY`.
    pub increment: i64,
    /// `MINVALUE`.
    pub min: i64,
    /// `MAXVALUE`.
    pub max: i64,
    /// `CACHE`.
    pub cache: i64,
    /// `CYCLE`.
    #[serde(skip_serializing_if = "is_default")]
    pub cycle: bool,
}

impl SequenceOptions {
    /// The defaults for a type (sql-createsequence.html): ascending from 1 to the greatest value.
    pub fn of(data_type: DataType) -> Self {
        let max = Self::bounds(&data_type).1;
        Self {
            data_type,
            start: 1,
            increment: 1,
            min: 1,
            max,
            cache: 1,
            cycle: false,
        }
    }

    /// The least and the greatest value of a type that a sequence may have.
    pub fn bounds(data_type: &DataType) -> (i64, i64) {
        match data_type.name.name.as_str() {
            "smallint" => (i16::MIN.into(), i16::MAX.into()),
            "integer" => (i32::MIN.into(), i32::MAX.into()),
            _ => (i64::MIN, i64::MAX),
        }
    }
}
