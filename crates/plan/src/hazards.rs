//! The rules: one hazard per file, each listed here once.

use crate::Rule;

/// Lists the files, each of which has its `RULE`.
macro_rules! hazards {
    ($($file:ident),* $(,)?) => {
        $(mod $file;)*

        /// All rules, in the order of their files.
        pub static RULES: &[&Rule] = &[$(&$file::RULE),*];

        /// The names of the files that are listed.
        #[cfg(test)]
        const FILES: &[&str] = &[$(stringify!($file)),*];
    };
}

hazards![index_not_concurrent, unused_acknowledgement,];

pub(crate) use unused_acknowledgement::finding as unused_acknowledgement;

/// The rule of this id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}

#[cfg(test)]
mod tests;
