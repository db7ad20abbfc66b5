//! The program that rows go through behind a migration's own statements: whether the schema has what it says.

use segue_catalog::{
    Catalog, Name, QName, Session,
    model::{Column, ConstraintKind, IndexTerm, Table},
};
use segue_sql::{Problem, nearest};

use super::{Planner, Planning, running::Refused, settings, timeouts};
use crate::{
    Action, Effect, LockMode, Phase, Reads, Script, Served, Step, Transform, Typed, Undo, Wanted,
    WorkKind,
    declared::{Declared, Selected, Word},
    planner::estimate,
    writing::{Keeps, Watch, not_kept},
};
use keeping::keeping;

mod keeping;

/// What its steps are called by.
const RECIPE: &str = "transform";

/// The schema that the first migration meets, and what names mean there; none where there is nothing to do.
pub(super) fn met(scripts: &[Script]) -> Option<(&Catalog, &Session)> {
    scripts.iter().find_map(|script| {
        let line = script
            .lines
            .first()
            .map(|line| (&line.before, &line.session));
        let transform = script.transform.as_ref();
        line.or(transform.map(|wanted| (&wanted.after, &wanted.session)))
    })
}

impl Planner<'_> {
    /// The program that rows go through behind a migration.
    pub(super) fn transform(&mut self, migration: usize) {
        let script = &self.scripts[migration];
        let Some(wanted) = &script.transform else {
            return;
        };
        let served = Served {
            migration,
            statement: script.lines.len(),
        };
        self.planning.served = served;
        let planned = step(&self.planning, wanted, served);
        let carried = planned.and_then(|(step, seen)| self.carried(step, seen.as_ref()));
        // what is missing may be what could not be planned
        if let Err(problems) = carried
            && self.refused.is_empty()
        {
            self.refused.extend(problems);
        }
    }

    /// The step, between those that put triggers in place and take them away where they keep its rows.
    fn carried(&mut self, step: Step, seen: Option<&Watch>) -> Result<(), Vec<Problem>> {
        let planning = &mut self.planning;
        let refused = |refused: Refused| vec![*refused.problem];
        planning.recipe = RECIPE;
        if let Some(watch) = seen {
            planning.step(watch.put()).map_err(refused)?;
        }
        planning.expand.push(step);
        if let Some(watch) = seen {
            planning.step(watch.taken_away()).map_err(refused)?;
        }
        Ok(())
    }
}

/// The step, at the end of its migration.
///
/// # Errors
/// A table, a key or columns that are not there, or not as they have to be: all of them.
fn step(
    planning: &Planning<'_>,
    wanted: &Wanted,
    served: Served,
) -> Result<(Step, Option<Watch>), Vec<Problem>> {
    let Wanted {
        declared, session, ..
    } = wanted;
    let table = table_of(declared, &planning.now, session).map_err(|problem| vec![problem])?;
    let known = &planning.now.tables[&table];
    let mut reading = Reading {
        declared,
        table: &table,
        known,
        problems: Vec::new(),
    };
    let transform = reading.transform(&planning.now);
    let transform = match transform {
        Some(transform) if reading.problems.is_empty() => transform,
        _ => return Err(reading.problems),
    };
    let written = transform.written();
    let program = declared.program[0]
        .text
        .rsplit('/')
        .next()
        .unwrap_or_default();
    let title = match (declared.write.is_empty(), declared.delete) {
        (true, _) => format!("rows of {table} go through {program}, which says which of them go"),
        _ => format!("rows of {table} go through {program}, which gives {written}"),
    };
    let mut transform = transform;
    let (mut settings, mut seen) = (settings::told(session, &[]), None);
    let (keep, undo) = match keeping(planning, wanted, &transform) {
        Ok(Keeps::Nothing) => (None, Undo::Nothing),
        Ok(Keeps::Rows(keeping)) => {
            transform.kept = Some(keeping.answers());
            (Some(keeping.keep()), keeping.undo_in_batches())
        }
        Ok(Keeps::Seen(watch)) => {
            let watch = seen.insert(watch);
            settings.push(watch.setting());
            (Some(watch.keep()), watch.undo_in_batches())
        }
        Err(why) => (None, Undo::Impossible(not_kept(&why))),
    };
    let action = Action::Transform(transform);
    let mut effect = Effect::default();
    effect.lock(&table, LockMode::RowExclusive);
    effect.works(WorkKind::Write, &table, title.clone());
    effect
        .locks
        .retain(|name, _| planning.known.relation(name).is_some());
    effect
        .work
        .retain(|work| planning.known.tables.contains_key(&work.table));
    let step = Step {
        phase: Phase::Expand,
        // behind all of them
        serves: vec![served],
        recipe: RECIPE.into(),
        title,
        timeouts: timeouts::of(&action, &effect),
        estimate: estimate::of(&effect, planning.facts),
        action,
        settings,
        effect,
        hazards: Vec::new(),
        verify: None,
        keep,
        undo,
        hindrances: Vec::new(),
    };
    Ok((step, seen))
}

