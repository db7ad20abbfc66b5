//! The triggers that carry what is written to either of two tables to the other one.

use segue_catalog::{Name, QName, render};

use super::{
    super::{
        asked::asked,
        differ,
        sync::{beside_batches, when_all},
        trigger_function::USE_COLUMN,
    },
    Half, PART, Paired, Pairing, WHOLE, columns, listed,
    rows::{There, changes as changed, names, on_conflict},
    values,
};

use crate::planner::Planning;

/// The setting by which a trigger tells the other table's that a row is on its way from there.
const ON_ITS_WAY: &str = "segue.sync";

/// The functions of the triggers of the whole and of the part.
#[derive(Debug, Clone)]
pub(crate) struct Functions {
    pub(crate) whole: QName,
    pub(crate) part: QName,
}

/// What is written to a table, with the sign in front of the trigger's name: it sorts before all letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    Insert,
    Update,
    Delete,
}

impl Event {
    const ALL: [Self; 3] = [Self::Insert, Self::Update, Self::Delete];

    fn word(self) -> &'static str {
        match self {
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
        }
    }

    fn trigger(self, function: &QName) -> Name {
        let sign = match self {
            Self::Insert => '!',
            Self::Update => '#',
            Self::Delete => '%',
        };
        Name::quoted(&format!("{sign}{}", function.name.as_str()))
    }
}

impl Pairing {
    /// The statements that put the triggers in place; the functions' names are free.
    pub(crate) fn put(&self, functions: &Functions) -> Vec<String> {
        let (whole, part) = (&functions.whole, &functions.part);
        let of = |half: &Half, made: &Half| {
            let values = made
                .columns
                .iter()
                .chain(match made.table == self.part.table {
                    true => self.marks.as_slice(),
                    false => &[],
                });
            asked(values.map(|own| own.value.as_str()), &half.called())
        };
        let mut statements = vec![of(&self.whole, &self.part), of(&self.part, &self.whole)];
        statements.extend(self.runs.create(whole, &self.of_whole(whole)));
        statements.extend(self.runs.create(part, &self.of_part(whole)));
        statements.extend(self.triggers(&self.whole, whole));
        statements.extend(self.triggers(&self.part, part));
        statements
    }

    /// The statements that take them away.
    pub(crate) fn remove(&self, functions: &Functions) -> Vec<String> {
        let of = |half: &Half, function: &QName| {
            let triggers = Event::ALL.map(|event| event.trigger(function));
            triggers.map(|trigger| format!("DROP TRIGGER {trigger} ON {}", half.table))
        };
        let mut statements = Vec::new();
        statements.extend(of(&self.whole, &functions.whole));
        statements.extend(of(&self.part, &functions.part));
        statements.push(format!("DROP FUNCTION {}()", functions.whole));
        statements.push(format!("DROP FUNCTION {}()", functions.part));
        statements
    }

    /// The triggers and their functions are gone before anything else goes.
    pub(crate) fn put_off(&self, planning: &mut Planning<'_>, functions: &Functions) {
        for (half, function) in [
            (&self.whole, &functions.whole),
            (&self.part, &functions.part),
        ] {
            for event in Event::ALL {
                planning.trigger_goes(&half.table, event.trigger(function), function);
            }
        }
    }

    fn triggers(&self, half: &Half, function: &QName) -> Vec<String> {
        let table = &half.table;
        let is_target = *table == self.target().table;
        let mut statements = Vec::new();
        for event in Event::ALL {
            let mut when = Vec::new();
            if event == Event::Update && !half.reads.is_empty() {
                let of = |row: &str| {
                    let columns = half.reads.iter().map(|column| format!("{row}.{column}"));
                    columns.collect::<Vec<_>>().join(", ")
                };
                when.push(differ(&of("OLD"), &of("NEW")));
            }
            if event != Event::Delete && is_target {
                when.push(beside_batches(table));
            }
            let when = when_all(&when);
            // whoever writes both tables has until the end of the transaction to do so
            let waits =
                event == Event::Insert && *table == self.whole.table && self.is_of_columns();
            let (kind, deferred) = match waits {
                true => ("CONSTRAINT TRIGGER", " DEFERRABLE INITIALLY DEFERRED"),
                false => ("TRIGGER", ""),
            };
            let (trigger, word) = (event.trigger(function), event.word());
            statements.push(format!(
                "CREATE {kind} {trigger} AFTER {word} ON {table}{deferred} FOR EACH ROW{when} EXECUTE FUNCTION {function}()"
            ));
            statements.push(format!(
                "ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}"
            ));
        }
        statements
    }

