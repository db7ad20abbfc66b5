//! segue's own tables of plans that are carried out: the plan as approved, its journal, and how far rows are written.
//! PostgreSQL only. Made with the first plan; what is written here is the only thing that a later run goes by, beside the
//! database itself.
//!
//! `segue.rollouts` has a row per plan, `segue.steps` one for each step that was begun, `segue.batches` one for each worker
//! on each table whose rows are written in batches, `segue.shapes` the relations that a plan touches as it left them.

use crate::{Row, ServerError, Session, literal};

/// The version of segue's own tables once these are among them.
pub const VERSION: u32 = 2;

/// Makes the tables, if they are not there; those of [`own::create`](super::create) have to be.
pub fn create() -> Vec<String> {
    vec![
        "CREATE TABLE IF NOT EXISTS segue.rollouts (\
         id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, layout text NOT NULL, state text NOT NULL, \
         migrations text NOT NULL, plan text NOT NULL, version text NOT NULL, \
         begun_at timestamptz NOT NULL DEFAULT clock_timestamp(), expanded_at timestamptz, ended_at timestamptz, \
         problem text, paused boolean NOT NULL DEFAULT false, max_rate bigint, waits text)"
            .to_owned(),
        // those that were made before there was such a column
        "DO LANGUAGE plpgsql 'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_attribute \
         WHERE attrelid = ''segue.rollouts''::pg_catalog.regclass AND attname = ''waits'') THEN \
         ALTER TABLE segue.rollouts ADD COLUMN waits text; END IF; END'"
            .to_owned(),
        "CREATE TABLE IF NOT EXISTS segue.steps (\
         rollout bigint NOT NULL REFERENCES segue.rollouts ON DELETE CASCADE, step integer NOT NULL, \
         state text NOT NULL, part integer NOT NULL DEFAULT 0, \
         begun_at timestamptz NOT NULL DEFAULT clock_timestamp(), ended_at timestamptz, PRIMARY KEY (rollout, step))"
            .to_owned(),
        "CREATE TABLE IF NOT EXISTS segue.batches (\
         rollout bigint NOT NULL, step integer NOT NULL, worker integer NOT NULL, round integer NOT NULL, \
         file bigint NOT NULL, next bigint NOT NULL, until bigint NOT NULL, rows bigint NOT NULL DEFAULT 0, \
         changed_at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (rollout, step, worker), \
         FOREIGN KEY (rollout, step) REFERENCES segue.steps ON DELETE CASCADE)"
            .to_owned(),
        "CREATE TABLE IF NOT EXISTS segue.shapes (\
         rollout bigint NOT NULL REFERENCES segue.rollouts ON DELETE CASCADE, relation text NOT NULL, \
         part text NOT NULL)"
            .to_owned(),
        // a definition can be longer than what an index takes; and rows without a key go out of a publication of all tables by this
        "DO LANGUAGE plpgsql 'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_class \
         WHERE oid = ''segue.shapes''::pg_catalog.regclass AND relreplident = ''f'') THEN \
         ALTER TABLE segue.shapes REPLICA IDENTITY FULL; END IF; \
         IF EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conname = ''shapes_pkey'' \
         AND conrelid = ''segue.shapes''::pg_catalog.regclass) THEN \
         ALTER TABLE segue.shapes DROP CONSTRAINT shapes_pkey; END IF; END'"
            .to_owned(),
        format!(
            "INSERT INTO segue.settings VALUES ('version', '{VERSION}') ON CONFLICT (name) DO UPDATE \
             SET value = excluded.value WHERE settings.value::integer < {VERSION}"
        ),
    ]
}

/// How far a plan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The first phase is under way.
    Expanding,
    /// The new app may run; the second phase waits.
    Expanded,
    /// The second phase is under way: there is no way back any more.
    Contracting,
    /// Done.
    Contracted,
    /// The first phase is being taken back.
    RollingBack,
    /// Taken back.
    RolledBack,
}

impl State {
    /// All of them.
    const ALL: [Self; 6] = [
        Self::Expanding,
        Self::Expanded,
        Self::Contracting,
        Self::Contracted,
        Self::RollingBack,
        Self::RolledBack,
    ];

    /// As the table has it, and as people read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Expanding => "expanding",
            Self::Expanded => "expanded",
            Self::Contracting => "contracting",
            Self::Contracted => "contracted",
            Self::RollingBack => "rolling back",
            Self::RolledBack => "rolled back",
        }
    }

    fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether there is nothing left to do.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Contracted | Self::RolledBack)
    }
}