/// The table that is meant.
fn table_of(declared: &Declared, now: &Catalog, session: &Session) -> Result<QName, Problem> {
    let said = &declared.table;
    let parts: Vec<Name> = parts(&said.text);
    let found = match parts.as_slice() {
        [name] => (session.search_path.iter())
            .map(|schema| QName::new(schema.clone(), name.clone()))
            .find(|name| now.tables.contains_key(name)),
        [schema, name] => Some(QName::new(schema.clone(), name.clone()))
            .filter(|name| now.tables.contains_key(name)),
        _ => None,
    };
    found.ok_or_else(|| {
        let names: Vec<String> = now
            .tables
            .keys()
            .map(|name| name.name.to_string())
            .collect();
        let wanted = parts.last().map_or("", |name| name.as_str());
        let problem = declared.problem(
            &said.span,
            format!("there is no table {} behind this migration", said.text),
            "no such table",
        );
        match nearest(wanted, names.iter().map(String::as_str)) {
            Some(near) => problem.help(format!("did you mean {near}?")),
            None => problem
                .help("name it as in SQL, with its schema where that is not in the search path"),
        }
    })
}

/// The parts of a name as it is written in SQL.
fn parts(text: &str) -> Vec<Name> {
    let mut parts = Vec::new();
    let (mut part, mut quoted, mut was_quoted) = (String::new(), false, false);
    let end = |part: &mut String, was_quoted: &mut bool| {
        let text = std::mem::take(part);
        match std::mem::take(was_quoted) {
            true => Name::quoted(&text),
            false => Name::unquoted(&text),
        }
    };
    for c in text.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                was_quoted = true;
            }
            '.' if !quoted => parts.push(end(&mut part, &mut was_quoted)),
            c => part.push(c),
        }
    }
    parts.push(end(&mut part, &mut was_quoted));
    parts
}

struct Reading<'a> {
    declared: &'a Declared,
    table: &'a QName,
    known: &'a Table,
    problems: Vec<Problem>,
}

