//! PostgreSQL's own variables: what completes a URL, and the database that they name by themselves.
//!
//! Below a URL only the process environment counts, as in libpq. Where no URL was found at all, the `PG…`
//! variables of `.env` count too: services hand out such files, and drivers that read `.env` use them.

use std::path::PathBuf;

use segue_db::postgres::url::{Defaults, Environment, Variable};
use segue_project::config::{Found, Given, Place, Secret, Vars};
use segue_sql::Problem;

/// Each of these names a database; the others only say more about it.
const NAMING: [&str; 4] = ["PGSERVICE", "PGHOST", "PGHOSTADDR", "PGDATABASE"];

/// A variable, if it is set; or what is wrong with the place where it is.
type Looked = Result<Option<Variable>, Problem>;

/// What completes a URL, of what the lookup knows; `home` is the user's.
///
/// # Errors
/// Those of the lookup.
pub(crate) fn defaults(
    lookup: &dyn Fn(&str) -> Looked,
    home: Option<PathBuf>,
) -> Result<Defaults, Problem> {
    let mut environment = Environment {
        home,
        ..Environment::default()
    };
    for name in Environment::names() {
        if let Some(variable) = lookup(name)? {
            environment.variables.insert(name, variable);
        }
    }
    // Where no PGUSER is set libpq asks the system who we are; the shell's variables say the same.
    let mut user = "postgres".to_owned();
    for name in ["USERNAME", "LOGNAME", "USER"] {
        if let Some(variable) = lookup(name)?.filter(|user| !user.value.expose().is_empty()) {
            user = variable.value.expose().to_owned();
        }
    }
    Ok(Defaults {
        user,
        host: None,
        environment,
    })
}

/// The process environment alone.
pub(crate) fn in_process(variable: impl Fn(&str) -> Option<String>) -> impl Fn(&str) -> Looked {
    move |name| {
        Ok(variable(name).map(|value| Variable {
            value: Secret::new(value),
            origin: format!("environment variable {name}"),
        }))
    }
}

/// The process environment, then `.env`.
pub(crate) fn in_both(vars: Vars<'_>) -> impl Fn(&str) -> Looked {
    move |name| {
        let setting = vars.get(name)?;
        Ok(setting.map(|setting| Variable {
            value: Secret::new(setting.value),
            origin: match setting.origin.ends_with(name) {
                true => setting.origin,
                false => format!("{name} in {}", setting.origin),
            },
        }))
    }
}

/// The database that the variables name by themselves, if they do.
///
/// # Errors
/// A variable that names one is empty: that is how CI systems pass what they do not have, and the deploy
/// would quietly go elsewhere.
pub(crate) fn database(environment: &Environment) -> Result<Option<Found>, Problem> {
    let set = |name: &&str| environment.variables.contains_key(*name);
    for name in NAMING.iter().filter(|name| set(name)) {
        if environment.variables[*name].value.expose().is_empty() {
            return Err(Problem::new(format!("{name} is set, but empty"))
                .note("a value that a CI system does not have is often passed as an empty variable")
                .help(format!(
                    "give {name} a value, or unset it to look elsewhere"
                )));
        }
    }
    let Some(first) = NAMING.iter().find(|name| set(name)) else {
        return Ok(None);
    };
    let others: Vec<&str> = Environment::names()
        .filter(|name| name != first && set(name))
        .collect();
    let mut origin = environment.variables[first].origin.clone();
    if !others.is_empty() {
        origin = format!("{origin}, with {}", others.join(", "));
    }
    Ok(Some(Found {
        given: Given::Url(Secret::new("postgres://")),
        origin,
        place: Place::Process,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(variables: &[(&str, &str)]) -> Result<Option<String>, String> {
        let lookup = in_process(|name: &str| {
            let mut all = variables.iter();
            all.find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        });
        let defaults = defaults(&lookup, None).expect("this lookup has no errors");
        match database(&defaults.environment) {
            Ok(found) => Ok(found.map(|found| found.origin)),
            Err(problem) => Err(problem.to_string()),
        }
    }

    #[test]
    fn variables_name_a_database_only_where_one_of_them_says_which() {
        let only_more = [
            ("PGUSER", "me"),
            ("PGPASSWORD", "hunter2"),
            ("PGPORT", "6000"),
        ];
        assert_eq!(found(&only_more), Ok(None));
        for name in NAMING {
            let origin = format!("environment variable {name}");
            assert_eq!(found(&[(name, "x")]), Ok(Some(origin)));
            assert_eq!(
                found(&[(name, "")]),
                Err(format!("{name} is set, but empty"))
            );
        }
        assert_eq!(
            found(
                &[
                    only_more.as_slice(),
                    &[("PGDATABASE", "app"), ("PGHOST", "h")]
                ]
                .concat()
            ),
            Ok(Some(
                "environment variable PGHOST, with PGPORT, PGDATABASE, PGUSER, PGPASSWORD"
                    .to_owned()
            ))
        );
    }

    #[test]
    fn the_user_is_that_of_the_shell_where_no_variable_names_one() {
        let user = |variables: &'static [(&str, &str)]| {
            let lookup = in_process(|name: &str| {
                let mut all = variables.iter();
                all.find(|(known, _)| *known == name)
                    .map(|(_, value)| (*value).to_owned())
            });
            defaults(&lookup, None).expect("right").user
        };
        assert_eq!(user(&[]), "postgres");
        assert_eq!(
            user(&[("USER", ""), ("LOGNAME", "me"), ("USERNAME", "you")]),
            "me"
        );
    }
}
