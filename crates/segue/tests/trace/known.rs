//! Where what is said is not what was seen, and why that is as it should be.

/// A part of a place, since which major version, up to which, and why.
const KNOWN: &[(&str, u16, u16, &str)] = &[(
    "ALTER TABLE fk ADD FOREIGN KEY (id, at) REFERENCES ev",
    14,
    18,
    "the model does not know the names of the constraints that a server keeps for each partition that is referred to, \
     so that it chooses another one",
)];

/// Whether a disagreement is known.
pub(crate) fn is_known(wrong: &str, major: u16) -> bool {
    KNOWN
        .iter()
        .any(|(part, from, to, _)| wrong.contains(part) && (*from..=*to).contains(&major))
}
