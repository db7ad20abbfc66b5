//! Rows that are read and written: weak locks, on all tables that a query reaches through views.

use segue_catalog::{
    Change, ObjectRef, QName,
    model::{Body, ReferentialAction, Routine},
};
use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};

use super::{expression, relations, telling::Telling};
use crate::{LockMode, WorkKind};

/// Tells what a statement about rows locks, and which tables it writes.
pub(super) fn tell(telling: &mut Telling<'_>, statement: &ast::Stmt) {
    let node = statement.syntax();
    reads(telling, node, !is_kept(statement));
    match statement {
        ast::Stmt::Copy(copy) => {
            let table = copy.copy_table().and_then(|table| table.table_name_ref());
            let table = table.and_then(|node| telling.resolve(&node));
            let Some(table) = table else { return };
            if matches!(copy.copy_direction(), Some(ast::CopyDirection::CopyFrom(_))) {
                writes(telling, &table, Writing::Insert);
            } else {
                telling.lock(&table, LockMode::AccessShare);
            }
        }
        _ => {
            for node in node.descendants() {
                write(telling, &node);
            }
        }
    }
}

/// Whether a query is kept for later, and not run.
fn is_kept(statement: &ast::Stmt) -> bool {
    matches!(
        statement,
        ast::Stmt::CreateView(_)
            | ast::Stmt::CreateRule(_)
            | ast::Stmt::CreateFunction(_)
            | ast::Stmt::CreateProcedure(_)
            | ast::Stmt::CreatePolicy(_)
            | ast::Stmt::AlterPolicy(_)
            | ast::Stmt::Prepare(_)
    )
}

/// What stands behind `FROM` and the like; in a query that is run, what views there read too.
fn reads(telling: &mut Telling<'_>, node: &SyntaxNode, is_run: bool) {
    let with = node.descendants().filter_map(ast::WithTable::cast);
    let named: Vec<String> = with
        .filter_map(|with| {
            Some(
                with.name()?
                    .syntax()
                    .text()
                    .to_string()
                    .to_ascii_lowercase(),
            )
        })
        .collect();
    let mode = match node
        .descendants()
        .any(|node| ast::LockingClause::can_cast(node.kind()))
    {
        true => LockMode::RowShare,
        false => LockMode::AccessShare,
    };
    for item in node.descendants().filter_map(ast::RelationFromItem::cast) {
        let Some(name) = item.relation_name_ref() else {
            continue;
        };
        let written = name.syntax().text().to_string().to_ascii_lowercase();
        if named.contains(&written) {
            continue;
        }
        let Some(relation) = telling.resolve(&name) else {
            continue;
        };
        telling.lock(&relation, mode);
        if is_run {
            let mut all = telling.family(&relation);
            all.extend(below(telling, &relation));
            telling.lock_all(&all, mode);
        }
    }
}

/// The tables and views that a view reads, through others too.
pub(super) fn below(telling: &Telling<'_>, view: &QName) -> Vec<QName> {
    let mut found: Vec<QName> = Vec::new();
    let mut waiting = vec![view.clone()];
    while let Some(next) = waiting.pop() {
        let Some(view) = telling.before.views.get(&next) else {
            continue;
        };
        for object in &view.depends_on {
            let (ObjectRef::Table(of) | ObjectRef::View(of) | ObjectRef::Column(of, _)) = object
            else {
                continue;
            };
            if !found.contains(of) {
                found.push(of.clone());
                waiting.push(of.clone());
            }
        }
    }
    found
}

/// How rows are written.
#[derive(Clone, Copy)]
enum Writing<'n> {
    Insert,
    Update(&'n SyntaxNode),
    Delete,
}

