//! Statements that cannot be one transaction: a new value of an enum can be used only once it is committed (SQLSTATE
//! 55P04; sql-altertype.html, "Notes").

/// The statements in parts that are to be committed one after the other; mostly one part. A part ends behind values that
/// a later statement uses.
pub(super) fn segments(statements: Vec<String>) -> Vec<Vec<String>> {
    let mut segments = Vec::new();
    let mut current: Vec<String> = Vec::new();
    let mut added: Vec<String> = Vec::new();
    for statement in statements {
        let value = added_value(&statement);
        if value.is_none() && added.iter().any(|value| statement.contains(value)) {
            segments.push(std::mem::take(&mut current));
            added.clear();
        }
        added.extend(value);
        current.push(statement);
    }
    segments.push(current);
    segments
}

/// The value that a statement adds to an enum, in its quotes.
fn added_value(statement: &str) -> Option<String> {
    let lines = statement.lines();
    let sql: Vec<&str> = lines
        .filter(|line| !line.trim_start().starts_with("--"))
        .collect();
    let sql = sql.join("\n");
    let rest = sql.trim_start().strip_prefix("ALTER TYPE ")?;
    let (_, rest) = rest.split_once(" ADD VALUE ")?;
    let rest = rest.trim_start_matches("IF NOT EXISTS ");
    let mut end = 1;
    loop {
        end += rest.get(end..)?.find('\'')? + 1;
        // Two quotes are one in the value.
        if !rest[end..].starts_with('\'') {
            return Some(rest[..end].to_owned());
        }
        end += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::segments;

    #[test]
    fn a_part_ends_behind_a_value_that_is_used_later() {
        let cut = |statements: &[&str]| -> Vec<usize> {
            let statements = statements.iter().map(|one| (*one).to_owned()).collect();
            segments(statements).iter().map(Vec::len).collect()
        };
        let add = "ALTER TYPE public.mood ADD VALUE 'it''s b' AFTER 'a';";
        let other = "ALTER TYPE public.size ADD VALUE 'xl';";
        let usage = "ALTER TABLE t ALTER m SET DEFAULT 'it''s b';";
        let index = "CREATE INDEX i ON t (m);";
        assert_eq!(cut(&[]), [0]);
        assert_eq!(cut(&[index, usage]), [2]);
        assert_eq!(cut(&[add, other, index]), [3]);
        assert_eq!(cut(&[add, other, index, usage, index]), [3, 2]);
        assert_eq!(cut(&[add, usage, other, "SELECT 'xl';"]), [1, 2, 1]);
    }
}
