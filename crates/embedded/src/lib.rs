//! The embedded PostgreSQL server of segue