/// A plan that is carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollout {
    /// Its number.
    pub id: i64,
    /// How far it is.
    pub state: State,
    /// Its migrations, as JSON.
    pub migrations: String,
    /// The plan, as JSON.
    pub plan: String,
    /// The version of the segue that has made it.
    pub version: String,
    /// When it was begun, as the server prints it.
    pub begun_at: String,
    /// When the first phase was done.
    pub expanded_at: Option<String>,
    /// How long ago that was, in seconds.
    pub expanded_for: Option<u64>,
    /// When it was done, or taken back.
    pub ended_at: Option<String>,
    /// Why it stopped last.
    pub problem: Option<String>,
    /// Whether rows are to be left alone until somebody says otherwise.
    pub paused: bool,
    /// How many rows a second may be written.
    pub max_rate: Option<u64>,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    /// It was sent, and no outcome is known.
    Begun,
    /// It is done.
    Done,
    /// It is being taken back.
    Undoing,
    /// It is taken back.
    Undone,
}

impl StepState {
    /// As the table has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Done => "done",
            Self::Undoing => "undoing",
            Self::Undone => "undone",
        }
    }

    fn of(name: &str) -> Option<Self> {
        let all = [Self::Begun, Self::Done, Self::Undoing, Self::Undone];
        all.into_iter().find(|state| state.name() == name)
    }
}

/// What the journal says of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepRecord {
    /// The number of the step in the plan, contract behind expand, from 0.
    pub step: usize,
    /// How far it is.
    pub state: StepState,
    /// How many of the actions that take it back are done.
    pub part: usize,
}

/// What is read of a plan; the plan itself by this expression.
fn columns(plan: &str) -> String {
    format!(
        "id, state, migrations, {plan}, version, date_trunc('seconds', begun_at)::text, \
     date_trunc('seconds', expanded_at)::text, floor(extract(epoch FROM clock_timestamp() - expanded_at))::bigint, \
     date_trunc('seconds', ended_at)::text, problem, paused, max_rate"
    )
}

/// The plans of a layout, the oldest first; none where there was never one.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn read(session: &Session, layout: &str) -> Result<Vec<Rollout>, ServerError> {
    let is_there = session
        .rows("SELECT pg_catalog.to_regclass('segue.rollouts')")
        .await?;
    if !matches!(is_there.first().map(Vec::as_slice), Some([Some(_)])) {
        return Ok(Vec::new());
    }
    // that of one that has ended, which can be long, is not needed any more
    let columns = columns("CASE WHEN ended_at IS NULL THEN plan ELSE '' END");
    let sql = format!(
        "SELECT {columns} FROM segue.rollouts WHERE layout = {} ORDER BY id",
        literal(layout)
    );
    let rows = session.rows(&sql).await?;
    Ok(rows.into_iter().filter_map(rollout).collect())
}

/// Whether a plan of any layout is under way or waits for contract: what it has made for both versions of an app is there. Not known,
/// and so none, where the role may not read segue's own schema.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn is_any_open(session: &Session) -> Result<bool, ServerError> {
    let readable = session
        .rows(
            "SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = 'segue' AND c.relname = 'rollouts' \
             AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')",
        )
        .await?;
    if readable.is_empty() {
        return Ok(false);
    }
    let open = session
        .rows("SELECT FROM segue.rollouts WHERE ended_at IS NULL LIMIT 1")
        .await?;
    Ok(!open.is_empty())
}

/// The plans of a layout that are done, and behind whose end no other one was begun, with all that is kept of them; the last one
/// first. More than one only where they were carried out beside each other.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn last_done(session: &Session, layout: &str) -> Result<Vec<Rollout>, ServerError> {
    let layout = literal(layout);
    let sql = format!(
        "SELECT {} FROM segue.rollouts one WHERE layout = {layout} AND state = '{}' AND NOT EXISTS \
         (SELECT FROM segue.rollouts WHERE layout = {layout} AND begun_at > one.ended_at) ORDER BY one.ended_at DESC",
        columns("plan"),
        State::Contracted.name()
    );
    let rows = session.rows(&sql).await?;
    Ok(rows.into_iter().filter_map(rollout).collect())
}

