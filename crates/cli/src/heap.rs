//! The heap: whose, and how it is to grow.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    ptr,
};

use mimalloc::MiMalloc;

#[global_allocator]
static HEAP: Heap = Heap;

/// mimalloc for what is small, the C library for what is large.
///
/// Reading SQL takes and gives back small pieces by the million, for which the C library's heap (and that of a static build much
/// more) takes a quarter of the time of a lint: docs/decisions/0004-libraries.md. A text of megabytes is another matter: the C
/// library makes it longer where it is (mremap(2)) and gives it back at once, where mimalloc has two of it meanwhile.
struct Heap;

/// From so many bytes on it is large: what glibc takes from the system by itself (`M_MMAP_THRESHOLD`, mallopt(3)).
const LARGE: usize = 128 << 10;

fn is_large(size: usize) -> bool {
    size >= LARGE
}

// SAFETY: each piece is taken, made longer and given back by the same heap, which its size tells: a layout says the size that the
// piece has, and one that becomes large, or is so no more, is moved to the other heap.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are the same.
        unsafe {
            match is_large(layout.size()) {
                true => System.alloc(layout),
                false => MiMalloc.alloc(layout),
            }
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are the same.
        unsafe {
            match is_large(layout.size()) {
                true => System.alloc_zeroed(layout),
                false => MiMalloc.alloc_zeroed(layout),
            }
        }
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are the same, and the size is that by which the heap was chosen.
        unsafe {
            match is_large(layout.size()) {
                true => System.dealloc(piece, layout),
                false => MiMalloc.dealloc(piece, layout),
            }
        }
    }

    unsafe fn realloc(&self, piece: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promises are the same; a layout of that size is right, as the caller says (`GlobalAlloc::realloc`);
        // the new piece is not the old one, and as much is copied as both have.
        unsafe {
            match (is_large(layout.size()), is_large(size)) {
                (true, true) => System.realloc(piece, layout, size),
                (false, false) => MiMalloc.realloc(piece, layout, size),
                _ => {
                    let new = Layout::from_size_align_unchecked(size, layout.align());
                    let moved = self.alloc(new);
                    if !moved.is_null() {
                        ptr::copy_nonoverlapping(piece, moved, layout.size().min(size));
                        self.dealloc(piece, layout);
                    }
                    moved
                }
            }
        }
    }
}

/// One heap of the C library's for all threads: it is SQLite's. Its thread and the one that waits for it do not work at the
/// same time, and a thread's own heap grows page by page, with a call of the system for each (glibc, `malloc/arena.c`, `grow_heap`).
pub(crate) fn share() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it only sets a parameter of the heap, before there is another thread.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}
