//! The server of the tests of this binary. What is deployed on it is deployed as docs/security.md has it; shadow databases are the
//! superuser's.

use std::sync::OnceLock;

use segue_cluster::Cluster;

/// The server that the tests share; `None`: they run without one.
pub(crate) fn shared() -> Option<&'static Cluster> {
    static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
    SHARED.get_or_init(Cluster::for_deploys).as_ref()
}
