//! A name that something loses, and that something else gets in the same deploy: until contract it is that of the first, and the new
//! app would have to mean the second by it. To contract the first alone would take the name away from both apps.

use segue_catalog::Change;
use segue_sql::Problem;

use super::{DIRECT, Planning, Stop};

impl Planning<'_> {
    /// Refuses a new name, where a later statement gives the old one, `name`, to another `kind` of thing; `passed` are statements
    /// that rename the same thing again.
    pub(crate) fn refuse_name_for_another(
        &self,
        (what, kind, name): (&str, &str, &str),
        passed: &[(usize, usize)],
        gives_it: impl Fn(&Change) -> bool,
    ) -> Result<(), Stop> {
        let mut later = self.later();
        let found =
            later.find(|(line, at)| !passed.contains(at) && line.changes.iter().any(&gives_it));
        let Some((_, at)) = found else {
            return Ok(());
        };
        Err(Stop::Refused(
            Problem::new(format!(
                "{what} cannot have two names for a while: another {kind} gets the name {name} later"
            ))
            .note(format!("by `{}`", first_line(self.text(at))))
            .note(format!(
                "until contract {name} is what it was for the old app, and would have to be the other {kind} for the new one"
            ))
            .help(format!(
                "{DIRECT}; or deploy and contract up to here first (--to), with an app that uses the new name and not the old one"
            )),
        ))
    }
}

fn first_line(text: &str) -> &str {
    text.trim().lines().next().unwrap_or_default().trim_end()
}
