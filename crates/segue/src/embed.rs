//! Migrations that are in the program itself, put there by `embed!`. They are deployed without anything on
//! disk: no `segue.toml`, `.env` or folder is looked for.

use segue_engine::{Deployed, Failure};
use segue_project::{Choice, Content, Folder, Survey, Verdict, layout};
use segue_sql::Problem;

use crate::Migrator;

/// A folder of migrations in the program: what `embed!` becomes.
///
/// Its layout was settled when the program was compiled.
#[derive(Debug, Clone, Copy)]
pub struct Embedded {
    folder: &'static str,
    layout: &'static str,
    reason: &'static str,
    is_explicit: bool,
    files: &'static [(&'static str, Content<'static>)],
}

impl Embedded {
    /// For `embed!` alone: what it gives here it has checked.
    #[doc(hidden)]
    pub const fn of_macro(
        folder: &'static str,
        (layout, reason, is_explicit): (&'static str, &'static str, bool),
        files: &'static [(&'static str, Content<'static>)],
    ) -> Self {
        Self {
            folder,
            layout,
            reason,
            is_explicit,
            files,
        }
    }

    /// The folder as it was named in `embed!`.
    pub fn folder(&self) -> &'static str {
        self.folder
    }

    /// The layout, by its name in [`LAYOUTS`](crate::LAYOUTS).
    pub fn layout(&self) -> &'static str {
        self.layout
    }

    /// Equal for equal ones, within one program.
    #[cfg(feature = "testing")]
    pub(crate) fn id(&self) -> (usize, &'static str) {
        (self.files.as_ptr().addr(), self.layout)
    }

    /// The folder in memory, with the layout that it had at compile time.
    pub(crate) fn survey(&self) -> Result<Survey, Failure> {
        let layout = layout::by_name(self.layout).ok_or_else(|| {
            Problem::new(format!("`{}` is no layout", self.layout))
                .help("build the program with `segue` and `segue-macros` of the same version")
        })?;
        Ok(Survey {
            folder: Folder::in_memory(self.folder, self.files.iter().copied()),
            verdict: Verdict::Settled(Choice {
                layout,
                reason: format!("{}, when the program was built", self.reason),
                explicit: self.is_explicit,
            }),
        })
    }
}

impl From<Embedded> for Migrator {
    fn from(embedded: Embedded) -> Self {
        Self::new().embedded(embedded)
    }
}

impl Migrator {
    /// Migrations that are in the program, rather than those of a folder.
    ///
    /// Nothing is looked for on disk then. The URL is what [`url`](Self::url) says, else `DATABASE_URL` or
    /// `DATABASE_URL_FILE` of the environment; without any the deploy is refused. Settings come from the
    /// methods here and from a file that [`config`](Self::config) names.
    #[must_use]
    pub fn embedded(mut self, embedded: Embedded) -> Self {
        self.embedded = Some(embedded);
        self
    }

    /// [`deploy`](Self::deploy) to the database behind this URL.
    ///
    /// # Errors
    /// See [`FailureKind`](crate::FailureKind).
    pub async fn deploy_to(&self, url: impl Into<String>) -> Result<Deployed, Failure> {
        let migrator = self.clone().url(url);
        migrator.deploy().await
    }

    /// Refuses what contradicts migrations that are in the program.
    pub(crate) fn refuse_folder(&self) -> Result<(), Failure> {
        let given = [
            ("dir", self.dir.is_some()),
            ("layout", self.layout.is_some()),
            ("project", self.project.is_some()),
            ("env", self.env.is_some() && self.config.is_none()),
        ];
        match given.iter().find(|(_, is_given)| *is_given) {
            None => Ok(()),
            Some((name, _)) => Err(Problem::new(format!(
                "`{name}` was given for migrations that are in the program"
            ))
            .note("their folder and layout were settled when the program was built, and no segue.toml is looked for")
            .help("leave it out, or leave out `embedded`; `env` needs a file named by `config`")
            .into()),
        }
    }
}

/// No URL for migrations that are in the program: an application's database is never a guess.
pub(crate) fn without_url() -> Failure {
    Problem::new("no database URL for the migrations that are in the program")
        .help("give it with `url`, or set DATABASE_URL; `url(\"embedded\")` is the embedded PostgreSQL")
        .into()
}

#[cfg(test)]
mod tests {
    use segue_project::config::Resolution;

    use super::*;
    use crate::workplace::Workplace;

    #[tokio::test]
    async fn without_a_url_nothing_is_deployed() {
        let files = &[("1_a/up.sql", Content::Text("SELECT 1;"))];
        let migrator = Migrator::from(Embedded::of_macro("m", ("diesel", "", false), files));
        let workplace = Workplace::of(&migrator).unwrap_or_else(|failure| panic!("{failure}"));
        let survey = migrator
            .survey(&workplace)
            .unwrap_or_else(|failure| panic!("{failure}"));
        let resolution = Resolution::default();
        let server = migrator.server(&workplace, &survey, &resolution);
        let failure = server.await.err().expect("it is refused");
        assert!(failure.to_string().contains("no database URL"), "{failure}");
    }
}
