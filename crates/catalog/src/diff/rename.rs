//! Objects that only have another name in the second schema, by what the user says; and default privileges.

use super::{Action, Rename, alter, walk::Walk};
use crate::{
    DefaultPrivilegesKey, Name, ObjectRef, QName,
    model::TypeKind,
    render::{address, alter as alter_table, literal::literal},
};

impl Walk<'_> {
    /// Renames what is to be renamed and still has its old name.
    pub(super) fn rename(&mut self) {
        for Rename { object, to } in &self.options.renames {
            if !self.current.has(object) {
                continue;
            }
            let statement = match object {
                ObjectRef::Column(of, name) if self.current.tables.contains_key(of) => {
                    alter_table(of, &format!("RENAME COLUMN {name} TO {to}"))
                }
                ObjectRef::Column(of, name) => self.rename_part(of, name, to),
                ObjectRef::Constraint(of, name) => {
                    alter_table(of, &format!("RENAME CONSTRAINT {name} TO {to}"))
                }
                ObjectRef::DomainConstraint(of, name) => {
                    format!("ALTER DOMAIN {of} RENAME CONSTRAINT {name} TO {to};")
                }
                ObjectRef::Trigger(of, name) => {
                    format!("ALTER TRIGGER {name} ON {of} RENAME TO {to};")
                }
                ObjectRef::Rule(of, name) => format!("ALTER RULE {name} ON {of} RENAME TO {to};"),
                ObjectRef::Policy(of, name) => {
                    format!("ALTER POLICY {name} ON {of} RENAME TO {to};")
                }
                other => format!("ALTER {} RENAME TO {to};", address(&self.current, other)),
            };
            self.run(Action::Rename, object, vec![statement]);
        }
    }

    /// A column of a view, an attribute of a composite type, or a value of an enum, which is called like one.
    fn rename_part(&self, of: &QName, name: &Name, to: &Name) -> String {
        let kind = self.current.types.get(of).map(|of| &of.kind);
        match kind {
            Some(TypeKind::Enum(_)) => {
                let (value, to) = (literal(name), literal(to));
                format!("ALTER TYPE {of} RENAME VALUE {value} TO {to};")
            }
            Some(_) => format!("ALTER TYPE {of} RENAME ATTRIBUTE {name} TO {to};"),
            None => {
                let on = address(&self.current, &ObjectRef::View(of.clone()));
                format!("ALTER {on} RENAME COLUMN {name} TO {to};")
            }
        }
    }

    /// What new objects get from now on. Whether anything of it changes.
    pub(super) fn default_privileges(&mut self) -> bool {
        if !self.options.privileges {
            return false;
        }
        let before = self.changes.len();
        let keys: std::collections::BTreeSet<DefaultPrivilegesKey> = self
            .current
            .default_privileges
            .keys()
            .chain(self.to.default_privileges.keys())
            .cloned()
            .collect();
        for key in keys {
            let gone = key.schema.as_ref().is_some_and(|schema| {
                !self.current.schemas.contains_key(schema) || !self.to.schemas.contains_key(schema)
            });
            if !gone {
                let statements = alter::default_privileges(&self.current, self.to, &key);
                let whose = key
                    .role
                    .as_ref()
                    .map_or(String::new(), |role| role.to_string());
                self.run(
                    Action::Alter,
                    &ObjectRef::DefaultPrivileges(whose),
                    statements,
                );
            }
        }
        self.changes.len() > before
    }
}
