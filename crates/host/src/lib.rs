//! What the operating system gives, in words that every system has.
//!
//! Owns: every call that only some systems have, and what other systems do instead. `unix.rs` is the only file of the
//! workspace with calls of Unix, `other.rs` stands in its place elsewhere, and the modules say what both do.
//! Does not own: what the standard library has for all systems (files, locks, processes, TCP), and what is made of all
//! this.
//! Reads next: the module of a subject, then its part of `unix.rs`.
//!
//! | Subject | On Unix | Elsewhere |
//! |---|---|---|
//! | [`signal`]: ending others | signals of kill(2) | an error; a console tells its own processes by itself |
//! | [`signal`]: being asked to stop | SIGINT and SIGTERM | Ctrl-C |
//! | [`process`]: groups, ends with its parent | groups of processes; prctl(2) on Linux | nothing |
//! | [`file`](mod@file): who may read, enter, execute | the bits of its mode | everything counts as ours alone, and as executable |
//! | [`file`](mod@file): which file it is | device and inode | not known |
//! | [`socket`]: local ones | Unix-domain sockets | TCP on 127.0.0.1 |
//! | [`user`]: another one to run as | those of the passwd file | there is none |

pub mod file;
pub mod process;
pub mod signal;
pub mod socket;
pub mod user;

#[cfg(unix)]
#[path = "unix.rs"]
mod system;
#[cfg(not(unix))]
#[path = "other.rs"]
mod system;
