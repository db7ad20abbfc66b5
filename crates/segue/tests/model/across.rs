//! What is learned on a server of one major version, for a server of another: nothing that depends on the version
//! comes along.

use std::fs;

use segue_catalog::{Catalog, Session as Names, compare};
use segue_cluster::{Cluster, installed};
use segue_engine::{
    Settings,
    replay::{Next, Part, Rehearsal, Replay},
};

use crate::history::{History, look, refused, settle};

/// Two servers of these major versions, if the machine has both.
fn servers(majors: [u32; 2]) -> Option<[Cluster; 2]> {
    let found = installed();
    let all = majors.map(|major| found.iter().any(|one| one.version.major == major));
    if all != [true, true] {
        eprintln!(
            "skipped: it needs PostgreSQL {} and {}",
            majors[0], majors[1]
        );
        return None;
    }
    Some(majors.map(|major| {
        let cluster = Cluster::builder().version(major).start();
        cluster.expect("it starts")
    }))
}

/// Replays `majors/across.sql` for the one server, learns on the other what cannot be told, and compares with what
/// the one makes of it.
async fn learned(on: u32, for_target: u32) {
    let Some([shadow, target]) = servers([on, for_target]) else {
        return;
    };
    let path = format!(
        "{}/tests/model/majors/across.sql",
        env!("CARGO_MANIFEST_DIR")
    );
    let folder = tempfile::tempdir().expect("a folder");
    let text = fs::read_to_string(path).expect("the file is there");
    fs::write(folder.path().join("0001_all.sql"), text).expect("it can be written");
    let (shadow, target) = (
        History::on(shadow, folder.path(), "the shadow"),
        History::on(target, folder.path(), "the target"),
    );
    let (on_shadow, on_target) = (shadow.session().await, target.session().await);
    let parts: Vec<Part<'_>> = target.project().migrations.iter().map(Part::from).collect();
    let rehearsal = || Rehearsal::new(parts.clone(), Settings::default(), "the server");
    let (mut in_shadow, mut in_target) = (rehearsal(), rehearsal());
    in_shadow.start(&on_shadow).await.expect("it is set");
    in_target.start(&on_target).await.expect("it is set");
    let major = look(&on_target).await.major;
    let mut replay = Replay::new(parts.clone(), Catalog::empty(major), Names::default());
    loop {
        match replay.go_on().expect("it can be read") {
            Next::Done => break,
            Next::Unknown(at) => {
                let gap = replay.gap().expect("it asks about one");
                assert!(gap.problems.is_empty(), "{:?}", gap.problems);
                refused(in_shadow.through(&on_shadow, at).await);
                let learned = look(&on_shadow).await;
                replay.learn(&in_shadow.as_deployed(learned));
            }
            Next::Migrated(part) => refused(in_target.through_part(&on_target, part).await),
        }
    }
    let live = look(&on_target).await;
    settle(&on_target, &mut replay, &live).await;
    let differences = compare(replay.catalog(), &live);
    let lines: Vec<String> = differences.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
    on_shadow.close().await;
    on_target.close().await;
}

#[tokio::test]
async fn what_15_tells_holds_for_18() {
    learned(15, 18).await;
}

#[tokio::test]
async fn what_18_tells_holds_for_15() {
    learned(18, 15).await;
}

#[tokio::test]
async fn what_14_tells_holds_for_17() {
    learned(14, 17).await;
}

#[tokio::test]
async fn what_17_tells_holds_for_14() {
    learned(17, 14).await;
}
