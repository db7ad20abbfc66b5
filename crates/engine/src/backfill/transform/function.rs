//! Functions of the program that deploys, which rows go through as through a program of their own.

use std::{collections::BTreeMap, fmt, sync::Arc};

/// A function: the line for a row in, the line with its answer out.
pub type Function = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// Functions by the names that migrations know them by.
#[derive(Clone, Default)]
pub struct Functions(BTreeMap<String, Function>);

impl Functions {
    /// Adds one; another one of the same name goes.
    pub fn insert(&mut self, name: impl Into<String>, function: Function) {
        self.0.insert(name.into(), function);
    }

    /// The one of a name.
    pub fn get(&self, name: &str) -> Option<&Function> {
        self.0.get(name)
    }

    /// The names of all.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl fmt::Debug for Functions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}