    fn is_of_columns(&self) -> bool {
        self.kind != Paired::Rows
    }

    /// What the trigger of the whole does.
    fn of_whole(&self, pair: &QName) -> String {
        let part = &self.part.table;
        let moved = self.key.iter().map(|key| {
            let value = key.to_part(&format!("NEW.{}", key.whole));
            format!("{} = {value}", key.part)
        });
        let moved = moved.collect::<Vec<_>>().join(", ");
        let (old, new) = (self.is_part_of("OLD"), self.is_part_of("NEW"));
        let row = format!("(SELECT NEW.*) AS {}", self.whole.alias);
        let on_conflict = |updates| on_conflict(&self.part_key, &self.part, PART, updates);
        let upsert = self.insert_part(&row, &on_conflict(None));
        let had_part = self.condition.as_ref().map(|_| self.has_part("OLD"));
        let updates = Some((self.whole.alias.as_str(), had_part.as_deref()));
        let update = self.insert_part(&row, &on_conflict(updates));
        let inserted = match self.is_of_columns() {
            true => self.inserted_of_columns(),
            false => format!(
                "IF {} THEN\n      {upsert};\n    END IF",
                self.new_has_part()
            ),
        };
        let written = match &self.condition {
            None => format!("{update};"),
            Some(_) => format!(
                "IF {} THEN\n      {update};\n    ELSE\n      {};\n    END IF;",
                self.new_has_part(),
                self.without_part(&row, &new)
            ),
        };
        // columns that move in may not be filled yet: a row that gets another key says nothing of them
        let written = match self.kind == Paired::MovedIn {
            true => format!(
                "IF {} THEN\n    {written}\n    END IF;",
                self.changes_beside_key()
            ),
            false => written,
        };
        let changes = self.changes_key(|key| key.whole.to_string());
        let work = format!(
            "  IF TG_OP = 'DELETE' THEN\n    DELETE FROM {part} AS {PART} WHERE {old};\n  ELSIF TG_OP = 'INSERT' THEN\n    {inserted};\n  ELSE\n    IF {changes} THEN\n      UPDATE {part} AS {PART} SET {moved} WHERE {old};\n    END IF;\n    {written}\n  END IF;"
        );
        let key = |row: &str| {
            let keys = self.key.iter();
            let keys = keys.map(|key| key.to_part(&format!("{row}.{}", key.whole)));
            keys.collect::<Vec<_>>().join(", ")
        };
        framed(pair, key, &work)
    }

    /// What becomes of a row of the whole at the end of the transaction that has inserted it: it gets a counterpart; or what is in
    /// the one that it has by then, which may have been written before it.
    fn inserted_of_columns(&self) -> String {
        let (whole, part) = (&self.whole, &self.part);
        let insert = self.insert_part(
            &format!(
                "{} WHERE {}{}",
                whole.called(),
                self.is_row_of_new(&whole.alias),
                self.may_have_part()
            ),
            &format!("ON CONFLICT ({}) DO NOTHING", names(&self.part_key)),
        );
        // of columns that move in, it is the whole that the new app writes
        if self.kind == Paired::MovedIn {
            return insert;
        }
        let ought = part.columns.iter().map(|own| {
            let (value, alias) = (own.typed(), &whole.alias);
            format!("(SELECT {value} FROM (SELECT {WHOLE}.*) AS {alias})")
        });
        let ought = ought.collect::<Vec<_>>().join(", ");
        let carry = format!(
            "UPDATE {} AS {WHOLE} SET ({}) = (SELECT {} FROM (SELECT {PART}.*) AS {}) FROM {} AS {PART} WHERE {} AND {} AND {}",
            whole.table,
            columns(&whole.columns),
            values(&whole.columns),
            part.alias,
            part.table,
            self.is_row_of_new(WHOLE),
            self.is_part_of(WHOLE),
            differ(&listed(&part.columns, PART), &ought)
        );
        format!("{insert};\n    IF NOT FOUND THEN\n      {carry};\n    END IF")
    }

