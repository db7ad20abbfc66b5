//! Which endpoints are those of poolers, as far as their names and ports tell.

use super::{Endpoint, draft::PORT};

/// The ports at which transaction poolers listen: PgBouncer's own, and Supabase's.
const POOLER_PORTS: [u16; 2] = [6432, 6543];

/// Hosts and ports that are known for transaction pooling: Neon's `-pooler`, Supabase's and
/// PgBouncer's ports. Supabase's pooler on port 5432 gives each client a session of its own.
pub(super) fn is_pooler(endpoint: &Endpoint) -> bool {
    let mut labels = endpoint.host.split('.');
    !endpoint.is_socket()
        && (POOLER_PORTS.contains(&endpoint.port)
            || labels
                .clone()
                .next()
                .is_some_and(|first| first.ends_with("-pooler"))
            || labels.any(|label| label == "pooler") && endpoint.port != PORT)
}
