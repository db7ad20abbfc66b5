//! Where the model is known not to be what the server has, and why. The list is exact: it may only shrink.

/// The places, sorted.
pub(crate) const PLACES: &[&str] = &[];
