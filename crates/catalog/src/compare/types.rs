//! Types.

use std::{collections::BTreeMap, sync::Arc};

use super::{majors, report::Report};
use crate::{
    Map, Name, ObjectRef, QName,
    model::{Attribute, Composite, Domain, DomainConstraint, Enum, Range, Type, TypeKind},
    normal::About,
};

/// Types by name.
pub(super) fn types(
    report: &mut Report<'_>,
    first: &Map<QName, Arc<Type>>,
    second: &Map<QName, Arc<Type>>,
) {
    report.each(
        first,
        second,
        |name| ObjectRef::Type(name.clone()),
        |report, name, first, second| {
            if first == second {
                return;
            }
            let Type {
                kind,
                owner,
                privileges,
                comment,
            } = &**first;
            type_kind(report, name, kind, &second.kind);
            let mut this = report.of(ObjectRef::Type(name.clone()));
            this.owner(owner, &second.owner);
            this.privileges(privileges, &second.privileges);
            this.comment(comment, &second.comment);
        },
    );
}

fn type_kind(report: &mut Report<'_>, name: &QName, first: &TypeKind, second: &TypeKind) {
    let mut this = report.of(ObjectRef::Type(name.clone()));
    match (first, second) {
        (TypeKind::Enum(first), TypeKind::Enum(second)) => {
            let Enum { values } = first;
            this.value("values", values, &second.values);
        }
        (TypeKind::Composite(first), TypeKind::Composite(second)) => {
            composite(report, name, first, second);
        }
        (TypeKind::Domain(first), TypeKind::Domain(second)) => domain(report, name, first, second),
        (TypeKind::Range(first), TypeKind::Range(second)) => {
            let Range {
                subtype,
                operator_class,
                collation,
                canonical,
                subtype_diff,
                multirange,
            } = first;
            this.value("subtype", subtype, &second.subtype);
            this.value("operator class", operator_class, &second.operator_class);
            this.value("collation", collation, &second.collation);
            this.value("canonical", canonical, &second.canonical);
            this.value("subtype difference", subtype_diff, &second.subtype_diff);
            this.value("multirange", multirange, &second.multirange);
        }
        (TypeKind::Shell, TypeKind::Shell) => {}
        (first, second) => this.value("kind", first, second),
    }
}

fn composite(report: &mut Report<'_>, name: &QName, first: &Composite, second: &Composite) {
    let Composite { attributes } = first;
    let names = |attributes: &[Attribute]| -> Vec<Name> {
        attributes.iter().map(|one| one.name.clone()).collect()
    };
    let by_name = |attributes: &[Attribute]| -> BTreeMap<Name, Attribute> {
        let named = attributes.iter().map(|one| (one.name.clone(), one.clone()));
        named.collect()
    };
    let (first, second) = (attributes, &second.attributes);
    report.each(
        &by_name(first),
        &by_name(second),
        |attribute| ObjectRef::Column(name.clone(), attribute.clone()),
        |report, attribute, first, second| {
            let Attribute {
                name: _,
                data_type,
                collation,
                comment,
            } = first;
            let mut this = report.of(ObjectRef::Column(name.clone(), attribute.clone()));
            this.value("type", data_type, &second.data_type);
            this.value("collation", collation, &second.collation);
            this.comment(comment, &second.comment);
        },
    );
    let (mut first, mut second) = (names(first), names(second));
    let (first_all, second_all) = (first.clone(), second.clone());
    first.retain(|one| second_all.contains(one));
    second.retain(|one| first_all.contains(one));
    report
        .of(ObjectRef::Type(name.clone()))
        .value("attribute order", &first, &second);
}

fn domain(report: &mut Report<'_>, name: &QName, first: &Domain, second: &Domain) {
    let Domain {
        base,
        collation,
        not_null,
        default,
        constraints,
    } = first;
    let major = report.older_major();
    let mut this = report.of(ObjectRef::Type(name.clone()));
    this.value("base", base, &second.base);
    this.value("collation", collation, &second.collation);
    this.not_null(
        majors::domain_not_null(not_null.as_ref(), major).as_ref(),
        majors::domain_not_null(second.not_null.as_ref(), major).as_ref(),
    );
    this.optional_expression(
        "default",
        default.as_ref(),
        second.default.as_ref(),
        About::value(None, base),
    );
    report.each(
        constraints,
        &second.constraints,
        |constraint| ObjectRef::DomainConstraint(name.clone(), constraint.clone()),
        |report, constraint, first, second| {
            let DomainConstraint {
                expression,
                validated,
                comment,
            } = first;
            let address = ObjectRef::DomainConstraint(name.clone(), constraint.clone());
            let mut this = report.of(address);
            let about = About::domain(base);
            this.expression("check", expression, &second.expression, about);
            this.value("validated", validated, &second.validated);
            this.comment(comment, &second.comment);
        },
    );
}
