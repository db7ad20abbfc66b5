//! PostgreSQL 14–18, and the embedded one.

pub mod blockers;
pub mod connect;
mod error;
pub mod indexes;
pub mod inspect;
pub mod lock;
pub mod own;
mod session;
mod tls;
pub mod url;

pub use error::ServerError;
pub use session::{BatchError, Piece, Row, Session};
