//! The statements of a whole object: how it is made, and then whose it is, what is said of it, and who may use it.

use super::{
    address::address,
    constraint::{add_constraint, fits_inline},
    emit::Emitter,
    index::{IndexBuild, create_index, create_statistics, further_statements},
    privileges::{grants, grants_beyond},
    publication::{create_extension, create_publication},
    routine::create_routine,
    sequence::{create_sequence, serial_columns},
    step::{Step, differs_from_parent},
    table,
    trigger::{create_policy, create_rule, create_trigger, enable_rule, enable_trigger},
    types::create_type,
    view::{self, comment, create_view},
};
use crate::{
    Name, ObjectRef, Privileges, QName, RoutineId, builtin,
    model::{
        Enabled, Extension, Index, Policy, Publication, Routine, Schema, Sequence, Statistics,
        Table, TableKind, Type, TypeKind, View,
    },
};

/// The statements of one object: how it is made, and then owner, comments and privileges.
pub(super) struct Dress<'a> {
    of: &'a Emitter<'a>,
    object: &'a ObjectRef,
    statements: Vec<String>,
}

impl<'a> Dress<'a> {
    /// Nothing yet.
    pub(super) fn of(of: &'a Emitter<'a>, object: &'a ObjectRef) -> Self {
        Self {
            of,
            object,
            statements: Vec::new(),
        }
    }

    /// All of them; `None` where there is no such object, or it has no statements of its own.
    pub(super) fn statements(mut self) -> Option<Vec<String>> {
        let catalog = self.of.catalog;
        match self.object {
            ObjectRef::Schema(name) => self.schema(name, catalog.schemas.get(name)?),
            ObjectRef::Extension(name) => self.extension(name, catalog.extensions.get(name)?),
            ObjectRef::Type(name) => self.of_type(name, catalog.types.get(name)?),
            ObjectRef::Sequence(name) => self.sequence(name, catalog.sequences.get(name)?),
            ObjectRef::Table(name) => self.table(name, catalog.tables.get(name)?),
            ObjectRef::Constraint(of, name) => self.constraint(of, name)?,
            ObjectRef::Index(name) => self.index(name, catalog.indexes.get(name)?),
            ObjectRef::View(name) => self.view(name, catalog.views.get(name)?),
            ObjectRef::Routine(id) => self.routine(id, catalog.routines.get(id)?),
            ObjectRef::Trigger(of, name) => self.trigger(of, name)?,
            ObjectRef::Rule(of, name) => self.rule(of, name)?,
            ObjectRef::Policy(of, name) => {
                self.policy(of, name, catalog.tables.get(of)?.policies.get(name)?);
            }
            ObjectRef::Statistics(name) => self.statistics(name, catalog.statistics.get(name)?),
            ObjectRef::Publication(name) => self.publication(name, catalog.publications.get(name)?),
            ObjectRef::Column(..)
            | ObjectRef::Default(..)
            | ObjectRef::Published(..)
            | ObjectRef::DomainConstraint(..)
            | ObjectRef::DefaultPrivileges(_)
            | ObjectRef::Opaque(_) => return None,
        }
        Some(self.statements)
    }

    /// A schema. Every database has `public`: of that, only what is not as it is from the start.
    fn schema(&mut self, name: &Name, schema: &Schema) {
        let on = format!("SCHEMA {name}");
        if *name == "public" {
            let builtin = builtin::public_schema(self.of.catalog.major);
            if schema.owner.is_some() || builtin.owner.is_none() {
                self.public_schema(schema, &builtin, &on);
                return;
            }
            // somebody has dropped the server's own and made another
            self.add("DROP SCHEMA public;".to_owned());
        }
        self.add(format!("CREATE SCHEMA {name};"));
        self.owner(schema.owner.as_ref());
        self.comment(schema.comment.as_ref());
        self.grants(&schema.privileges, &on, schema.owner.as_ref());
    }

    fn public_schema(&mut self, schema: &Schema, builtin: &Schema, on: &str) {
        if schema.owner != builtin.owner {
            self.owner(schema.owner.as_ref());
        }
        if schema.comment != builtin.comment {
            let none = format!("COMMENT ON {on} IS NULL;");
            self.add(comment(on, schema.comment.as_ref()).unwrap_or(none));
        }
        if self.of.options.privileges {
            self.statements.extend(grants_beyond(builtin, schema, on));
        }
    }

