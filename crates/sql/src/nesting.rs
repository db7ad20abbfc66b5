//! How deep a text is nested, before anybody parses it: a parser, and whoever walks its tree, uses the stack for each level,
//! and a text of some kilobytes could end the process.

use squawk_lexer::{TokenKind, tokenize};

/// So many open brackets are within each other at most.
const BRACKETS: usize = 500;

/// So many tokens without a comma between them, counted over all open brackets: chains of operators, casts, `CASE` and `NOT`
/// nest without brackets. Measured: what is below both bounds needs less than 2 MB of stack.
const CHAIN: usize = 4000;

/// What makes a tree deeper although there are commas between.
const LINKS: &[&str] = &["union", "intersect", "except", "join"];

/// Whether a statement is nested so deep that it is not to be parsed.
pub fn is_too_deep(text: &str) -> bool {
    // a level takes a byte at least
    if text.len() <= BRACKETS {
        return false;
    }
    let mut levels = vec![Level::default()];
    let (mut at, mut chain) = (0, 0);
    for token in tokenize(text) {
        let word = &text[at..at + token.len as usize];
        at += word.len();
        let depth = levels.len();
        let Some(level) = levels.last_mut() else {
            return false;
        };
        match token.kind {
            TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment { .. } => {}
            TokenKind::OpenParen | TokenKind::OpenBracket => {
                level.run += 1;
                chain += 1;
                levels.push(Level::default());
            }
            TokenKind::CloseParen | TokenKind::CloseBracket if depth > 1 => {
                chain -= levels.pop().map_or(0, |level| level.run + level.links);
            }
            // closed without being open: wrong, and no deeper
            TokenKind::CloseParen | TokenKind::CloseBracket => {}
            TokenKind::Comma | TokenKind::Semi => {
                chain -= level.run;
                level.run = 0;
            }
            TokenKind::Ident if LINKS.iter().any(|link| word.eq_ignore_ascii_case(link)) => {
                level.links += 1;
                chain += 1;
            }
            _ => {
                level.run += 1;
                chain += 1;
            }
        }
        if levels.len() > BRACKETS || chain > CHAIN {
            return true;
        }
    }
    false
}

/// What is within one pair of brackets.
#[derive(Default)]
struct Level {
    /// Tokens since the last comma.
    run: usize,
    /// See [`LINKS`].
    links: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_nest_is_counted() {
        let ways: [fn(usize) -> String; 9] = [
            |n| format!("SELECT {}1{}", "(".repeat(n), ")".repeat(n)),
            |n| format!("SELECT {}1{}", "ARRAY[".repeat(n), "]".repeat(n)),
            |n| format!("SELECT {}true", "NOT ".repeat(n)),
            |n| format!("SELECT 1{}", "::int".repeat(n)),
            |n| format!("SELECT a{}", "[1]".repeat(n)),
            |n| {
                format!(
                    "SELECT {}1{}",
                    "CASE WHEN a THEN ".repeat(n),
                    " END".repeat(n)
                )
            },
            |n| format!("{}SELECT 1, 2", "SELECT 1, 2 UNION ALL ".repeat(n)),
            |n| format!("SELECT a, b FROM a {}", "JOIN b USING (a, b) ".repeat(n)),
            |n| format!("{}SELECT 1", "EXPLAIN ".repeat(n)),
        ];
        for way in ways {
            assert!(is_too_deep(&way(10_000)), "{}", &way(3));
            assert!(!is_too_deep(&way(100)), "{}", &way(3));
        }
    }

    #[test]
    fn what_is_long_is_not_deep() {
        let rows = "(1, 'a', (2 + 3)), ".repeat(50_000);
        assert!(!is_too_deep(&format!("INSERT INTO t VALUES {rows}(1)")));
        let text = "((((".repeat(10_000);
        assert!(!is_too_deep(&format!(
            "SELECT '{text}', $${text}$$ -- {text}"
        )));
        assert!(
            !is_too_deep(&")".repeat(10_000)),
            "it is wrong in another way"
        );
    }
}
