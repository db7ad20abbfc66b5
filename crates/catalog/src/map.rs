//! A map that is cheap to copy, and whose copies are cheap to change: what a schema keeps its objects in.

mod page;
mod traits;
mod words;

use std::{borrow::Borrow, cmp::Ordering, iter, sync::Arc};

use page::Page;
pub(crate) use traits::Iter;
use traits::Part;
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

    /// The entries on pages that another map does not share: few, where one of them was copied from the other, and all that
    /// are not the same there are among them.
    fn apart_from<'a>(&'a self, other: &Self) -> impl Iterator<Item = (&'a K, &'a V)> {
        let mut theirs: Vec<*const Page<K, V>> = other.pages.iter().map(Arc::as_ptr).collect();
        theirs.sort_unstable();
        let own = self.pages.iter();
        let own = own.filter(move |page| theirs.binary_search(&Arc::as_ptr(page)).is_err());
        own.flat_map(|page| page.iter())
            .map(|(key, value)| (key, value))
    }
}

impl<K: Ord, V> Map<K, V> {
    /// The keys on pages that the two maps do not share, in order, each with what both have for it: every key for which they
    /// have different values is among them.
    pub fn beside<'a>(
        &'a self,
        other: &'a Self,
    ) -> impl Iterator<Item = (&'a K, Option<&'a V>, Option<&'a V>)> {
        let mut own = self.apart_from(other).peekable();
        let mut theirs = other.apart_from(self).peekable();
        iter::from_fn(move || {
            let order = match (own.peek(), theirs.peek()) {
                (None, None) => return None,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some((own, _)), Some((theirs, _))) => own.cmp(theirs),
            };
            let first = own.next_if(|_| order.is_le());
            let second = theirs.next_if(|_| order.is_ge());
            let (key, _) = first.or(second)?;
            Some((key, first.map(|it| it.1), second.map(|it| it.1)))
        })
    }

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
        let may_have = self.by_words(sought);
        let pages = self.pages.iter();
        let meant: Vec<_> = pages.filter(|page| may_have(page)).collect();
        let entries = meant.into_iter().flat_map(|page| page.iter());
        entries.map(|(key, value)| (key, value))
    }

    /// Whether a page may mention what is sought.
    fn by_words<'s>(&self, sought: &'s Sought) -> impl Fn(&Page<K, V>) -> bool + use<'s, K, V> {
        let few = self.pages.len() < FEW;
        move |page| few || page.may_have(sought)
    }
}

impl<K: Ord + Clone + Mentions, V: Clone + Mentions> Map<K, V> {
    /// Puts other values in the place of those that mention what is sought, and for which there are such.
    pub(crate) fn replace_mentioning(
        &mut self,
        sought: &Sought,
        other: impl FnMut(&K, &V) -> Option<V>,
    ) {
        let may_have = self.by_words(sought);
        self.replace_on(may_have, other);
    }
}

impl<K: Ord + Clone, T> Map<K, Arc<T>> {
    /// The objects that another map does not share with this one, since they were changed, are new or are gone there.
    #[must_use]
    pub fn unlike(&self, other: &Self) -> Self {
        let own = self.beside(other).filter_map(|(key, value, theirs)| {
            let value = value?;
            let is_shared = theirs.is_some_and(|theirs| Arc::ptr_eq(theirs, value));
            (!is_shared).then(|| (key.clone(), Arc::clone(value)))
        });
        own.collect()
    }
}

#[cfg(test)]
mod tests;
