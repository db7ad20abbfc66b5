//! Statements that leave the schema as it is, and lock or write its tables all the same: `VACUUM`, `CLUSTER`, `REINDEX`,
//! `REFRESH MATERIALIZED VIEW`, `TRUNCATE`, `LOCK TABLE`, `ANALYZE`.

use segue_catalog::{QName, model::Table};
use squawk_syntax::ast::{self, AstNode};

use super::{data, index, relations, telling::Telling};
use crate::{LockMode, WorkKind};

/// `VACUUM`; with `FULL` it writes the table anew.
pub(super) fn vacuum(telling: &mut Telling<'_>, vacuum: &ast::Vacuum) {
    let full = vacuum.full_token().is_some()
        || vacuum.vacuum_option_list().is_some_and(|list| {
            let mut options = list.vacuum_options();
            options.any(|option| is_on(option.syntax(), "full"))
        });
    for table in listed(telling, vacuum.table_and_columns_list()) {
        if full {
            telling.lock(&table, LockMode::AccessExclusive);
            if index::has_rows(telling, &table) {
                telling.rewrites(&table, "VACUUM FULL");
            }
        } else {
            telling.lock(&table, LockMode::ShareUpdateExclusive);
        }
    }
}

/// `ANALYZE` reads a sample.
pub(super) fn analyze(telling: &mut Telling<'_>, analyze: &ast::Analyze) {
    for table in listed(telling, analyze.table_and_columns_list()) {
        telling.lock(&table, LockMode::ShareUpdateExclusive);
    }
}

/// Whether an option is given, and not as `off`.
fn is_on(option: &squawk_syntax::SyntaxNode, name: &str) -> bool {
    let text = option.text().to_string().to_ascii_lowercase();
    let mut words = text.split_whitespace();
    words.next() == Some(name)
        && !matches!(
            words.next(),
            Some("off" | "false" | "0" | "no" | "'off'" | "'false'")
        )
}

/// The tables and materialized views that are named, with partitions; all of them where none is.
fn listed(telling: &Telling<'_>, list: Option<ast::TableAndColumnsList>) -> Vec<QName> {
    let names: Vec<QName> = match list {
        Some(list) => list
            .table_and_columnss()
            .filter_map(|item| telling.resolve(&item.table_relation_name()?.table_name_ref()?))
            .collect(),
        None => everything(telling),
    };
    let all = names.iter().flat_map(|name| telling.partitions(name));
    let mut all: Vec<QName> = all.collect();
    all.sort();
    all.dedup();
    all
}

fn everything(telling: &Telling<'_>) -> Vec<QName> {
    let views = telling.before.views.iter();
    let views = views.filter(|(_, view)| view.is_materialized());
    let tables = telling.before.tables.keys();
    tables.chain(views.map(|(name, _)| name)).cloned().collect()
}

/// `CLUSTER`: of one table, or of all that have been clustered before.
pub(super) fn cluster(telling: &mut Telling<'_>, cluster: &ast::Cluster) {
    let tables = match cluster.table_name_ref() {
        Some(node) => telling.resolve(&node).into_iter().collect(),
        None => clustered(telling),
    };
    for table in tables {
        for table in telling.partitions(&table) {
            telling.lock(&table, LockMode::AccessExclusive);
            if index::has_rows(telling, &table) {
                telling.rewrites(&table, "CLUSTER");
            }
        }
    }
}

fn clustered(telling: &Telling<'_>) -> Vec<QName> {
    let is_clustered = |table: &Table| table.cluster_on.is_some();
    let tables = telling.before.tables.iter();
    let tables = tables.filter(|(_, table)| is_clustered(table));
    tables.map(|(name, _)| name.clone()).collect()
}

/// `REINDEX`.
pub(super) fn reindex(telling: &mut Telling<'_>, reindex: &ast::Reindex) {
    let Some(target) = reindex.reindex_target() else {
        return;
    };
    // it stands behind the kind, or among the options
    let text = reindex.syntax().text().to_string().to_ascii_lowercase();
    let concurrently = reindex.syntax().descendants_with_tokens().any(|element| {
        let is_word =
            |token: squawk_syntax::SyntaxToken| token.text().eq_ignore_ascii_case("concurrently");
        element.into_token().is_some_and(is_word)
    }) && !text.contains("concurrently false")
        && !text.contains("concurrently off");
    match target {
        ast::ReindexTarget::ReindexTargetIndex(it) => {
            let index = it.index_ref().and_then(|node| telling.resolve(&node));
            let table = index
                .as_ref()
                .and_then(|index| relations::table_of_index(telling.before, index));
            if let (Some(index), Some(table)) = (index, table) {
                rebuild(telling, &table, &[index], concurrently);
            }
        }
        ast::ReindexTarget::ReindexTargetTable(it) => {
            let table = it.table_name_ref().and_then(|node| telling.resolve(&node));
            for table in table
                .iter()
                .flat_map(|table| telling.partitions(table))
                .collect::<Vec<_>>()
            {
                rebuild_all(telling, &table, concurrently);
            }
        }
        ast::ReindexTarget::ReindexTargetSchema(it) => {
            let schema = it.schema_ref().map(|node| crate::written::name(&node));
            let of_schema = |name: &QName| schema.as_ref() == Some(&name.schema);
            for table in everything(telling)
                .into_iter()
                .filter(|name| of_schema(name))
            {
                rebuild_all(telling, &table, concurrently);
            }
        }
        ast::ReindexTarget::ReindexTargetDatabase(_) => {
            for table in everything(telling) {
                rebuild_all(telling, &table, concurrently);
            }
        }
        ast::ReindexTarget::ReindexTargetSystem(_) => {}
    }
}

