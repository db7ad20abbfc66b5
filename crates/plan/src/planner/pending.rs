//! What is put off to contract: where the schema is, for now, not what the statements so far say.

use segue_catalog::{Name, ObjectRef, QName};

use crate::Served;

/// Something that a statement says, and that contract does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pending {
    /// The statement.
    pub(crate) served: Served,
    /// What is put off.
    pub(crate) what: PutOff,
    /// The objects that are not what the statements say, under the names that they have by now.
    pub(crate) objects: Vec<ObjectRef>,
}

impl Pending {
    /// A table has another name from here on.
    pub(crate) fn follow(&mut self, from: &QName, to: &QName) {
        for object in &mut self.objects {
            if *object == ObjectRef::Table(from.clone()) {
                *object = ObjectRef::Table(to.clone());
            } else if object.part_of() == Some(from) {
                *object = object.in_relation(to);
            }
        }
    }
}

/// What is put off; names are those behind the statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PutOff {
    /// The column is still called `from`; `to` is a mirror of it.
    ColumnName { table: QName, from: Name, to: Name },
    /// The table is still called `from`; `to` is a view of it.
    TableName { from: QName, to: QName },
    /// It is still there.
    Going(ObjectRef),
    /// It is not there yet, or something else still has its name.
    Coming(ObjectRef),
    /// Rows of this table are written only then.
    Rows {
        table: QName,
        /// Nothing but these columns of rows that are there; none: rows as a whole.
        columns: Option<Vec<Name>>,
    },
    /// It is less strict, for now: a column may still be NULL, or still has its default.
    Strictness(ObjectRef),
    /// The column still has its old type.
    Type {
        table: QName,
        column: Name,
        /// The old and the new type, where they are the user's.
        types: Vec<QName>,
    },
}

impl PutOff {
    /// The objects that are not what the statements say.
    pub(crate) fn objects(&self) -> Vec<ObjectRef> {
        match self {
            Self::ColumnName { table, from, to } => vec![
                ObjectRef::Column(table.clone(), to.clone()),
                ObjectRef::Column(table.clone(), from.clone()),
            ],
            Self::TableName { from, to } => vec![
                ObjectRef::Table(to.clone()),
                ObjectRef::Table(from.clone()),
                ObjectRef::View(from.clone()),
            ],
            Self::Going(object) | Self::Coming(object) => vec![object.clone()],
            Self::Rows { .. } | Self::Strictness(_) => Vec::new(),
            Self::Type {
                table,
                column,
                types,
            } => {
                let types = types.iter().cloned().map(ObjectRef::Type);
                let column = ObjectRef::Column(table.clone(), column.clone());
                std::iter::once(column).chain(types).collect()
            }
        }
    }
}
