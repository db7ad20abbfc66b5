//! A value, and what stands in its place.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Family, Treatment};

/// So many hexadecimal digits of a digest are kept: as many as tell rows apart.
const DIGITS: usize = 32;

/// What becomes of a value, as the server prints it. `secret` is what nobody knows who sees the outcome: with another one, others
/// come out. Where a whole table is treated so, values that cannot be masked stay.
pub fn masked(treatment: Treatment, family: Family, value: &str, secret: &[u8]) -> Option<String> {
    let mask = Mask { treatment, secret };
    match (treatment, family) {
        (Treatment::Null, _) => None,
        (Treatment::Keep, _) | (_, Family::Other) => Some(value.to_owned()),
        (_, Family::Text(longest)) => Some(mask.text(value, longest)),
        (_, Family::Texts) => Some(mask.texts(value)),
        (_, Family::Json) => Some(match serde_json::from_str(value) {
            Ok(json) => mask.json(json).to_string(),
            // the server has taken it, and we cannot read it: numbers beyond ours
            Err(_) => "null".to_owned(),
        }),
        (_, Family::Bytes) => Some(format!("\\x{}", mask.hex(value))),
        (_, Family::Address) => {
            let mut stream = mask.stream(value);
            let mut next = || stream.next().unwrap_or_default();
            Some(format!("10.{}.{}.{}", next(), next(), next()))
        }
    }
}

struct Mask<'a> {
    treatment: Treatment,
    secret: &'a [u8],
}

impl Mask<'_> {
    fn text(&self, value: &str, longest: Option<usize>) -> String {
        match self.treatment {
            Treatment::Hash => {
                let digits = self.hex(value);
                digits[..longest.unwrap_or(DIGITS).min(DIGITS)].to_owned()
            }
            _ => self.faked(value),
        }
    }

    /// Another text of the same form.
    fn faked(&self, value: &str) -> String {
        let letters = value.chars().zip(self.stream(value));
        letters
            .map(|(letter, chance)| match letter {
                '0'..='9' => pick("0123456789", chance),
                'a'..='z' => pick("abcdefghijklmnopqrstuvwxyz", chance),
                'A'..='Z' => pick("ABCDEFGHIJKLMNOPQRSTUVWXYZ", chance),
                letter if letter.is_alphabetic() => pick("àçéîñøšü", chance),
                other => other,
            })
            .collect()
    }

    /// The elements of an array as the server prints it: `NULL` without quotes is no text (arrays.html#ARRAYS-IO).
    fn texts(&self, value: &str) -> String {
        let mut out = String::with_capacity(value.len());
        let mut word = String::new();
        let mut is_quoted = false;
        let mut letters = value.chars();
        let end = |word: &mut String, is_quoted: bool, out: &mut String| {
            match word.as_str() {
                "NULL" if !is_quoted => out.push_str("NULL"),
                text => out.push_str(&self.faked(text)),
            }
            word.clear();
        };
        while let Some(letter) = letters.next() {
            match letter {
                '\\' if is_quoted => {
                    end(&mut word, is_quoted, &mut out);
                    out.push('\\');
                    out.extend(letters.next());
                }
                '"' => {
                    end(&mut word, is_quoted, &mut out);
                    is_quoted = !is_quoted;
                    out.push('"');
                }
                '{' | '}' | ',' if !is_quoted => {
                    end(&mut word, is_quoted, &mut out);
                    out.push(letter);
                }
                letter => word.push(letter),
            }
        }
        end(&mut word, is_quoted, &mut out);
        out
    }

    /// Texts within it; names of fields, numbers and flags stay.
    fn json(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text, None)),
            Value::Array(values) => values.into_iter().map(|one| self.json(one)).collect(),
            Value::Object(fields) => {
                let fields = fields.into_iter();
                Value::Object(fields.map(|(name, one)| (name, self.json(one))).collect())
            }
            other => other,
        }
    }

    fn hex(&self, value: &str) -> String {
        let digest = self.digest(value, 0);
        let digits = digest.iter().map(|byte| format!("{byte:02x}"));
        digits.take(DIGITS / 2).collect()
    }

    /// As many bytes as are asked for, the same for the same value.
    fn stream<'v>(&'v self, value: &'v str) -> impl Iterator<Item = u8> + 'v {
        (0_u32..).flat_map(move |number| self.digest(value, number))
    }

    fn digest(&self, value: &str, number: u32) -> [u8; 32] {
        let mut digest = Sha256::new();
        digest.update(Sha256::digest(self.secret));
        digest.update(number.to_be_bytes());
        digest.update(value);
        digest.finalize().into()
    }
}

fn pick(letters: &str, chance: u8) -> char {
    let count = letters.chars().count();
    letters
        .chars()
        .nth(usize::from(chance) % count)
        .unwrap_or('x')
}
