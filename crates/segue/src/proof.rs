//! Evidence that migrations do what they say, on databases that nobody needs.

pub(crate) mod fill;
