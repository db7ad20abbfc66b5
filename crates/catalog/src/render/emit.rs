//! The statements of each step.

use std::collections::HashSet;

use super::{
    Options,
    address::address,
    constraint::{add_constraint, fits_inline},
    family::{Form, form},
    index::{IndexBuild, attach_index, create_index, create_statistics, further_statements},
    privileges::{default_privileges, grants, grants_beyond},
    publication::{create_extension, create_publication},
    routine::create_routine,
    sequence::{create_sequence, owned_by, serial_columns},
    step::{Step, differs_from_parent},
    table::{self, alter, join_parents, set_default},
    trigger::{create_policy, create_rule, create_trigger, enable_rule, enable_trigger},
    types::create_type,
    view::{self, comment, create_view},
};
use crate::{
    Catalog, Name, ObjectRef, Privileges, QName, builtin,
    model::{Enabled, Index, Table, TableKind, Trigger, TypeKind, View},
};

/// Writes the statements of steps.
pub(super) struct Emitter<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) options: Options,
    /// The parts of tables that have statements of their own.
    pub(super) later: &'a HashSet<Step>,
}

impl Emitter<'_> {
    /// The statements of a step; none where it is done with another.
    pub(super) fn step(&self, step: &Step) -> Vec<String> {
        self.found(step).unwrap_or_default()
    }

    fn found(&self, step: &Step) -> Option<Vec<String>> {
        let catalog = self.catalog;
        let one = |statement: String| Some(vec![statement]);
        match step {
            Step::Object(object) => self.object(object),
            Step::Default(of, name) if self.later.contains(step) => {
                let column = catalog.tables.get(of)?.column(name)?;
                one(alter(of, &set_default(column)))
            }
            Step::Default(..) => None,
            Step::OwnedBy(name) => one(owned_by(name, catalog.sequences.get(name)?)?),
            Step::Family(name) => {
                let table = catalog.tables.get(name)?;
                let form = form(catalog, name, table);
                let mut statements = join_parents(name, table, form);
                statements.extend(self.constraint_comments(name, table, false));
                Some(statements)
            }
            Step::AttachIndex(_, name) => {
                let own = catalog
                    .indexes
                    .get(name)
                    .and_then(|index| index.attached_to.as_ref());
                let constraint = || {
                    let tables = catalog.tables_of(&name.schema);
                    let mut found =
                        tables.filter_map(|(_, table)| table.constraints.get(&name.name));
                    found.find_map(|constraint| constraint.index()?.attached_to.as_ref())
                };
                one(attach_index(own.or_else(constraint)?, name))
            }
            Step::ReplicaIdentity(name) => match &catalog.tables.get(name)?.replica_identity {
                crate::model::ReplicaIdentity::Index(index) => one(alter(
                    name,
                    &format!("REPLICA IDENTITY USING INDEX {index}"),
                )),
                _ => None,
            },
            Step::ClusterOn(name) => {
                let index = catalog.tables.get(name)?.cluster_on.as_ref()?;
                one(alter(name, &format!("CLUSTER ON {index}")))
            }
            Step::DefaultPrivileges(key) if self.options.privileges => Some(default_privileges(
                key,
                catalog.default_privileges.get(key)?,
            )),
            Step::DefaultPrivileges(_) => None,
        }
    }

    fn object(&self, object: &ObjectRef) -> Option<Vec<String>> {
        let catalog = self.catalog;
        let mut dress = Dress {
            of: self,
            object,
            statements: Vec::new(),
        };
        match object {
            ObjectRef::Schema(name) => return Some(self.schema(name)),
            ObjectRef::Extension(name) => {
                let extension = catalog.extensions.get(name)?;
                dress.add(create_extension(name, extension));
                dress.comment(extension.comment.as_ref());
            }
            ObjectRef::Type(name) => {
                let of = catalog.types.get(name)?;
                dress.add(create_type(name, of));
                dress.owner(of.owner.as_ref());
                dress.comment(of.comment.as_ref());
                dress.parts_of_type(name, &of.kind);
                dress.grants(&of.privileges, &format!("TYPE {name}"), of.owner.as_ref());
            }
            ObjectRef::Sequence(name) => {
                let sequence = catalog.sequences.get(name)?;
                dress.add(create_sequence(name, sequence));
                dress.owner(sequence.owner.as_ref());
                dress.comment(sequence.comment.as_ref());
                let on = format!("SEQUENCE {name}");
                dress.grants(&sequence.privileges, &on, sequence.owner.as_ref());
            }
            ObjectRef::Table(name) => dress.table(name, catalog.tables.get(name)?),
            ObjectRef::Constraint(of, name) => {
                if self.later.contains(&Step::Object(object.clone())) {
                    let table = catalog.tables.get(of)?;
                    let constraint = table.constraints.get(name)?;
                    let only = !fits_inline(constraint) && constraint.index().is_some();
                    dress.add(add_constraint(of, name, constraint, only));
                    dress
                        .statements
                        .extend(self.comments_of(of, name, constraint));
                }
            }
            ObjectRef::Index(name) => dress.index(name, catalog.indexes.get(name)?),
            ObjectRef::View(name) => dress.view(name, catalog.views.get(name)?),
            ObjectRef::Routine(id) => {
                let routine = catalog.routines.get(id)?;
                dress.add(create_routine(id, routine, false));
                dress.owner(routine.owner.as_ref());
                dress.comment(routine.comment.as_ref());
                let on = address(catalog, object).replacen("AGGREGATE", "FUNCTION", 1);
                dress.grants(&routine.privileges, &on, routine.owner.as_ref());
            }
            ObjectRef::Trigger(of, name) => dress.trigger(of, name)?,
            ObjectRef::Rule(of, name) => {
                let table = catalog
                    .tables
                    .get(of)
                    .and_then(|table| table.rules.get(name));
                let view = || catalog.views.get(of).and_then(|view| view.rules.get(name));
                let rule = table.or_else(view)?;
                dress.add(create_rule(of, name, rule));
                if rule.enabled != Enabled::Origin {
                    dress.add(enable_rule(of, name, rule.enabled));
                }
                dress.comment(rule.comment.as_ref());
            }
            ObjectRef::Policy(of, name) => {
                let policy = catalog.tables.get(of)?.policies.get(name)?;
                dress.add(create_policy(of, name, policy));
                dress.comment(policy.comment.as_ref());
            }
            ObjectRef::Statistics(name) => {
                let statistics = catalog.statistics.get(name)?;
                dress.add(create_statistics(name, statistics));
                dress.owner(statistics.owner.as_ref());
                dress.comment(statistics.comment.as_ref());
            }
            ObjectRef::Publication(name) => {
                let publication = catalog.publications.get(name)?;
                dress.add(create_publication(name, publication));
                dress.owner(publication.owner.as_ref());
                dress.comment(publication.comment.as_ref());
            }
            ObjectRef::Column(..)
            | ObjectRef::Default(..)
            | ObjectRef::Published(..)
            | ObjectRef::DomainConstraint(..)
            | ObjectRef::DefaultPrivileges(_)
            | ObjectRef::Opaque(_) => return None,
        }
        Some(dress.statements)
    }

    /// A schema. Every database has `public`: of that, only what is not as it is from the start.
    fn schema(&self, name: &Name) -> Vec<String> {
        let Some(schema) = self.catalog.schemas.get(name) else {
            return Vec::new();
        };
        let object = ObjectRef::Schema(name.clone());
        let mut dress = Dress {
            of: self,
            object: &object,
            statements: Vec::new(),
        };
        let on = format!("SCHEMA {name}");
        let builtin = builtin::public_schema(self.catalog.major);
        if *name == "public" && (schema.owner.is_some() || builtin.owner.is_none()) {
            if schema.owner != builtin.owner {
                dress.owner(schema.owner.as_ref());
            }
            if schema.comment != builtin.comment {
                let text = schema.comment.as_ref();
                let none = format!("COMMENT ON {on} IS NULL;");
                dress.add(comment(&on, text).unwrap_or(none));
            }
            if self.options.privileges {
                dress
                    .statements
                    .extend(grants_beyond(&builtin, schema, &on));
            }
            return dress.statements;
        }
        if *name == "public" {
            // somebody has dropped the server's own and made another
            dress.add("DROP SCHEMA public;".to_owned());
        }
        dress.add(format!("CREATE SCHEMA {name};"));
        dress.owner(schema.owner.as_ref());
        dress.comment(schema.comment.as_ref());
        dress.grants(&schema.privileges, &on, schema.owner.as_ref());
        dress.statements
    }

    /// Comments of the constraints that come with the table, or with its parents.
    fn constraint_comments(&self, name: &QName, table: &Table, with_table: bool) -> Vec<String> {
        let form = form(self.catalog, name, table);
        let mut statements = Vec::new();
        for (own, constraint) in &table.constraints {
            let listed = form.lists(self.catalog, own, constraint);
            let step = Step::constraint(name, own);
            let at_once = (listed && !self.later.contains(&step))
                || (!listed && matches!(form, Form::PartitionOf(_) | Form::Inherits));
            let by_joining = !listed && !at_once;
            if if with_table { at_once } else { by_joining } {
                statements.extend(self.comments_of(name, own, constraint));
            }
        }
        statements
    }

    fn comments_of(
        &self,
        of: &QName,
        name: &Name,
        constraint: &crate::model::Constraint,
    ) -> Vec<String> {
        let own = comment(
            &format!("CONSTRAINT {name} ON {of}"),
            constraint.comment.as_ref(),
        );
        let index = constraint
            .index()
            .and_then(|index| index.index_comment.as_ref());
        let index = comment(&format!("INDEX {}", of.sibling(name.clone())), index);
        own.into_iter().chain(index).collect()
    }
}

/// The statements of one object: how it is made, and then owner, comments and privileges.
struct Dress<'a> {
    of: &'a Emitter<'a>,
    object: &'a ObjectRef,
    statements: Vec<String>,
}

impl Dress<'_> {
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
        let view = || {
            catalog
                .views
                .get(of)
                .and_then(|view| view.triggers.get(name))
        };
        let trigger: &Trigger = table
            .and_then(|table| table.triggers.get(name))
            .or_else(view)?;
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