    fn extension(&mut self, name: &Name, extension: &Extension) {
        self.add(create_extension(name, extension));
        self.comment(extension.comment.as_ref());
    }

    fn of_type(&mut self, name: &QName, of: &Type) {
        self.add(create_type(name, of));
        self.owner(of.owner.as_ref());
        self.comment(of.comment.as_ref());
        self.parts_of_type(name, &of.kind);
        self.grants(&of.privileges, &format!("TYPE {name}"), of.owner.as_ref());
    }

    fn sequence(&mut self, name: &QName, sequence: &Sequence) {
        self.add(create_sequence(name, sequence));
        self.owner(sequence.owner.as_ref());
        self.comment(sequence.comment.as_ref());
        let on = format!("SEQUENCE {name}");
        self.grants(&sequence.privileges, &on, sequence.owner.as_ref());
    }

    /// A constraint that does not stand in `CREATE TABLE`.
    fn constraint(&mut self, of: &QName, name: &Name) -> Option<()> {
        if self.of.is_later(&Step::constraint(of, name)) {
            let table = self.of.catalog.tables.get(of)?;
            let constraint = table.constraints.get(name)?;
            let only = !fits_inline(constraint) && constraint.index().is_some();
            self.add(add_constraint(of, name, constraint, only));
            self.statements
                .extend(self.of.comments_of(of, name, constraint));
        }
        Some(())
    }

    fn routine(&mut self, id: &RoutineId, routine: &Routine) {
        self.add(create_routine(id, routine, false));
        self.owner(routine.owner.as_ref());
        self.comment(routine.comment.as_ref());
        let on = address(self.of.catalog, self.object).replacen("AGGREGATE", "FUNCTION", 1);
        self.grants(&routine.privileges, &on, routine.owner.as_ref());
    }

    fn rule(&mut self, of: &QName, name: &Name) -> Option<()> {
        let catalog = self.of.catalog;
        let rule = catalog.rule(of, name)?;
        self.add(create_rule(of, name, rule));
        if rule.enabled != Enabled::Origin {
            self.add(enable_rule(of, name, rule.enabled));
        }
        self.comment(rule.comment.as_ref());
        Some(())
    }

    fn policy(&mut self, of: &QName, name: &Name, policy: &Policy) {
        self.add(create_policy(of, name, policy));
        self.comment(policy.comment.as_ref());
    }

    fn statistics(&mut self, name: &QName, statistics: &Statistics) {
        self.add(create_statistics(name, statistics));
        self.owner(statistics.owner.as_ref());
        self.comment(statistics.comment.as_ref());
    }

    fn publication(&mut self, name: &Name, publication: &Publication) {
        self.add(create_publication(name, publication));
        self.owner(publication.owner.as_ref());
        self.comment(publication.comment.as_ref());
    }

    fn add(&mut self, statement: String) {
        self.statements.push(statement);
    }

    fn comment(&mut self, text: Option<&String>) {
        let on = address(self.of.catalog, self.object);
        self.statements.extend(comment(&on, text));
    }

    fn comment_on_column(&mut self, of: &QName, name: &Name, text: Option<&String>) {
        self.statements
            .extend(comment(&format!("COLUMN {of}.{name}"), text));
    }

    fn owner(&mut self, owner: Option<&Name>) {
        if self.of.options.owners
            && let Some(owner) = owner
            && self.of.role != Some(owner)
        {
            let on = address(self.of.catalog, self.object);
            self.add(format!("ALTER {on} OWNER TO {owner};"));
        }
    }

    fn grants(&mut self, privileges: &Privileges, on: &str, owner: Option<&Name>) {
        self.grants_on(privileges, on, None, owner);
    }

    fn grants_on(
        &mut self,
        privileges: &Privileges,
        on: &str,
        column: Option<&Name>,
        owner: Option<&Name>,
    ) {
        if self.of.options.privileges {
            self.statements
                .extend(grants(privileges, on, column, owner));
        }
    }

