//! `ALTER COLUMN … TYPE`: whether what is stored stays as it is (`ATColumnChangeRequiresRewrite`, `tablecmds.c`), and what
//! that means for indexes over the column (`CheckIndexCompatible`, `indexcmds.c`).

mod binary;
mod links;
mod modifier;
mod using;

pub(crate) use links::{Kind, Link};
use segue_catalog::{Catalog, DataType, Expr, Session, model::TypeKind};

/// A new type of a column.
pub(super) struct Retyped<'c> {
    pub(super) catalog: &'c Catalog,
    pub(super) session: &'c Session,
    pub(super) column: &'c str,
    pub(super) from: &'c DataType,
    pub(super) to: &'c DataType,
    pub(super) using: Option<&'c Expr>,
}

impl Retyped<'_> {
    /// Whether every row has to be written anew.
    pub(super) fn rewrites(&self) -> bool {
        let Some(using) = self.using else {
            return self.changes_values(self.from, self.to);
        };
        match using::casts(&using.text, self.column, self.to) {
            Some(steps) => {
                let mut from = self.from.clone();
                steps.into_iter().chain([self.to.clone()]).any(|to| {
                    let changes = self.changes_values(&from, &to);
                    from = to;
                    changes
                })
            }
            None => true,
        }
    }

    /// Whether a value of one type is stored otherwise as one of the other, or has to be looked at.
    fn changes_values(&self, from: &DataType, to: &DataType) -> bool {
        if from == to {
            return false;
        }
        let Some(target) = self.unconstrained(to) else {
            return true;
        };
        let source = self.base(from);
        if source.array || target.array {
            // elements are converted one by one, unless there is nothing to do
            return source.array != target.array
                || source.name != target.name
                || (source.modifier != target.modifier && target.modifier.is_some());
        }
        // of a domain, what its base is limited to is not known any more
        let is_domain = source.name != from.name;
        let limit = source.modifier.as_deref().filter(|_| !is_domain);
        if source.name == target.name {
            return modifier::narrows(&target, limit, target.modifier.as_deref());
        }
        if self.is_time_zone_only(&source, &target) {
            return target.modifier != source.modifier && target.modifier.is_some();
        }
        !binary::same(&source, &target) || target.modifier.is_some()
    }

    /// Times with and without a zone are the same where the zone is UTC (`timestamp_support`'s cast functions).
    fn is_time_zone_only(&self, from: &DataType, to: &DataType) -> bool {
        const WITH: &str = "timestamp with time zone";
        const WITHOUT: &str = "timestamp without time zone";
        let pair = (from.is(WITH) && to.is(WITHOUT)) || (from.is(WITHOUT) && to.is(WITH));
        pair && self.session.time_zone.as_deref().is_some_and(is_utc)
    }

    /// What a type is made of; of a domain with constraints: none, since they have to be checked.
    fn unconstrained(&self, of: &DataType) -> Option<DataType> {
        let mut of = of.clone();
        while let Some(domain) = domain(self.catalog, &of) {
            if domain.not_null.is_some() || !domain.constraints.is_empty() {
                return None;
            }
            of = domain.base.clone();
        }
        Some(of)
    }

    fn base(&self, of: &DataType) -> DataType {
        base(self.catalog, of)
    }

    /// Whether an index over the column, by the type's own operators, can stay as it is.
    pub(super) fn keeps_order(&self) -> bool {
        if self.from == self.to {
            return true;
        }
        let (from, to) = (self.base(self.from), self.base(self.to));
        if from.array || to.array {
            // operators for any array are bound to its exact type
            return false;
        }
        binary::operator_class(&from) == binary::operator_class(&to)
    }
}

/// Whether a time zone is one in which local times are those of UTC (`TimestampTimestampTzRequiresRewrite`).
fn is_utc(zone: &str) -> bool {
    [
        "utc",
        "gmt",
        "etc/utc",
        "etc/gmt",
        "uct",
        "etc/uct",
        "zulu",
        "etc/zulu",
        "universal",
        "etc/universal",
        "0",
        "+00",
    ]
    .contains(&zone.to_ascii_lowercase().as_str())
}

/// The domain that a type is.
pub(super) fn domain<'c>(
    catalog: &'c Catalog,
    of: &DataType,
) -> Option<&'c segue_catalog::model::Domain> {
    if of.array {
        return None;
    }
    match &catalog.types.get(&of.name)?.kind {
        TypeKind::Domain(domain) => Some(domain),
        _ => None,
    }
}

/// What a type is in the end, if it is a domain.
fn base(catalog: &Catalog, of: &DataType) -> DataType {
    let mut of = of.clone();
    while let Some(domain) = domain(catalog, &of) {
        of = domain.base.clone();
    }
    of
}

/// Whether a type is a domain with constraints, its own or those of what it is over.
pub(super) fn is_constrained(catalog: &Catalog, of: &DataType) -> bool {
    let mut of = of.clone();
    while let Some(domain) = domain(catalog, &of) {
        if domain.not_null.is_some() || !domain.constraints.is_empty() {
            return true;
        }
        of = domain.base.clone();
    }
    false
}

/// What an expression does to a column, if that is nothing but casts and time zones.
pub(super) fn links(expression: &str, column: &str) -> Option<Vec<Link>> {
    links::of(expression, column)
}

/// Whether the clocks of a time zone never change, as far as its name tells.
pub(super) fn is_steady(zone: &str) -> bool {
    let offset = zone.trim_start_matches(['+', '-']);
    let fixed = offset.starts_with(|first: char| first.is_ascii_digit());
    is_utc(zone) || zone.to_ascii_lowercase().starts_with("etc/") || fixed
}
