//! The schema of a SQLite database, from what SQLite keeps of every `CREATE` (schematab.html) and from its pragmas
//! (pragma.html). Tables of SQLite's own (`sqlite_…`) and the shadow tables of virtual ones are left out.

use std::collections::BTreeMap;

use segue_catalog::sqlite::{
    Catalog, Column, Constraint, ConstraintKind, Generated, Index, IndexKey, Name, Object,
    Reference, Statement, Table, TableKind, Text, Trigger, View, complete,
};

use crate::{Row, ServerError, Session, quote::plain_literal};

/// The tables and views that count; every other query goes by it.
const RELATIONS: &str = "\
    WITH relations AS (SELECT name, type, wr, strict FROM pragma_table_list
     WHERE schema = 'main' AND type IN ('table', 'virtual', 'view')
       AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\')";

/// The columns of relations, in order.
const COLUMNS: &str = "\
    SELECT r.name, c.name, c.type, c.\"notnull\", c.dflt_value, c.hidden, c.pk
      FROM relations r JOIN pragma_table_xinfo(r.name, 'main') c";
const IN_ORDER: &str = "ORDER BY r.name, c.cid";

/// Reads the schema of the main database of a session with SQLite.
///
/// # Errors
/// What SQLite refused.
pub async fn introspect(session: &Session) -> Result<Catalog, ServerError> {
    let mut catalog = Catalog::default();
    relations(session, &mut catalog).await?;
    columns(session, &mut catalog).await?;
    columns_of_views(session, &mut catalog).await?;
    indexes(session, &mut catalog).await?;
    foreign_keys(session, &mut catalog).await?;
    definitions(session, &mut catalog).await?;
    Ok(catalog)
}

async fn ask(session: &Session, rest: &str) -> Result<Vec<Row>, ServerError> {
    session.rows(&format!("{RELATIONS} {rest}")).await
}

/// A field of a row; NULL is empty.
fn field(row: &Row, at: usize) -> &str {
    row.get(at).and_then(Option::as_deref).unwrap_or_default()
}

fn is_set(row: &Row, at: usize) -> bool {
    !matches!(field(row, at), "" | "0")
}

async fn relations(session: &Session, catalog: &mut Catalog) -> Result<(), ServerError> {
    let rows = ask(session, "SELECT name, type, wr, strict FROM relations").await?;
    for row in &rows {
        let name = Name::new(field(row, 0));
        if field(row, 1) == "view" {
            let view = View {
                columns: Vec::new(),
                definition: Text::new(""),
            };
            catalog.views.insert(name, view);
        } else {
            let table = Table {
                kind: TableKind::Plain,
                columns: Vec::new(),
                constraints: Vec::new(),
                strict: is_set(row, 3),
                without_rowid: is_set(row, 2),
                unparsed: None,
            };
            catalog.tables.insert(name, table);
        }
    }
    Ok(())
}

async fn columns(session: &Session, catalog: &mut Catalog) -> Result<(), ServerError> {
    let rows = ask(
        session,
        &format!("{COLUMNS} WHERE r.type <> 'view' {IN_ORDER}"),
    )
    .await?;
    let mut keys: BTreeMap<Name, Vec<(u32, Name)>> = BTreeMap::new();
    for row in &rows {
        let (of, name) = (Name::new(field(row, 0)), Name::new(field(row, 1)));
        if let Some(table) = catalog.tables.get_mut(&of)
            // 1: a hidden column of a virtual table
            && field(row, 5) != "1"
        {
            if let Ok(place @ 1..) = field(row, 6).parse() {
                keys.entry(of).or_default().push((place, name.clone()));
            }
            table.columns.push(column(row, name));
        }
    }
    for (of, mut key) in keys {
        key.sort_by_key(|(place, _)| *place);
        let key = key.iter().map(|(_, name)| IndexKey::column(name.as_str()));
        add(catalog, &of, ConstraintKind::PrimaryKey(key.collect()));
    }
    Ok(())
}

/// The columns of the views. SQLite takes a view of what is not there, and tells nothing of any view in a query
/// that comes across it: then each is asked about by itself, and such a one has no columns.
async fn columns_of_views(session: &Session, catalog: &mut Catalog) -> Result<(), ServerError> {
    let all = format!("{COLUMNS} WHERE r.type = 'view' {IN_ORDER}");
    let rows = match ask(session, &all).await {
        Err(ServerError::Refused(_)) => {
            let mut rows = Vec::new();
            for name in catalog.views.keys() {
                let name = plain_literal(name.as_str());
                let one = format!("{COLUMNS} WHERE r.type = 'view' AND r.name = {name} {IN_ORDER}");
                match ask(session, &one).await {
                    Err(ServerError::Refused(_)) => {}
                    found => rows.extend(found?),
                }
            }
            rows
        }
        found => found?,
    };
    for row in &rows {
        if let Some(view) = catalog.views.get_mut(&Name::new(field(row, 0))) {
            view.columns.push(Name::new(field(row, 1)));
        }
    }
    Ok(())
}

fn column(row: &Row, name: Name) -> Column {
    // 2: computed when it is read, 3: stored
    let generated = matches!(field(row, 5), "2" | "3").then(|| Generated {
        expression: None,
        stored: field(row, 5) == "3",
    });
    Column {
        name,
        data_type: field(row, 2).to_owned(),
        not_null: is_set(row, 3),
        default: row.get(4).and_then(Option::as_ref).map(Text::new),
        collation: None,
        generated,
        autoincrement: false,
    }
}

