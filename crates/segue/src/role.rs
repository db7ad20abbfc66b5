//! Why a role of `segue.toml` cannot be had.

use segue_db::identifier;
use segue_engine::Failure;
use segue_project::config::Setting;

/// Adds to a failure of preparing the session what has to do with the role that was to be taken.
pub(crate) fn explain(mut failure: Failure, role: &Setting<String>, user: Option<&str>) -> Failure {
    let name = &role.value;
    let Some(problem) = failure.problems.first_mut() else {
        return failure;
    };
    // By the code and not by the message, which the server may say in any language.
    let has_code = |code: &str| problem.notes.iter().any(|note| note.ends_with(code));
    let (is_denied, is_missing) = (has_code("SQLSTATE 42501"), has_code("SQLSTATE 22023"));
    if !is_denied && !is_missing {
        return failure;
    }
    problem
        .notes
        .push(format!("`role` is set in {}", role.origin));
    if let Some(user) = user.filter(|_| is_denied) {
        problem.message = format!("`{user}` cannot become the role `{name}`");
        let (role, user) = (identifier(name), identifier(user));
        problem.help = Some(format!("let an administrator run `GRANT {role} TO {user}`"));
    } else {
        problem.help = Some("create the role, or correct its name".to_owned());
    }
    failure
}
