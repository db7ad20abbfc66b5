//! `CREATE`, `ALTER` and `DROP DOMAIN` (sql-createdomain.html, sql-alterdomain.html).

use std::collections::{BTreeMap, BTreeSet};

use squawk_syntax::ast::{self, AstNode};

use super::{lifecycle, types};
use crate::{
    Change, Expr, Name, ObjectRef, QName, TypeChange, choose,
    lower::{Context, expression, names},
    model::{Domain, DomainConstraint, NotNull, TypeKind},
};

/// `CREATE DOMAIN`.
pub(super) fn create(context: &mut Context<'_>, statement: &ast::CreateDomain) {
    let (Some(node), Some(ty)) = (statement.domain(), statement.ty()) else {
        return;
    };
    let Some(name) = context.new_name(&node) else {
        return;
    };
    if context.is_type(&name) || context.catalog.relation(&name).is_some() {
        return lifecycle::already_there(context, &node, "type");
    }
    let Some(base) = context.data_type(&ty) else {
        return;
    };
    let mut domain = Domain {
        base,
        collation: None,
        not_null: None,
        default: None,
        constraints: BTreeMap::new(),
    };
    for qualifier in statement.domain_qualifiers() {
        match qualifier {
            ast::DomainQualifier::Collate(collate) => {
                domain.collation = types::collation(context, &collate);
            }
            ast::DomainQualifier::Constraint(constraint) => {
                add_to_new(context, &name, &mut domain, &constraint);
            }
        }
    }
    types::add(context, name, TypeKind::Domain(domain));
}

fn add_to_new(
    context: &mut Context<'_>,
    name: &QName,
    domain: &mut Domain,
    constraint: &ast::Constraint,
) {
    let mut taken: BTreeSet<Name> = domain.constraints.keys().cloned().collect();
    taken.extend(domain.not_null.iter().filter_map(|one| one.name.clone()));
    match constraint {
        ast::Constraint::CheckConstraint(check) => {
            let named = constraint_name(context, name, constraint, "check", &taken);
            if let Some(made) = check_of(check) {
                domain.constraints.insert(named, made);
            }
        }
        ast::Constraint::NotNullConstraint(_) => {
            domain.not_null = Some(not_null(context, name, Some(constraint), &taken));
        }
        ast::Constraint::DefaultConstraint(default) => {
            domain.default = default.expr().and_then(|expr| default_of(&expr));
        }
        ast::Constraint::NullConstraint(_) => {}
        other => {
            let message = "a domain has CHECK, NOT NULL and DEFAULT only";
            context.problem(other.syntax(), message);
        }
    }
}

/// The name that is written, or the one that the server chooses (`ChooseConstraintName`).
fn constraint_name(
    context: &Context<'_>,
    domain: &QName,
    constraint: &ast::Constraint,
    label: &str,
    taken: &BTreeSet<Name>,
) -> Name {
    match constraint.constraint_name() {
        Some(name) => names::name(&name),
        None => chosen_name(context, domain, label, taken),
    }
}

fn chosen_name(context: &Context<'_>, domain: &QName, label: &str, taken: &BTreeSet<Name>) -> Name {
    choose::constraint(
        &context.catalog,
        &domain.schema,
        (&domain.name, None, label),
        taken,
    )
}

/// From PostgreSQL 17 on the NOT NULL of a domain is a constraint with a name (release-17.html).
fn not_null(
    context: &Context<'_>,
    domain: &QName,
    constraint: Option<&ast::Constraint>,
    taken: &BTreeSet<Name>,
) -> NotNull {
    if context.catalog.major < 17 {
        return NotNull::named(None);
    }
    let name = match constraint {
        Some(constraint) => constraint_name(context, domain, constraint, "not_null", taken),
        None => chosen_name(context, domain, "not_null", taken),
    };
    NotNull::named(Some(name))
}

fn check_of(check: &ast::CheckConstraint) -> Option<DomainConstraint> {
    let not_valid = check
        .constraint_options()
        .any(|option| matches!(option, ast::ConstraintOption::NotValid(_)));
    Some(DomainConstraint {
        expression: expression::expr(&check.expr()?),
        validated: !not_valid,
        comment: None,
    })
}

/// A default of NULL is none (`AlterDomainDefault` in `typecmds.c`).
fn default_of(expr: &ast::Expr) -> Option<Expr> {
    let written = expression::expr(expr);
    (!written.text.eq_ignore_ascii_case("null")).then_some(written)
}

