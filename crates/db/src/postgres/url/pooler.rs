//! Which endpoints are those of poolers, as far as their names and ports tell.

use super::{Endpoint, draft::PORT};

/// The ports at which transaction poolers listen: PgBouncer's own, and Supabase's.
const POOLER_PORTS: [u16; 2] = [6432, 6543];

/// Prisma Postgres's pooler (prisma.io/docs, "Connecting to your database"), on PostgreSQL's own port.
const PRISMAS_POOLER: &str = "pooled.db.prisma.io";

/// Hosts and ports that are known for transaction pooling: Neon's `-pooler`, Prisma's, Supabase's and
/// PgBouncer's ports. Supabase's pooler on port 5432 gives each client a session of its own.
pub(super) fn is_pooler(endpoint: &Endpoint) -> bool {
    let mut labels = endpoint.host.split('.');
    !endpoint.is_socket()
        && (POOLER_PORTS.contains(&endpoint.port)
            || endpoint.host == PRISMAS_POOLER
            || labels
                .clone()
                .next()
                .is_some_and(|first| first.ends_with("-pooler"))
            || labels.any(|label| label == "pooler") && endpoint.port != PORT)
}
