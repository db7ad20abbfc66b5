//! A step as a recipe writes it down, before it is known what it locks.

use segue_catalog::QName;

use crate::{Action, Batches, Hazard, Hindrance, Keep, Phase, Undo};

/// A step to be.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) phase: Phase,
    pub(crate) title: String,
    pub(crate) action: Action,
    /// Settings that it runs with, beside those that the file has made.
    pub(crate) settings: Vec<String>,
    pub(crate) hazards: Vec<Hazard>,
    /// What is kept of the rows that it changes.
    pub(crate) keep: Option<Keep>,
    /// Of which table rows are put back that it changes, and what holds for them.
    pub(crate) puts_back: Option<(QName, String)>,
    /// The table that its batches write, where that is another one than they go through.
    pub(crate) writes: Option<QName>,
    /// How it is taken back, where the recipe knows better than to compare the schemas before and after.
    pub(crate) undo: Option<Undo>,
    /// Whether it is done already, where the recipe knows better than to look for what it changes.
    pub(crate) verify: Option<String>,
    /// What keeps it from being done, in contract.
    pub(crate) hindrances: Vec<Hindrance>,
}

impl Draft {
    /// Statements in one transaction.
    pub(crate) fn transaction<S: AsRef<str>>(
        title: impl Into<String>,
        statements: impl IntoIterator<Item = S>,
    ) -> Self {
        let statements = statements.into_iter().map(|text| bare(text.as_ref()));
        Self::new(title.into(), Action::Transaction(statements.collect()))
    }

    /// A statement that cannot run in a transaction.
    pub(crate) fn alone(title: impl Into<String>, statement: impl AsRef<str>) -> Self {
        Self::new(title.into(), Action::Alone(bare(statement.as_ref())))
    }

    /// Rows in batches.
    pub(crate) fn batches(title: impl Into<String>, batches: Batches) -> Self {
        Self {
            verify: (!batches.compares && batches.besides.is_none()).then(|| batches.done.clone()),
            ..Self::new(title.into(), Action::Batches(batches))
        }
    }

    fn new(title: String, action: Action) -> Self {
        Self {
            phase: Phase::Expand,
            title,
            action,
            settings: Vec::new(),
            hazards: Vec::new(),
            keep: None,
            puts_back: None,
            writes: None,
            undo: None,
            verify: None,
            hindrances: Vec::new(),
        }
    }

    /// It runs in contract.
    #[must_use]
    pub(crate) fn in_contract(mut self) -> Self {
        self.phase = Phase::Contract;
        self
    }

    /// It runs in this phase.
    #[must_use]
    pub(crate) fn in_phase(mut self, phase: Phase) -> Self {
        self.phase = phase;
        self
    }

    /// Its batches write this table.
    #[must_use]
    pub(crate) fn writing(mut self, table: &QName) -> Self {
        self.writes = Some(table.clone());
        self
    }

    /// What keeps it from being done, in contract.
    #[must_use]
    pub(crate) fn hindered_by(mut self, hindrances: impl IntoIterator<Item = Hindrance>) -> Self {
        self.hindrances.extend(hindrances);
        self
    }

    /// What the apps may notice.
    #[must_use]
    pub(crate) fn hazard(mut self, rule: Option<&'static str>, message: impl Into<String>) -> Self {
        self.hazards.push(Hazard {
            rule: rule.map(Into::into),
            message: message.into(),
        });
        self
    }

    /// What the apps may notice, that no rule knows.
    #[must_use]
    pub(crate) fn notices(self, messages: impl IntoIterator<Item = String>) -> Self {
        messages
            .into_iter()
            .fold(self, |draft, message| draft.hazard(None, message))
    }

    /// A setting that it runs with.
    #[must_use]
    pub(crate) fn with_setting(mut self, setting: String) -> Self {
        self.settings.push(setting);
        self
    }

    /// How it is taken back.
    #[must_use]
    pub(crate) fn undo(mut self, undo: Undo) -> Self {
        self.undo = Some(undo);
        self
    }

    /// What is kept of the rows that it changes, which takes it back.
    #[must_use]
    pub(crate) fn keeping(mut self, keep: Keep, undo: Undo) -> Self {
        self.keep = Some(keep);
        self.undo(undo)
    }

    /// Which rows are put back then.
    #[must_use]
    pub(crate) fn putting_back(mut self, rows: (QName, String)) -> Self {
        self.puts_back = Some(rows);
        self
    }

    /// It is taken back by these statements.
    #[must_use]
    pub(crate) fn undone_by<S: AsRef<str>>(self, statements: impl IntoIterator<Item = S>) -> Self {
        let statements = statements.into_iter().map(|text| bare(text.as_ref()));
        self.undo(Undo::transaction(statements.collect()))
    }
}

/// A statement without its semicolon.
pub(crate) fn bare(text: &str) -> String {
    text.trim().trim_end_matches(';').trim_end().to_owned()
}

/// The statements of a text, each by itself: what makes an object may be more than one.
pub(crate) fn singly(text: &str) -> Vec<String> {
    let source = segue_sql::Source::new("", text);
    match segue_sql::split(&source) {
        Ok(statements) => {
            let statements = statements.iter();
            statements.map(|one| bare(&text[one.span])).collect()
        }
        Err(_) => vec![bare(text)],
    }
}
