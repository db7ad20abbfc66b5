//! What makes a server write all rows of a table anew (`ATRewriteTables`, `tablecmds.c`).

use segue_catalog::{
    Change, DataType, QName, TableChange, ViewChange,
    model::{Column, Table},
};

use super::{
    column_type::{self, Retyped},
    default, relations,
    telling::Telling,
};

/// Tells which tables are written anew, and for what.
pub(super) fn tell(telling: &mut Telling<'_>) {
    for change in telling.changes() {
        match change {
            Change::Table { table, change } => table_change(telling, table, change),
            Change::View { view, change } => view_change(telling, view, change),
            _ => {}
        }
    }
}

fn table_change<'a>(telling: &mut Telling<'a>, name: &'a QName, change: &'a TableChange) {
    let Some(table) = telling.table(name) else {
        return;
    };
    if !relations::has_rows(table) {
        return;
    }
    let reason = match change {
        TableChange::AddColumn(column) => added(telling, column),
        TableChange::SetType { .. } => retyped(telling, table, change)
            .filter(Retyped::rewrites)
            .map(|retyped| format!("column {} becomes {}", retyped.column, retyped.to)),
        TableChange::SetGenerated {
            column,
            generated: Some(generated),
        } if generated.stored => Some(format!("generated column {column}")),
        TableChange::SetPersistence(persistence) if *persistence != table.persistence => Some(
            match persistence {
                segue_catalog::model::Persistence::Unlogged => "it becomes unlogged",
                _ => "it becomes logged",
            }
            .to_owned(),
        ),
        TableChange::SetAccessMethod(method) if *method != table.access_method => {
            Some("its access method changes".to_owned())
        }
        TableChange::SetTablespace(space) if *space != table.tablespace => {
            Some("its tablespace changes".to_owned())
        }
        _ => None,
    };
    if let Some(reason) = reason {
        telling.rewrites(name, reason);
    }
}

/// A new type of a column, as it is judged; none where the column is computed when it is read.
pub(super) fn retyped<'a>(
    telling: &Telling<'a>,
    table: &'a Table,
    change: &'a TableChange,
) -> Option<Retyped<'a>> {
    let TableChange::SetType {
        column,
        data_type,
        using,
        ..
    } = change
    else {
        return None;
    };
    let own = table.column(column)?;
    let is_stored = own.generated.as_ref().is_none_or(|it| it.stored);
    is_stored.then_some(Retyped {
        catalog: telling.before,
        session: &telling.line.session,
        column,
        from: &own.data_type,
        to: data_type,
        using: using.as_ref(),
    })
}

/// Why a new column has to be written into every row (`ATExecAddColumn`).
fn added(telling: &Telling<'_>, column: &Column) -> Option<String> {
    let name = &column.name;
    if let Some(generated) = &column.generated {
        return generated.stored.then(|| format!("generated column {name}"));
    }
    if column.identity.is_some() {
        return Some(format!("identity column {name}"));
    }
    if column_type::is_constrained(telling.before, &column.data_type) {
        return Some(format!("column {name} is of a domain with constraints"));
    }
    let default = default_of(telling, column)?;
    let call = default::volatile_call(telling.before, &telling.line.session, &default)?;
    Some(format!("column {name} has a volatile default, {call}"))
}

/// The default of a new column: its own, or that of its domain.
pub(super) fn default_of(telling: &Telling<'_>, column: &Column) -> Option<String> {
    if let Some(default) = &column.default {
        return Some(default.text.to_string());
    }
    domain_default(telling, &column.data_type)
}

fn domain_default(telling: &Telling<'_>, of: &DataType) -> Option<String> {
    let domain = column_type::domain(telling.before, of)?;
    match &domain.default {
        Some(default) => Some(default.text.to_string()),
        None => domain_default(telling, &domain.base),
    }
}

fn view_change(telling: &mut Telling<'_>, name: &QName, change: &ViewChange) {
    let Some(view) = telling.before.views.get(name) else {
        return;
    };
    let segue_catalog::model::ViewKind::Materialized {
        access_method,
        tablespace,
        ..
    } = &view.kind
    else {
        return;
    };
    match change {
        ViewChange::SetTablespace(space) if space != tablespace => {
            telling.rewrites(name, "its tablespace changes");
        }
        ViewChange::SetAccessMethod(method) if method != access_method => {
            telling.rewrites(name, "its access method changes");
        }
        _ => {}
    }
}
