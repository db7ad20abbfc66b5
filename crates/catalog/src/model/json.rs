//! What of the model is left out of its JSON: what most objects have, so that what is special shows.

/// Whether a value is what its type is by default: nothing, none, no, zero, the first of the choices.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Whether a flag is set that most objects have set.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
pub(crate) fn is_true(flag: &bool) -> bool {
    *flag
}
