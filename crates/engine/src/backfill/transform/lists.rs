//! Answers as the statement that writes them takes them: for each column a list of texts, as arrays are written in SQL.

use segue_plan::{Form, Transform};
use serde_json::value::RawValue;

use super::page::Row;

/// The lists before those of the key.
pub(super) const FIXED: usize = 3;

/// Lists of the same length, and the number of the row that each place of them is for.
pub(super) struct Lists {
    lists: Vec<String>,
    pub(super) numbers: Vec<usize>,
    /// Which list comes next.
    next: usize,
}

impl Lists {
    pub(super) fn new(count: usize) -> Self {
        Self {
            lists: vec![String::new(); count],
            numbers: Vec::new(),
            next: 0,
        }
    }

    /// The row of this number: where it is, which version, which table, and its key.
    pub(super) fn begin(&mut self, number: usize, row: &Row) {
        self.numbers.push(number);
        self.next = 0;
        for text in [&row.place, &row.version, &row.relation] {
            self.text(Some(text));
        }
        for text in &row.texts {
            self.text(Some(text));
        }
    }

    /// The next value of the row.
    pub(super) fn value(&mut self, cell: &RawValue, form: Form) {
        let json = cell.get();
        match (json, form) {
            ("null", _) => self.text(None),
            (_, Form::Record) => self.text(Some(&format!("{{\"v\":{json}}}"))),
            (_, Form::Plain) if json.starts_with('"') => match serde_json::from_str::<String>(json)
            {
                Ok(text) => self.text(Some(&text)),
                Err(_) => self.text(Some(json)),
            },
            (_, Form::Plain | Form::Json) => self.text(Some(json)),
        }
    }

    fn text(&mut self, text: Option<&str>) {
        let Some(list) = self.lists.get_mut(self.next) else {
            return;
        };
        self.next += 1;
        if !list.is_empty() {
            list.push(',');
        }
        let Some(text) = text else {
            list.push_str("NULL");
            return;
        };
        list.push('"');
        let mut rest = text;
        while let Some(at) = rest.find(['"', '\\']) {
            list.push_str(&rest[..at]);
            list.push('\\');
            list.push_str(&rest[at..=at]);
            rest = &rest[at + 1..];
        }
        list.push_str(rest);
        list.push('"');
    }

    /// The statement with the lists in their places; none where there is no row.
    pub(super) fn filled(self, of: &Transform, statement: &str) -> Option<String> {
        if self.numbers.is_empty() {
            return None;
        }
        let arrays = self.lists.into_iter().map(|list| format!("{{{list}}}"));
        Some(of.filled(statement, &arrays.collect::<Vec<_>>()))
    }
}