    /// What the trigger of the part does.
    fn of_part(&self, pair: &QName) -> String {
        let work = match self.kind {
            Paired::Rows => self.of_rows(),
            Paired::MovedOut | Paired::MovedIn => self.of_columns(),
        };
        let key = |row: &str| {
            let keys = self.key.iter().map(|key| format!("{row}.{}", key.part));
            keys.collect::<Vec<_>>().join(", ")
        };
        framed(pair, key, &work)
    }

    fn of_columns(&self) -> String {
        let whole = &self.whole;
        let table = &whole.table;
        let emptied: Vec<String> = whole
            .columns
            .iter()
            .map(|own| {
                format!(
                    "{} = {}",
                    own.column,
                    own.empty.as_deref().unwrap_or("NULL")
                )
            })
            .collect();
        let emptied = emptied.join(", ");
        let (old, new) = (self.is_whole_of("OLD"), self.is_whole_of("NEW"));
        let values = values(&whole.columns);
        let columns = columns(&whole.columns);
        let alias = &self.part.alias;
        let changes = self.changes_key(|key| key.part.to_string());
        let all = format!(
            "UPDATE {table} AS {WHOLE} SET ({columns}) = (SELECT {values} FROM (SELECT NEW.*) AS {alias}) WHERE {new};"
        );
        let each = whole.columns.iter().map(|own| {
            let (column, value, changes) = (&own.column, &own.value, changed(own, alias));
            format!(
                "IF {changes} THEN\n        UPDATE {table} AS {WHOLE} SET {column} = (SELECT {value} FROM (SELECT NEW.*) AS {alias}) WHERE {new};\n      END IF;"
            )
        });
        let each = each.collect::<Vec<_>>().join("\n      ");
        let (was, is) = (self.is_marked("OLD"), self.is_marked("NEW"));
        let stays = match self.marks.is_empty() {
            true => format!("NOT {changes}"),
            false => format!("{was} AND NOT {changes}"),
        };
        // a way may lose something, and who has written another column has not written this one
        let written = match whole.columns.len() {
            0 | 1 => all,
            _ => format!(
                "IF TG_OP = 'UPDATE' AND {stays} THEN\n      {each}\n    ELSE\n      {all}\n    END IF;"
            ),
        };
        let empty = format!("UPDATE {table} AS {WHOLE} SET {emptied} WHERE {old};");
        if self.marks.is_empty() {
            return format!(
                "  IF TG_OP = 'DELETE' THEN\n    {empty}\n  ELSE\n    IF TG_OP = 'UPDATE' THEN\n      IF {changes} THEN\n        {empty}\n      END IF;\n    END IF;\n    {written}\n  END IF;"
            );
        }
        // rows that are marked otherwise are of other columns, or of nobody's
        format!(
            "  IF TG_OP = 'DELETE' THEN\n    IF {was} THEN\n      {empty}\n    END IF;\n  ELSE\n    IF TG_OP = 'UPDATE' THEN\n      IF {was} AND ({changes} OR NOT ({is})) THEN\n        {empty}\n      END IF;\n    END IF;\n    IF {is} THEN\n    {written}\n    END IF;\n  END IF;"
        )
    }

