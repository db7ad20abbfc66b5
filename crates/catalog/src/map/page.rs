//! Entries of a map that are copied together.

use std::{ops::Deref, sync::OnceLock};

use super::words::{Mentions, Sought, Words};

/// Entries in order; never none.
pub struct Page<K, V> {
    entries: Vec<(K, V)>,
    /// What they mention: collected when it is first asked for.
    words: OnceLock<Words>,
}

impl<K, V> Page<K, V> {
    pub(super) fn new(entries: Vec<(K, V)>) -> Self {
        Self {
            entries,
            words: OnceLock::new(),
        }
    }

    /// The entries, to be changed.
    pub(super) fn entries_mut(&mut self) -> &mut Vec<(K, V)> {
        self.words = OnceLock::new();
        &mut self.entries
    }

    pub(super) fn into_entries(self) -> Vec<(K, V)> {
        self.entries
    }
}

impl<K: Mentions, V: Mentions> Page<K, V> {
    /// Whether an entry may mention what is sought.
    pub(super) fn may_have(&self, sought: &Sought) -> bool {
        let words = self.words.get_or_init(|| {
            let mut words = Words::default();
            for (key, value) in &self.entries {
                key.mention(&mut words);
                value.mention(&mut words);
            }
            words.sorted()
        });
        sought.may_be_in(words)
    }
}

impl<K: Clone, V: Clone> Clone for Page<K, V> {
    /// A copy is made to be changed: what it mentions is no use to it.
    fn clone(&self) -> Self {
        Self::new(self.entries.clone())
    }
}

impl<K, V> Deref for Page<K, V> {
    type Target = Vec<(K, V)>;

    fn deref(&self) -> &Self::Target {
        &self.entries
    }
}