impl Reading<'_> {
    fn transform(&mut self, now: &Catalog) -> Option<Transform> {
        let declared = self.declared;
        let key = self.key(now);
        let reads = match &declared.select {
            Selected::Query(query) => {
                Reads::Query(query.text.trim().trim_end_matches(';').to_owned())
            }
            Selected::Columns(words) => {
                let columns = words.iter().filter_map(|word| self.column(word));
                Reads::Columns(columns.map(|column| column.name.clone()).collect())
            }
        };
        let writes = declared
            .write
            .iter()
            .filter_map(|word| self.written(word, key.as_deref()));
        let writes = writes.collect();
        Some(Transform {
            table: self.table.clone(),
            key: key?,
            reads,
            condition: declared
                .condition
                .as_ref()
                .map(|word| word.text.trim().to_owned()),
            writes,
            program: declared
                .program
                .iter()
                .map(|word| word.text.clone())
                .collect(),
            rows: declared.rows,
            parallel: declared.parallel as usize,
            unchanged: declared.unchanged,
            delete: declared.delete,
            stops: declared.stops,
            kept: None,
        })
    }

    fn column(&mut self, word: &Word) -> Option<Column> {
        let found = self.known.column(&word.text).cloned();
        if found.is_none() {
            let problem = self.declared.problem(
                &word.span,
                format!("{} has no column {}", self.table, word.text),
                "no such column",
            );
            let names = self.known.columns.iter().map(|column| column.name.as_str());
            self.problems.push(match nearest(&word.text, names) {
                Some(near) => problem.help(format!("did you mean {near}?")),
                None => {
                    problem.help("columns are named here as the server stores them, without quotes")
                }
            });
        }
        found
    }

    fn written(&mut self, word: &Word, key: Option<&[Typed]>) -> Option<Typed> {
        let column = self.column(word)?;
        let why = if key.is_some_and(|key| key.iter().any(|typed| typed.column == column.name)) {
            "it is of the key, by which rows are known"
        } else if column.generated.is_some() {
            "the server computes it"
        } else if column
            .identity
            .as_ref()
            .is_some_and(|identity| identity.always)
        {
            "it is GENERATED ALWAYS AS IDENTITY"
        } else {
            return Some(typed(&column));
        };
        self.problems.push(self.declared.problem(
            &word.span,
            format!("{} cannot be written: {why}", word.text),
            "not this one",
        ));
        None
    }

    /// The key: what is said, or the primary key.
    fn key(&mut self, now: &Catalog) -> Option<Vec<Typed>> {
        let words = &self.declared.key;
        if words.is_empty() {
            let key = self.known.primary_key();
            if key.is_empty() {
                let problem = self.declared.problem(
                    &self.declared.table.span,
                    format!("{} has no primary key", self.table),
                    "this table",
                );
                self.problems
                    .push(problem.help("name columns that are unique and not null: key = [\"…\"]"));
                return None;
            }
            return Some(
                key.iter()
                    .filter_map(|name| self.known.column(name))
                    .map(typed)
                    .collect(),
            );
        }
        let columns: Vec<Option<Column>> = words.iter().map(|word| self.column(word)).collect();
        let columns: Vec<Column> = columns.into_iter().collect::<Option<_>>()?;
        for (word, column) in words.iter().zip(&columns) {
            if column
                .not_null
                .as_ref()
                .is_none_or(|not_null| !not_null.validated)
            {
                let problem = self.declared.problem(
                    &word.span,
                    format!("{} may be null: a row could not be known by it", word.text),
                    "not a key",
                );
                self.problems.push(problem.help(
                    "name columns that are NOT NULL, or make them so in an earlier migration",
                ));
            }
        }
        let names: Vec<&Name> = columns.iter().map(|column| &column.name).collect();
        if !is_unique(self.table, self.known, now, &names) {
            let span = words[0].span.start..words[words.len() - 1].span.end;
            let problem = self.declared.problem(
                &span,
                format!("nothing says that these are unique in {}", self.table),
                "not a key",
            );
            self.problems.push(problem.help(
                "name the columns of a primary key, of a UNIQUE constraint or of a unique index",
            ));
        }
        Some(columns.iter().map(typed).collect())
    }
}

fn typed(column: &Column) -> Typed {
    Typed {
        column: column.name.clone(),
        data_type: column.data_type.to_string(),
    }
}

/// Whether a constraint or an index keeps these columns, or some of them, unique at any moment.
fn is_unique(table: &QName, known: &Table, now: &Catalog, names: &[&Name]) -> bool {
    let within = |columns: &[Name]| columns.iter().all(|column| names.contains(&column));
    let by_constraint = known
        .constraints
        .values()
        .any(|constraint| match &constraint.kind {
            ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => {
                !key.columns.is_empty() && within(&key.columns)
            }
            ConstraintKind::Check { .. }
            | ConstraintKind::ForeignKey(_)
            | ConstraintKind::Exclude(_) => false,
        });
    by_constraint
        || now.indexes_of(table).any(|(_, index)| {
            index.unique
                && index.valid
                && index.predicate.is_none()
                && index.keys.iter().all(|key| match &key.term {
                    IndexTerm::Column(column) => names.contains(&column),
                    IndexTerm::Expression(_) => false,
                })
        })
}
