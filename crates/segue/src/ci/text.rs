//! Texts of a project as words of a shell, as values of YAML and as patterns of paths; and templates that are filled with them.

use segue_sql::Problem;

use super::site::Touched;

/// A template with a value for each `«name»` in it. What a value holds is not looked at.
pub(super) fn filled(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len());
    let mut parts = template.split('«');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (name, rest) = part.split_once('»').expect("the templates are ours");
        let value = values.iter().find(|(known, _)| *known == name);
        text.push_str(value.expect("every name of the templates has a value").1);
        text.push_str(rest);
    }
    text
}

/// One word of a POSIX shell.
pub(crate) fn shell(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_./:@%+-".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// A text in YAML, on one line. Control characters are refused before.
pub(super) fn yaml(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The patterns as the entries of a list.
pub(super) fn list(patterns: impl Iterator<Item = String>, between: &str) -> String {
    let patterns: Vec<String> = patterns.map(|pattern| yaml(&pattern)).collect();
    patterns.join(between)
}

/// What GitHub would fill in is refused: no quoting keeps `${{` from it.
pub(super) fn in_github(text: &str) -> Result<String, Problem> {
    match text.contains("${{") {
        false => Ok(text.to_owned()),
        true => Err(
            Problem::new("GitHub Actions would take a name with `${{` for an expression")
                .note(format!("in{text}"))
                .help("give the folder or project another name"),
        ),
    }
}

/// A name as a pattern of GitHub's: a backslash goes before what would mean something.
/// Source: "Filter pattern cheat sheet" of the workflow syntax.
pub(super) fn github_name(name: &str) -> String {
    let mut pattern = String::with_capacity(name.len());
    for c in name.chars() {
        if r"\*?+[]!".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// A name as a pattern of GitLab's, where Ruby's `File.fnmatch` decides behind variables that are filled in: what means
/// something there is any one character here.
pub(super) fn gitlab_name(name: &str) -> String {
    let any = |c: char| match r"\*?[]{}$".contains(c) {
        true => '?',
        false => c,
    };
    name.chars().map(any).collect()
}

/// The pattern of a path; `name` keeps the characters of names from meaning anything.
pub(super) fn glob(touched: &Touched, name: impl Fn(&str) -> String) -> String {
    match touched {
        Touched::File(path) => name(path),
        Touched::Below(folder) if folder.is_empty() => "**/*".to_owned(),
        Touched::Below(folder) => format!("{}/**/*", name(folder)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_put_in_once_and_never_looked_at() {
        let filled = filled("a «x» b «y»", &[("x", "«y»"), ("y", "$1")]);
        assert_eq!(filled, "a «y» b $1");
    }

    #[test]
    fn words_stay_one_word() {
        assert_eq!(shell("db/migrations"), "db/migrations");
        assert_eq!(shell("my app/it's"), r"'my app/it'\''s'");
        assert_eq!(shell(""), "''");
        assert_eq!(shell("~/$(x)"), "'~/$(x)'");
    }

    #[test]
    fn names_are_no_patterns() {
        let below = |name: &str| Touched::Below(name.to_owned());
        assert_eq!(glob(&below("app/[id]"), github_name), r"app/\[id\]/**/*");
        assert_eq!(github_name("release!"), r"release\!");
        assert_eq!(glob(&below("app/[id]/$x"), gitlab_name), "app/?id?/?x/**/*");
        assert_eq!(glob(&below(""), gitlab_name), "**/*");
    }

    #[test]
    fn expressions_of_github_are_refused() {
        assert!(in_github("a ${{ secrets.X }}").is_err());
        assert_eq!(in_github("$x {{").as_deref(), Ok("$x {{"));
    }
}