fn add(catalog: &mut Catalog, table: &Name, kind: ConstraintKind) {
    if let Some(table) = catalog.tables.get_mut(table) {
        table.constraints.push(Constraint {
            name: None,
            kind,
            on_conflict: None,
        });
    }
}

async fn indexes(session: &Session, catalog: &mut Catalog) -> Result<(), ServerError> {
    let rows = ask(
        session,
        "SELECT r.name, i.name, i.\"unique\", i.origin, k.name, k.coll, k.\"desc\"
           FROM relations r JOIN pragma_index_list(r.name, 'main') i
           JOIN pragma_index_xinfo(i.name, 'main') k
          WHERE r.type = 'table' AND k.key ORDER BY r.name, i.name, k.seqno",
    )
    .await?;
    for keys in rows.chunk_by(|a, b| a[..2] == b[..2]) {
        let (table, name) = (Name::new(field(&keys[0], 0)), field(&keys[0], 1));
        let unique = is_set(&keys[0], 2);
        let origin = field(&keys[0], 3);
        let keys = keys.iter().map(key).collect();
        match origin {
            "c" => {
                let index = Index {
                    table,
                    unique,
                    keys,
                    definition: None,
                };
                catalog.indexes.insert(Name::new(name), index);
            }
            "u" => add(catalog, &table, ConstraintKind::Unique(keys)),
            // Of a primary key: `columns` has it, of a table without an index of its own too.
            _ => {}
        }
    }
    Ok(())
}

fn key(row: &Row) -> IndexKey {
    let collation = field(row, 5);
    IndexKey {
        column: row.get(4).and_then(Option::as_ref).map(Name::new),
        collation: (!collation.eq_ignore_ascii_case("binary")).then(|| Name::new(collation)),
        descending: is_set(row, 6),
    }
}

async fn foreign_keys(session: &Session, catalog: &mut Catalog) -> Result<(), ServerError> {
    let rows = ask(
        session,
        "SELECT r.name, f.id, f.\"table\", f.\"from\", f.\"to\", f.on_update, f.on_delete
           FROM relations r JOIN pragma_foreign_key_list(r.name, 'main') f
          WHERE r.type = 'table' ORDER BY r.name, f.id, f.seq",
    )
    .await?;
    for parts in rows.chunk_by(|a, b| a[..2] == b[..2]) {
        let names = |at: usize| -> Vec<Name> {
            let given = parts.iter().filter_map(|row| row.get(at)?.as_ref());
            given.map(Name::new).collect()
        };
        let reference = Reference {
            columns: names(3),
            table: Name::new(field(&parts[0], 2)),
            referenced: names(4),
            on_update: field(&parts[0], 5).to_owned(),
            on_delete: field(&parts[0], 6).to_owned(),
            deferred: false,
        };
        let table = Name::new(field(&parts[0], 0));
        add(catalog, &table, ConstraintKind::ForeignKey(reference));
    }
    Ok(())
}

/// The statements as SQLite keeps them, and what only they tell.
async fn definitions(session: &Session, catalog: &mut Catalog) -> Result<(), ServerError> {
    let rows = ask(
        session,
        "SELECT type, name, tbl_name, sql FROM sqlite_schema
          WHERE sql IS NOT NULL AND tbl_name IN (SELECT name FROM relations)
            AND (type <> 'table' OR name IN (SELECT name FROM relations)) ORDER BY rowid",
    )
    .await?;
    for row in &rows {
        let (name, sql) = (Name::new(field(row, 1)), field(row, 3));
        let text = Text::new(sql);
        catalog.statements.push(Statement {
            object: object(field(row, 0), name.clone()),
            text: text.clone(),
        });
        match field(row, 0) {
            "table" => define_table(catalog, &name, sql),
            "view" => {
                if let Some(view) = catalog.views.get_mut(&name) {
                    view.definition = text;
                }
            }
            "trigger" => {
                let trigger = Trigger {
                    table: Name::new(field(row, 2)),
                    definition: text,
                };
                catalog.triggers.insert(name, trigger);
            }
            _ => {
                if let Some(index) = catalog.indexes.get_mut(&name)
                    && needs_definition(index, sql)
                {
                    index.definition = Some(text);
                }
            }
        }
    }
    Ok(())
}

fn object(kind: &str, name: Name) -> Object {
    match kind {
        "table" => Object::Table(name),
        "view" => Object::View(name),
        "trigger" => Object::Trigger(name),
        _ => Object::Index(name),
    }
}

fn define_table(catalog: &mut Catalog, name: &Name, sql: &str) {
    let Some(table) = catalog.tables.get_mut(name) else {
        return;
    };
    match virtual_module(sql) {
        Some(module) => table.kind = TableKind::Virtual(Text::new(module)),
        None => complete(table, sql),
    }
}

/// What stands behind `USING` in `CREATE VIRTUAL TABLE name USING module(…)`.
fn virtual_module(sql: &str) -> Option<&str> {
    let mut words = sql.split_ascii_whitespace().skip(1);
    words
        .next()?
        .eq_ignore_ascii_case("virtual")
        .then_some(())?;
    let at = sql.to_ascii_lowercase().find(" using ")?;
    Some(sql[at + " using ".len()..].trim())
}

/// Expressions and the `WHERE` of an index stand in its statement only.
fn needs_definition(index: &Index, sql: &str) -> bool {
    let has_expression = index.keys.iter().any(|key| key.column.is_none());
    let mut words = sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    has_expression || words.any(|word| word.eq_ignore_ascii_case("where"))
}
