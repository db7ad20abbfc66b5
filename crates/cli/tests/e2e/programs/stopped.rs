//! Stopped at any moment, under an app that writes the same rows: each row is done once.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::Duration,
};

use super::{COUNT, COUNTS, Stand, eventually};

#[test]
fn a_deploy_that_is_killed_again_and_again_does_each_row_once() {
    const ROWS: u64 = 20_000;
    let toml = format!("{COUNTS}rows = 200\nparallel = 3\n");
    let Some(stand) = Stand::start(ROWS as usize, &toml, COUNT) else {
        return;
    };
    let stop = AtomicBool::new(false);
    let steps = AtomicU64::new(0);
    let kills = thread::scope(|scope| {
        let app = scope.spawn(|| {
            let mut at = 0;
            while !stop.load(Ordering::Relaxed) {
                // a row here and there, and some that are being read at this moment
                at = (at * 7 + 13) % ROWS + 1;
                stand.db.sql(&format!(
                    "UPDATE users SET n = n + 1000 WHERE id BETWEEN {at} AND {at} + 40"
                ));
                steps.fetch_add(1, Ordering::Relaxed);
            }
        });
        let mut kills = 0;
        let killed = loop {
            let mut deploy = stand.project.start_on(&stand.db, &["deploy"]);
            thread::sleep(Duration::from_millis(150 + kills * 37 % 300));
            if kills >= 25 || !deploy.is_running() {
                break deploy;
            }
            deploy.signal(libc::SIGKILL);
            drop(deploy);
            eventually("its sessions are gone", || {
                stand.db.sessions_of_segue() == "0"
            });
            kills += 1;
        };
        let ended = killed.wait();
        stop.store(true, Ordering::Relaxed);
        app.join().unwrap();
        ended.exits(0);
        kills
    });
    assert!(kills >= 3, "it was killed {kills} times only");
    assert!(steps.load(Ordering::Relaxed) > 0);
    let wrong = stand
        .db
        .sql("SELECT coalesce(string_agg(id || ':' || n, ' '), '') FROM users WHERE n % 1000 <> 1");
    assert_eq!(wrong, "", "killed {kills} times");
    assert_eq!(stand.aside(), "");
}

#[test]
fn what_an_app_changed_meanwhile_is_taken_again_and_never_written_over() {
    // it answers when it is told to: until then the app has its way
    let slow = COUNT.replace(
        "while",
        "[ -e go ] || { touch asked; while [ ! -e go ]; do sleep 0.05; done; }\nwhile",
    );
    let Some(stand) = Stand::start(100, &format!("{COUNTS}rows = 100\n"), &slow) else {
        return;
    };
    let mut deploy = stand.project.start_on(&stand.db, &["deploy"]);
    let folder = stand.project.root().join("migrations/0002_slugs");
    eventually("the program has the rows", || {
        folder.join("asked").exists() || !deploy.is_running()
    });
    thread::sleep(Duration::from_millis(300));
    stand.db.sql(
        "UPDATE users SET n = 500 WHERE id <= 10; UPDATE users SET name = 'new' WHERE id = 11; \
         DELETE FROM users WHERE id = 12; UPDATE users SET id = 1000 WHERE id = 13",
    );
    std::fs::write(folder.join("go"), "").unwrap();
    deploy.wait().exits(0);
    assert_eq!(stand.rows("id <= 10 AND n = 501"), 10);
    assert_eq!(stand.rows("id = 11 AND n = 1 AND name = 'new'"), 1);
    assert_eq!(stand.rows("id = 12"), 0);
    assert_eq!(stand.rows("n = 1"), 100 - 10 - 1);
    assert_eq!(stand.aside(), "");
}

#[test]
fn ctrl_c_leaves_no_program_behind_and_it_goes_on() {
    let slow = COUNT
        .replace("  printf", "  sleep 0.01; printf")
        .replace("while", "echo $$ > pid\nwhile");
    let Some(stand) = Stand::start(400, &format!("{COUNTS}rows = 20\n"), &slow) else {
        return;
    };
    let mut deploy = stand.project.start_on(&stand.db, &["deploy"]);
    eventually("some rows are written", || {
        stand.rows("n = 1") > 0 || !deploy.is_running()
    });
    deploy.signal(libc::SIGINT);
    deploy.wait().says("interrupted");
    let written = stand.rows("n = 1");
    assert!(written < 400, "it was stopped too late");
    let pid = stand.project.text("migrations/0002_slugs/pid");
    eventually("the program is gone", || {
        !std::path::Path::new(&format!("/proc/{}", pid.trim())).exists()
    });
    stand.deploy().exits(0);
    assert_eq!(stand.rows("n = 1"), 400);
}
