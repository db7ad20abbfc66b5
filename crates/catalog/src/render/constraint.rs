//! Constraints: within `CREATE TABLE` and by `ALTER TABLE … ADD`.

use super::{
    index::key,
    literal::{names, with},
    name::or_builtin,
};
use crate::{
    Name, QName,
    model::{
        Constraint, ConstraintKind, Deferral, Exclusion, ForeignKey, IndexedConstraint, Match,
        ReferentialAction,
    },
};

/// A constraint without its name, as `pg_get_constraintdef` would say it: `PRIMARY KEY (id)`.
pub fn constraint_definition(constraint: &Constraint) -> String {
    let mut text = match &constraint.kind {
        ConstraintKind::Check {
            expression,
            no_inherit,
        } => {
            let inherit = if *no_inherit { " NO INHERIT" } else { "" };
            format!("CHECK ({expression}){inherit}")
        }
        ConstraintKind::PrimaryKey(index) => indexed("PRIMARY KEY", index),
        ConstraintKind::Unique(index) => indexed("UNIQUE", index),
        ConstraintKind::Exclude(exclusion) => exclude(exclusion),
        ConstraintKind::ForeignKey(key) => foreign_key(key),
    };
    text.push_str(deferral(constraint.deferral));
    if !constraint.enforced {
        text.push_str(" NOT ENFORCED");
    } else if !constraint.validated {
        text.push_str(" NOT VALID");
    }
    text
}

/// `CONSTRAINT name …`.
pub fn named_constraint(name: &Name, constraint: &Constraint) -> String {
    format!("CONSTRAINT {name} {}", constraint_definition(constraint))
}

/// `ALTER TABLE … ADD CONSTRAINT`; `only` leaves the partitions alone.
pub fn add_constraint(table: &QName, name: &Name, constraint: &Constraint, only: bool) -> String {
    let only = if only { "ONLY " } else { "" };
    format!(
        "ALTER TABLE {only}{table} ADD {};",
        named_constraint(name, constraint)
    )
}

/// Whether a constraint can stand in `CREATE TABLE`: there `NOT VALID` would be passed over (parse_utilcmd.c).
pub(crate) fn fits_inline(constraint: &Constraint) -> bool {
    let valid = constraint.validated || !constraint.enforced;
    let whole = constraint.index().is_none_or(|index| index.index_valid);
    valid && whole
}

pub(crate) fn deferral(deferral: Deferral) -> &'static str {
    match deferral {
        Deferral::NotDeferrable => "",
        Deferral::InitiallyImmediate => " DEFERRABLE",
        Deferral::InitiallyDeferred => " DEFERRABLE INITIALLY DEFERRED",
    }
}

fn indexed(kind: &str, index: &IndexedConstraint) -> String {
    let distinct = if index.nulls_not_distinct {
        " NULLS NOT DISTINCT"
    } else {
        ""
    };
    let mut columns = names(&index.columns);
    if index.without_overlaps {
        columns.insert_str(columns.len() - 1, " WITHOUT OVERLAPS");
    }
    format!("{kind}{distinct} {columns}{}", index_clauses(index))
}

/// `INCLUDE`, `WITH` and the tablespace.
fn index_clauses(index: &IndexedConstraint) -> String {
    let mut text = String::new();
    if !index.include.is_empty() {
        text.push_str(" INCLUDE ");
        text.push_str(&names(&index.include));
    }
    text.push_str(&with(&index.parameters));
    if let Some(tablespace) = &index.tablespace {
        text.push_str(&format!(" USING INDEX TABLESPACE {tablespace}"));
    }
    text
}

fn exclude(exclusion: &Exclusion) -> String {
    let keys: Vec<String> = exclusion
        .keys
        .iter()
        .map(|(of, operator)| format!("{} WITH {operator}", key(of)))
        .collect();
    let mut text = format!(
        "EXCLUDE USING {} ({}){}",
        exclusion.method,
        keys.join(", "),
        index_clauses(&exclusion.index)
    );
    if let Some(predicate) = &exclusion.predicate {
        text.push_str(&format!(" WHERE ({predicate})"));
    }
    text
}

fn foreign_key(key: &ForeignKey) -> String {
    let side = |columns: &[Name]| {
        let mut text = names(columns);
        if key.period
            && let Some(last) = columns.last()
        {
            let end = text.len() - 1 - last.to_string().len();
            text.insert_str(end, "PERIOD ");
        }
        text
    };
    let mut text = format!(
        "FOREIGN KEY {} REFERENCES {} {}",
        side(&key.columns),
        or_builtin(&key.references),
        side(&key.referenced_columns)
    );
    if key.match_type == Match::Full {
        text.push_str(" MATCH FULL");
    }
    if let Some(action) = action(key.on_update) {
        text.push_str(&format!(" ON UPDATE {action}"));
    }
    if let Some(action) = action(key.on_delete) {
        text.push_str(&format!(" ON DELETE {action}"));
        if !key.on_delete_columns.is_empty() {
            text.push_str(&format!(" {}", names(&key.on_delete_columns)));
        }
    }
    text
}

fn action(action: ReferentialAction) -> Option<&'static str> {
    match action {
        ReferentialAction::NoAction => None,
        ReferentialAction::Restrict => Some("RESTRICT"),
        ReferentialAction::Cascade => Some("CASCADE"),
        ReferentialAction::SetNull => Some("SET NULL"),
        ReferentialAction::SetDefault => Some("SET DEFAULT"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_key_says_all_it_does() {
        let key = ForeignKey {
            columns: vec!["tenant".into(), "valid at".into()],
            references: QName::new("app", "order"),
            referenced_columns: vec!["id".into(), "valid_at".into()],
            match_type: Match::Full,
            on_update: ReferentialAction::NoAction,
            on_delete: ReferentialAction::SetNull,
            on_delete_columns: vec!["tenant".into()],
            period: true,
        };
        let mut constraint = Constraint::new(ConstraintKind::ForeignKey(key));
        constraint.deferral = Deferral::InitiallyDeferred;
        constraint.validated = false;
        assert_eq!(
            constraint_definition(&constraint),
            "FOREIGN KEY (tenant, PERIOD \"valid at\") REFERENCES app.\"order\" (id, PERIOD valid_at) \
             MATCH FULL ON DELETE SET NULL (tenant) DEFERRABLE INITIALLY DEFERRED NOT VALID"
        );
    }
}
