//! PostgreSQL 14–18, and the embedded one.

pub mod blockers;
pub mod company;
pub mod connect;
mod describe;
mod error;
pub mod indexes;
pub mod inspect;
pub mod introspect;
pub mod lock;
pub mod memberships;
pub mod partitions;
pub mod printing;
pub mod reading;
pub mod replication;
mod session;
pub mod sizes;
pub mod statements;
pub mod surroundings;
mod tls;
pub mod url;
pub mod values;
pub mod waiters;
pub mod watch;

pub use describe::Described;
pub use session::Session;
