//! The few system calls that the standard library lacks. All unsafe code of this crate is here.

#[cfg(target_os = "linux")]
use std::{ffi::CString, mem::MaybeUninit, os::unix::ffi::OsStrExt};
use std::{
    io,
    path::Path,
    process::{Child, Command},
};

/// The user that we act as.
pub(crate) fn effective_user() -> u32 {
    // SAFETY: takes nothing, cannot fail, touches no memory.
    unsafe { libc::geteuid() }
}

/// Sends a signal to a child that has not been waited for, so that its number cannot be another's.
pub(crate) fn signal(child: &Child, signal: libc::c_int) -> io::Result<()> {
    let pid = libc::pid_t::try_from(child.id()).map_err(io::Error::other)?;
    // SAFETY: takes two numbers and touches no memory of ours.
    match unsafe { libc::kill(pid, signal) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Makes the child receive SIGQUIT (for PostgreSQL: stop at once) when the *thread* that spawned it
/// ends. Only Linux can do that; see `server.rs` for what holds elsewhere.
#[cfg(target_os = "linux")]
pub(crate) fn die_with_parent(command: &mut Command) {
    use std::os::unix::process::CommandExt;

    let parent = std::process::id();
    let ask = move || {
        // SAFETY: takes numbers only and is async-signal-safe: a bare system call.
        if unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGQUIT) } != 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: takes nothing, cannot fail, is async-signal-safe.
        let parent_now = unsafe { libc::getppid() };
        // Our parent may have died before we asked; then nobody would ever tell us.
        if u32::try_from(parent_now) == Ok(parent) {
            Ok(())
        } else {
            Err(io::Error::from_raw_os_error(libc::ESRCH))
        }
    };
    // SAFETY: between fork and exec only async-signal-safe calls are allowed: `ask` makes two system
    // calls and builds errors from numbers, which neither allocates nor locks. The standard library
    // runs it after its setuid, which would have cleared the request.
    unsafe { command.pre_exec(ask) };
}

/// Nothing to ask for here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn die_with_parent(_: &mut Command) {}

/// How many bytes anybody may still write in the file system of a folder; none where that is not known.
#[cfg(target_os = "linux")]
pub(crate) fn free_bytes(folder: &Path) -> Option<u64> {
    let path = CString::new(folder.as_os_str().as_bytes()).ok()?;
    let mut facts = MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: the path ends with a zero byte, and the facts have room for the answer.
    if unsafe { libc::statvfs(path.as_ptr(), facts.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: the call has succeeded, so it has written them.
    let facts = unsafe { facts.assume_init() };
    Some(facts.f_bavail.saturating_mul(facts.f_frsize))
}

/// Elsewhere no folder is known that is in memory.
#[cfg(not(target_os = "linux"))]
pub(crate) fn free_bytes(_: &Path) -> Option<u64> {
    None
}
