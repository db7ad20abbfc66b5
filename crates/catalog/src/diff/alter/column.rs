//! Columns of a table: which come and go, and what of one changes.

use super::{Alter, sequence, table::foreign_options};
use crate::{
    Name, Privileges, QName,
    diff::retype,
    model::{Column, Generated, Identity, NotNull, Table},
    normal::About,
    render::{
        alter,
        column::{DefaultClause, rest},
        create_sequence, identity_clause,
        literal::{join, parameters},
        name::or_builtin,
        owned_by,
        sequence::serial_sequence,
    },
};

impl Alter<'_> {
    pub(super) fn columns(&mut self, of: &QName, first: &Table, second: &Table) {
        for gone in &first.columns {
            let own = gone.local || gone.inherited == 0;
            if second.column(&gone.name).is_none() && own {
                self.add(alter(of, &format!("DROP COLUMN {}", gone.name)));
            }
        }
        for column in &second.columns {
            match first.column(&column.name) {
                Some(before) => self.column(of, second, before, column),
                None => self.new_column(of, second, column),
            }
        }
    }

    fn new_column(&mut self, of: &QName, table: &Table, column: &Column) {
        let serial = serial_sequence(self.both.to, of, table, column);
        let is_new = serial.is_some_and(|(name, _)| !self.both.from.sequences.contains_key(name));
        let how = if is_new {
            DefaultClause::Serial
        } else {
            DefaultClause::Written
        };
        let definition = rest(of, column, self.both.from.major, how);
        self.add(alter(
            of,
            &format!("ADD COLUMN {} {definition}", column.name),
        ));
        let mut bare = Column::new(column.name.clone(), column.data_type.clone());
        bare.collation.clone_from(&column.collation);
        if self.both.from.major >= 16 {
            bare.storage.clone_from(&column.storage);
        }
        bare.compression.clone_from(&column.compression);
        bare.foreign_options.clone_from(&column.foreign_options);
        self.storage(of, &bare, column);
        self.said_of(of, table, &bare, column);
    }

    fn column(&mut self, of: &QName, table: &Table, first: &Column, second: &Column) {
        self.identity_goes(of, first, second);
        self.generated(of, first, second);
        self.data_type(of, first, second);
        self.default_goes(of, first, second);
        self.not_null(of, first, second);
        self.serial(of, table, first, second);
        self.identity_comes(of, first, second);
        self.storage(of, first, second);
        if let Some(options) = foreign_options(&first.foreign_options, &second.foreign_options) {
            let name = &second.name;
            self.add(format!(
                "ALTER FOREIGN TABLE {of} ALTER COLUMN {name} {options};"
            ));
        }
        self.said_of(of, table, first, second);
    }

    /// The type, behind the default, which may not fit it; that comes again by a step of its own.
    fn data_type(&mut self, of: &QName, first: &Column, second: &Column) {
        if first.data_type == second.data_type && first.collation == second.collation {
            return;
        }
        let name = &second.name;
        if first.default.is_some() && retype::is_another_type(first, second) {
            self.add(alter(of, &format!("ALTER COLUMN {name} DROP DEFAULT")));
        }
        let collation = second.collation.as_ref();
        let collation = collation.map(|name| format!(" COLLATE {}", or_builtin(name)));
        let using = retype::using(name, &first.data_type, &second.data_type);
        self.add(alter(
            of,
            &format!(
                "ALTER COLUMN {name} TYPE {}{}{}",
                second.data_type,
                collation.unwrap_or_default(),
                using
                    .map(|using| format!(" USING {using}"))
                    .unwrap_or_default()
            ),
        ));
    }

    fn default_goes(&mut self, of: &QName, first: &Column, second: &Column) {
        let gone = first.default.is_some() && second.default.is_none();
        if gone && !retype::is_another_type(first, second) {
            let name = &second.name;
            self.add(alter(of, &format!("ALTER COLUMN {name} DROP DEFAULT")));
        }
    }

    fn generated(&mut self, of: &QName, first: &Column, second: &Column) {
        let name = &second.name;
        match (&first.generated, &second.generated) {
            (Some(_), None) => {
                self.add(alter(of, &format!("ALTER COLUMN {name} DROP EXPRESSION")));
            }
            (Some(one), Some(Generated { expression, .. })) => {
                let about = About::value(Some(of), &second.data_type);
                if !self.both.same(&one.expression, expression, about) {
                    let action = format!("ALTER COLUMN {name} SET EXPRESSION AS ({expression})");
                    self.add(alter(of, &action));
                }
            }
            (None, _) => {}
        }
    }

    fn not_null(&mut self, of: &QName, first: &Column, second: &Column) {
        let name = &second.name;
        match (&first.not_null, &second.not_null) {
            (None, Some(not_null)) => {
                let action = set_not_null(name, not_null, self.both.from.major);
                self.add(alter(of, &action));
            }
            (Some(before), None) => {
                if before.local || before.inherited == 0 {
                    self.add(alter(of, &format!("ALTER COLUMN {name} DROP NOT NULL")));
                }
            }
            (Some(before), Some(after)) => self.named_not_null(of, before, after),
            (None, None) => {}
        }
    }

    /// NOT NULL as a constraint with a name (PostgreSQL 18).
    fn named_not_null(&mut self, of: &QName, first: &NotNull, second: &NotNull) {
        let (Some(before), Some(after)) = (&first.name, &second.name) else {
            return;
        };
        if before != after && !is_inherited(first) {
            self.add(alter(of, &format!("RENAME CONSTRAINT {before} TO {after}")));
        }
        if !first.validated && second.validated {
            self.add(alter(of, &format!("VALIDATE CONSTRAINT {after}")));
        }
        if first.no_inherit != second.no_inherit {
            let word = if second.no_inherit {
                "NO INHERIT"
            } else {
                "INHERIT"
            };
            self.add(alter(of, &format!("ALTER CONSTRAINT {after} {word}")));
        }
        let on = format!("CONSTRAINT {after} ON {of}");
        self.comment_on(&on, first.comment.as_ref(), second.comment.as_ref());
    }

    /// The sequence of a `serial` column comes, and begins behind the values that are there.
    fn serial(&mut self, of: &QName, table: &Table, first: &Column, column: &Column) {
        let Some((name, sequence)) = serial_sequence(self.both.to, of, table, column) else {
            return;
        };
        if let Some(before) = self.both.from.sequences.get(name) {
            self.sequence(name, before, sequence);
            self.statements
                .extend(sequence::owner_column(name, before, sequence));
        } else {
            self.add(create_sequence(name, sequence));
            self.statements.extend(owned_by(name, sequence));
            self.begins_behind(of, &column.name, name);
        }
        let dropped = first.default.is_some() && retype::is_another_type(first, column);
        let set = default(self.both, of, first, column);
        let again = || alter(of, &crate::render::table::set_default(column));
        self.statements.extend(set.or_else(|| dropped.then(again)));
    }

    fn begins_behind(&mut self, of: &QName, column: &Name, sequence: &QName) {
        let sequence = crate::quote::literal(&sequence.to_string());
        self.add(format!(
            "SELECT setval({sequence}, coalesce(max({column}), 0) + 1, false) FROM {of};"
        ));
    }

    fn identity_goes(&mut self, of: &QName, first: &Column, second: &Column) {
        if first.identity.is_some() && second.identity.is_none() {
            let name = &second.name;
            self.add(alter(of, &format!("ALTER COLUMN {name} DROP IDENTITY")));
        }
    }

    fn identity_comes(&mut self, of: &QName, first: &Column, second: &Column) {
        let name = &second.name;
        match (&first.identity, &second.identity) {
            (None, Some(identity)) => {
                self.old_sequence_goes(of, first, identity);
                let clause = identity_clause(of, second, identity);
                self.add(alter(of, &format!("ALTER COLUMN {name} ADD {clause}")));
                self.begins_behind(of, name, &identity.sequence);
            }
            (Some(_), Some(_)) => self.same_identity(of, first, second),
            (_, None) => {}
        }
    }

    /// The sequence of a `serial` column would hold the name that the identity's is to have.
    fn old_sequence_goes(&mut self, of: &QName, first: &Column, identity: &Identity) {
        let sequence = self.both.from.sequences.get(&identity.sequence);
        let owner = sequence.and_then(|sequence| sequence.owned_by.as_ref());
        if owner == Some(&(of.clone(), first.name.clone())) {
            self.add(format!("DROP SEQUENCE {};", identity.sequence));
        }
    }

    fn same_identity(&mut self, of: &QName, before: &Column, column: &Column) {
        let (Some(first), Some(second)) = (&before.identity, &column.identity) else {
            return;
        };
        // the sequence gets a new type together with its column; for a type of its own ALTER TABLE has no words
        let follows = before.data_type != column.data_type;
        let own = match follows {
            true => &column.data_type,
            false => &first.options.data_type,
        };
        let is_of_its_own = *own != second.options.data_type;
        let column = &column.name;
        if first.always != second.always {
            let when = if second.always {
                "ALWAYS"
            } else {
                "BY DEFAULT"
            };
            self.add(alter(
                of,
                &format!("ALTER COLUMN {column} SET GENERATED {when}"),
            ));
        }
        let options = sequence::counting(&first.options, &second.options);
        if !options.is_empty() {
            let fits = sequence::value_fits(&first.sequence, &first.options, &second.options);
            self.statements.extend(fits);
            if is_of_its_own {
                let (sequence, data_type) = (&first.sequence, &second.options.data_type);
                let options = join(options, " ");
                self.add(format!(
                    "ALTER SEQUENCE {sequence} AS {data_type} {options};"
                ));
            } else {
                let set: Vec<String> = options
                    .iter()
                    .map(|option| format!("SET {option}"))
                    .collect();
                self.add(alter(
                    of,
                    &format!("ALTER COLUMN {column} {}", set.join(" ")),
                ));
            }
        }
        let sequence = &second.sequence;
        if first.sequence != *sequence {
            let to = &sequence.name;
            self.add(format!("ALTER SEQUENCE {} RENAME TO {to};", first.sequence));
        }
        let on = format!("SEQUENCE {sequence}");
        self.comment_on(&on, first.comment.as_ref(), second.comment.as_ref());
        self.privileges(&on, None, None, &first.privileges, &second.privileges);
    }

    fn storage(&mut self, of: &QName, first: &Column, second: &Column) {
        let name = &second.name;
        let mut set = |what: String| {
            self.statements
                .push(alter(of, &format!("ALTER COLUMN {name} {what}")));
        };
        if first.storage != second.storage
            && let Some(storage) = second
                .storage
                .clone()
                .or_else(|| retype::storage(&second.data_type).map(str::to_owned))
        {
            set(format!("SET STORAGE {storage}"));
        }
        if first.compression != second.compression {
            let method = second.compression.as_deref().unwrap_or("default");
            set(format!("SET COMPRESSION {method}"));
        }
        if first.statistics != second.statistics {
            set(format!(
                "SET STATISTICS {}",
                second.statistics.unwrap_or(-1)
            ));
        }
        let gone: Vec<&str> = first
            .options
            .keys()
            .filter(|option| !second.options.contains_key(*option))
            .map(String::as_str)
            .collect();
        if !gone.is_empty() {
            set(format!("RESET ({})", gone.join(", ")));
        }
        if first.options != second.options && !second.options.is_empty() {
            set(format!("SET {}", parameters(&second.options)));
        }
    }

    /// Comments and privileges.
    fn said_of(&mut self, of: &QName, table: &Table, first: &Column, second: &Column) {
        let name = &second.name;
        let on = format!("COLUMN {of}.{name}");
        self.comment_on(&on, first.comment.as_ref(), second.comment.as_ref());
        let owner = table.owner.as_ref();
        let on = format!("TABLE {of}");
        let (before, after): (&Privileges, &Privileges) = (&first.privileges, &second.privileges);
        self.privileges(&on, Some(name), owner, before, after);
    }
}

fn set_not_null(column: &Name, not_null: &NotNull, major: u16) -> String {
    match &not_null.name {
        Some(name) if major >= 18 => {
            let inherit = if not_null.no_inherit {
                " NO INHERIT"
            } else {
                ""
            };
            let valid = if not_null.validated { "" } else { " NOT VALID" };
            format!("ADD CONSTRAINT {name} NOT NULL {column}{inherit}{valid}")
        }
        _ => format!("ALTER COLUMN {column} SET NOT NULL"),
    }
}

/// The step that sets a default is one of its own.
pub(in super::super) fn default(
    both: super::Both<'_>,
    of: &QName,
    first: &Column,
    second: &Column,
) -> Option<String> {
    let about = About::value(Some(of), &second.data_type);
    let (before, after) = (first.default.as_ref(), second.default.as_ref());
    if both.same_or_none(before, after, about) {
        return None;
    }
    Some(alter(of, &crate::render::table::set_default(second)))
}

/// Whether a NOT NULL is a parent's, which is who names it.
fn is_inherited(not_null: &NotNull) -> bool {
    not_null.inherited > 0
}
