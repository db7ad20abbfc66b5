//! Which handler of a block an error leads to.

use segue_sql::Problem;
use squawk_syntax::ast::{self, AstNode};

/// The first handler for these problems; `None`: there is none, or it is not certain which.
pub(super) fn handler(
    section: &ast::PlpgsqlExceptionSection,
    problems: &[Problem],
) -> Option<ast::PlpgsqlExceptionHandler> {
    let problem = problems.first()?;
    let raised = condition_of(&problem.message);
    for handler in section.handlers() {
        for condition in handler.conditions() {
            let text = condition.syntax().text().to_string();
            let text = text.trim().to_ascii_lowercase();
            if text == "others" {
                return Some(handler);
            }
            let (name, code) = raised?;
            // a condition may be a whole class of errors, by its name or by its code
            let is_class = text == "syntax_error_or_access_rule_violation" || text.contains("000'");
            if is_class {
                return None;
            }
            if text == name || text.contains(&format!("'{}'", code.to_ascii_lowercase())) {
                return Some(handler);
            }
        }
    }
    None
}

/// The condition that the server raises with a message, and its code (errcodes-appendix.html).
fn condition_of(message: &str) -> Option<(&'static str, &'static str)> {
    let starts = |start: &str| message.starts_with(start);
    if message.ends_with("already exists") || message.contains("already exists with same") {
        return Some(match () {
            () if starts("relation ") => ("duplicate_table", "42P07"),
            () if starts("column ") => ("duplicate_column", "42701"),
            () if starts("schema ") => ("duplicate_schema", "42P06"),
            () if starts("function ") || starts("procedure ") => ("duplicate_function", "42723"),
            () => ("duplicate_object", "42710"),
        });
    }
    if message.ends_with("does not exist") {
        return Some(match () {
            () if [
                "relation ",
                "table ",
                "view ",
                "materialized view ",
                "sequence ",
            ]
            .into_iter()
            .any(starts) =>
            {
                ("undefined_table", "42P01")
            }
            () if starts("column ") => ("undefined_column", "42703"),
            () if starts("schema ") => ("invalid_schema_name", "3F000"),
            () if starts("function ") || starts("procedure ") => ("undefined_function", "42883"),
            () => ("undefined_object", "42704"),
        });
    }
    if message.ends_with("is not an existing enum label") {
        return Some(("invalid_parameter_value", "22023"));
    }
    if starts("multiple primary keys for table ") {
        return Some(("invalid_table_definition", "42P16"));
    }
    None
}
