//! A map that is cheap to copy, and whose copies are cheap to change: what a schema keeps its objects in.

mod page;
mod words;

use std::{borrow::Borrow, fmt, iter, ops, slice, sync::Arc, vec};

use serde::{Serialize, Serializer};

use page::Page;
pub(crate) use words::{Mentions, Sought, Words};

/// So many entries are in a page at most: a change copies one page and the list of pages, which are about the same work
/// for the thousands of tables that a large schema has.
const PAGE: usize = 64;

/// Of fewer pages each entry is sooner looked at than its words are collected.
const FEW: usize = 12;

/// A sorted map of which copies share what is not changed since, so that every moment of a history can be kept.
///
/// It has pages of entries, in order. Copies share the list of pages and the pages; a change copies the list, and the page
/// that it is in.
pub struct Map<K, V> {
    pages: Arc<Vec<Arc<Page<K, V>>>>,
}

impl<K, V> Map<K, V> {
    /// An empty map.
    pub fn new() -> Self {
        Self {
            pages: Arc::new(Vec::new()),
        }
    }

    /// Whether nothing was written to either since one was copied from the other: they are the same then, and comparing
    /// them can be spared.
    pub fn is_shared_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.pages, &other.pages)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.pages.iter().map(|page| page.len()).sum()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// All entries, in order.
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter {
            pages: self.pages.iter(),
            page: [].iter(),
        }
    }

    /// All keys, in order.
    pub fn keys(&self) -> Part<'_, K, V, K> {
        self.iter().map(|(key, _)| key)
    }

    /// All values, in the order of their keys.
    pub fn values(&self) -> Part<'_, K, V, V> {
        self.iter().map(|(_, value)| value)
    }

    /// The first entry.
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        self.iter().next()
    }

    /// The entries on pages that another map does not share: few, where one of them was copied from the other, and all that
    /// are not the same there are among them.
    pub fn apart_from<'a>(&'a self, other: &Self) -> impl Iterator<Item = (&'a K, &'a V)> {
        let mut theirs: Vec<*const Page<K, V>> = other.pages.iter().map(Arc::as_ptr).collect();
        theirs.sort_unstable();
        let own = self.pages.iter();
        let own = own.filter(move |page| theirs.binary_search(&Arc::as_ptr(page)).is_err());
        own.flat_map(|page| page.iter())
            .map(|(key, value)| (key, value))
    }
}

impl<K: Ord, V> Map<K, V> {
    /// The page on which a key is or would be, and where.
    fn place<Q: Ord + ?Sized>(&self, key: &Q) -> (usize, Result<usize, usize>)
    where
        K: Borrow<Q>,
    {
        let behind = (self.pages).partition_point(|page| page[0].0.borrow() <= key);
        let Some(number) = behind.checked_sub(1) else {
            return (0, Err(0));
        };
        let page = &self.pages[number];
        (
            number,
            page.binary_search_by(|(own, _)| own.borrow().cmp(key)),
        )
    }

    fn entry<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&(K, V)>
    where
        K: Borrow<Q>,
    {
        let (page, Ok(at)) = self.place(key) else {
            return None;
        };
        Some(&self.pages[page][at])
    }

    /// The value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.entry(key).map(|(_, value)| value)
    }

    /// The value of a key, and the key as it is kept.
    pub fn get_key_value<Q: Ord + ?Sized>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
    {
        self.entry(key).map(|(key, value)| (key, value))
    }

    /// Whether a key has a value.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.place(key).1.is_ok()
    }

    /// The entries from a key on.
    pub fn from_key<Q: Ord + ?Sized>(&self, key: &Q) -> Iter<'_, K, V>
    where
        K: Borrow<Q>,
    {
        let (number, at) = self.place(key);
        let at = at.unwrap_or_else(|at| at);
        match self.pages.get(number) {
            None => self.iter(),
            Some(page) => Iter {
                pages: self.pages[number + 1..].iter(),
                page: page[at..].iter(),
            },
        }
    }
}

