//! Other spellings of a query whose text no server can read: constants that `pg_stat_statements` has replaced where a parameter
//! may not stand, and the named parameters of libraries.

use squawk_lexer::{TokenKind, tokenize};

/// The types that a constant may have in front of it (sql-syntax-lexical.html, "Constants of Other Types"), as far as they are
/// written so.
const TYPED: [&str; 8] = [
    "interval",
    "timestamp",
    "timestamptz",
    "date",
    "time",
    "timetz",
    "numeric",
    "json",
];

/// The spellings to try in turn where the text itself cannot be read; none where there is nothing to spell otherwise.
pub fn spellings(text: &str) -> Vec<String> {
    let words = words(text);
    let mut found = Vec::new();
    for spelling in [replaced_constants(&words), named_parameters(&words)] {
        if spelling != text && !found.contains(&spelling) {
            found.push(spelling);
        }
    }
    found
}

struct Word<'t> {
    kind: TokenKind,
    text: &'t str,
}

impl Word<'_> {
    fn is(&self, word: &str) -> bool {
        matches!(self.kind, TokenKind::Ident) && self.text.eq_ignore_ascii_case(word)
    }

    fn is_blank(&self) -> bool {
        matches!(
            self.kind,
            TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment { .. }
        )
    }

    fn is_parameter(&self) -> bool {
        matches!(self.kind, TokenKind::PositionalParam { .. })
    }
}

fn words(text: &str) -> Vec<Word<'_>> {
    let mut at = 0;
    let mut words = Vec::new();
    for token in tokenize(text) {
        if matches!(token.kind, TokenKind::Eof) {
            break;
        }
        words.push(Word {
            kind: token.kind,
            text: &text[at..at + token.len as usize],
        });
        at += token.len as usize;
    }
    words
}

/// `INTERVAL $1` as `$1::interval`, and the field of `EXTRACT($1 FROM …)`, which may be any.
fn replaced_constants(words: &[Word<'_>]) -> String {
    let mut text = String::new();
    let mut number = 0;
    while let Some(word) = words.get(number) {
        let behind = words[number + 1..]
            .iter()
            .position(|word| !word.is_blank())
            .map(|blanks| number + 1 + blanks);
        let parameter = behind.filter(|at| words[*at].is_parameter());
        match parameter {
            Some(at) if TYPED.iter().any(|of| word.is(of)) && !is_cast(words, number) => {
                text.push_str(words[at].text);
                text.push_str("::");
                text.push_str(word.text);
                number = at + 1;
            }
            Some(at) if word.text == "(" && follows(words, number, "extract") => {
                text.push_str("('epoch'");
                number = at + 1;
            }
            _ => {
                text.push_str(word.text);
                number += 1;
            }
        }
    }
    text
}

/// Whether a type stands behind `::` or `AS`: it is no constant's then.
fn is_cast(words: &[Word<'_>], number: usize) -> bool {
    let before = words[..number].iter().rev().find(|word| !word.is_blank());
    before.is_some_and(|word| word.text == ":" || word.is("as"))
}

fn follows(words: &[Word<'_>], number: usize, word: &str) -> bool {
    let before = words[..number].iter().rev().find(|word| !word.is_blank());
    before.is_some_and(|before| before.is(word))
}

/// `:name`, `@name` and `?` as `$1`, `$2`, …: the same name is the same parameter.
fn named_parameters(words: &[Word<'_>]) -> String {
    let mut names: Vec<String> = Vec::new();
    let mut text = String::new();
    let mut number = 0;
    while let Some(word) = words.get(number) {
        let next = words.get(number + 1);
        let is_next_name = next.is_some_and(|next| matches!(next.kind, TokenKind::Ident));
        // `a::text` and `x[1:n]` have something in front of the colon
        let is_free = number == 0
            || words[number - 1].is_blank()
            || matches!(
                words[number - 1].text,
                "(" | "," | "=" | "<" | ">" | "+" | "-" | "%"
            );
        let mark = matches!(word.text, ":" | "@") && is_next_name && is_free;
        if let (true, Some(next)) = (mark, next) {
            let name = next.text.to_ascii_lowercase();
            let place = names.iter().position(|known| *known == name);
            let place = place.unwrap_or_else(|| {
                names.push(name);
                names.len() - 1
            });
            text.push_str(&format!("${}", place + 1));
            number += 2;
        } else if matches!(word.kind, TokenKind::Question) {
            names.push(String::new());
            text.push_str(&format!("${}", names.len()));
            number += 1;
        } else {
            text.push_str(word.text);
            number += 1;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::spellings;

    #[test]
    fn constants_with_a_type_in_front_become_casts() {
        assert_eq!(
            spellings("SELECT 1 FROM t WHERE a > now() - INTERVAL $1 AND b < DATE  $2"),
            ["SELECT 1 FROM t WHERE a > now() - $1::INTERVAL AND b < $2::DATE"]
        );
        assert_eq!(
            spellings("SELECT EXTRACT($1 FROM a) FROM t"),
            ["SELECT EXTRACT('epoch' FROM a) FROM t"]
        );
        assert!(spellings("SELECT a::date FROM t WHERE b = $1").is_empty());
    }

    #[test]
    fn named_parameters_become_numbered_ones() {
        assert_eq!(
            spellings("SELECT a::text FROM t WHERE b = :id AND c = @other OR d = :id"),
            ["SELECT a::text FROM t WHERE b = $1 AND c = $2 OR d = $1"]
        );
        assert_eq!(
            spellings("INSERT INTO t VALUES (?, ?)"),
            ["INSERT INTO t VALUES ($1, $2)"]
        );
    }
}
