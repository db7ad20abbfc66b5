//! Exit codes: part of the interface, documented in `docs/cli.md`.

/// Done.
pub(crate) const DONE: u8 = 0;
/// Failed, refused, or the verdict is no.
pub(crate) const FAILED: u8 = 1;
/// `status`: something is pending, failed or drifted. `doctor`: a deploy would fail. `diff --exit-code`: the two differ.
pub(crate) const DIFFERENT: u8 = 2;
/// Wrong usage (`EX_USAGE` of sysexits).
pub(crate) const USAGE: u8 = 64;
/// Stopped by Ctrl-C or SIGTERM.
pub(crate) const INTERRUPTED: u8 = 130;

/// The code for a failure.
pub(crate) fn of(failure: &segue::Failure) -> u8 {
    match failure.kind {
        segue::FailureKind::Interrupted => INTERRUPTED,
        _ => FAILED,
    }
}