    fn parts_of_type(&mut self, name: &QName, kind: &TypeKind) {
        match kind {
            TypeKind::Composite(of) => {
                for attribute in &of.attributes {
                    self.comment_on_column(name, &attribute.name, attribute.comment.as_ref());
                }
            }
            TypeKind::Domain(of) => {
                let checks = of.constraints.iter();
                let named = checks.map(|(own, check)| (own, &check.comment));
                let not_null = of.not_null.iter();
                let not_null = not_null.filter_map(|of| Some((of.name.as_ref()?, &of.comment)));
                for (own, text) in named.chain(not_null) {
                    let on = format!("CONSTRAINT {own} ON DOMAIN {name}");
                    self.statements.extend(comment(&on, text.as_ref()));
                }
            }
            TypeKind::Enum(_) | TypeKind::Range(_) | TypeKind::Shell => {}
        }
    }

    fn table(&mut self, name: &QName, table: &Table) {
        let catalog = self.of.catalog;
        self.add(table::create(catalog, name, table, self.of.later));
        self.statements
            .extend(table::further_statements(catalog, name, table));
        let owner = table.owner.as_ref();
        self.owner(owner);
        self.comment(table.comment.as_ref());
        for column in &table.columns {
            self.comment_on_column(name, &column.name, column.comment.as_ref());
            let not_null = column.not_null.as_ref();
            if let Some((of, text)) =
                not_null.and_then(|of| Some((of.name.as_ref()?, of.comment.as_ref()?)))
            {
                self.statements
                    .extend(comment(&format!("CONSTRAINT {of} ON {name}"), Some(text)));
            }
        }
        self.statements
            .extend(self.of.constraint_comments(name, table, true));
        self.grants(&table.privileges, &format!("TABLE {name}"), owner);
        for column in &table.columns {
            let on = format!("TABLE {name}");
            self.grants_on(&column.privileges, &on, Some(&column.name), owner);
        }
        let identities = table
            .columns
            .iter()
            .filter_map(|column| column.identity.as_ref());
        let identities = identities.map(|of| (&of.sequence, &of.comment, &of.privileges));
        let serials = serial_columns(catalog, name, table);
        let serials = serials.map(|(_, name, of)| (name, &of.comment, &of.privileges));
        for (sequence, text, privileges) in identities.chain(serials) {
            let on = format!("SEQUENCE {sequence}");
            self.statements.extend(comment(&on, text.as_ref()));
            self.grants(privileges, &on, owner);
        }
    }

    fn index(&mut self, name: &QName, index: &Index) {
        let table = self.of.catalog.tables.get(&index.table);
        let only = table.is_some_and(|of| matches!(of.kind, TableKind::Partitioned(_)));
        if !index.valid && !only {
            self.add(format!(
                "-- {name} is not valid where it was read: CREATE INDEX CONCURRENTLY has failed there."
            ));
        }
        let build = IndexBuild {
            only,
            ..IndexBuild::default()
        };
        self.add(create_index(name, index, build));
        self.statements.extend(further_statements(name, index));
        self.comment(index.comment.as_ref());
    }

    fn view(&mut self, name: &QName, view: &View) {
        let owner = view.owner.as_ref();
        self.add(create_view(name, view, false));
        self.statements.extend(view::further_statements(name, view));
        self.owner(owner);
        self.comment(view.comment.as_ref());
        for (column, details) in &view.column_details {
            self.comment_on_column(name, column, details.comment.as_ref());
        }
        let on = format!("TABLE {name}");
        self.grants(&view.privileges, &on, owner);
        for (column, details) in &view.column_details {
            self.grants_on(&details.privileges, &on, Some(column), owner);
        }
    }

    fn trigger(&mut self, of: &QName, name: &Name) -> Option<()> {
        let catalog = self.of.catalog;
        let table = catalog.tables.get(of);
        let trigger = catalog.trigger(of, name)?;
        let differs = table.is_some_and(|table| differs_from_parent(catalog, table, name, trigger));
        if !trigger.inherited {
            self.add(create_trigger(of, name, trigger));
        }
        if if trigger.inherited {
            differs
        } else {
            trigger.enabled != Enabled::Origin
        } {
            self.add(enable_trigger(of, name, trigger.enabled));
        }
        self.comment(trigger.comment.as_ref());
        Some(())
    }
}