/// A plan with all that is kept of it.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn one(session: &Session, id: i64) -> Result<Option<Rollout>, ServerError> {
    let sql = format!(
        "SELECT {} FROM segue.rollouts WHERE id = {id}",
        columns("plan")
    );
    let rows = session.rows(&sql).await?;
    Ok(rows.into_iter().find_map(rollout))
}

fn rollout(row: Row) -> Option<Rollout> {
    let mut cells = row.into_iter();
    let mut cell = || cells.next().flatten();
    Some(Rollout {
        id: cell()?.parse().ok()?,
        state: State::of(&cell()?)?,
        migrations: cell()?,
        plan: cell()?,
        version: cell()?,
        begun_at: cell()?,
        expanded_at: cell(),
        expanded_for: cell().and_then(|seconds| seconds.parse().ok()),
        ended_at: cell(),
        problem: cell(),
        paused: cell().as_deref() == Some("t"),
        max_rate: cell().and_then(|rate| rate.parse().ok()),
    })
}

/// The journal of a plan.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn steps(session: &Session, rollout: i64) -> Result<Vec<StepRecord>, ServerError> {
    let sql = format!(
        "SELECT step, state, part FROM segue.steps WHERE rollout = {rollout} ORDER BY step"
    );
    let rows = session.rows(&sql).await?;
    Ok(rows.into_iter().filter_map(step).collect())
}

fn step(row: Row) -> Option<StepRecord> {
    let [step, state, part] = <[Option<String>; 3]>::try_from(row).ok()?;
    Some(StepRecord {
        step: step?.parse().ok()?,
        state: StepState::of(&state?)?,
        part: part?.parse().ok()?,
    })
}

/// A query for the number of the next plan.
pub const NEXT: &str = "SELECT nextval(pg_get_serial_sequence('segue.rollouts', 'id'))";

/// Begins a plan under a number that [`NEXT`] has given.
pub fn begin(id: i64, layout: &str, migrations: &str, plan: &str, version: &str) -> String {
    format!(
        "INSERT INTO segue.rollouts (id, layout, state, migrations, plan, version) OVERRIDING SYSTEM VALUE \
         VALUES ({id}, {}, '{}', {}, {}, {})",
        literal(layout),
        State::Expanding.name(),
        literal(migrations),
        literal(plan),
        literal(version)
    )
}

/// Records how far a plan is.
pub fn keep_state(rollout: i64, state: State) -> String {
    let moment = match state {
        State::Expanded => ", expanded_at = clock_timestamp()",
        State::Contracted => {
            ", ended_at = clock_timestamp(), expanded_at = coalesce(expanded_at, clock_timestamp())"
        }
        State::RolledBack => ", ended_at = clock_timestamp()",
        State::RollingBack => ", ended_at = NULL",
        State::Expanding | State::Contracting => "",
    };
    format!(
        "UPDATE segue.rollouts SET state = '{}', problem = NULL{moment} WHERE id = {rollout}",
        state.name()
    )
}

/// Records why a plan stopped.
pub fn keep_problem(rollout: i64, problem: &str) -> String {
    format!(
        "UPDATE segue.rollouts SET problem = {} WHERE id = {rollout}",
        literal(problem)
    )
}

/// Forgets why a plan stopped: it goes on.
pub fn forget_problem(rollout: i64) -> String {
    format!("UPDATE segue.rollouts SET problem = NULL WHERE id = {rollout}")
}

/// Records how far a step is.
pub fn keep_step(rollout: i64, record: StepRecord) -> String {
    let ended = match record.state {
        StepState::Done | StepState::Undone => "clock_timestamp()",
        StepState::Begun | StepState::Undoing => "NULL",
    };
    format!(
        "INSERT INTO segue.steps (rollout, step, state, part, ended_at) VALUES ({rollout}, {}, '{}', {}, {ended}) \
         ON CONFLICT (rollout, step) DO UPDATE SET state = excluded.state, part = excluded.part, ended_at = excluded.ended_at",
        record.step,
        record.state.name(),
        record.part
    )
}

/// Records that the steps from this one on are taken back, as far as they were begun: of those that have changed nothing.
pub fn keep_undone_from(rollout: i64, step: usize) -> String {
    let undone = StepState::Undone.name();
    format!(
        "UPDATE segue.steps SET state = '{undone}', ended_at = clock_timestamp() \
         WHERE rollout = {rollout} AND step >= {step} AND state <> '{undone}'"
    )
}
