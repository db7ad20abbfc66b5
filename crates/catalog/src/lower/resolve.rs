//! What a name in a statement stands for: `search_path` and the schemas (ddl-schemas.html, `namespace.c`).

use segue_sql::Problem;
use squawk_syntax::ast::{self, AstNode};

use super::{
    Context,
    names::{self, Written},
    suggest,
};
use crate::{Name, OpaqueId, QName, RoutineId, catalog::Relation};

impl Context<'_> {
    /// The schemas in which an unqualified name is looked for, in order. Temporary tables come first and
    /// `pg_catalog` next, unless the path lists them itself.
    pub(crate) fn search_path(&self) -> Vec<Name> {
        let path = &self.session.search_path;
        let mut all = Vec::with_capacity(path.len() + 2);
        for implicit in ["pg_temp", "pg_catalog"] {
            if !path.iter().any(|schema| *schema == *implicit) {
                all.push(Name::stored(implicit));
            }
        }
        all.extend(path.iter().cloned());
        all
    }

    /// The schemas in which this name is looked for: the one that is written, or the path.
    fn schemas_for(&self, written: &Written) -> Vec<Name> {
        match &written.schema {
            Some(schema) => vec![schema.clone()],
            None => self.search_path(),
        }
    }

    /// The relation that a name stands for: table, view, index, sequence, composite type.
    pub(crate) fn find_relation(&self, written: &Written) -> Option<(QName, Relation)> {
        self.schemas_for(written).into_iter().find_map(|schema| {
            let name = QName::new(schema, written.name.clone());
            let found = self.catalog.relation(&name)?;
            Some((name, found))
        })
    }

    /// As [`find_relation`](Self::find_relation); a problem where there is none.
    pub(crate) fn relation(&mut self, node: &impl AstNode) -> Option<(QName, Relation)> {
        let written = names::written(node);
        let found = self.find_relation(&written);
        if found.is_none() {
            self.missing_relation(node, "relation", &written);
        }
        found
    }

    /// The table that a name stands for; a problem where there is none.
    pub(crate) fn table(&mut self, node: &impl AstNode) -> Option<QName> {
        let (name, found) = self.relation(node)?;
        if found == Relation::Table {
            return Some(name);
        }
        self.problem(
            node.syntax(),
            format!("\"{}\" is not a table", name.name.as_str()),
        );
        None
    }

    /// The table or view that a name stands for; a problem where there is none.
    pub(crate) fn table_or_view(&mut self, node: &impl AstNode) -> Option<(QName, Relation)> {
        let (name, found) = self.relation(node)?;
        if matches!(found, Relation::Table | Relation::View) {
            return Some((name, found));
        }
        let message = format!("\"{}\" is not a table or view", name.name.as_str());
        self.problem(node.syntax(), message);
        None
    }

    /// Says that there is no such relation, and which one may have been meant. `kind` is what the server calls it
    /// in this place: `relation`, `table`, `view`, `index`, `sequence`.
    pub(crate) fn missing_relation(&mut self, node: &impl AstNode, kind: &str, written: &Written) {
        if self.is_foreign(written) {
            let reason = format!("{written} is an object of the server or of an extension");
            return self.unknown(reason);
        }
        let mut problem = match kind {
            "relation" => Problem::new(format!("relation \"{written}\" does not exist")),
            // a DROP names it without its schema (`DropErrorMsgNonExistent`)
            _ => Problem::new(format!(
                "{kind} \"{}\" does not exist",
                written.name.as_str()
            )),
        };
        if let Some(schema) = &written.schema
            && !self.has_schema(schema)
        {
            problem = self.missing_schema_problem(schema);
        } else if let Some(meant) = suggest::relation(self, written) {
            problem = problem.help(format!("did you mean {meant}?"));
        }
        self.report(node.syntax(), problem);
    }

    /// Whether the name is one that the model leaves out: of the server, or of an extension.
    pub(crate) fn is_foreign(&self, written: &Written) -> bool {
        let of_server = written.is_system()
            || (written.schema.is_none() && written.name.starts_with("pg_"))
            || written
                .schema
                .as_ref()
                .is_some_and(|schema| schema == "pg_toast");
        of_server || super::extensions::has_relation(&self.catalog, written)
    }

    /// Whether there is such a schema, those of the server included.
    pub(crate) fn has_schema(&self, schema: &Name) -> bool {
        self.catalog.schemas.contains_key(schema)
            || ["pg_catalog", "information_schema", "pg_temp", "pg_toast"]
                .iter()
                .any(|system| *schema == *system)
    }

    /// A problem where there is no such schema.
    pub(crate) fn check_schema(&mut self, node: &impl AstNode, schema: &Name) -> bool {
        let found = self.has_schema(schema);
        if !found {
            let problem = self.missing_schema_problem(schema);
            self.report(node.syntax(), problem);
        }
        found
    }

    fn missing_schema_problem(&self, schema: &Name) -> Problem {
        let problem = Problem::new(format!("schema \"{}\" does not exist", schema.as_str()));
        match suggest::closest(schema, self.catalog.schemas.keys().map(Name::as_str)) {
            Some(meant) => problem.help(format!("did you mean {meant}?")),
            None => problem,
        }
    }

    /// The full name of a new object: in the schema that is written, or the first of the path that there is.
    pub(crate) fn new_name(&mut self, node: &impl AstNode) -> Option<QName> {
        let written = names::written(node);
        let schema = self.creation_schema(node, written.schema.as_ref())?;
        Some(QName::new(schema, written.name))
    }

    /// Where a new object goes (`QualifiedNameGetCreationNamespace`).
    pub(crate) fn creation_schema(
        &mut self,
        node: &impl AstNode,
        written: Option<&Name>,
    ) -> Option<Name> {
        if let Some(schema) = written {
            return self.check_schema(node, schema).then(|| schema.clone());
        }
        let path = &self.session.search_path;
        let first = path.iter().find(|schema| self.has_schema(schema)).cloned();
        if first.is_none() {
            self.problem(node.syntax(), "no schema has been selected to create in");
        }
        first
    }

    /// The functions, procedures and aggregates that a name can stand for, those of schemas earlier in the path
    /// first; a later one with the same arguments is hidden by an earlier one.
    pub(crate) fn find_routines(&self, written: &Written) -> Vec<RoutineId> {
        let mut found: Vec<RoutineId> = Vec::new();
        for schema in self.schemas_for(written) {
            let name = QName::new(schema, written.name.clone());
            let first = RoutineId {
                name: name.clone(),
                arguments: Vec::new(),
            };
            let of_name = self
                .catalog
                .routines
                .from_key(&first)
                .map(|(id, _)| id)
                .take_while(|id| id.name == name);
            for id in of_name {
                if !found.iter().any(|one| one.arguments == id.arguments) {
                    found.push(id.clone());
                }
            }
        }
        found
    }

    /// The user-defined type that a name stands for: an enum, a domain, a composite type, a table's row.
    pub(crate) fn find_user_type(&self, written: &Written) -> Option<QName> {
        self.schemas_for(written).into_iter().find_map(|schema| {
            let name = QName::new(schema, written.name.clone());
            self.is_type(&name).then_some(name)
        })
    }

    /// Whether a type has this name; tables and views have one of their rows.
    pub(crate) fn is_type(&self, name: &QName) -> bool {
        let multirange = |kind: &crate::model::TypeKind| match kind {
            crate::model::TypeKind::Range(range) => range.multirange == *name,
            _ => false,
        };
        self.catalog.types.contains_key(name)
            || self.catalog.tables.contains_key(name)
            || self.catalog.views.contains_key(name)
            || self.catalog.types.values().any(|of| multirange(&of.kind))
            || self.catalog.opaque.contains_key(&base_type(name))
            || super::extensions::has_type(&self.catalog, name)
    }

    /// The role that a statement names; `None`: the one that deploys.
    pub(crate) fn role(&self, role: &ast::RoleRef) -> Option<Name> {
        match role.role_ref_value()? {
            ast::RoleRefValue::RoleNameRef(named) => Some(names::name(&named)),
            ast::RoleRefValue::RoleRefCurrentRole(_) | ast::RoleRefValue::RoleRefCurrentUser(_) => {
                self.session.role.clone()
            }
            ast::RoleRefValue::RoleRefSessionUser(_) => None,
        }
    }
}

/// What a base type, which needs C, is in the model.
pub(crate) fn base_type(name: &QName) -> OpaqueId {
    OpaqueId {
        kind: "type",
        identity: name.to_string(),
    }
}
