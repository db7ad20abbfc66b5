//! Columns that triggers fill where an app does not, until contract.

use segue_catalog::{Catalog, Change, Name, QName, TableChange, model::Enabled};
use squawk_syntax::ast::{self, AstNode};

use super::{Draft, Stop, filled_once::would_go, planning::Planning, standing::Filled};
use crate::{
    Batches, OwnPace, Served, effect,
    writing::{arbiters, seeing_all, to_come},
    written,
};

/// Whether a value is made of a column of what it is looked up in, and not only found by it.
fn gives(value: &str, column: &Name) -> bool {
    let tree = segue_catalog::parse(&format!("SELECT {value}")).tree();
    let mut names = tree.syntax().descendants().filter_map(ast::NameRef::cast);
    names.any(|name| {
        let mut around = name.syntax().ancestors();
        written::name(&name) == *column
            && !around.any(|node| {
                ast::WhereClause::can_cast(node.kind()) || ast::OnClause::can_cast(node.kind())
            })
    })
}

impl Planning<'_> {
    /// The statement at hand.
    pub(crate) fn served(&self) -> Served {
        self.served
    }

    /// Notes that a trigger fills a column where an app does not.
    pub(crate) fn fills(&mut self, filled: Filled) {
        self.filled.push(filled);
    }

    /// Whether a trigger fills a column where an app does not.
    pub(crate) fn is_filled(&self, table: &QName, column: &Name) -> bool {
        self.filled.iter().any(|it| it.is(table, column))
    }

    /// Whether a trigger fills a column so, and has a value for every row for which the statement that fills it has one.
    pub(crate) fn is_filled_for_sure(&self, table: &QName, column: &Name) -> bool {
        let mut filled = self.filled.iter();
        filled.any(|it| it.is(table, column) && !it.looks_up)
    }

    /// Why a table, or a column of it, cannot go in the deploy in which a column of another table is filled from it: only what is
    /// written to that other one fires the trigger that fills.
    pub(crate) fn loses_what_fills(&self, table: &QName, column: Option<&Name>) -> Option<Stop> {
        let reads = |filled: &&Filled| {
            let forth = &filled.trigger.forth;
            let names_it = |name: &Name| effect::mentions(forth, name);
            // a key by which a row is found stays what it is
            let reads_it = |name: &Name| match self.is_key(table, name) {
                true => gives(forth, name),
                false => names_it(name),
            };
            filled.table != *table && names_it(&table.name) && column.is_none_or(reads_it)
        };
        let filled = self.filled.iter().find(reads)?;
        let what = column.map_or_else(|| table.to_string(), |name| format!("{name} of {table}"));
        let into = format!("{} of {}", filled.column, filled.table);
        Some(would_go(&what, &into, "is filled from it"))
    }

    /// Whether a column alone was a key of a table before the deploy.
    fn is_key(&self, table: &QName, column: &Name) -> bool {
        let known = self.known.tables.get(table);
        known.is_some_and(|own| {
            let is_required = own.column(column).is_some_and(|own| own.not_null.is_some());
            let keys = arbiters(&self.known, table, own);
            is_required && keys.iter().any(|key| *key == [column.clone()])
        })
    }

    /// What fills in contract the rows of partitions that have come since with their rows: written once more, they meet the trigger.
    pub(super) fn filled_late(&self) -> Vec<(&Filled, Draft)> {
        let partitioned = self.filled.iter().filter_map(|filled| {
            let holders = to_come(&self.now, &filled.table)?;
            Some((filled, holders))
        });
        let late = partitioned.map(|(filled, held)| {
            let (table, column) = (&filled.table, &filled.column);
            let title = format!("fill {column} of {}", held.told());
            let batches = Batches {
                table: held.table,
                besides: held.besides,
                before: Vec::new(),
                statement: format!(
                    "UPDATE ONLY {table} SET {column} = {column} WHERE ctid >= $1::tid AND ctid < $2::tid AND {column} IS NULL"
                ),
                // what has no value then has none by the trigger either
                done: "SELECT true".to_owned(),
                left: None,
                pace: OwnPace::default(),
                compares: false,
                found: None,
                copies: false,
            };
            let draft = Draft::batches(title, batches).in_contract();
            (filled, seeing_all(&self.now, table, draft))
        });
        late.collect()
    }

    /// Whether a trigger makes a column of others of the same row, as that is written.
    pub(crate) fn is_made_within(&self, table: &QName, column: &Name) -> bool {
        let mut synced = self.synced.iter();
        synced.any(|it| it.is_within && it.table == *table && it.columns.contains(column))
    }

    /// Whether it is the function of such a trigger, which goes before anything that it names.
    pub(crate) fn is_filler(&self, function: &QName) -> bool {
        self.filled.iter().any(|it| it.function == *function)
    }

    /// The trigger that fills a column, which is not known any more from here on.
    pub(crate) fn take_filled(&mut self, table: &QName, column: &Name) -> Option<Filled> {
        let at = self.filled.iter().position(|it| it.is(table, column))?;
        Some(self.filled.remove(at))
    }

    /// A trigger of a table that an earlier statement of the deploy has disabled, for people.
    pub(crate) fn disables_trigger(&self, now: &Catalog, table: &QName) -> Option<String> {
        let mut off = None;
        for (line, _) in self.earlier() {
            for change in &line.changes {
                if let Change::Table {
                    table: of,
                    change: TableChange::EnableTrigger { trigger, enabled },
                } = change
                    && of == table
                {
                    off = (*enabled == Enabled::Disabled).then(|| trigger.clone());
                }
            }
        }
        let own = |name: &Name| {
            let known = now.tables.get(table)?;
            let trigger = known.triggers.get(name)?;
            (trigger.enabled == Enabled::Disabled).then(|| format!("trigger {name}"))
        };
        match off? {
            Some(name) => own(&name),
            None => Some("every trigger".to_owned()),
        }
    }

    /// The columns of a table that are looked up by this one, in a table that the deploy itself has given the values of this one
    /// (`INSERT INTO cities (name) SELECT DISTINCT city FROM …`): what an app writes behind that is not there.
    pub(crate) fn looked_up_by(&self, table: &QName, column: &Name) -> Vec<Name> {
        let reads = |filled: &&Filled| filled.reads(table, column);
        let looks_there = |filled: &&Filled| {
            self.earlier().any(|(line, text)| {
                line.changes.iter().any(|change| match change {
                    Change::Data {
                        statement: "INSERT",
                        table: Some(into),
                    } => {
                        into != table
                            && effect::mentions(&filled.trigger.forth, &into.name)
                            && effect::mentions(text, &table.name)
                            && effect::mentions(text, column)
                    }
                    _ => false,
                })
            })
        };
        let found = self.filled.iter().filter(reads).filter(looks_there);
        found.map(|filled| filled.column.clone()).collect()
    }

    /// Whether a trigger fills a column of a table from this one.
    pub(crate) fn feeds(&self, table: &QName, column: &Name) -> bool {
        self.filled.iter().any(|it| it.reads(table, column))
    }
}
