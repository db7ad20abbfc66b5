//! The arguments of what may use a shadow database.

use clap::Args as ClapArgs;

/// Where it is learned what statements do that cannot be told from their text.
#[derive(Debug, ClapArgs)]
pub(crate) struct Shadow {
    /// A server on which a shadow database may be made, or an empty database; also `shadow_url` of segue.toml
    #[arg(long, value_name = "URL", conflicts_with = "no_shadow")]
    pub(crate) shadow_url: Option<String>,
    /// Learn nothing from a shadow database, and say what is not known
    #[arg(long)]
    pub(crate) no_shadow: bool,
}

impl Shadow {
    /// Tells the library.
    pub(crate) fn onto(&self, migrator: segue::Migrator) -> segue::Migrator {
        let migrator = migrator.no_shadow(self.no_shadow);
        match &self.shadow_url {
            Some(url) => migrator.shadow_url(url),
            None => migrator,
        }
    }
}
