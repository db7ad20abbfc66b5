//! The heap: whose, and how it is to grow.

/// Reading SQL takes and gives back small pieces by the million, which the C library's heap (and that of a static build
/// much more) takes a quarter of the time of a lint for: docs/decisions/0004-libraries.md.
#[global_allocator]
static HEAP: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// One heap of the C library's for all threads: it is SQLite's. Its thread and the one that waits for it do not work at the
/// same time, and a thread's own heap grows page by page, with a call of the system for each (glibc, `malloc/arena.c`, `grow_heap`).
pub(crate) fn share() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it only sets a parameter of the heap, before there is another thread.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}
