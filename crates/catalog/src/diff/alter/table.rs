//! `ALTER TABLE`: what is of the table as a whole. Its columns are in `column.rs`; constraints, triggers and the like
//! have steps of their own.

use super::{Alter, Both};
use crate::{
    Name, ObjectRef, QName,
    model::{
        ForeignTable, Parameters, Partition, Persistence, ReplicaIdentity, RowSecurity, Table,
        TableKind,
    },
    normal::About,
    render::{
        alter,
        literal::{join, literal},
    },
};

impl Alter<'_> {
    pub(super) fn table(&mut self, name: &QName, first: &Table, second: &Table) {
        self.leaves_its_parents(name, first, second);
        if first.persistence != second.persistence {
            let logged = match second.persistence {
                Persistence::Unlogged => "UNLOGGED",
                Persistence::Permanent | Persistence::Temporary => "LOGGED",
            };
            self.add(alter(name, &format!("SET {logged}")));
        }
        if first.of_type.is_some() && first.of_type != second.of_type {
            self.add(alter(name, "NOT OF"));
        }
        self.columns(name, first, second);
        self.properties(name, first, second);
        if let Some(of) = &second.of_type
            && first.of_type.as_ref() != Some(of)
        {
            self.add(alter(name, &format!("OF {of}")));
        }
        let object = ObjectRef::Table(name.clone());
        let owner = second.owner.as_ref();
        self.owner(&object, first.owner.as_ref(), owner);
        self.comment(&object, first.comment.as_ref(), second.comment.as_ref());
        let on = format!("TABLE {name}");
        self.privileges(&on, None, owner, &first.privileges, &second.privileges);
    }

    fn properties(&mut self, name: &QName, first: &Table, second: &Table) {
        self.row_security(name, first.row_security, second.row_security);
        let identity = match &second.replica_identity {
            ReplicaIdentity::Default => Some("DEFAULT"),
            ReplicaIdentity::Full => Some("FULL"),
            ReplicaIdentity::Nothing => Some("NOTHING"),
            // once the index is there, which is a step of its own
            ReplicaIdentity::Index(_) => None,
        };
        if let Some(identity) = identity
            && first.replica_identity != second.replica_identity
        {
            self.add(alter(name, &format!("REPLICA IDENTITY {identity}")));
        }
        if first.cluster_on.is_some() && second.cluster_on.is_none() {
            self.add(alter(name, "SET WITHOUT CLUSTER"));
        }
        if first.access_method != second.access_method {
            let method = second.access_method.as_ref();
            let method = method.map_or("heap".to_owned(), Name::to_string);
            self.add(alter(name, &format!("SET ACCESS METHOD {method}")));
        }
        let on = format!("TABLE {name}");
        self.tablespace(&on, first.tablespace.as_ref(), second.tablespace.as_ref());
        self.parameters(&on, &first.parameters, &second.parameters);
        if let (TableKind::Foreign(first), TableKind::Foreign(second)) = (&first.kind, &second.kind)
        {
            let ForeignTable { server: _, options } = first;
            if let Some(options) = foreign_options(options, &second.options) {
                self.add(format!("ALTER FOREIGN TABLE {name} {options};"));
            }
        }
    }

    fn row_security(&mut self, name: &QName, first: RowSecurity, second: RowSecurity) {
        if first.enabled != second.enabled {
            let word = if second.enabled { "ENABLE" } else { "DISABLE" };
            self.add(alter(name, &format!("{word} ROW LEVEL SECURITY")));
        }
        if first.forced != second.forced {
            let word = if second.forced { "FORCE" } else { "NO FORCE" };
            self.add(alter(name, &format!("{word} ROW LEVEL SECURITY")));
        }
    }

    fn leaves_its_parents(&mut self, name: &QName, first: &Table, second: &Table) {
        if let Some(partition) = &first.partition_of
            && !is_same_partition(self.both, partition, second.partition_of.as_ref())
        {
            let parent = &partition.parent;
            self.add(alter(parent, &format!("DETACH PARTITION {name}")));
        }
        for parent in &first.inherits {
            if !second.inherits.contains(parent) {
                self.add(alter(name, &format!("NO INHERIT {parent}")));
            }
        }
    }
}

/// A table comes to the parents that it has in the second schema. The step is one of its own: it stands behind what
/// the parents get.
pub(in super::super) fn comes_to_its_parents(
    both: Both<'_>,
    name: &QName,
    first: &Table,
    second: &Table,
) -> Vec<String> {
    let mut statements = Vec::new();
    if let Some(partition) = &second.partition_of
        && !is_same_partition(both, partition, first.partition_of.as_ref())
    {
        let Partition { parent, bound } = partition;
        statements.push(alter(parent, &format!("ATTACH PARTITION {name} {bound}")));
    }
    for parent in &second.inherits {
        if !first.inherits.contains(parent) {
            statements.push(alter(name, &format!("INHERIT {parent}")));
        }
    }
    statements
}

fn is_same_partition(both: Both<'_>, first: &Partition, second: Option<&Partition>) -> bool {
    second.is_some_and(|second| {
        first.parent == second.parent && both.same(&first.bound, &second.bound, About::bound())
    })
}

/// `OPTIONS (…)` of a foreign table or its column that turns one side's options into the other's.
pub(super) fn foreign_options(first: &Parameters, second: &Parameters) -> Option<String> {
    let gone = first.keys().filter(|name| !second.contains_key(*name));
    let gone = gone.map(|name| format!("DROP {}", Name::stored(name)));
    let set = second
        .iter()
        .filter(|(name, value)| first.get(*name) != Some(value));
    let set = set.map(|(name, value)| {
        let word = if first.contains_key(name) {
            "SET"
        } else {
            "ADD"
        };
        format!("{word} {} {}", Name::stored(name), literal(value))
    });
    let all: Vec<String> = gone.chain(set).collect();
    (!all.is_empty()).then(|| format!("OPTIONS ({})", join(all, ", ")))
}