/// A part of a statement that writes: the statement itself, or what stands behind `WITH`.
fn write(telling: &mut Telling<'_>, node: &SyntaxNode) {
    if let Some(insert) = ast::Insert::cast(node.clone()) {
        let target = insert
            .relation_name_ref()
            .and_then(|node| telling.resolve(&node));
        if let Some(table) = target {
            writes(telling, &table, Writing::Insert);
        }
    } else if let Some(update) = ast::Update::cast(node.clone()) {
        let target = update
            .relation_name()
            .and_then(|name| name.relation_name_ref());
        if let Some(table) = target.and_then(|node| telling.resolve(&node)) {
            let set = update.set_clause();
            let set = set.as_ref().map(AstNode::syntax);
            writes(
                telling,
                &table,
                set.map_or(Writing::Insert, Writing::Update),
            );
        }
    } else if let Some(delete) = ast::Delete::cast(node.clone()) {
        let target = delete
            .relation_name()
            .and_then(|name| name.relation_name_ref());
        if let Some(table) = target.and_then(|node| telling.resolve(&node)) {
            writes(telling, &table, Writing::Delete);
        }
    } else if let Some(merge) = ast::Merge::cast(node.clone()) {
        let target = merge
            .table_relation_name()
            .and_then(|name| name.table_name_ref());
        if let Some(table) = target.and_then(|node| telling.resolve(&node)) {
            writes(telling, &table, Writing::Insert);
        }
    }
}

fn writes(telling: &mut Telling<'_>, target: &QName, writing: Writing<'_>) {
    let mut all = telling.family(target);
    all.extend(below(telling, target));
    telling.lock_all(&all, LockMode::RowExclusive);
    let statement = match writing {
        Writing::Insert => "rows are added",
        Writing::Update(_) => "rows are changed",
        Writing::Delete => "rows are deleted",
    };
    telling.works(WorkKind::Write, target, statement);
    for table in all {
        keys(telling, &table, writing);
    }
}

/// What foreign keys make the server look at, or write, on the other side.
fn keys(telling: &mut Telling<'_>, table: &QName, writing: Writing<'_>) {
    let own = telling
        .table(table)
        .into_iter()
        .flat_map(relations::foreign_keys);
    let mut locks: Vec<(QName, LockMode)> = Vec::new();
    if !matches!(writing, Writing::Delete) {
        locks.extend(own.map(|(_, key)| (key.references.clone(), LockMode::RowShare)));
    }
    for (of, _, key) in relations::referring(telling.before, table) {
        let (action, happens) = match writing {
            Writing::Insert => continue,
            Writing::Delete => (key.on_delete, true),
            Writing::Update(set) => {
                let text = set.text().to_string();
                let columns = key.referenced_columns.iter();
                let mut touched = columns.map(|column| expression::mentions(&text, column));
                (key.on_update, touched.any(|it| it))
            }
        };
        let mode = match action {
            ReferentialAction::NoAction | ReferentialAction::Restrict => LockMode::RowShare,
            ReferentialAction::Cascade
            | ReferentialAction::SetNull
            | ReferentialAction::SetDefault => LockMode::RowExclusive,
        };
        if happens {
            locks.push((of.clone(), mode));
        }
    }
    for (table, mode) in locks {
        telling.lock(&table, mode);
    }
}

/// Rows that a block writes: there is no statement to be looked at.
pub(super) fn within_block(telling: &mut Telling<'_>) {
    for change in telling.changes() {
        let Change::Data {
            statement,
            table: Some(table),
        } = change
        else {
            continue;
        };
        match *statement {
            "TRUNCATE" => {
                let family = telling.family(table);
                telling.lock_all(&family, LockMode::AccessExclusive);
            }
            "DELETE" => writes(telling, table, Writing::Delete),
            "INSERT" | "UPDATE" | "MERGE" | "COPY" => writes(telling, table, Writing::Insert),
            _ => {}
        }
    }
}

/// The body of a function in SQL is looked through when it is made: what it names is locked as if it ran.
pub(super) fn looked_through(telling: &mut Telling<'_>, routine: &Routine) {
    let Body::Text(text) = &routine.body else {
        return;
    };
    if routine.language != "sql" {
        return;
    }
    let done = telling.effect.work.len();
    let tree = segue_catalog::parse(text).tree();
    reads(telling, tree.syntax(), false);
    for node in tree.syntax().descendants() {
        write(telling, &node);
    }
    // nothing is written yet
    telling.effect.work.truncate(done);
}
