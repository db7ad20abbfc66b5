//! What becomes of the values of a live database before migrations are tried with them: nobody's data leave it as they are, and
//! what comes out is still of use. Equal values stay equal, so that keys and what refers to them go on fitting.
//!
//! Owns: which column is treated how, and what a value becomes.
//! Does not own: reading rows and putting them into another database (crate `segue`).

use segue_catalog::{
    Catalog, DataType, Name, QName,
    model::{Column, ConstraintKind, Table, TypeKind},
};

mod value;

pub use value::masked;

/// What becomes of the values of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// They stay as they are.
    Keep,
    /// They are NULL.
    Null,
    /// Of each a digest of the same value: nothing of what it looks like stays.
    Hash,
    /// Letters become other letters and digits other digits: lengths and forms stay.
    Fake,
}

impl Treatment {
    /// The words for them.
    pub const WORDS: [&'static str; 4] = ["keep", "null", "hash", "fake"];

    /// The one of a word.
    pub fn named(word: &str) -> Option<Self> {
        let all = [Self::Keep, Self::Null, Self::Hash, Self::Fake];
        let at = Self::WORDS.iter().position(|one| *one == word)?;
        Some(all[at])
    }
}

/// What is said of a column, or of all columns of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// `table.column`, `schema.table.column`, or `*` in the place of the column.
    pub column: String,
    /// What becomes of its values.
    pub treatment: Treatment,
}

/// What is said of all columns of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masks {
    /// Of columns of texts and the like that no rule is for.
    pub default: Treatment,
    /// Of single ones; what is said of a column goes before what is said of its table.
    pub rules: Vec<Rule>,
}

impl Default for Masks {
    fn default() -> Self {
        Self {
            default: Treatment::Fake,
            rules: Vec::new(),
        }
    }
}

/// The values that a type has, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Texts, of so many characters at most.
    Text(Option<usize>),
    /// Lists of texts.
    Texts,
    /// JSON.
    Json,
    /// `bytea`.
    Bytes,
    /// Addresses of the Internet.
    Address,
    /// Numbers, times, flags, enumerations, and whatever else says nothing of a person by itself.
    Other,
}

impl Family {
    /// The one of a type.
    pub fn of(catalog: &Catalog, data_type: &DataType) -> Self {
        if !data_type.is_builtin() {
            let known = catalog.types.get(&data_type.name).map(|one| &one.kind);
            return match (known, data_type.name.name.as_str()) {
                (Some(TypeKind::Domain(domain)), _) => match Self::of(catalog, &domain.base) {
                    Self::Text(_) if data_type.array => Self::Texts,
                    family => family,
                },
                (None, "citext") if data_type.array => Self::Texts,
                (None, "citext") => Self::Text(None),
                _ => Self::Other,
            };
        }
        let longest = data_type.modifier.as_deref();
        let longest = longest.and_then(|longest| longest.parse().ok());
        match (data_type.name.name.as_str(), data_type.array) {
            ("text" | "character varying" | "character" | "name", false) => Self::Text(longest),
            ("text" | "character varying" | "character" | "name", true) => Self::Texts,
            ("json" | "jsonb", false) => Self::Json,
            ("bytea", false) => Self::Bytes,
            ("inet" | "cidr", false) => Self::Address,
            _ => Self::Other,
        }
    }
}

impl Masks {
    /// What becomes of a column's values. One that refers to another table is treated as what it refers to, unless a rule is
    /// for itself.
    pub fn of(&self, catalog: &Catalog, table: &QName, column: &Column) -> Treatment {
        self.followed(catalog, table, column, FURTHEST)
    }

    fn followed(&self, catalog: &Catalog, table: &QName, column: &Column, far: u8) -> Treatment {
        if let Some(rule) = self.rule(table, &column.name) {
            return rule.treatment;
        }
        let own = catalog.tables.get(table);
        let referred = own.and_then(|own| referred(own, &column.name));
        if let (Some((of, name)), true) = (referred, far > 0)
            && let Some(column) = catalog
                .tables
                .get(of)
                .and_then(|of| of.column(name.as_str()))
        {
            return self.followed(catalog, of, column, far - 1);
        }
        match Family::of(catalog, &column.data_type) {
            Family::Other => Treatment::Keep,
            _ => self.default,
        }
    }

    fn rule(&self, table: &QName, column: &Name) -> Option<&Rule> {
        let of = |name: &str| {
            let mut rules = self.rules.iter().rev();
            rules.find(|rule| rule.is_for(table, name))
        };
        of(column.as_str()).or_else(|| of("*"))
    }

    /// The rules that cannot be meant for this database, and why: no such column, a column that may not be NULL, values that
    /// cannot be masked.
    pub fn wrong(&self, catalog: &Catalog) -> Vec<(&Rule, String)> {
        let wrong = self.rules.iter();
        wrong
            .filter_map(|rule| Some((rule, rule.wrong(catalog)?)))
            .collect()
    }
}

/// So many foreign keys are followed from a column to what it refers to.
const FURTHEST: u8 = 16;

impl Rule {
    fn is_for(&self, table: &QName, column: &str) -> bool {
        let Some((of, name)) = self.column.rsplit_once('.') else {
            return false;
        };
        let is_table = match of.split_once('.') {
            Some((schema, of)) => *schema == *table.schema.as_str() && *of == *table.name.as_str(),
            None => *of == *table.name.as_str(),
        };
        is_table && name == column
    }

    fn wrong(&self, catalog: &Catalog) -> Option<String> {
        let columns = catalog.tables.iter().flat_map(|(name, table)| {
            let columns = table.columns.iter();
            columns.map(move |column| (name, column))
        });
        let mut found = false;
        for (table, column) in columns {
            let is_all = self.is_for(table, "*");
            if !is_all && !self.is_for(table, column.name.as_str()) {
                continue;
            }
            found = true;
            let family = Family::of(catalog, &column.data_type);
            match self.treatment {
                Treatment::Null if column.not_null.is_some() && !is_all => {
                    return Some(format!("{table}.{} may not be NULL", column.name));
                }
                Treatment::Hash | Treatment::Fake if family == Family::Other && !is_all => {
                    return Some(format!(
                        "{table}.{} is {}: only texts, JSON, bytea and addresses can be masked so; null or keep can be said",
                        column.name, column.data_type
                    ));
                }
                _ => {}
            }
        }
        (!found).then(|| format!("there is no column {}", self.column))
    }
}

/// What a column refers to.
fn referred<'c>(table: &'c Table, column: &Name) -> Option<(&'c QName, &'c Name)> {
    table.constraints.values().find_map(|constraint| {
        let ConstraintKind::ForeignKey(key) = &constraint.kind else {
            return None;
        };
        let at = key.columns.iter().position(|one| one == column)?;
        Some((&key.references, key.referenced_columns.get(at)?))
    })
}

#[cfg(test)]
mod tests;
