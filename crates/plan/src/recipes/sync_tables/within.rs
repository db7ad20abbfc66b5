//! Columns that are made of others of the same table, and those of them: `UPDATE t SET first = split_part(name, ' ', 1), …`. Both are
//! there until the old app is gone, and a trigger of the table itself keeps them the same.

use segue_catalog::{Name, QName};

use super::{
    super::changes_rows,
    paired::{Reading, carried},
    refused,
    stated::Stated,
};
use crate::{
    Batches, Moment, OwnPace, Phase, Undo, effect,
    planner::{Draft, Planning, Stop},
    writing::{
        Carried, NAMED, Paired, Runs, USE_COLUMN, asked, beside_batches, called, differ,
        free_function, listed, named_row, of_unproved_checks, own_writes, seeing_all, values,
        when_all,
    },
};

/// Columns that are made of each other.
struct Split {
    table: QName,
    /// How the table is called in the values, as it is written.
    alias: String,
    /// The columns that the old app knows, from those that the new one does.
    old: Vec<Carried>,
    new: Vec<Carried>,
    /// Whether a trigger of the user's may change them on their way, so that batches have to fire this one too.
    always: bool,
    runs: Runs,
}

pub(super) fn follow(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
    stated: &Stated,
) -> Result<Vec<Name>, Stop> {
    let split = Split::of(moment, planning, stated)?;
    let table = &split.table;
    let function = free_function(
        planning.schema(),
        table,
        &["segue_sync", table.name.as_str(), split.new_columns()[0]],
    );
    let trigger = Name::quoted(&format!("~{}", function.name.as_str()));
    let both = format!(
        "{} and {}",
        split.old_columns().join(", "),
        split.new_columns().join(", ")
    );
    let remove = [
        format!("DROP TRIGGER {trigger} ON {table}"),
        format!("DROP FUNCTION {function}()"),
    ];
    let title = format!("{both} of {table} are the same");
    let draft = Draft::transaction(title, split.put(&function, &trigger)).undone_by(&remove);
    planning.step(draft)?;
    let title = format!("fill {} of {table}", split.new_columns().join(", "));
    let unproved = of_unproved_checks(planning.schema(), table);
    let draft = Draft::batches(title, split.fill()).undo(Undo::Nothing);
    let draft = seeing_all(planning.schema(), table, draft.notices(unproved));
    planning.step(draft)?;
    let row = named_row(planning.schema(), table);
    let title = format!("compare {both} in every row of {table}");
    let draft = Draft::batches(title, split.compare(&row));
    let draft = seeing_all(planning.schema(), table, draft.in_phase(Phase::Contract));
    planning.step(draft)?;
    let title = format!("drop what keeps {both} of {table} the same");
    planning.step(Draft::transaction(title, remove).in_contract())?;
    planning.trigger_goes(table, trigger, &function);
    Ok(split.old.iter().map(|own| own.column.clone()).collect())
}

impl Split {
    fn of(moment: &Moment<'_>, planning: &Planning<'_>, stated: &Stated) -> Result<Self, Stop> {
        let called = &stated.whole;
        let reading = Reading::of(moment, planning, stated)?;
        reading.is_of_this_deploy()?;
        let ways = reading.ways()?;
        let old = reading.back(&ways, &[], Paired::MovedIn)?;
        let before = planning.table_for_now(&called.table);
        // a trigger is in between then, and each of the two would have to be the last
        if let Some(own) = old
            .iter()
            .find(|own| !planning.has_before(&before, &own.column))
        {
            return Err(refused(
                format!(
                    "{} of {} has its name, or is there, only since this deploy",
                    own.column, called.table
                ),
                Some(format!(
                    "deploy what makes {} first, and this once that is through its contract",
                    own.column
                )),
            ));
        }
        if let Some(own) = old
            .iter()
            .find(|own| planning.feeds(&called.table, &own.column))
        {
            return Err(refused(
                format!(
                    "another column of {} is filled from {}, before what the new app writes is in it",
                    called.table, own.column
                ),
                Some("put the statement that fills it behind this one".to_owned()),
            ));
        }
        let mut new = Vec::new();
        for (column, value) in &stated.columns {
            let empty = reading.empty(&called.table, reading.whole, column)?;
            new.push(carried(reading.whole, column, value.clone(), empty));
        }
        Ok(Self {
            table: called.table.clone(),
            alias: called.alias.clone(),
            old,
            new,
            always: changes_rows(reading.whole),
            runs: Runs::as_deployer(planning, planning.search_path(), &stated.whole.table),
        })
    }

    fn old_columns(&self) -> Vec<&str> {
        self.old.iter().map(|own| own.column.as_str()).collect()
    }

    fn new_columns(&self) -> Vec<&str> {
        self.new.iter().map(|own| own.column.as_str()).collect()
    }

