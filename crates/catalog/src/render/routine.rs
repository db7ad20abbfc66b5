//! `CREATE FUNCTION`, `CREATE PROCEDURE` and `CREATE AGGREGATE`.

use super::{
    literal::{dollar_quoted, join, literal},
    name::or_builtin,
    statement,
};
use crate::{
    Name, QName, RoutineId,
    model::{Argument, ArgumentMode, Body, Parallel, Routine, RoutineKind, Volatility},
};

/// `CREATE FUNCTION`, `CREATE PROCEDURE` or `CREATE AGGREGATE`; `replace` where there is one already.
pub fn create_routine(id: &RoutineId, routine: &Routine, replace: bool) -> String {
    let replace = if replace { "OR REPLACE " } else { "" };
    let kind = match &routine.kind {
        RoutineKind::Aggregate { .. } => return aggregate(&id.name, routine, replace),
        RoutineKind::Procedure => "PROCEDURE",
        RoutineKind::Function | RoutineKind::Window => "FUNCTION",
    };
    let mut text = format!("CREATE {replace}{kind} {}({})", id.name, arguments(routine));
    if let Some(returns) = returns(routine) {
        text.push_str(&format!("\n    RETURNS {returns}"));
    }
    let mut options = vec![format!("LANGUAGE {}", routine.language)];
    options.extend(properties(routine));
    text.push_str(&format!("\n    {}", options.join(" ")));
    for (parameter, value) in &routine.settings {
        let value = setting(parameter, value);
        text.push_str(&format!("\n    SET {} TO {value}", Name::stored(parameter)));
    }
    match &routine.body {
        Body::Text(body) => text.push_str(&format!("\n    AS {}", dollar_quoted(body))),
        Body::Object { file, symbol } => {
            text.push_str(&format!("\n    AS {}, {}", literal(file), literal(symbol)));
        }
        Body::Sql(body) => text.push_str(&format!("\n    {body}")),
        Body::None => {}
    }
    statement(text)
}

/// What stands in parentheses behind the name of a function or procedure.
pub fn arguments(routine: &Routine) -> String {
    let all = routine.arguments.iter();
    let listed = all.filter(|argument| argument.mode != ArgumentMode::Table);
    join(listed.map(argument), ", ")
}

/// What stands behind `RETURNS`, if anything does.
pub fn returns(routine: &Routine) -> Option<String> {
    let columns: Vec<String> = routine
        .arguments
        .iter()
        .filter(|argument| argument.mode == ArgumentMode::Table)
        .map(argument)
        .collect();
    if !columns.is_empty() {
        return Some(format!("TABLE({})", columns.join(", ")));
    }
    if routine.kind == RoutineKind::Procedure {
        return None;
    }
    let returns = routine.returns.as_ref()?;
    let set = if returns.set { "SETOF " } else { "" };
    Some(format!("{set}{}", returns.data_type))
}

/// An argument as it stands in the list of a `CREATE FUNCTION`.
pub fn argument(argument: &Argument) -> String {
    let mode = match argument.mode {
        ArgumentMode::In | ArgumentMode::Table => "",
        ArgumentMode::Out => "OUT ",
        ArgumentMode::InOut => "INOUT ",
        ArgumentMode::Variadic => "VARIADIC ",
    };
    let mut text = mode.to_owned();
    if let Some(name) = &argument.name {
        text.push_str(&format!("{name} "));
    }
    text.push_str(&argument.data_type.to_string());
    if let Some(default) = &argument.default {
        text.push_str(&format!(" DEFAULT {default}"));
    }
    text
}