impl<K: Ord + Clone, V: Clone> Map<K, V> {
    /// The value of a key, to be changed.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let (page, Ok(at)) = self.place(key) else {
            return None;
        };
        Some(&mut self.page_mut(page)[at].1)
    }

    /// Gives a key a value, and returns the one that it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let (number, place) = self.place(&key);
        if self.pages.is_empty() {
            Arc::make_mut(&mut self.pages).push(Arc::new(Page::new(vec![(key, value)])));
            return None;
        }
        let page = self.page_mut(number);
        let at = match place {
            Ok(at) => return Some(std::mem::replace(&mut page[at].1, value)),
            Err(at) => at,
        };
        page.insert(at, (key, value));
        if page.len() > PAGE {
            // what comes in order fills its pages
            let rest = if at + 1 == page.len() { at } else { PAGE / 2 };
            let rest = page.split_off(rest);
            Arc::make_mut(&mut self.pages).insert(number + 1, Arc::new(Page::new(rest)));
        }
        None
    }

    /// The value of a key, which it gets if it has none, to be changed.
    pub fn get_or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        if !self.contains_key(&key) {
            self.insert(key.clone(), V::default());
        }
        self.get_mut(&key).expect("it has one now")
    }

    /// Takes the value of a key out.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let (number, Ok(at)) = self.place(key) else {
            return None;
        };
        let page = self.page_mut(number);
        let (_, value) = page.remove(at);
        if page.is_empty() {
            Arc::make_mut(&mut self.pages).remove(number);
        }
        Some(value)
    }

    /// Keeps the entries that are to be kept.
    pub fn retain(&mut self, mut is_kept: impl FnMut(&K, &V) -> bool) {
        let going: Vec<K> = self
            .iter()
            .filter(|(key, value)| !is_kept(key, value))
            .map(|(key, _)| key.clone())
            .collect();
        for key in going {
            self.remove(&key);
        }
    }

    /// The values for which something is true, to be changed: the pages of others stay shared.
    pub fn values_mut_where(
        &mut self,
        is_meant: impl Fn(&K, &V) -> bool,
    ) -> impl Iterator<Item = &mut V> {
        let is_meant = move |(key, value): &(K, V)| is_meant(key, value);
        let has_any = |page: &Arc<Page<K, V>>| page.iter().any(&is_meant);
        let pages: &mut [Arc<Page<K, V>>] = match self.pages.iter().any(has_any) {
            true => Arc::make_mut(&mut self.pages).as_mut_slice(),
            false => &mut [],
        };
        let meant = pages.iter_mut().filter_map(move |page| {
            let at: Vec<bool> = page.iter().map(&is_meant).collect();
            let entries =
                (at.contains(&true)).then(|| Arc::make_mut(page).entries_mut().iter_mut());
            entries.map(|entries| {
                entries
                    .zip(at)
                    .filter_map(|(entry, is)| is.then_some(entry))
            })
        });
        meant.flatten().map(|(_, value)| value)
    }

    /// Puts other values in the place of those for which there are such: the pages of all others stay shared.
    pub fn replace_each(&mut self, other: impl FnMut(&K, &V) -> Option<V>) {
        self.replace_on(|_| true, other);
    }

    fn replace_on(
        &mut self,
        is_meant: impl Fn(&Page<K, V>) -> bool,
        mut other: impl FnMut(&K, &V) -> Option<V>,
    ) {
        for number in 0..self.pages.len() {
            if !is_meant(&self.pages[number]) {
                continue;
            }
            let page = Arc::clone(&self.pages[number]);
            for (at, (key, value)) in page.iter().enumerate() {
                if let Some(value) = other(key, value) {
                    self.page_mut(number)[at].1 = value;
                }
            }
        }
    }

    /// All values, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.iter_mut().map(|(_, value)| value)
    }

    /// All entries, whose values are to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        let pages = Arc::make_mut(&mut self.pages).iter_mut();
        let entries = pages.flat_map(|page| Arc::make_mut(page).entries_mut());
        entries.map(|(key, value)| (&*key, value))
    }

    fn page_mut(&mut self, number: usize) -> &mut Vec<(K, V)> {
        Arc::make_mut(&mut Arc::make_mut(&mut self.pages)[number]).entries_mut()
    }
}

impl<K: Mentions, V: Mentions> Map<K, V> {
    /// The entries that may mention what is sought, by their keys or within: all that do are among them, and of a large map
    /// few others.
    pub(crate) fn mentioning<'a>(
        &'a self,
        sought: &Sought,
    ) -> impl Iterator<Item = (&'a K, &'a V)> + use<'a, K, V> {
        let few = self.pages.len() < FEW;
        let pages = self.pages.iter();
        let meant: Vec<_> = pages.filter(|page| few || page.may_have(sought)).collect();
        let entries = meant.into_iter().flat_map(|page| page.iter());
        entries.map(|(key, value)| (key, value))
    }
}

impl<K: Ord + Clone + Mentions, V: Clone + Mentions> Map<K, V> {
    /// Puts other values in the place of those that mention what is sought, and for which there are such.
    pub(crate) fn replace_mentioning(
        &mut self,
        sought: &Sought,
        other: impl FnMut(&K, &V) -> Option<V>,
    ) {
        let few = self.pages.len() < FEW;
        self.replace_on(|page| few || page.may_have(sought), other);
    }
}

impl<K: Ord + Clone, T> Map<K, Arc<T>> {
    /// The objects that another map does not share with this one, since they were changed, are new or are gone there.
    #[must_use]
    pub fn unlike(&self, other: &Self) -> Self {
        let own = self.apart_from(other);
        let own = own.filter(|(key, value)| {
            !(other.get(*key)).is_some_and(|theirs| Arc::ptr_eq(theirs, value))
        });
        own.map(|(key, value)| (key.clone(), Arc::clone(value)))
            .collect()
    }
}

/// The keys of a [`Map`], or its values.
type Part<'a, K, V, T> = iter::Map<Iter<'a, K, V>, fn((&'a K, &'a V)) -> &'a T>;

/// The entries of a [`Map`], in order.
pub struct Iter<'a, K, V> {
    pages: slice::Iter<'a, Arc<Page<K, V>>>,
    page: slice::Iter<'a, (K, V)>,
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
                && (self.apart_from(other)).all(|(key, value)| other.get(key) == Some(value)))
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

#[cfg(test)]
mod tests;
