//! Where variables are looked up: the process environment, which the edge passes in, then `.env`.

use std::fmt;

use segue_sql::Problem;

use super::{dotenv::DotEnv, settings::Setting};

/// The variables that a project sees.
#[derive(Clone, Copy)]
pub struct Vars<'a> {
    process: &'a dyn Fn(&str) -> Option<String>,
    dotenv: Option<&'a DotEnv>,
}

impl fmt::Debug for Vars<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vars")
            .field("dotenv", &self.dotenv)
            .finish()
    }
}

impl<'a> Vars<'a> {
    /// The process environment alone.
    pub fn new(process: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            process,
            dotenv: None,
        }
    }

    /// With a `.env` for what the process environment does not have.
    #[must_use]
    pub fn with_dotenv(mut self, dotenv: &'a DotEnv) -> Self {
        self.dotenv = Some(dotenv);
        self
    }

    /// A variable and where it is from. An empty one is there: what that means is the caller's.
    ///
    /// # Errors
    /// `.env` has it on a line that cannot be read, or twice with different values.
    pub fn get(&self, name: &str) -> Result<Option<Setting<String>>, Problem> {
        if let Some(setting) = self.process(name) {
            return Ok(Some(setting));
        }
        self.dotenv(name)
    }

    /// Of the process environment only.
    pub(super) fn process(&self, name: &str) -> Option<Setting<String>> {
        (self.process)(name).map(|value| Setting {
            value,
            origin: format!("environment variable {name}"),
        })
    }

    /// Of `.env` only.
    pub(super) fn dotenv(&self, name: &str) -> Result<Option<Setting<String>>, Problem> {
        self.dotenv.map_or(Ok(None), |dotenv| dotenv.get(name))
    }

    pub(super) fn dotenv_file(&self) -> Option<&'a DotEnv> {
        self.dotenv
    }
}
