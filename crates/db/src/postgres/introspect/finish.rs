//! From what was read to the catalog: relations get their columns, indexes and parents, and their places.

use std::sync::Arc;

use segue_catalog::{
    Name, QName,
    model::{Attribute, Column, ReplicaIdentity, TypeKind, ViewColumn},
};

use super::{
    Introspected,
    fields::Oid,
    indexes::ReadIndex,
    reading::{Reading, Relation, What},
    text::parameters,
};

impl Reading {
    /// The catalog.
    pub(super) fn finish(mut self) -> Introspected {
        self.complete_indexes();
        self.complete_constraints();
        for (_, index) in std::mem::take(&mut self.indexes) {
            self.note_uses(&index);
            self.catalog
                .indexes
                .insert(index.name, Arc::new(index.index));
        }
        self.complete_inheritance();
        for (_, mut relation) in std::mem::take(&mut self.relations) {
            relation.columns.sort_unstable_by_key(|(number, _)| *number);
            self.place(relation);
        }
        Introspected {
            catalog: self.catalog,
            unread: self.unread,
            notes: self.notes,
        }
    }

    /// Tells a table that this index of it is the one for `CLUSTER`, or its replica identity.
    pub(super) fn note_uses(&mut self, index: &ReadIndex) {
        let relation = self.relations.get_mut(&index.table);
        let Some(table) = relation.and_then(Relation::table_mut) else {
            return;
        };
        if index.clustered {
            table.cluster_on = Some(index.name.name.clone());
        }
        if index.identity {
            table.replica_identity = ReplicaIdentity::Index(index.name.name.clone());
        }
    }

    fn complete_inheritance(&mut self) {
        self.parents
            .sort_unstable_by_key(|(child, _, place)| (*child, *place));
        for (child, parent, _) in std::mem::take(&mut self.parents) {
            let Some(parent) = self
                .relations
                .get(&parent)
                .map(|parent| parent.name.clone())
            else {
                continue;
            };
            let table = self.relations.get_mut(&child).and_then(Relation::table_mut);
            if let Some(table) = table.filter(|table| table.partition_of.is_none()) {
                table.inherits.push(parent);
            }
        }
    }

    fn place(&mut self, relation: Relation) {
        let Relation {
            name,
            columns,
            toast,
            what,
        } = relation;
        let columns = columns.into_iter().map(|(_, read)| read.column);
        match what {
            What::Table(mut table) => {
                table.columns = columns.collect();
                table.parameters.extend(self.toast_options(toast));
                self.catalog.tables.insert(name, Arc::from(table));
            }
            What::View(mut view) => {
                for column in columns {
                    view.columns.push(column.name.clone());
                    let (name, detail) = view_column(column);
                    if detail != ViewColumn::default() {
                        view.column_details.insert(name, detail);
                    }
                }
                view.parameters.extend(self.toast_options(toast));
                self.catalog.views.insert(name, Arc::from(view));
            }
            What::Composite => self.fill_composite(&name, columns),
            What::Sequence(sequence) => {
                self.catalog.sequences.insert(name, Arc::from(sequence));
            }
        }
    }

    fn toast_options(&mut self, toast: Oid) -> impl Iterator<Item = (String, String)> {
        let options = self.toast_parameters.remove(&toast).unwrap_or_default();
        parameters(options)
            .into_iter()
            .map(|(name, value)| (format!("toast.{name}"), value))
    }

    fn fill_composite(&mut self, name: &QName, columns: impl Iterator<Item = Column>) {
        let Some(made) = self.catalog.type_mut(name) else {
            return;
        };
        if let TypeKind::Composite(composite) = &mut made.kind {
            let attributes = columns.map(|column| Attribute {
                name: column.name,
                data_type: column.data_type,
                collation: column.collation,
                comment: column.comment,
            });
            composite.attributes = attributes.collect();
        }
    }
}

fn view_column(column: Column) -> (Name, ViewColumn) {
    let detail = ViewColumn {
        default: column.default,
        privileges: column.privileges,
        comment: column.comment,
        statistics: column.statistics,
    };
    (column.name, detail)
}
