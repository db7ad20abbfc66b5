//! The files of a large folder, read by several threads: to open each of them takes longer than anything else that is done with it.

use std::{
    num::NonZero,
    panic::resume_unwind,
    thread::{Builder, available_parallelism, scope},
};

/// So many files are read before a second thread would have begun.
const FEW: usize = 64;
/// More do not help: the system takes the same locks for each of them.
const MOST: usize = 4;

/// What becomes of each item, in their order.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], one: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = available_parallelism().map_or(1, NonZero::get);
    let threads = cores.min(MOST).min(items.len() / FEW);
    if threads < 2 {
        return items.iter().map(one).collect();
    }
    let share = items.len().div_ceil(threads);
    let (first, rest) = items.split_at(share);
    let all = |items: &[T]| -> Vec<R> { items.iter().map(&one).collect() };
    scope(|scope| {
        let begun: Vec<_> = rest
            .chunks(share)
            .map(|items| {
                let thread = Builder::new().spawn_scoped(scope, move || all(items));
                thread.map_err(|_| items)
            })
            .collect();
        let mut done = all(first);
        for thread in begun {
            done.extend(match thread {
                Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
                // The system gives no more threads.
                Err(items) => all(items),
            });
        }
        done
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_items() {
        for count in [0, 1, FEW - 1, FEW * 2, FEW * 5 + 3, 1000] {
            let items: Vec<usize> = (0..count).collect();
            let doubled: Vec<usize> = items.iter().map(|item| item * 2).collect();
            assert_eq!(map(&items, |item| item * 2), doubled, "{count} items");
        }
    }

    #[test]
    #[should_panic(expected = "the last")]
    fn a_panic_is_the_callers() {
        let items: Vec<usize> = (0..FEW * 4).collect();
        map(&items, |item| assert_ne!(*item, FEW * 4 - 1, "the last"));
    }
}
