//! Where the model is known not to be what the server has, and why.

/// Every finding: a case, and what was found. To be kept exact.
pub(crate) const FINDINGS: &[&str] = &[];
