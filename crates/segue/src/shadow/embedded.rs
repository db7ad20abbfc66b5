//! A shadow database in the embedded PostgreSQL 17, with data of its own in a temporary folder.

use segue_cluster::memory;
use segue_engine::Failure;
use tempfile::TempDir;

use super::{Keeper as Kept, Shadow, Wanted, major_of};
use crate::server::{Link, target_of};

/// The server and its folder.
pub(super) struct Keeper {
    server: segue_embedded::Embedded,
    folder: TempDir,
}

impl Keeper {
    /// Stops the server, then removes its folder.
    pub(super) fn close(self) {
        // Nobody needs the data.
        let _ = self.server.close();
        drop(self.folder);
    }
}

/// Opens it, in memory where it is for many small databases; why that could not be done.
pub(super) async fn open(wanted: &Wanted<'_>, is_for_many: bool) -> Result<Shadow, String> {
    let said = |failure: Failure| {
        let problem = failure.problems.first();
        let message = problem.map_or_else(String::new, |problem| problem.message.clone());
        format!("the embedded PostgreSQL did not open: {message}")
    };
    let place = memory().filter(|_| is_for_many);
    let folder = tempfile::tempdir_in(place.unwrap_or_else(std::env::temp_dir))
        .map_err(|error| format!("no temporary folder for the embedded PostgreSQL: {error}"))?;
    let data = folder.path().join("postgres");
    let link = Link::embedded(&data, wanted.extensions)
        .await
        .map_err(said)?;
    let major = major_of(&link.session).await.map_err(said)?;
    let (session, server) = link.into_parts();
    let server = server.ok_or("the embedded PostgreSQL did not open")?;
    let target = target_of(&server).map_err(|problem| problem.message)?;
    Ok(Shadow {
        session,
        name: "the embedded PostgreSQL 17".to_owned(),
        major,
        is_throwaway: true,
        takes_one: true,
        target,
        keeper: Kept::Embedded(Keeper { server, folder }),
    })
}