/// `ALTER DOMAIN`.
pub(super) fn alter(context: &mut Context<'_>, statement: &ast::AlterDomain) {
    let found = statement
        .domain_ref()
        .and_then(|node| find(context, &node, false));
    let (Some(ObjectRef::Type(name)), Some(action)) = (found, statement.action()) else {
        return;
    };
    let object = ObjectRef::Type(name.clone());
    use ast::AlterDomainAction as Action;
    let change = match action {
        Action::OwnerTo(to) => return lifecycle::set_owner(context, object, &to),
        Action::SetSchema(to) => return lifecycle::set_schema(context, object, &to),
        Action::DomainRenameTo(to) => return lifecycle::rename(context, object, to.domain()),
        Action::RenameConstraint(to) => return rename_constraint(context, name, &to),
        Action::AddConstraint(add) => add_constraint(context, &name, &add),
        Action::DropConstraint(drop) => drop_constraint(context, &name, &drop),
        Action::ValidateConstraint(validate) => validate
            .constraint_name_ref()
            .and_then(|node| has_constraint(context, &name, &node, false))
            .map(TypeChange::ValidateConstraint),
        Action::SetDefault(set) => set
            .expr()
            .map(|expr| TypeChange::SetDefault(default_of(&expr))),
        Action::DropDefault(_) => Some(TypeChange::SetDefault(None)),
        Action::SetNotNull(_) => set_not_null(context, &name, None),
        Action::DropNotNull(_) => Some(TypeChange::SetNotNull(None)),
    };
    if let Some(change) = change {
        context.emit(Change::Type { name, change });
    }
}

fn domain<'a>(context: &'a Context<'_>, name: &QName) -> Option<&'a Domain> {
    match &context.catalog.types.get(name)?.kind {
        TypeKind::Domain(domain) => Some(domain),
        _ => None,
    }
}

/// A domain that has it already keeps the one it has.
fn set_not_null(
    context: &mut Context<'_>,
    name: &QName,
    constraint: Option<&ast::Constraint>,
) -> Option<TypeChange> {
    if domain(context, name).is_some_and(|domain| domain.not_null.is_some()) {
        context.emit(Change::Nothing);
        return None;
    }
    let made = not_null(context, name, constraint, &BTreeSet::new());
    Some(TypeChange::SetNotNull(Some(made)))
}

fn add_constraint(
    context: &mut Context<'_>,
    name: &QName,
    add: &ast::AddConstraint,
) -> Option<TypeChange> {
    let constraint = add.constraint()?;
    match &constraint {
        ast::Constraint::CheckConstraint(check) => {
            let named = constraint_name(context, name, &constraint, "check", &BTreeSet::new());
            if domain(context, name)?.constraints.contains_key(&named) {
                let message = format!(
                    "constraint \"{}\" for domain \"{}\" already exists",
                    named.as_str(),
                    name.name.as_str()
                );
                context.problem(add.syntax(), message);
                return None;
            }
            Some(TypeChange::AddConstraint {
                name: named,
                constraint: check_of(check)?,
            })
        }
        ast::Constraint::NotNullConstraint(_) => set_not_null(context, name, Some(&constraint)),
        other => {
            let message = "a domain has CHECK and NOT NULL constraints only";
            context.problem(other.syntax(), message);
            None
        }
    }
}

/// The constraint, if the domain has it; a problem where it has not.
pub(super) fn has_constraint(
    context: &mut Context<'_>,
    name: &QName,
    node: &ast::ConstraintNameRef,
    missing_ok: bool,
) -> Option<Name> {
    let constraint = names::name(node);
    let found = domain(context, name)?;
    let there = found.constraints.contains_key(&constraint) || is_not_null(found, &constraint);
    if !there && !missing_ok {
        let message = format!(
            "constraint \"{}\" of domain \"{}\" does not exist",
            constraint.as_str(),
            name.name.as_str()
        );
        context.problem(node.syntax(), message);
    }
    there.then_some(constraint)
}

fn is_not_null(domain: &Domain, constraint: &Name) -> bool {
    let not_null = domain.not_null.as_ref();
    not_null.and_then(|one| one.name.as_ref()) == Some(constraint)
}

fn drop_constraint(
    context: &mut Context<'_>,
    name: &QName,
    drop: &ast::DropConstraint,
) -> Option<TypeChange> {
    let missing_ok = drop.if_exists().is_some();
    let found = has_constraint(context, name, &drop.constraint_name_ref()?, missing_ok);
    if found.is_none() && missing_ok {
        context.emit(Change::Nothing);
    }
    let constraint = found?;
    if is_not_null(domain(context, name)?, &constraint) {
        return Some(TypeChange::SetNotNull(None));
    }
    Some(TypeChange::DropConstraint(constraint))
}

fn rename_constraint(context: &mut Context<'_>, name: QName, to: &ast::RenameConstraint) {
    let found = to
        .constraint_name_ref()
        .and_then(|node| has_constraint(context, &name, &node, false));
    if let Some(constraint) = found {
        let object = ObjectRef::DomainConstraint(name, constraint);
        lifecycle::rename(context, object, to.constraint_name());
    }
}

/// `DROP DOMAIN`.
pub(super) fn drop(context: &mut Context<'_>, statement: &ast::DropDomain) {
    lifecycle::drop(
        context,
        statement.domain_refs(),
        statement.if_exists().is_some(),
        lifecycle::cascades(statement.drop_behavior()),
        find,
    );
}

/// The domain that is named.
pub(super) fn find(
    context: &mut Context<'_>,
    node: &ast::DomainRef,
    missing_ok: bool,
) -> Option<ObjectRef> {
    let found = types::find(context, node, missing_ok)?;
    if let ObjectRef::Type(name) = &found
        && context.catalog.types.contains_key(name)
        && domain(context, name).is_none()
    {
        let message = format!("\"{}\" is not a domain", name.name.as_str());
        context.problem(node.syntax(), message);
        return None;
    }
    Some(found)
}
