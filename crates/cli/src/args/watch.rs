//! The arguments of `watch`.

use clap::Args;

pub(super) const WATCH: &str = "Keys on a terminal:
  p pause, r resume, t throttle (asks how many rows a second), c cancel what blocks segue (asks first), q quit

Examples:
  segue watch
  segue watch --once --format json";

/// `watch`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Watch {
    /// Print one snapshot and end; with --json it is always one
    #[arg(long)]
    pub(crate) once: bool,
}
