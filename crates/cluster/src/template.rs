//! The fresh data folder that every cluster starts as a copy of: `initdb` takes about a second, a copy
//! some hundredths. Owns when a template is good, and that only one process builds it.

use crate::{
    Installation, SUPERUSER, StartError,
    account::Account,
    folder::{Base, Folder},
};
use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::{Duration, SystemTime},
};

/// To be raised whenever `build` makes something else than before.
const FORMAT: u32 = 2;

/// Systems clean their temporary folders file by file, the most eager ones after three days: a
/// template older than this may have holes.
const LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// A new cluster folder whose data folder is a copy of the template, which is built if need be.
pub(crate) fn copy(
    base: &Base,
    server: &Installation,
    account: Account,
) -> Result<Folder, StartError> {
    let template = path(base, server);
    let lock = base.lock_file()?;
    loop {
        lock.lock_shared()
            .map_err(StartError::io("lock", &base.path))?;
        if is_good(&template) {
            break;
        }
        lock.unlock()
            .map_err(StartError::io("unlock", &base.path))?;
        // Somebody else may build it while we wait here, or make it too old meanwhile: look again.
        lock.lock().map_err(StartError::io("lock", &base.path))?;
        if !is_good(&template) {
            build(base, server, account, &template)?;
        }
    }
    let folder = Folder::create(base)?;
    // By a command, as the server's user: what it makes belongs to that user, and copy-on-write file
    // systems make it free.
    let mut copy = account.command(Path::new("cp"));
    copy.arg("-R").arg(template.join(".")).arg(folder.data());
    check("cp", run("cp", &mut copy)?)?;
    Ok(folder)
}

/// Two installations may differ though their versions are equal, so the path counts too.
fn path(base: &Base, server: &Installation) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    (FORMAT, &server.bin_dir).hash(&mut hasher);
    base.path.join(format!(
        "template-{}-{:016x}",
        server.version,
        hasher.finish()
    ))
}

/// Is it there, and young enough to be whole?
pub(crate) fn is_good(template: &Path) -> bool {
    let made = fs::metadata(template.join("PG_VERSION")).and_then(|facts| facts.modified());
    // A time in the future means that the clock was set: as good as new.
    made.is_ok_and(|made| SystemTime::now().duration_since(made).unwrap_or_default() < LIFETIME)
}

fn build(
    base: &Base,
    server: &Installation,
    account: Account,
    template: &Path,
) -> Result<(), StartError> {
    let new = base.path.join("new-template");
    for leftover in [&new, template] {
        match fs::remove_dir_all(leftover) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(StartError::io("remove", leftover)(error));
            }
            _ => {}
        }
    }
    // Bytewise order as on every system, but letters known beyond ASCII; not all systems name it so.
    let output = initdb(base, server, account, &new, "C.UTF-8")?;
    if !output.status.success() {
        fs::remove_dir_all(&new).map_err(StartError::io("remove", &new))?;
        check("initdb", initdb(base, server, account, &new, "C")?)?;
    }
    fs::rename(&new, template).map_err(StartError::io("rename", new))
}

fn initdb(
    base: &Base,
    server: &Installation,
    account: Account,
    data: &Path,
    letters: &str,
) -> Result<Output, StartError> {
    base.server_folder(data)?;
    let mut command = account.command(&server.bin_dir.join("initdb"));
    command
        .args([
            "--username",
            SUPERUSER,
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
            "--no-sync",
        ])
        .args(["--locale", "C", "--lc-ctype", letters])
        // Small WAL files: 16 MB less to copy.
        .args(["--wal-segsize", "1"])
        .arg("--pgdata")
        .arg(data);
    run("initdb", &mut command)
}

pub(crate) fn run(name: &'static str, command: &mut Command) -> Result<Output, StartError> {
    let program = command.get_program().to_owned();
    command.output().map_err(|source| {
        let doing = if name == "cp" { "copy with" } else { "run" };
        StartError::io(doing, program)(source)
    })
}

pub(crate) fn check(command: &'static str, output: Output) -> Result<(), StartError> {
    if output.status.success() {
        return Ok(());
    }
    Err(StartError::Command {
        command,
        status: output.status.to_string(),
        output: String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(),
    })
}
