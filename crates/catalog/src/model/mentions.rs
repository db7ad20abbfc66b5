//! By which names objects refer to others. Every field is named here, so that a new one is not forgotten.

use crate::{
    ObjectRef, QName,
    map::{Mentions, Words},
    model::{
        Column, Constraint, ConstraintKind, Exclusion, ForeignKey, ForeignTable, Index, IndexKey,
        IndexTerm, IndexedConstraint, Policy, ReplicaIdentity, Rule, Sequence, Table, TableKind,
        Trigger, View, ViewColumn,
    },
};

impl Mentions for QName {
    fn mention(&self, words: &mut Words) {
        words.name(self);
    }
}

impl Mentions for Table {
    fn mention(&self, words: &mut Words) {
        let Self {
            kind,
            columns,
            constraints,
            triggers,
            rules,
            policies,
            row_security: _,
            persistence: _,
            inherits,
            partition_of,
            of_type,
            access_method: _,
            tablespace: _,
            parameters: _,
            replica_identity,
            cluster_on,
            owner: _,
            privileges: _,
            comment: _,
        } = self;
        match kind {
            TableKind::Partitioned(by) => mention(&by.keys, words),
            TableKind::Plain | TableKind::Foreign(ForeignTable { .. }) => {}
        }
        mention(columns, words);
        for (name, constraint) in constraints {
            words.text(name);
            constraint.mention(words);
        }
        mention(triggers.values(), words);
        mention(rules.values(), words);
        mention(policies.values(), words);
        words.names(inherits.iter().chain(of_type));
        if let Some(partition) = partition_of {
            words.name(&partition.parent);
            words.expressions([&partition.bound]);
        }
        if let ReplicaIdentity::Index(name) = replica_identity {
            words.text(name);
        }
        cluster_on.iter().for_each(|name| words.text(name));
    }
}

impl Mentions for Column {
    /// Its own name is none of another object.
    fn mention(&self, words: &mut Words) {
        let Self {
            name: _,
            data_type,
            collation,
            not_null: _,
            default,
            generated,
            identity,
            storage: _,
            compression: _,
            statistics: _,
            options: _,
            foreign_options: _,
            inherited: _,
            local: _,
            privileges: _,
            comment: _,
        } = self;
        words.name(&data_type.name);
        words.names(collation);
        words.expressions(default);
        words.expressions(generated.as_ref().map(|own| &own.expression));
        words.names(identity.as_ref().map(|own| &own.sequence));
    }
}

impl Mentions for Constraint {
    fn mention(&self, words: &mut Words) {
        let Self {
            kind,
            deferral: _,
            validated: _,
            enforced: _,
            inherited: _,
            local: _,
            comment: _,
        } = self;
        match kind {
            ConstraintKind::Check { expression, .. } => words.expressions([expression]),
            ConstraintKind::PrimaryKey(index) | ConstraintKind::Unique(index) => {
                index.mention(words);
            }
            ConstraintKind::Exclude(Exclusion {
                method: _,
                keys,
                predicate,
                index,
            }) => {
                mention(keys.iter().map(|(key, _)| key), words);
                words.expressions(predicate);
                index.mention(words);
            }
            ConstraintKind::ForeignKey(key) => key.mention(words),
        }
    }
}

impl Mentions for ForeignKey {
    fn mention(&self, words: &mut Words) {
        let Self {
            columns: _,
            references,
            referenced_columns,
            match_type: _,
            on_update: _,
            on_delete: _,
            on_delete_columns: _,
            period: _,
        } = self;
        words.name(references);
        (referenced_columns.iter()).for_each(|name| words.text(name));
    }
}

impl Mentions for IndexedConstraint {
    fn mention(&self, words: &mut Words) {
        let Self {
            columns: _,
            include: _,
            attributes: _,
            nulls_not_distinct: _,
            without_overlaps: _,
            parameters: _,
            tablespace: _,
            index_comment: _,
            attached_to,
            index_valid: _,
        } = self;
        words.names(attached_to);
    }
}

impl Mentions for IndexKey {
    /// A column of the table itself is none of another object.
    fn mention(&self, words: &mut Words) {
        let Self {
            term,
            collation,
            operator_class,
            descending: _,
            nulls_first: _,
        } = self;
        if let IndexTerm::Expression(expression) = term {
            words.expressions([expression]);
        }
        words.names(collation);
        words.names(operator_class.as_ref().map(|class| &class.name));
    }
}

impl Mentions for Trigger {
    fn mention(&self, words: &mut Words) {
        let Self {
            timing: _,
            events: _,
            for_each_row: _,
            when,
            function,
            arguments: _,
            old_table: _,
            new_table: _,
            constraint,
            enabled: _,
            inherited: _,
            comment: _,
        } = self;
        words.expressions(when);
        words.name(function);
        words.names(constraint.as_ref().and_then(|own| own.from.as_ref()));
    }
}

impl Mentions for Rule {
    fn mention(&self, words: &mut Words) {
        let Self {
            event: _,
            instead: _,
            condition,
            actions,
            enabled: _,
            comment: _,
        } = self;
        words.expressions(condition.iter().chain(actions));
    }
}

impl Mentions for Policy {
    fn mention(&self, words: &mut Words) {
        let Self {
            permissive: _,
            command: _,
            roles: _,
            using,
            check,
            comment: _,
        } = self;
        words.expressions(using.iter().chain(check));
    }
}

impl Mentions for Index {
    fn mention(&self, words: &mut Words) {
        let Self {
            table,
            method: _,
            unique: _,
            keys,
            include: _,
            attributes: _,
            nulls_not_distinct: _,
            predicate,
            parameters: _,
            tablespace: _,
            valid: _,
            attached_to,
            statistics: _,
            comment: _,
        } = self;
        words.name(table);
        mention(keys, words);
        words.expressions(predicate);
        words.names(attached_to);
    }
}

impl Mentions for Sequence {
    fn mention(&self, words: &mut Words) {
        let Self {
            options,
            owned_by,
            persistence: _,
            owner: _,
            privileges: _,
            comment: _,
        } = self;
        words.name(&options.data_type.name);
        if let Some((table, column)) = owned_by {
            words.name(table);
            words.text(column);
        }
    }
}

impl Mentions for View {
    fn mention(&self, words: &mut Words) {
        let Self {
            kind: _,
            query,
            columns: _,
            column_details,
            parameters: _,
            check_option: _,
            triggers,
            rules,
            depends_on,
            owner: _,
            privileges: _,
            comment: _,
        } = self;
        words.expressions([query]);
        mention(column_details.values(), words);
        mention(triggers.values(), words);
        mention(rules.values(), words);
        mention(depends_on, words);
    }
}

impl Mentions for ViewColumn {
    fn mention(&self, words: &mut Words) {
        let Self {
            default,
            privileges: _,
            comment: _,
            statistics: _,
        } = self;
        words.expressions(default);
    }
}

impl Mentions for ObjectRef {
    /// Kind, names and arguments, as it is printed.
    fn mention(&self, words: &mut Words) {
        words.text(&self.to_string());
    }
}

fn mention<'m, M: Mentions + 'm>(all: impl IntoIterator<Item = &'m M>, words: &mut Words) {
    all.into_iter().for_each(|one| one.mention(words));
}
