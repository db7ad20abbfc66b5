//! What a [`Map`] is to others: a collection that can be walked, compared, collected and serialised.

use std::{borrow::Borrow, fmt, iter, ops, slice, sync::Arc, vec};

use serde::{Serialize, Serializer};

use super::{Map, Page};

/// The keys of a [`Map`], or its values.
pub(super) type Part<'a, K, V, T> = iter::Map<Iter<'a, K, V>, fn((&'a K, &'a V)) -> &'a T>;

/// The entries of a [`Map`], in order.
pub struct Iter<'a, K, V> {
    pub(super) pages: slice::Iter<'a, Arc<Page<K, V>>>,
    pub(super) page: slice::Iter<'a, (K, V)>,
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((key, value)) = self.page.next() {
                return Some((key, value));
            }
            self.page = self.pages.next()?.iter();
        }
    }
}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self {
            pages: self.pages.clone(),
            page: self.page.clone(),
        }
    }
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> Clone for Map<K, V> {
    fn clone(&self) -> Self {
        Self {
            pages: Arc::clone(&self.pages),
        }
    }
}

impl<K: Ord + Borrow<Q>, V, Q: Ord + ?Sized> ops::Index<&Q> for Map<K, V> {
    type Output = V;

    /// # Panics
    /// Where the key has no value.
    fn index(&self, key: &Q) -> &V {
        self.get(key).expect("the key has a value")
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Map<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K: Ord, V: PartialEq> PartialEq for Map<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.is_shared_with(other)
            || (self.len() == other.len()
                && self.beside(other).all(|(_, own, theirs)| own == theirs))
    }
}

impl<K: Ord, V: Eq> Eq for Map<K, V> {}

impl<K: Ord + Clone, V: Clone, const N: usize> From<[(K, V); N]> for Map<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K: Ord + Clone, V: Clone> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

impl<K: Ord + Clone, V: Clone> Extend<(K, V)> for Map<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K: Clone, V: Clone> IntoIterator for Map<K, V> {
    type Item = (K, V);
    type IntoIter = iter::FlatMap<
        vec::IntoIter<Arc<Page<K, V>>>,
        Vec<(K, V)>,
        fn(Arc<Page<K, V>>) -> Vec<(K, V)>,
    >;

    fn into_iter(self) -> Self::IntoIter {
        let pages = Arc::unwrap_or_clone(self.pages).into_iter();
        pages.flat_map(|page| Arc::unwrap_or_clone(page).into_entries())
    }
}

impl<'a, K, V> IntoIterator for &'a Map<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K: Serialize, V: Serialize> Serialize for Map<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}
