//! Whether the server can make values at all, asked in front of a trigger that makes them: else every write of the apps would fail by
//! what is wrong with them, from the moment on at which the trigger is there.

/// A statement that is refused where one of these expressions over a row of `from` is; it reads no row.
pub(crate) fn asked<'v>(values: impl Iterator<Item = &'v str>, from: &str) -> String {
    let values: Vec<&str> = values.collect();
    format!("SELECT {} FROM {from} WHERE false", values.join(", "))
}