fn rebuild_all(telling: &mut Telling<'_>, table: &QName, concurrently: bool) {
    let indexes = relations::indexes_of(telling.before, table);
    rebuild(telling, table, &indexes, concurrently);
}

fn rebuild(telling: &mut Telling<'_>, table: &QName, indexes: &[QName], concurrently: bool) {
    if !index::has_rows(telling, table) {
        return;
    }
    let (of_table, of_index, kind) = if concurrently {
        let mode = LockMode::ShareUpdateExclusive;
        (mode, mode, WorkKind::ConcurrentBuild)
    } else {
        (LockMode::Share, LockMode::AccessExclusive, WorkKind::Build)
    };
    telling.lock(table, of_table);
    for index in indexes {
        telling.lock(index, of_index);
        telling.works(kind, table, index::reason(&index.name));
    }
}

/// `REFRESH MATERIALIZED VIEW`: its rows are computed anew.
pub(super) fn refresh(telling: &mut Telling<'_>, refresh: &ast::Refresh) {
    let Some(view) = refresh.view_ref().and_then(|node| telling.resolve(&node)) else {
        return;
    };
    let empties = matches!(refresh.data_option(), Some(ast::DataOption::WithNoData(_)));
    if refresh.concurrently_token().is_some() {
        telling.lock(&view, LockMode::Exclusive);
        telling.works(WorkKind::Write, &view, "REFRESH MATERIALIZED VIEW");
    } else {
        telling.lock(&view, LockMode::AccessExclusive);
        let indexes = relations::indexes_of(telling.before, &view);
        telling.lock_all(&indexes, LockMode::AccessExclusive);
        if !empties {
            telling.rewrites(&view, "REFRESH MATERIALIZED VIEW");
        }
    }
    if !empties {
        for read in data::below(telling, &view) {
            telling.lock(&read, LockMode::AccessShare);
        }
    }
}

/// `LOCK TABLE`; what a view reads is locked too.
pub(super) fn lock(telling: &mut Telling<'_>, lock: &ast::Lock) {
    let mode = lock
        .lock_mode_clause()
        .and_then(|clause| clause.lock_mode());
    let mode = mode.map_or(LockMode::AccessExclusive, |mode| match mode {
        ast::LockMode::AccessShare(_) => LockMode::AccessShare,
        ast::LockMode::RowShare(_) => LockMode::RowShare,
        ast::LockMode::RowExclusive(_) => LockMode::RowExclusive,
        ast::LockMode::ShareUpdateExclusive(_) => LockMode::ShareUpdateExclusive,
        ast::LockMode::Share(_) => LockMode::Share,
        ast::LockMode::ShareRowExclusive(_) => LockMode::ShareRowExclusive,
        ast::LockMode::Exclusive(_) => LockMode::Exclusive,
        ast::LockMode::AccessExclusive(_) => LockMode::AccessExclusive,
    });
    let names = lock.relation_list();
    for relation in names.into_iter().flat_map(|list| list.relation_names()) {
        let node = relation.relation_name_ref();
        let Some(name) = node.and_then(|node| telling.resolve(&node)) else {
            continue;
        };
        let only = relation.only_token().is_some();
        let mut all = if only {
            vec![name.clone()]
        } else {
            telling.family(&name)
        };
        all.extend(data::below(telling, &name));
        telling.lock_all(&all, mode);
    }
}

/// `TRUNCATE`: the tables with what is below them; by `CASCADE` whatever refers to them.
pub(super) fn truncate(telling: &mut Telling<'_>, truncate: &ast::Truncate) {
    let list = truncate.table_list();
    let mut all: Vec<QName> = Vec::new();
    for relation in list
        .into_iter()
        .flat_map(|list| list.table_relation_names())
    {
        let node = relation.table_name_ref();
        if let Some(name) = node.and_then(|node| telling.resolve(&node)) {
            match relation.only_token() {
                Some(_) => all.push(name),
                None => all.extend(telling.family(&name)),
            }
        }
    }
    let behavior = truncate.drop_behavior();
    if behavior.is_some_and(|it| {
        it.syntax()
            .text()
            .to_string()
            .eq_ignore_ascii_case("cascade")
    }) {
        add_referring(telling, &mut all);
    }
    let restarts = matches!(
        truncate.identity_action(),
        Some(ast::IdentityAction::RestartIdentity(_))
    );
    for table in &all {
        telling.lock(table, LockMode::AccessExclusive);
        if !telling.table(table).is_some_and(relations::has_rows) {
            continue;
        }
        let mut parts = relations::indexes_of(telling.before, table);
        if restarts {
            parts.extend(relations::sequences_of(telling.before, table));
        }
        telling.lock_all(&parts, LockMode::AccessExclusive);
    }
}

fn add_referring(telling: &Telling<'_>, all: &mut Vec<QName>) {
    let mut next = 0;
    while next < all.len() {
        let table = all[next].clone();
        let referring = relations::referring(telling.before, &table);
        let found: Vec<QName> = referring.map(|(of, ..)| of.clone()).collect();
        for of in found.iter().flat_map(|of| telling.family(of)) {
            if !all.contains(&of) {
                all.push(of);
            }
        }
        next += 1;
    }
}
