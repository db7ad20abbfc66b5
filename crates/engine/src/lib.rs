//! Runs migrations against a database: journal, lock retries, resume