    fn of_rows(&self) -> String {
        let table = &self.whole.table;
        let moved = self.key.iter().map(|key| {
            let value = key.to_whole(&format!("NEW.{}", key.part));
            format!("{} = {value}", key.whole)
        });
        let moved = moved.collect::<Vec<_>>().join(", ");
        let old = self.is_whole_of("OLD");
        let (was, is) = (self.is_marked("OLD"), self.is_marked("NEW"));
        let changes = self.changes_key(|key| key.part.to_string());
        let upsert = self.insert_whole(There::Replaced);
        let update = self.insert_whole(There::Updated);
        let mut ways = Vec::new();
        // of what is the same for both kinds of writing there is one
        if update != upsert {
            ways.push((
                format!("TG_OP = 'UPDATE' AND {was} AND NOT {changes}"),
                update,
            ));
        }
        // of rows of some kind, one of another kind may have the key
        if self.condition.is_some() {
            ways.push((
                "TG_OP = 'INSERT'".to_owned(),
                self.insert_whole(There::Another),
            ));
        }
        let written = match ways.is_empty() {
            true => format!("{upsert};"),
            false => {
                let ways = ways
                    .iter()
                    .map(|(when, what)| format!("IF {when} THEN\n        {what};"));
                let ways = ways.collect::<Vec<_>>().join("\n      ELS");
                format!("{ways}\n      ELSE\n        {upsert};\n      END IF;")
            }
        };
        format!(
            "  IF TG_OP = 'DELETE' THEN\n    IF {was} THEN\n      DELETE FROM {table} AS {WHOLE} WHERE {old};\n    END IF;\n  ELSE\n    IF TG_OP = 'UPDATE' THEN\n      IF {was} AND NOT ({is}) THEN\n        DELETE FROM {table} AS {WHOLE} WHERE {old};\n      ELSIF {was} AND {changes} THEN\n        UPDATE {table} AS {WHOLE} SET {moved} WHERE {old};\n      END IF;\n    END IF;\n    IF {is} THEN\n      {written}\n    END IF;\n  END IF;"
        )
    }

    /// Whether a row of the part is one of this whole.
    fn is_marked(&self, row: &str) -> String {
        let marks = self.marks.iter().map(|mark| {
            let own = format!("{row}.{}", mark.column);
            format!("NOT {}", differ(&own, &mark.typed()))
        });
        let marks: Vec<String> = marks.collect();
        match marks.is_empty() {
            true => "true".to_owned(),
            false => marks.join(" AND "),
        }
    }

    /// Whether an UPDATE of the whole changes something that the part is made of, beside the key.
    fn changes_beside_key(&self) -> String {
        let is_key = |column: &Name| self.key.iter().any(|key| key.whole == *column);
        let of = |row: &str| {
            let read = self.whole.reads.iter().filter(|column| !is_key(column));
            let read = read.map(|column| format!("{row}.{column}"));
            read.collect::<Vec<_>>().join(", ")
        };
        match of("OLD").is_empty() {
            true => "false".to_owned(),
            false => differ(&of("OLD"), &of("NEW")),
        }
    }

    fn changes_key(&self, column: impl Fn(&super::Key) -> String) -> String {
        let of = |row: &str| {
            let keys = self.key.iter().map(|key| format!("{row}.{}", column(key)));
            keys.collect::<Vec<_>>().join(", ")
        };
        differ(&of("OLD"), &of("NEW"))
    }
}

/// A trigger's function, which does its work unless the row comes from the other table; `key` gives the values by which it is
/// known there.
fn framed(pair: &QName, key: impl Fn(&str) -> String, work: &str) -> String {
    let pair = render::literal(&format!("{pair} "));
    let (old, new) = (key("OLD"), key("NEW"));
    format!(
        "{USE_COLUMN}\nDECLARE\n  segue_before pg_catalog.text := COALESCE(pg_catalog.current_setting('{ON_ITS_WAY}', true), '');\n  segue_about pg_catalog.text;\nBEGIN\n  IF TG_OP = 'DELETE' THEN\n    segue_about := {pair} || ROW({old})::pg_catalog.text;\n  ELSE\n    segue_about := {pair} || ROW({new})::pg_catalog.text;\n  END IF;\n  IF segue_before = segue_about THEN\n    RETURN NULL;\n  END IF;\n  PERFORM pg_catalog.set_config('{ON_ITS_WAY}', segue_about, true);\n{work}\n  PERFORM pg_catalog.set_config('{ON_ITS_WAY}', segue_before, true);\n  RETURN NULL;\nEND"
    )
}
