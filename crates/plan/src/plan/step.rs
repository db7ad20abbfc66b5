//! A step of a plan.

use std::{borrow::Cow, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Batches, Hindrance, Keep, Transform, Undo};
use crate::Effect;

/// When a step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// While the old app runs.
    Expand,
    /// Once only the new app runs.
    Contract,
}

/// A statement that was written: the numbers of its migration and of itself, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
pub struct Served {
    /// The migration, in [`Plan::migrations`](super::Plan::migrations).
    pub migration: usize,
    /// The statement in it.
    pub statement: usize,
}

/// Something that is done as a whole, or can be gone on with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Step {
    /// When it runs.
    pub phase: Phase,
    /// The statements that it is done for.
    pub serves: Vec<Served>,
    /// The recipe that it comes from: the name of its file.
    pub recipe: Cow<'static, str>,
    /// What it does, in a few words.
    pub title: String,
    /// What runs.
    pub action: Action,
    /// Settings under which it runs, as statements: the `search_path` or role that the file has set.
    pub settings: Vec<String>,
    /// What it locks, and what it does to rows while it holds that.
    pub effect: Effect,
    /// How long it may wait, and work.
    pub timeouts: Timeouts,
    /// What the old or the new app may notice.
    pub hazards: Vec<Hazard>,
    /// A query that says, as one boolean, whether it is done already; none where it commits together with its record, or
    /// may be done again.
    pub verify: Option<String>,
    /// What is kept of the rows that it changes, where that takes it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<Keep>,
    /// How it is taken back.
    pub undo: Undo,
    /// What may keep it from being taken back; a step of contract, from being done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hindrances: Vec<Hindrance>,
    /// How long it is likely to take; none where nothing is known of the tables' sizes.
    pub estimate: Option<Estimate>,
}

/// What runs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// These statements, in one transaction.
    Transaction(Vec<String>),
    /// One statement that cannot run in a transaction.
    Alone(String),
    /// Rows, in batches.
    Batches(Batches),
    /// Rows, through a program and back.
    Transform(Transform),
}

/// How long a step may wait, and work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub struct Timeouts {
    /// How long it waits for each lock before it lets go and tries again; none: as long as it takes, since a build that is
    /// interrupted leaves an invalid index.
    #[serde(rename = "lock_milliseconds", with = "milliseconds_if_any", default)]
    pub lock: Option<Duration>,
    /// How long each of its statements may work.
    #[serde(
        rename = "statement_milliseconds",
        with = "milliseconds_if_any",
        default
    )]
    pub statement: Option<Duration>,
}

/// What the old or the new app may notice.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Hazard {
    /// The rule that knows more of it (`segue explain`), where there is one.
    pub rule: Option<Cow<'static, str>>,
    /// What happens, in one sentence without a full stop.
    pub message: String,
}

/// How long a step is likely to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub struct Estimate {
    /// On a server with little else to do.
    #[serde(rename = "least_milliseconds", with = "milliseconds")]
    pub least: Duration,
    /// On one that is busy.
    #[serde(rename = "most_milliseconds", with = "milliseconds")]
    pub most: Duration,
}

impl Step {
    /// The settings for the transaction at hand, which ends without them.
    pub fn settings_of_transaction(&self) -> impl Iterator<Item = String> + '_ {
        self.settings
            .iter()
            .map(|setting| match setting.split_once(char::is_whitespace) {
                Some((set, rest))
                    if set.eq_ignore_ascii_case("SET") && !rest.starts_with("LOCAL ") =>
                {
                    format!("SET LOCAL {rest}")
                }
                _ => setting.clone(),
            })
    }

    /// The statements that are sent for it, those that keep old rows included; of batches the one that is run for each.
    pub fn sent(&self) -> Vec<Cow<'_, str>> {
        let make = self.keep.iter().flat_map(|keep| &keep.make);
        make.map(|text| text.as_str().into())
            .chain(self.writes())
            .collect()
    }

    /// The same without what makes the table that rows are kept in.
    pub fn writes(&self) -> Vec<Cow<'_, str>> {
        let Some(keep) = &self.keep else {
            return self.action.statements();
        };
        let own = match &keep.instead {
            Some(instead) => vec![instead.as_str().into()],
            None => self.action.statements(),
        };
        let before = keep.before.iter().map(|text| text.as_str().into());
        let behind = keep.behind.iter().map(|text| text.as_str().into());
        before.chain(own).chain(behind).collect()
    }

    /// How its transaction begins: what finds the rows that are kept and what writes them see the same ones (transaction-iso.html).
    pub fn begin(&self) -> &'static str {
        match &self.keep {
            Some(keep) if !keep.before.is_empty() => "BEGIN ISOLATION LEVEL REPEATABLE READ",
            _ => "BEGIN",
        }
    }
}

impl Action {
    /// Whether the way back is as open behind it as before, in contract too: it only compares rows, or fills what would go on that
    /// way in those that have come since.
    pub fn leaves_way_back(&self) -> bool {
        matches!(self, Self::Batches(batches) if batches.compares || batches.besides.is_some())
    }

    /// The statements as they run; of batches the one that is run for each, of a program the
    /// query for its rows and the statement for its answers.
    pub fn statements(&self) -> Vec<Cow<'_, str>> {
        match self {
            Self::Transaction(statements) => statements.iter().map(Cow::from).collect(),
            Self::Alone(statement) => vec![statement.into()],
            Self::Batches(batches) => vec![(&batches.statement).into()],
            Self::Transform(transform) => transform.statements().map(Cow::from).into(),
        }
    }
}

mod milliseconds {
    use super::*;

    pub(super) fn serialize<S: Serializer>(
        time: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}

mod milliseconds_if_any {
    use super::*;

    pub(super) fn serialize<S: Serializer>(
        time: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => milliseconds::serialize(time, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        let time = Option::<u64>::deserialize(deserializer)?;
        Ok(time.map(Duration::from_millis))
    }
}
