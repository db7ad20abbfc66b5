//! What is demanded of a row, or of a value of a domain.

use segue_catalog::{
    Catalog, Expr, Name, QName,
    model::TypeKind,
    normal::{About, Head, Tree, tree},
};

/// A condition.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    /// The constraint that demands it.
    pub(crate) constraint: String,
    /// What it says; `None`: it is no SQL that can be read here.
    pub(crate) tree: Option<Tree>,
    /// Its text.
    pub(crate) text: String,
    /// What its truth has to be.
    pub(crate) demand: Demand,
}

/// What the truth of a condition has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Demand {
    /// A CHECK passes NULL too.
    NotFalse,
    /// The bound of a partition does not.
    True,
    /// The default partition takes what no other one does.
    NotTrue,
}

impl Condition {
    /// A CHECK of a table.
    pub(crate) fn check(catalog: &Catalog, table: &QName, name: &Name, text: &Expr) -> Self {
        Self {
            constraint: name.to_string(),
            tree: tree(text, catalog, About::condition(Some(table))),
            text: text.to_string(),
            demand: Demand::NotFalse,
        }
    }

    /// All that a domain, and those below it, demand of `value`; NOT NULL aside.
    pub(crate) fn of_domain(catalog: &Catalog, name: &QName) -> Vec<Self> {
        let Some(TypeKind::Domain(domain)) = catalog.types.get(name).map(|own| &own.kind) else {
            return Vec::new();
        };
        let about = About::domain(&domain.base);
        let own = domain.constraints.iter().map(|(name, check)| Self {
            constraint: name.to_string(),
            tree: tree(&check.expression, catalog, about),
            text: check.expression.to_string(),
            demand: Demand::NotFalse,
        });
        let mut all: Vec<Self> = own.collect();
        if !domain.base.array && domain.base.name != *name {
            all.extend(Self::of_domain(catalog, &domain.base.name));
        }
        all
    }

    /// Whether a truth is what it has to be.
    pub(crate) fn admits(&self, truth: Option<bool>) -> bool {
        match self.demand {
            Demand::NotFalse => truth != Some(false),
            Demand::True => truth == Some(true),
            Demand::NotTrue => truth != Some(true),
        }
    }

    /// The condition of a domain about a column.
    pub(crate) fn about(mut self, column: &Name) -> Self {
        if let Some(tree) = &mut self.tree {
            name(tree, column);
        }
        self
    }
}

fn name(tree: &mut Tree, column: &Name) {
    let is_value = match &tree.head {
        Head::Column(names) => matches!(names.as_slice(), [one] if *one == *"value"),
        Head::Word(word) => word == "value",
        _ => false,
    };
    if is_value {
        tree.head = Head::Column(vec![column.clone()]);
    }
    for part in &mut tree.parts {
        name(part, column);
    }
}
