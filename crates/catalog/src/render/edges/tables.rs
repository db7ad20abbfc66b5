//! What must be before tables, their families and indexes, and before what hangs on them.

use std::collections::HashMap;

use super::Edges;
use crate::{
    ObjectRef, QName,
    model::{IndexKey, IndexTerm, ReplicaIdentity, Table, TableKind},
    render::{
        family::{Form, form},
        made_by::{named_type, relation},
        part::parts,
        step::{Step, lasting},
    },
};

impl Edges<'_> {
    pub(super) fn tables(&mut self) {
        for (name, table) in lasting(self.catalog) {
            let step = Step::table(name);
            self.schema(&name.schema, &step);
            self.columns(name, table, &step);
            for part in parts(self.catalog, name, table) {
                self.must(step.clone(), &part.step);
                for need in self.needs(&part) {
                    self.must(need, &part.step);
                }
            }
            self.family(name, table, &step);
        }
    }

    /// The types of its columns, and what its generated columns and partition key call, must be before a table.
    fn columns(&mut self, name: &QName, table: &Table, step: &Step) {
        for column in &table.columns {
            self.data_type(&column.data_type, step);
            if let Some(generated) = &column.generated {
                self.expression(&generated.expression.text, step);
            }
            if let Some(identity) = &column.identity {
                self.schema(&identity.sequence.schema, step);
            }
        }
        if let Some(of) = &table.of_type {
            self.must_all(named_type(self.catalog, of), step);
        }
        if let TableKind::Partitioned(by) = &table.kind {
            self.keys(&by.keys, step);
        }
        let clustered = table
            .cluster_on
            .as_ref()
            .map(|index| (index, Step::ClusterOn(name.clone())));
        let identity = match &table.replica_identity {
            ReplicaIdentity::Index(index) => Some((index, Step::ReplicaIdentity(name.clone()))),
            _ => None,
        };
        for (index, after) in clustered.into_iter().chain(identity) {
            self.must(step.clone(), &after);
            self.must_all([ObjectRef::Index(name.sibling(index.clone()))], &after);
        }
    }

    /// A parent must be before its children; a partition and its constraints before it is attached.
    fn family(&mut self, name: &QName, table: &Table, step: &Step) {
        let parents: Vec<&QName> = match &table.partition_of {
            Some(partition) => vec![&partition.parent],
            None => table.inherits.iter().collect(),
        };
        let apart = matches!(
            form(self.catalog, name, table),
            Form::Attached(_) | Form::InheritsLater
        );
        let family = Step::Family(name.clone());
        if apart {
            self.must(step.clone(), &family);
            for part in parts(self.catalog, name, table) {
                self.must(part.step, &family);
            }
        }
        for parent in parents {
            let joined = if apart { &family } else { step };
            self.must(Step::table(parent), joined);
            let Some(parents) = self.catalog.tables.get(parent) else {
                continue;
            };
            for part in parts(self.catalog, parent, parents) {
                if part.whole {
                    self.graph.had_better_be_before(&part.step, joined);
                } else {
                    self.must(joined.clone(), &part.step);
                }
            }
        }
    }

    /// A table and what its keys call must be before an index; the indexes of the partitions before they are attached.
    pub(super) fn indexes(&mut self) {
        for (name, index) in &self.catalog.indexes {
            let step = Step::Object(ObjectRef::Index(name.clone()));
            self.must_all(relation(self.catalog, &index.table), &step);
            self.keys(&index.keys, &step);
            if let Some(predicate) = &index.predicate {
                self.expression(&predicate.text, &step);
            }
            self.attach(&index.table, name, index.attached_to.as_ref());
        }
        for (name, table) in lasting(self.catalog) {
            for (own, constraint) in &table.constraints {
                if let Some(index) = constraint.index() {
                    self.attach(name, &name.sibling(own.clone()), index.attached_to.as_ref());
                }
            }
        }
        self.partitions();
        for (name, statistics) in &self.catalog.statistics {
            let step = Step::Object(ObjectRef::Statistics(name.clone()));
            self.schema(&name.schema, &step);
            self.must_all(relation(self.catalog, &statistics.table), &step);
            for term in &statistics.terms {
                self.term(term, &step);
            }
        }
    }

    /// Partitions must be before an index of their parent: an index that is there before a partition would give it one
    /// with a name of the server's choice.
    fn partitions(&mut self) {
        let mut joined: HashMap<&QName, Vec<Step>> = HashMap::new();
        for (name, table) in lasting(self.catalog) {
            if let Some(partition) = &table.partition_of {
                let step = match form(self.catalog, name, table) {
                    Form::Attached(_) => Step::Family(name.clone()),
                    _ => Step::table(name),
                };
                joined.entry(&partition.parent).or_default().push(step);
            }
        }
        for (name, index) in &self.catalog.indexes {
            let step = Step::Object(ObjectRef::Index(name.clone()));
            for before in joined.get(&index.table).into_iter().flatten() {
                self.graph.must_be_before(before, &step);
            }
        }
    }

    fn attach(&mut self, table: &QName, index: &QName, parent: Option<&QName>) {
        let Some(parent) = parent else { return };
        let step = Step::AttachIndex(table.clone(), index.clone());
        self.must_all(
            [
                ObjectRef::Index(index.clone()),
                ObjectRef::Index(parent.clone()),
            ],
            &step,
        );
        self.must(Step::Family(table.clone()), &step);
    }

    fn keys(&mut self, keys: &[IndexKey], step: &Step) {
        for key in keys {
            self.term(&key.term, step);
        }
    }

    fn term(&mut self, term: &IndexTerm, step: &Step) {
        if let IndexTerm::Expression(expression) = term {
            self.expression(&expression.text, step);
        }
    }
}
