//! `ALTER VIEW` and `ALTER MATERIALIZED VIEW`.

use super::index::set_parameters;
use crate::{
    Catalog, Expr, Name, QName, ViewChange,
    model::{CheckOption, Parameters, View, ViewColumn, ViewKind},
};

/// One action on a view.
pub(super) fn apply(catalog: &mut Catalog, view: &QName, change: &ViewChange) {
    let Some(view) = catalog.view_mut(view) else {
        return;
    };
    match change {
        ViewChange::SetDefault { column, default } => set_default(view, column, default.as_ref()),
        ViewChange::SetParameters { set, reset } => set_options(view, set, reset),
        ViewChange::SetTablespace(name) => match &mut view.kind {
            ViewKind::Materialized { tablespace, .. } => tablespace.clone_from(name),
            ViewKind::Plain => {}
        },
        ViewChange::SetAccessMethod(name) => match &mut view.kind {
            ViewKind::Materialized { access_method, .. } => access_method.clone_from(name),
            ViewKind::Plain => {}
        },
        ViewChange::SetStatistics { column, target } => {
            let details = view.column_details.entry(column.clone()).or_default();
            details.statistics = *target;
            forget_empty(view, column);
        }
        ViewChange::Refresh { populated: now } => match &mut view.kind {
            ViewKind::Materialized { populated, .. } => *populated = *now,
            ViewKind::Plain => {}
        },
    }
}

/// The default of a view's column.
pub(super) fn set_default(view: &mut View, column: &Name, default: Option<&Expr>) {
    let details = view.column_details.entry(column.clone()).or_default();
    details.default = default.cloned();
    forget_empty(view, column);
}

fn forget_empty(view: &mut View, column: &Name) {
    if view.column_details.get(column) == Some(&ViewColumn::default()) {
        view.column_details.remove(column);
    }
}

/// `check_option` is an option among the others for the server, and a field in the model.
pub(super) fn set_options(view: &mut View, set: &Parameters, reset: &[String]) {
    set_parameters(&mut view.parameters, set, reset);
    if reset.iter().any(|name| name == "check_option") {
        view.check_option = None;
    }
    match view.parameters.remove("check_option").as_deref() {
        Some("local") => view.check_option = Some(CheckOption::Local),
        Some("cascaded") => view.check_option = Some(CheckOption::Cascaded),
        Some(_) | None => {}
    }
}
