//! `[mask]`: what becomes of the values of a live database before migrations are tried with them. What the words do is said in
//! crate `proof`.

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Config, keys::Reader, lint::Named};

/// The section.
pub(super) const MASK: &str = "mask";

/// What may be said of a column.
const TREATMENTS: [&str; 4] = ["keep", "null", "hash", "fake"];

/// What `[mask]` says.
#[derive(Debug, Clone, Default)]
pub struct Mask {
    /// Of columns of texts that nothing else is said of.
    pub default: Option<String>,
    /// `table.column`, `schema.table.column` or `table.*`, and the word for it.
    pub columns: Vec<(Named, String)>,
}

impl Config {
    /// What `[mask]` says.
    pub fn mask(&self) -> &Mask {
        &self.document.mask
    }
}

impl Reader<'_> {
    /// Reads the section.
    pub(super) fn mask(&mut self, table: &DeTable<'_>) -> Mask {
        let mut mask = Mask::default();
        let Some(value) = table.get(MASK) else {
            return mask;
        };
        let section: Option<&DeTable<'_>> = self.inner(MASK, value);
        for (name, value) in section.into_iter().flatten() {
            let full = format!("{MASK}.{}", name.get_ref());
            match (name.get_ref().as_ref(), value.get_ref()) {
                ("default", _) => mask.default = self.word("default", &TREATMENTS, value),
                (name, DeValue::Table(_)) => self.not_quoted(name, value),
                (column, _) if !column.contains('.') => self.report(
                    name.span(),
                    format!("`{full}` names no column"),
                    "no column",
                    format!("write the table too: \"users.{column}\" = \"hash\""),
                ),
                (column, _) => {
                    let word = self.word(&full, &TREATMENTS, value);
                    let named = self.named(column, name.span(), "this column");
                    mask.columns.extend(word.map(|word| (named, word)));
                }
            }
        }
        mask
    }

    /// `users.email = …` is a table within a table.
    fn not_quoted(&mut self, table: &str, value: &Spanned<DeValue<'_>>) {
        self.report(
            value.span(),
            format!("`mask.{table}` must be a column and what becomes of it"),
            "a table",
            format!("with quotes: \"{table}.email\" = \"hash\""),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_sql::Source;

    fn read(text: &str) -> Result<Mask, Vec<String>> {
        match Config::parse(&Source::new("segue.toml", text)) {
            Ok(config) => Ok(config.mask().clone()),
            Err(problems) => Err(problems.iter().map(ToString::to_string).collect()),
        }
    }

    #[test]
    fn columns_and_the_default_are_read() {
        let mask = read("[mask]\ndefault = \"null\"\n\"users.email\" = \"hash\"\n");
        let mask = mask.expect("it is right");
        assert_eq!(mask.default.as_deref(), Some("null"));
        let (column, word) = &mask.columns[0];
        assert_eq!(
            (column.name.as_str(), word.as_str()),
            ("users.email", "hash")
        );
        assert!(
            read("dir = \"x\"\n")
                .expect("it is right")
                .columns
                .is_empty()
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, message) in [
            ("[mask]\nemail = \"hash\"\n", "`mask.email` names no column"),
            (
                "[mask]\nusers.email = \"hash\"\n",
                "`mask.users` must be a column",
            ),
            (
                "[mask]\n\"users.email\" = \"blur\"\n",
                "must be one of keep, null, hash, fake",
            ),
            ("mask = 7\n", "mask"),
            ("[env.production.mask]\ndefault = \"keep\"\n", "mask"),
        ] {
            let problems = read(text).expect_err(text);
            assert!(problems[0].contains(message), "{text}: {problems:?}");
        }
    }
}
