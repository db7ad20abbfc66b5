//! Which deploy may go first: that of the schema, or that of the app.

use super::{Moment, Side, Tally};

/// What goes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum First {
    /// The schema, as segue does it: expand, then the new app, then contract.
    #[default]
    Schema,
    /// The new app, before the schema is touched.
    Code,
}

/// The cells that have to be right for an order.
fn cells(first: First) -> [(Side, Moment); 3] {
    let second = match first {
        First::Schema => (Side::Old, Moment::Expanded),
        First::Code => (Side::New, Moment::Before),
    };
    [
        second,
        (Side::New, Moment::Expanded),
        (Side::New, Moment::Contracted),
    ]
}

/// What follows from the cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// Whether the schema may go first; `None`: what was judged does not tell.
    pub schema_first: Option<bool>,
    /// Whether the new app may go first.
    pub code_first: Option<bool>,
    /// Whether contract need not wait until the old app is gone.
    pub contract_at_once: Option<bool>,
    /// What to do, in words.
    pub words: String,
}

impl Advice {
    /// From what was judged of each version.
    pub fn of(tallies: &[Tally], is_strict: bool) -> Self {
        let runs = |side: Side, moment: Moment| {
            let tally = tallies.iter().find(|tally| tally.side == side)?;
            tally.runs(moment, is_strict)
        };
        let may = |first: First| {
            let known = cells(first).map(|(side, moment)| runs(side, moment));
            match known {
                _ if known.contains(&Some(false)) => Some(false),
                _ if known.contains(&None) => None,
                _ => Some(true),
            }
        };
        let mut advice = Self {
            schema_first: may(First::Schema),
            code_first: may(First::Code),
            contract_at_once: runs(Side::Old, Moment::Contracted),
            words: String::new(),
        };
        advice.words = advice.told();
        advice
    }

    fn told(&self) -> String {
        let contract = match self.contract_at_once {
            Some(true) => "`segue contract` need not wait for the old app to end",
            _ => "`segue contract` once the old app is gone",
        };
        match (self.schema_first, self.code_first) {
            (Some(true), Some(true)) => format!(
                "either may go first: `segue deploy` and the new app in any order, then {contract}"
            ),
            (Some(true), _) => {
                format!("the schema goes first: `segue deploy`, then the new app, then {contract}")
            }
            (_, Some(true)) => {
                format!("the new app goes first, then `segue deploy`, then {contract}")
            }
            (Some(false), Some(false)) => {
                "no order keeps both versions running: split the migration, or change what breaks"
                    .to_owned()
            }
            (Some(false), None) => "the schema may not go first".to_owned(),
            (None, Some(false)) => "the new app may not go first".to_owned(),
            (None, None) => "no order can be advised: give the queries of both versions".to_owned(),
        }
    }

    /// Whether everything that was given runs in an order: each version was judged, and none of its cells that matter says no.
    pub fn passes(tallies: &[Tally], first: First, is_strict: bool) -> bool {
        let all_judged = tallies.iter().all(|tally| tally.judged > 0);
        let matters = |side: Side| {
            let cells = cells(first).into_iter();
            cells
                .filter(move |(of, _)| *of == side)
                .map(|(_, moment)| moment)
        };
        let runs = |tally: &Tally| {
            let mut moments = matters(tally.side);
            moments.all(|moment| tally.runs(moment, is_strict) == Some(true))
        };
        all_judged && !tallies.is_empty() && tallies.iter().all(runs)
    }

    /// Whether a cell has to be right for an order.
    pub fn matters(side: Side, moment: Moment, first: First) -> bool {
        cells(first).contains(&(side, moment))
    }
}
