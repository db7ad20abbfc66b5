//! What we use of the library `pglite-oxide`: its program files, its clusters, its server.
//!
//! Owns every call into the library. Each one runs on a thread of its own: the library starts tokio runtimes and
//! may panic, and neither must meet the caller's thread. `engine_missing.rs` stands in its place where the library
//! has no compiled server.

use crate::OpenError;
use pglite_oxide::extensions::{Extension, by_sql_name};
use pglite_oxide::{Pglite, PglitePaths, PgliteServer, install_extension_bytes};
use segue_host::socket::{Address, Stream};
use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::thread;

/// Settings in which the library differs from a server as installed, put back.
const SETTINGS: &[(&str, &str)] = &[
    ("search_path", "\"$user\", public"),
    ("allow_system_table_mods", "off"),
    ("shared_buffers", "16MB"),
];

/// Makes the program files ready: unpacks them at first, loads them into this process.
pub(crate) fn warm_up(dir: &Path) -> Result<(), OpenError> {
    let folder = cache_folder();
    let unusable = |reason: String| OpenError::Cache {
        folder: folder.clone(),
        reason,
    };
    let cache = folder
        .as_deref()
        .ok_or_else(|| unusable("there is no home folder".into()))?;
    // Tried beforehand: the library remembers its first failure until the process ends.
    probe(cache).map_err(|error| unusable(error.to_string()))?;
    apart("warm-up", Pglite::preload).map_err(|reason| {
        if reason.contains(&*cache.to_string_lossy()) {
            unusable(reason)
        } else {
            OpenError::Broken {
                dir: dir.to_path_buf(),
                reason,
            }
        }
    })
}

/// The library's cache, by its own rule.
fn cache_folder() -> Option<PathBuf> {
    directories::ProjectDirs::from("dev", "pglite-oxide", "pglite-oxide")
        .map(|dirs| dirs.cache_dir().to_path_buf())
}

fn probe(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let file = folder.join(format!(".segue-{}", std::process::id()));
    fs::write(&file, b"")?;
    // Of two that probe at once, one finds it removed already.
    let _ = fs::remove_file(&file);
    Ok(())
}

/// Makes a cluster at `root`, which must not exist yet, with an empty `database` in it.
pub(crate) fn create(root: &Path, database: &str) -> Result<(), String> {
    let root = root.to_path_buf();
    let sql = format!("CREATE DATABASE {database}");
    apart("create", move || {
        // Unpacked whole: what the library would make by itself is a layer over files in its cache, which later
        // versions of it refuse.
        let template = pglite_oxide_assets::pgdata_template_archive().unwrap_or_default();
        let template = zstd::decode_all(template)?;
        let mut db = Pglite::builder()
            .path(root)
            .load_data_dir_archive(template)
            .open()?;
        db.exec(&sql, None)?;
        db.close()
    })
}

/// Whether the library has `extension`.
pub(crate) fn bundles(extension: &str) -> bool {
    by_sql_name(extension).is_some()
}

/// The folder that the cluster at `root` sees as its `share/postgresql/extension`, before the one in the cache.
pub(crate) fn extension_folder(root: &Path) -> PathBuf {
    PglitePaths::with_root(root)
        .mount_root()
        .join("pglite/share/postgresql/extension")
}

/// Puts the files of a bundled `extension` and of what it needs into the cluster at `root`.
///
/// The library would do that too when it is told the names, but then it also *creates* them in every database
/// that is connected to, in pg_catalog. It loads whatever it finds installed, so that is not needed.
pub(crate) fn install(root: &Path, extension: &str) -> Result<(), String> {
    let Some(extension) = by_sql_name(extension) else {
        return Ok(());
    };
    let paths = PglitePaths::with_root(root);
    for one in with_needed(extension) {
        let archive = pglite_oxide_assets::extension_archive(one.sql_name())
            .ok_or_else(|| format!("the files of extension {} are missing", one.sql_name()))?;
        install_extension_bytes(&paths, archive).map_err(|error| format!("{error:#}"))?;
    }
    Ok(())
}

fn with_needed(extension: Extension) -> Vec<Extension> {
    let mut all: Vec<Extension> = extension
        .dependencies()
        .iter()
        .filter_map(|name| by_sql_name(name))
        .flat_map(with_needed)
        .collect();
    all.push(extension);
    all
}

/// One server process, so to speak: lives for one connection.
#[derive(Debug)]
pub(crate) struct Backend {
    server: PgliteServer,
}

impl Backend {
    /// Starts a server on the cluster at `root` that listens at `inner`.
    pub(crate) fn start(root: &Path, inner: &Address) -> Result<Backend, String> {
        let (root, inner) = (root.to_path_buf(), inner.clone());
        let server = apart("start", move || {
            let builder = PgliteServer::builder()
                .path(root)
                .postgres_configs(SETTINGS.iter().copied());
            // On each system the library has but the method that fits the address.
            #[cfg(unix)]
            let builder = builder.unix(inner);
            #[cfg(not(unix))]
            let builder = builder.tcp(inner);
            builder.start()
        })?;
        Ok(Backend { server })
    }

    /// Connects to it.
    pub(crate) fn connect(&self) -> io::Result<Stream> {
        #[cfg(unix)]
        let address = self.server.socket_path();
        #[cfg(not(unix))]
        let address = self.server.tcp_addr();
        Stream::connect(address.ok_or(io::ErrorKind::AddrNotAvailable)?)
    }

    /// Stops it once its connection has ended.
    ///
    /// # Errors
    /// What it died of, where it had ended by itself.
    pub(crate) fn stop(self) -> Result<(), String> {
        catch_unwind(AssertUnwindSafe(|| self.server.shutdown()))
            .unwrap_or_else(|_| Ok(()))
            .map_err(|error| format!("{error:#}"))
    }
}

/// Runs `work` on a thread of its own; a panic becomes an error.
fn apart<T: Send + 'static, E: std::fmt::Display + Send + 'static>(
    name: &str,
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, String> {
    let result = thread::Builder::new()
        .name(format!("segue-embedded-{name}"))
        .spawn(move || work().map_err(|error| format!("{error:#}")))
        .map_err(|error| error.to_string())?
        .join();
    result.unwrap_or_else(|panic| Err(format!("the library panicked: {}", words(&*panic))))
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a message")
        .to_owned()
}
