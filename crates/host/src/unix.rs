//! What Unix has. The only file of the workspace with calls that other systems lack; all unsafe code of this crate is here.
//! What each function is for stands in the module of its subject.

use std::{
    fs::{self, DirBuilder, File, Metadata, Permissions},
    io,
    net::SocketAddr,
    os::unix::{
        fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown},
        net::{UnixListener, UnixStream},
        process::{CommandExt, ExitStatusExt},
    },
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
};

use crate::{
    file::{Access, FileId},
    signal::Signal,
};

// ---- signals

fn number(signal: Signal) -> libc::c_int {
    match signal {
        Signal::Interrupt => libc::SIGINT,
        Signal::Terminate => libc::SIGTERM,
        Signal::Quit => libc::SIGQUIT,
        Signal::Kill => libc::SIGKILL,
    }
}

/// To kill(2) zero is our own group, and minus one is every process there is.
fn pid(id: u32) -> io::Result<libc::pid_t> {
    match libc::pid_t::try_from(id) {
        Ok(pid) if pid > 1 => Ok(pid),
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}

fn kill(pid: libc::pid_t, signal: Signal) -> io::Result<()> {
    // SAFETY: takes two numbers and touches no memory of ours.
    match unsafe { libc::kill(pid, number(signal)) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

pub(crate) fn send(child: u32, signal: Signal) -> io::Result<()> {
    kill(pid(child)?, signal)
}

pub(crate) fn send_to_group(leader: u32, signal: Signal) -> io::Result<()> {
    kill(-pid(leader)?, signal)
}

pub(crate) fn signal_that_ended(status: ExitStatus) -> Option<i32> {
    status.signal()
}

/// `None` for one that cannot be listened for.
#[cfg(feature = "stop-signals")]
#[derive(Debug)]
pub(crate) struct Stops {
    interrupt: Option<tokio::signal::unix::Signal>,
    terminate: Option<tokio::signal::unix::Signal>,
}

#[cfg(feature = "stop-signals")]
impl Stops {
    pub(crate) fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Self {
            interrupt: signal(SignalKind::interrupt()).ok(),
            terminate: signal(SignalKind::terminate()).ok(),
        }
    }

    pub(crate) async fn next(&mut self) -> Signal {
        std::future::poll_fn(|context| {
            let both = [
                (&mut self.interrupt, Signal::Interrupt),
                (&mut self.terminate, Signal::Terminate),
            ];
            for (listener, signal) in both {
                let come = listener.as_mut().map(|it| it.poll_recv(context));
                if come.is_some_and(|come| come.is_ready()) {
                    return std::task::Poll::Ready(signal);
                }
            }
            std::task::Poll::Pending
        })
        .await
    }
}

// ---- processes

pub(crate) fn lead_group(command: &mut Command) {
    command.process_group(0);
}

#[cfg(target_os = "linux")]
pub(crate) fn die_with_parent(command: &mut Command, signal: Signal) {
    let parent = std::process::id();
    let signal = number(signal);
    let ask = move || {
        // SAFETY: takes numbers only and is async-signal-safe: a bare system call.
        if unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, signal) } != 0 {
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

#[cfg(not(target_os = "linux"))]
pub(crate) fn die_with_parent(_: &mut Command, _: Signal) {}

pub(crate) fn shell(line: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(line);
    command
}

// ---- files

fn mode(access: Access) -> u32 {
    match access {
        Access::PrivateFile => 0o600,
        Access::ReadableFile => 0o644,
        Access::PrivateFolder => 0o700,
        Access::EnterableFolder => 0o711,
    }
}

#[allow(clippy::unnecessary_wraps, reason = "other systems have none")]
pub(crate) fn permissions(access: Access) -> Option<Permissions> {
    Some(Permissions::from_mode(mode(access)))
}

pub(crate) fn create_folder(path: &Path, access: Access) -> io::Result<()> {
    DirBuilder::new().mode(mode(access)).create(path)
}

pub(crate) fn is_private(metadata: &Metadata) -> bool {
    metadata.mode() & 0o077 == 0
}

pub(crate) fn others_may_write(metadata: &Metadata) -> bool {
    metadata.mode() & 0o022 != 0
}

pub(crate) fn others_may_enter(metadata: &Metadata) -> bool {
    metadata.mode() & 0o001 != 0
}

pub(crate) fn is_executable(metadata: &Metadata) -> bool {
    metadata.mode() & 0o111 != 0
}

pub(crate) fn owner(metadata: &Metadata) -> Option<u32> {
    Some(metadata.uid())
}

pub(crate) fn id_of(path: &Path) -> io::Result<Option<FileId>> {
    let found = fs::metadata(path)?;
    Ok(Some(FileId {
        device: found.dev(),
        number: found.ino(),
    }))
}

pub(crate) fn open_without_waiting(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    match options.open(path) {
        // Another process is to give up its lease of the file first (fcntl(2)).
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => File::open(path),
        result => result,
    }
}

pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

// ---- sockets

pub(crate) type Listener = UnixListener;
pub(crate) type Stream = UnixStream;
pub(crate) type Address = PathBuf;

/// The room for a socket's path on the systems that have least, in bytes (macOS, unix(4): 104 with the zero behind it).
const LONGEST: usize = 103;

pub(crate) fn address(folder: &Path, name: &str) -> Address {
    folder.join(name)
}

pub(crate) fn fits(path: &Path) -> bool {
    path.as_os_str().len() <= LONGEST
}

pub(crate) fn listen(folder: &Path, name: &str) -> io::Result<(Listener, Address)> {
    let address = address(folder, name);
    match fs::remove_file(&address) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    Ok((Listener::bind(&address)?, address))
}

pub(crate) fn tcp(_: &Address) -> Option<SocketAddr> {
    None
}

#[cfg(feature = "async-socket")]
pub(crate) type AsyncStream = tokio::net::UnixStream;

#[cfg(feature = "async-socket")]
pub(crate) async fn connect(path: &Path) -> io::Result<AsyncStream> {
    AsyncStream::connect(path).await
}

// ---- users

pub(crate) fn effective_id() -> Option<u32> {
    // SAFETY: takes nothing, cannot fail, touches no memory.
    Some(unsafe { libc::geteuid() })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct User {
    uid: u32,
    gid: u32,
}

impl User {
    pub(crate) fn unprivileged(name: &str) -> io::Result<Option<Self>> {
        Ok(find(&fs::read_to_string("/etc/passwd")?, name))
    }

    pub(crate) fn run(self, command: &mut Command) {
        // With a uid given, and being root, the standard library drops our other groups too.
        command.uid(self.uid).gid(self.gid);
    }

    pub(crate) fn give(self, path: &Path) -> io::Result<()> {
        chown(path, Some(self.uid), Some(self.gid))
    }
}

/// The user of this name in the text of a passwd file, unless it is root by another name.
fn find(users: &str, name: &str) -> Option<User> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == name).then_some(())?;
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        (uid != 0).then_some(User { uid, gid })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_its_whole_name_and_never_root() {
        let users = "root:x:0:0::/root:/bin/sh\npostgresql:x:7:8::/:/bin/sh\npostgres:x:101:104:a,,:/v:/b\nnobody:x:0:0::/:/b\n";
        assert_eq!(find(users, "postgres"), Some(User { uid: 101, gid: 104 }));
        assert_eq!(find(users, "nobody"), None);
        assert_eq!(find(users, "postgre"), None);
    }
}
