//! How the C library's heap is to grow.

/// One heap for all threads. SQLite's thread and the one that waits for it do not work at the same time, and a
/// thread's own heap grows page by page, with a call of the system for each (glibc, `malloc/arena.c`, `grow_heap`).
pub(crate) fn share() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it only sets a parameter of the heap, before there is another thread.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}
