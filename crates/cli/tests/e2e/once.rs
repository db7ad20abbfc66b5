//! Each row is written once, whenever the command is killed, while an app writes the same rows, inserts and deletes others.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use segue_cluster::Cluster;

use crate::harness::{Project, eventually};

/// How often the command is killed; `SEGUE_KILLS` in the environment says otherwise.
const KILLS: u32 = 6;
const ROWS: u32 = 20_000;
const TABLE: &str = "CREATE TABLE counts (id bigint PRIMARY KEY, times int NOT NULL DEFAULT 0, app int NOT NULL DEFAULT 0);\n";
const COUNTING: &str = "-- segue: batch size=400\nUPDATE counts SET times = times + 1;\n";
/// The app counts in another column of rows by chance, inserts rows, and deletes those of its own.
const APP: &str = "UPDATE counts SET app = app + 1 WHERE id IN (SELECT 1 + floor(random() * 20000)::bigint FROM generate_series(1, 20));
    INSERT INTO counts (id) SELECT 1000000 + floor(random() * 1000000)::bigint FROM generate_series(1, 5) ON CONFLICT DO NOTHING;
    DELETE FROM counts WHERE id IN (SELECT id FROM counts WHERE id >= 1000000 LIMIT 2);";

struct App {
    stops: Arc<AtomicBool>,
    thread: thread::JoinHandle<u32>,
}

impl App {
    fn start(cluster: &Arc<Cluster>, database: &str) -> Self {
        let stops = Arc::new(AtomicBool::new(false));
        let (cluster, database) = (Arc::clone(cluster), database.to_owned());
        let flag = Arc::clone(&stops);
        let thread = thread::spawn(move || {
            let mut turns = 0;
            while !flag.load(Ordering::Relaxed) {
                let many = APP.repeat(20);
                let done = cluster.psql(&database, &many);
                done.unwrap_or_else(|error| panic!("the app fails: {error}"));
                turns += 1;
            }
            turns
        });
        Self { stops, thread }
    }

    fn stop(self) -> u32 {
        self.stops.store(true, Ordering::Relaxed);
        self.thread.join().expect("the app goes on")
    }
}

/// Numbers that look like chance, and are the same in each run.
fn chance(number: u32) -> u64 {
    u64::from(number.wrapping_mul(2_654_435_761) >> 16)
}

/// Kills the command again and again, and lets it end at last; how often it was killed in the middle.
fn killed_again_and_again(project: &Project, arguments: &[&str], kills: u32) -> u32 {
    let mut killed = 0;
    for number in 0..kills {
        let mut running = project.start(arguments);
        let start = Instant::now();
        let time = Duration::from_millis(40 + chance(number) % 260);
        while start.elapsed() < time && running.is_running() {
            thread::sleep(Duration::from_millis(1));
        }
        if running.is_running() {
            running.signal(libc::SIGKILL);
            killed += 1;
        }
        running.wait();
    }
    project.segue(arguments).exits(0);
    killed
}

#[test]
fn each_row_is_written_once_however_often_the_command_is_killed() {
    let Some(cluster) = Cluster::for_test() else {
        return;
    };
    let cluster = Arc::new(cluster);
    let psql = |script: &str| {
        cluster
            .psql("app", script)
            .expect("it runs")
            .trim()
            .to_owned()
    };
    cluster.psql("postgres", "CREATE DATABASE app").unwrap();
    let project = Project::new();
    project.file("segue.toml", "[lint]\nlarge_rows = 1\n");
    project.migration("0001_first", TABLE);
    let url = cluster.url("app");
    project.segue(&["deploy", "--url", &url]).exits(0);
    psql(&format!(
        "INSERT INTO counts (id) SELECT generate_series(1, {ROWS}); ANALYZE"
    ));
    project.migration("0002_counted", COUNTING);
    let kills = std::env::var("SEGUE_KILLS").ok();
    let kills = kills.map_or(KILLS, |kills| kills.parse().expect("a number"));

    let app = App::start(&cluster, "app");
    // slow enough that there is something to kill
    // the server learns late that a killed client is gone
    let deploy = [
        "deploy",
        "--url",
        &url,
        "--max-rate",
        "15000",
        "--wait",
        "1m",
    ];
    let killed = killed_again_and_again(&project, &deploy, kills);
    assert!(killed > 0, "it was never killed");
    let wrong =
        format!("SELECT count(*) FROM counts WHERE times <> 1 AND id <= {ROWS} OR times > 1");
    assert_eq!(psql(&wrong), "0", "killed {killed} times");
    // the rows that come behind the beginning are none of its business
    assert_eq!(
        psql("SELECT count(*) FROM counts WHERE id <= 20000"),
        ROWS.to_string()
    );

    let back = ["rollback", "--url", &url, "--wait", "1m"];
    killed_again_and_again(&project, &back, kills);
    assert!(app.stop() > 0);
    eventually("nobody is connected", || {
        psql("SELECT count(*) FROM pg_stat_activity WHERE datname = 'app'") == "1"
    });
    assert_eq!(psql("SELECT count(*) FROM counts WHERE times <> 0"), "0");
    let left = "SELECT count(*) FROM pg_class WHERE relname ~ '^(kept|left)_' AND relnamespace = 'segue'::regnamespace";
    assert_eq!(psql(left), "0");
}