fn properties(routine: &Routine) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    if !routine.transforms.is_empty() {
        let types = routine.transforms.iter();
        let types = types.map(|of| format!("FOR TYPE {of}"));
        words.push(format!("TRANSFORM {}", join(types, ", ")));
    }
    let mut add = |given: bool, word: &str| {
        if given {
            words.push(word.to_owned());
        }
    };
    add(routine.kind == RoutineKind::Window, "WINDOW");
    add(routine.volatility == Volatility::Immutable, "IMMUTABLE");
    add(routine.volatility == Volatility::Stable, "STABLE");
    add(routine.leakproof, "LEAKPROOF");
    add(routine.strict, "STRICT");
    add(routine.security_definer, "SECURITY DEFINER");
    if let Some(parallel) = parallel(routine.parallel) {
        words.push(format!("PARALLEL {parallel}"));
    }
    if let Some(cost) = &routine.cost {
        words.push(format!("COST {cost}"));
    }
    if let Some(rows) = &routine.rows {
        words.push(format!("ROWS {rows}"));
    }
    if let Some(support) = &routine.support {
        words.push(format!("SUPPORT {}", or_builtin(support)));
    }
    words
}

fn parallel(parallel: Parallel) -> Option<&'static str> {
    match parallel {
        Parallel::Unsafe => None,
        Parallel::Restricted => Some("RESTRICTED"),
        Parallel::Safe => Some("SAFE"),
    }
}

/// Parameters that are lists of names, whose values are kept with each name quoted (`GUC_LIST_QUOTE`).
const LISTS: [&str; 6] = [
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
];

/// The value of a `SET` clause, as `pg_get_functiondef` prints it.
fn setting(parameter: &str, value: &str) -> String {
    if LISTS.contains(&parameter) {
        join(split_list(value).iter().map(|name| literal(name)), ", ")
    } else {
        literal(value)
    }
}

/// The names of a list, without their quotes (`SplitGUCList` in varlena.c).
fn split_list(list: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut quoted = false;
    let mut characters = list.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                names.last_mut().expect("never empty").push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => names.push(String::new()),
            ' ' if !quoted => {}
            other => names.last_mut().expect("never empty").push(other),
        }
    }
    names
}

fn aggregate(name: &QName, routine: &Routine, replace: &str) -> String {
    let RoutineKind::Aggregate {
        parameters,
        direct_arguments,
        hypothetical,
    } = &routine.kind
    else {
        return String::new();
    };
    let arguments = aggregate_arguments(routine, *direct_arguments);
    let mut lines: Vec<String> = parameters
        .iter()
        .map(|(parameter, value)| match value.as_str() {
            "" => parameter.to_uppercase(),
            value => format!("{} = {value}", parameter.to_uppercase()),
        })
        .collect();
    let lower = |name: &str| parameters.keys().any(|key| key.eq_ignore_ascii_case(name));
    if let Some(parallel) = parallel(routine.parallel)
        && !lower("parallel")
    {
        lines.push(format!("PARALLEL = {parallel}"));
    }
    if *hypothetical && !lower("hypothetical") {
        lines.push("HYPOTHETICAL".to_owned());
    }
    format!(
        "CREATE {replace}AGGREGATE {name}({arguments}) (\n    {}\n);",
        lines.join(",\n    ")
    )
}

/// The arguments of an aggregate, as they stand in parentheses in its definition and wherever it is named.
pub(super) fn aggregate_arguments(routine: &Routine, direct: Option<u16>) -> String {
    let all: Vec<String> = routine.arguments.iter().map(argument).collect();
    match direct {
        None if all.is_empty() => "*".to_owned(),
        None => all.join(", "),
        Some(direct) => {
            let (first, rest) = all.split_at(usize::from(direct).min(all.len()));
            // a variadic direct argument stands for the aggregated ones too (sql-createaggregate.html)
            let rest = if rest.is_empty() {
                &first[first.len().saturating_sub(1)..]
            } else {
                rest
            };
            format!("{} ORDER BY {}", first.join(", "), rest.join(", "))
                .trim_start()
                .to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_names_are_quoted_one_by_one() {
        assert_eq!(
            setting("search_path", "app, \"My \"\"x\""),
            "'app', 'My \"x'"
        );
        assert_eq!(setting("search_path", "\"\""), "''");
        assert_eq!(setting("work_mem", "4MB"), "'4MB'");
    }
}
