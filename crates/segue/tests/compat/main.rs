//! `segue compat`: its verdicts on queries that people have judged, and against a real server on generated ones.

mod cases;
mod generated;
mod server;
