//! `ALTER TYPE` and `ALTER DOMAIN`.

use super::Alter;
use crate::{
    ObjectRef, QName,
    model::{Composite, Domain, DomainConstraint, Enum, NotNull, Type, TypeKind},
    normal::About,
    render::{column::default_expression, domain_constraint, literal::literal, name::or_builtin},
};

impl Alter<'_> {
    pub(super) fn of_type(&mut self, name: &QName, first: &Type, second: &Type) {
        let object = ObjectRef::Type(name.clone());
        match (&first.kind, &second.kind) {
            (TypeKind::Enum(first), TypeKind::Enum(second)) => self.values(name, first, second),
            (TypeKind::Composite(first), TypeKind::Composite(second)) => {
                self.attributes(name, first, second);
            }
            (TypeKind::Domain(first), TypeKind::Domain(second)) => {
                self.domain(name, first, second);
            }
            _ => {}
        }
        self.owner(&object, first.owner.as_ref(), second.owner.as_ref());
        self.comment(&object, first.comment.as_ref(), second.comment.as_ref());
        let on = format!("TYPE {name}");
        let owner = second.owner.as_ref();
        self.privileges(&on, None, owner, &first.privileges, &second.privileges);
    }

    /// Each new value behind the one that it follows, or before all others.
    fn values(&mut self, name: &QName, first: &Enum, second: &Enum) {
        for (at, value) in second.values.iter().enumerate() {
            if first.values.contains(value) {
                continue;
            }
            let place = match (at.checked_sub(1), first.values.first()) {
                (Some(before), _) => format!(" AFTER {}", literal(&second.values[before])),
                (None, Some(next)) => format!(" BEFORE {}", literal(next)),
                (None, None) => String::new(),
            };
            // at the end is where a value goes anyway
            let last = !second.values[at..]
                .iter()
                .any(|later| first.values.contains(later));
            let place = if last { String::new() } else { place };
            let value = literal(value);
            self.add(format!("ALTER TYPE {name} ADD VALUE {value}{place};"));
        }
    }

    fn attributes(&mut self, name: &QName, first: &Composite, second: &Composite) {
        let find = |of: &'_ Composite, name: &crate::Name| {
            let mut attributes = of.attributes.iter();
            attributes
                .find(|attribute| attribute.name == *name)
                .cloned()
        };
        for gone in &first.attributes {
            if find(second, &gone.name).is_none() {
                self.add(format!("ALTER TYPE {name} DROP ATTRIBUTE {};", gone.name));
            }
        }
        for attribute in &second.attributes {
            let own = &attribute.name;
            let collation = attribute.collation.as_ref();
            let collation = collation.map(|name| format!(" COLLATE {}", or_builtin(name)));
            let of = format!("{}{}", attribute.data_type, collation.unwrap_or_default());
            let before = find(first, own);
            match &before {
                None => self.add(format!("ALTER TYPE {name} ADD ATTRIBUTE {own} {of};")),
                Some(before)
                    if before.data_type != attribute.data_type
                        || before.collation != attribute.collation =>
                {
                    self.add(format!(
                        "ALTER TYPE {name} ALTER ATTRIBUTE {own} TYPE {of};"
                    ));
                }
                Some(_) => {}
            }
            let comment = before.as_ref().and_then(|before| before.comment.as_ref());
            let on = format!("COLUMN {name}.{own}");
            self.comment_on(&on, comment, attribute.comment.as_ref());
        }
    }

    fn domain(&mut self, name: &QName, first: &Domain, second: &Domain) {
        for (own, gone) in &first.constraints {
            if !second
                .constraints
                .get(own)
                .is_some_and(|other| self.is_same_check(second, gone, other))
            {
                self.add(format!("ALTER DOMAIN {name} DROP CONSTRAINT {own};"));
            }
        }
        let about = About::value(None, &second.base);
        let (default, other) = (first.default.as_ref(), second.default.as_ref());
        if !self.both.same_or_none(default, other, about) {
            let action = other.map_or("DROP DEFAULT".to_owned(), |default| {
                format!("SET DEFAULT {}", default_expression(default))
            });
            self.add(format!("ALTER DOMAIN {name} {action};"));
        }
        self.domain_not_null(name, first.not_null.as_ref(), second.not_null.as_ref());
        for (own, check) in &second.constraints {
            let before = first.constraints.get(own);
            let before = before.filter(|before| self.is_same_check(second, before, check));
            match before {
                None => {
                    let definition = domain_constraint(own, check);
                    let valid = if check.validated { "" } else { " NOT VALID" };
                    self.add(format!("ALTER DOMAIN {name} ADD {definition}{valid};"));
                }
                Some(before) if !before.validated && check.validated => {
                    self.add(format!("ALTER DOMAIN {name} VALIDATE CONSTRAINT {own};"));
                }
                Some(_) => {}
            }
            let comment = before.and_then(|before| before.comment.as_ref());
            let on = format!("CONSTRAINT {own} ON DOMAIN {name}");
            self.comment_on(&on, comment, check.comment.as_ref());
        }
    }

    /// Whether a check need not go. One that is not known to hold does not become so again.
    fn is_same_check(
        &self,
        of: &Domain,
        first: &DomainConstraint,
        second: &DomainConstraint,
    ) -> bool {
        let about = About::domain(&of.base);
        let same = self.both.same(&first.expression, &second.expression, about);
        same && (!first.validated || second.validated)
    }

    fn domain_not_null(&mut self, name: &QName, first: Option<&NotNull>, second: Option<&NotNull>) {
        match (first, second) {
            (None, Some(not_null)) => self.add(match &not_null.name {
                Some(own) if self.both.from.major >= 17 => {
                    format!("ALTER DOMAIN {name} ADD CONSTRAINT {own} NOT NULL;")
                }
                _ => format!("ALTER DOMAIN {name} SET NOT NULL;"),
            }),
            (Some(_), None) => self.add(format!("ALTER DOMAIN {name} DROP NOT NULL;")),
            _ => {}
        }
    }
}
