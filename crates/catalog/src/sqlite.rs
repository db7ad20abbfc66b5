//! The schema of a SQLite database as a value.
