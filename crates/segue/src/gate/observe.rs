//! How long statements are watched: as it is written on the command line and in segue.toml.

use segue_engine::{Failure, Observe};
use segue_project::config::{self, Setting};
use segue_sql::Problem;

use crate::workplace::Workplace;

/// How long statements are watched, as people write it: a time, `auto` or `none`.
pub fn parse_observe(text: &str) -> Option<Observe> {
    match text {
        "auto" => Some(Observe::Auto),
        "none" => Some(Observe::Not),
        time => config::parse_duration(time).map(Observe::For),
    }
}

impl Workplace {
    /// For how long statements are watched before something is taken away from them, where the project says so.
    pub(crate) fn observe(&self) -> Result<Option<Observe>, Failure> {
        let found = self.settings()?.contract_observe(&self.vars())?;
        Ok(found.map(observe_of).transpose()?)
    }
}

/// For how long statements are watched, as it is written.
fn observe_of(setting: Setting<String>) -> Result<Observe, Problem> {
    let (text, origin) = (&setting.value, &setting.origin);
    parse_observe(text).ok_or_else(|| {
        Problem::new(format!("`contract.observe` is `{text}` ({origin})"))
            .help("write a time such as \"60s\", or \"auto\", or \"none\"")
    })
}
