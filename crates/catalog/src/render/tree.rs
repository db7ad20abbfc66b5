//! A tree of the schema for people.

use crate::Catalog;

/// A line of the tree, and what is below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// What it is called.
    pub label: String,
}

/// The schema as a tree.
pub fn tree(catalog: &Catalog) -> Tree {
    Tree {
        label: catalog.major.to_string(),
    }
}