    /// What holds for a row in which neither is what the other one gives: a way may lose something.
    fn differs(&self) -> String {
        let of = |all: &[Carried]| {
            let typed: Vec<String> = all.iter().map(Carried::typed).collect();
            differ(&listed(all, &self.alias), &typed.join(", "))
        };
        format!("{} AND {}", of(&self.new), of(&self.old))
    }

    fn put(&self, function: &QName, trigger: &Name) -> Vec<String> {
        let table = &self.table;
        let when: Vec<String> = match self.always {
            true => Vec::new(),
            false => vec![beside_batches(table)],
        };
        let when = when_all(&when);
        let body = format!("{USE_COLUMN}\n{}", self.body());
        let both = self.new.iter().chain(&self.old);
        let mut statements = vec![asked(
            both.map(|own| own.value.as_str()),
            &called(table, &self.alias),
        )];
        statements.extend(self.runs.create(function, &body));
        statements.extend([
            format!(
                "CREATE TRIGGER {trigger} BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW{when} EXECUTE FUNCTION {function}()"
            ),
            format!("ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}"),
        ]);
        statements
    }

    /// What is changed wins; where neither is, the new ones are made anew from the old ones, unless each is what the other gives.
    fn body(&self) -> String {
        let row = format!("FROM (SELECT NEW.*) AS {}", self.alias);
        let (old, new) = (&self.old, &self.new);
        let forth = format!("SELECT {} INTO {} {row};", values(new), listed(new, "NEW"));
        let back = format!("SELECT {} INTO {} {row};", values(old), listed(old, "NEW"));
        let nothing: Vec<String> = new.iter().map(Carried::nothing).collect();
        // the old app always says what takes no NULL and has no default
        let unsaid = old.iter().filter(|own| own.strict && own.empty.is_none());
        let unsaid = unsaid.map(|own| format!(" OR NEW.{} IS NULL", own.column));
        let is_new = differ(&listed(new, "NEW"), &nothing.join(", ")) + &unsaid.collect::<String>();
        let changed = |of: &[Carried]| differ(&listed(of, "NEW"), &listed(of, "OLD"));
        let heals = format!("(SELECT {} {row})", self.differs());
        let (to_old, to_new) = (self.where_read(old, new), self.where_read(new, old));
        format!(
            "BEGIN\n  IF TG_OP = 'INSERT' THEN\n    IF {is_new} THEN\n      {back}\n    ELSE\n      {forth}\n    END IF;\n  ELSIF {} THEN\n    {to_old}\n  ELSIF {} THEN\n    {to_new}\n  ELSIF {heals} THEN\n    {forth}\n  END IF;\n  RETURN NEW;\nEND",
            changed(new),
            changed(old)
        )
    }

    /// What makes columns anew where something that they are made of has changed: a way may lose something, and what an app has not
    /// written stays as it is.
    fn where_read(&self, columns: &[Carried], from: &[Carried]) -> String {
        let row = format!("FROM (SELECT NEW.*) AS {}", self.alias);
        let each = columns.iter().map(|own| {
            let (one, alias) = (std::slice::from_ref(own), [self.alias.as_str()]);
            let set = format!("SELECT {} INTO {} {row};", values(one), listed(one, "NEW"));
            let read = from.iter();
            let read: Vec<Carried> = read
                .filter(|of| effect::names_column(&own.value, &alias, &of.column))
                .cloned()
                .collect();
            match read.len() == from.len() || read.is_empty() {
                true => set,
                false => {
                    let changed = differ(&listed(&read, "NEW"), &listed(&read, "OLD"));
                    format!("IF {changed} THEN {set} END IF;")
                }
            }
        });
        each.collect::<Vec<_>>().join("\n    ")
    }

    fn fill(&self) -> Batches {
        let (named, alias) = (called(&self.table, &self.alias), &self.alias);
        let set: Vec<String> = self
            .new
            .iter()
            .map(|own| format!("{} = {}", own.column, own.value))
            .collect();
        let open = self.differs();
        Batches {
            table: self.table.clone(),
            besides: None,
            before: match self.always {
                true => Vec::new(),
                false => vec![own_writes(&self.table)],
            },
            statement: format!(
                "UPDATE ONLY {named} SET {} WHERE {alias}.ctid >= $1::tid AND {alias}.ctid < $2::tid AND {open}",
                set.join(", ")
            ),
            done: format!("SELECT NOT EXISTS (SELECT FROM ONLY {named} WHERE {open})"),
            left: None,
            pace: OwnPace::default(),
            compares: false,
            found: None,
            copies: false,
        }
    }

    fn compare(&self, row: &str) -> Batches {
        let (named, alias) = (called(&self.table, &self.alias), &self.alias);
        let statement = format!(
            "SELECT {row} FROM ONLY {named} WHERE {alias}.ctid >= $1::tid AND {alias}.ctid < $2::tid AND {} LIMIT {NAMED}",
            self.differs()
        );
        Batches::comparing(self.table.clone(), statement)
    }
}
