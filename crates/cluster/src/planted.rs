//! For tests: the role that docs/security.md has for deploys, with a planted password, and the search for that.
//!
//! Owns: the role, its rights in a database, its password, and the search for it in what is said and kept.
//! Does not own: which tests deploy as whom.

use std::thread;

use crate::{Builder, ClientError, Cluster};

/// The role that logs in.
pub const DEPLOYER: &str = "deployer";

/// Who has the rights; the deployer is a member.
const OWNER: &str = "app_owner";

/// An empty database in whose schema `public` the role may create: for copies, each of which [`may_deploy`] is needed for too.
pub const TEMPLATE: &str = "to_deploy";

/// The deployer's. It is found by nothing but a search for it, and is the same in a URL, in JSON and in SQL.
pub const PASSWORD: &str = "pl4nted0password0that0nobody0may0see";

impl Builder {
    /// As [`for_test`](Self::for_test), with the role that deploys, which has to know its password, and the [`TEMPLATE`].
    ///
    /// # Panics
    /// As there, and where the role cannot be made.
    pub fn for_deploys(self) -> Option<Cluster> {
        let line = format!("local all {DEPLOYER} scram-sha-256");
        let cluster = self.hba(line).for_test()?;
        // from 16 on: most of what a login costs, on either side, is to slow down who guesses
        let quick = match cluster.version().major {
            16.. => "SET scram_iterations = 1;",
            _ => "",
        };
        let roles = format!(
            "{quick} CREATE ROLE {OWNER} NOLOGIN; CREATE ROLE {DEPLOYER} LOGIN IN ROLE {OWNER} PASSWORD '{PASSWORD}';\n\
             CREATE DATABASE {TEMPLATE};\n\\connect {TEMPLATE}\n\
             GRANT USAGE, CREATE ON SCHEMA public TO {OWNER};"
        );
        match cluster.psql("postgres", &roles) {
            Ok(_) => Some(cluster),
            Err(error) => panic!("{error}"),
        }
    }
}

impl Cluster {
    /// The URL of a database, as somebody and with the planted password, whether the server asks for one or not.
    pub fn planted_url(&self, user: &str, database: &str) -> String {
        self.url_as(&format!("{user}:{PASSWORD}"), database)
    }

    /// The URL of a database, as the role that deploys.
    pub fn deployer_url(&self, database: &str) -> String {
        self.planted_url(DEPLOYER, database)
    }

    /// Creates an empty database with a name of its own in which the role may deploy, and returns that role's URL.
    ///
    /// # Errors
    /// What the server has against it.
    pub fn create_database_to_deploy(&self) -> Result<String, ClientError> {
        let name = self.new_name();
        let make = format!(
            "CREATE DATABASE {name} TEMPLATE {TEMPLATE}; {}",
            may_deploy(&name)
        );
        self.psql("postgres", &make)?;
        Ok(self.deployer_url(&name))
    }
}

/// The statement that lets the role deploy in a database: of copies too, since rights on databases are not copied with them.
pub fn may_deploy(database: &str) -> String {
    format!("GRANT CREATE ON DATABASE {database} TO {OWNER}")
}

/// The planted password is not in what came out there.
///
/// # Panics
/// Where it is, unless the thread panics already: then that is said beside.
#[track_caller]
pub fn is_not_in(place: &str, text: impl AsRef<[u8]>) {
    let bytes = text.as_ref();
    if let Some(at) = memchr::memmem::find(bytes, PASSWORD.as_bytes()) {
        let around = &bytes[at.saturating_sub(200)..bytes.len().min(at + 200)];
        accuse(&format!("{place}: …{}…", String::from_utf8_lossy(around)));
    }
}

#[track_caller]
fn accuse(place: &str) {
    let words = format!("the planted password is in {place}");
    match thread::panicking() {
        true => eprintln!("{words}"),
        false => panic!("{words}"),
    }
}

/// The planted password is in no row of schema `segue` of a database. Where the database is gone there is none.
///
/// # Panics
/// Where it is, and where the search does not work out, unless the thread panics already.
#[track_caller]
pub fn is_not_kept_in(cluster: &Cluster, database: &str) {
    let search = format!(
        "SET lock_timeout = '10s'; DO $search$ DECLARE one regclass; found boolean; BEGIN \
         FOR one IN SELECT oid FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = to_regnamespace('segue') LOOP \
         EXECUTE format('SELECT EXISTS (SELECT FROM %s AS t WHERE strpos(t::text, %L) > 0)', one, '{PASSWORD}') INTO found; \
         IF found THEN RAISE EXCEPTION 'rows of % hold it', one; END IF; END LOOP; END $search$;"
    );
    let searched = cluster.psql(database, &search);
    match searched.map_err(|error| error.to_string()) {
        Err(error) if error.contains(" hold it") => {
            accuse(&format!("database {database}: {error}"));
        }
        // that the search did not work out is a fault too, but of a database that is gone
        Err(error) if !error.contains("does not exist") && !thread::panicking() => {
            panic!("database {database} was not searched: {error}")
        }
        _ => {}
    }
}
