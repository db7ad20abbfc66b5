//! What the domains of a column's type say of it.

use segue_catalog::{
    Catalog, DataType, Expr,
    model::{Domain, TypeKind},
};

/// The domains of a type, one over the other.
pub(crate) struct Domains<'a>(Vec<&'a Domain>);

impl<'a> Domains<'a> {
    /// None for a type that is no domain.
    pub(crate) fn of(catalog: &'a Catalog, of: &'a DataType) -> Self {
        let domain = |of: &'a DataType| match &catalog.types.get(&of.name)?.kind {
            // an array of a domain is none
            TypeKind::Domain(domain) if !of.array => Some(domain),
            _ => None,
        };
        let domains = std::iter::successors(domain(of), |above| domain(&above.base));
        Self(domains.collect())
    }

    /// What a column is that has no default of its own.
    pub(crate) fn default(&self) -> Option<&'a Expr> {
        self.0.iter().find_map(|domain| domain.default.as_ref())
    }

    /// Whether a NULL may be refused: by NOT NULL, or by a CHECK that could be false of it. Most are not, since what compares
    /// a NULL is NULL itself, and that passes (sql-createdomain.html).
    pub(crate) fn may_refuse_null(&self) -> bool {
        let looks_at_null = |text: &str| {
            let text = text.to_lowercase();
            text.contains("null") || text.contains("coalesce") || text.contains(" is ")
        };
        self.0.iter().any(|domain| {
            let mut checks = domain.constraints.values();
            domain.not_null.is_some() || checks.any(|check| looks_at_null(&check.expression.text))
        })
    }
}
