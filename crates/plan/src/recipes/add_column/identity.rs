//! A new identity column: until every row has a number, an ordinary sequence gives them.

use segue_catalog::{
    QName,
    model::{Column, Persistence, Sequence},
    render,
};

use super::{add_empty, not_null};
use crate::{
    Moment, Undo,
    planner::{Draft, Planning, Stop, bare},
    writing::{fill, free_relation},
};

pub(super) fn follow(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
    table: &QName,
    column: &Column,
) -> Result<(), Stop> {
    let name = &column.name;
    let sequence = free_relation(
        planning.schema(),
        table,
        &[table.name.as_str(), name, "segue_seq"],
        &[],
    );
    let literal = render::literal(&sequence.to_string());
    let next = format!("nextval({literal}::regclass)");
    let own = moment.after().tables.get(table);
    let own = own.and_then(|table| table.column(name));
    let Some(identity) = own.and_then(|column| column.identity.as_ref()) else {
        return Ok(());
    };
    // it counts as the identity does, whose numbers these become
    let like = Sequence {
        options: identity.options.clone(),
        owned_by: None,
        persistence: Persistence::default(),
        owner: None,
        privileges: Default::default(),
        comment: None,
    };
    let create = render::create_sequence(&sequence, &like);
    let create = bare(&create);
    let statements = [
        create.clone(),
        add_empty(planning, table, column),
        render::alter(table, &format!("ALTER COLUMN {name} SET DEFAULT {next}")),
    ];
    let back = [
        render::alter(table, &format!("DROP COLUMN {name}")),
        format!("DROP SEQUENCE {sequence}"),
    ];
    let title = format!("add {name} to {table}, numbered by a sequence for now");
    planning.step(Draft::transaction(title, statements).undone_by(back))?;
    let open = format!("{name} IS NULL");
    fill(
        planning,
        table,
        &[(name.clone(), next.clone())],
        &open,
        false,
    )?;
    not_null(planning, table, column)?;
    let clause = render::identity_clause(table, column, identity);
    let own = render::literal(&identity.sequence.to_string());
    let statements = [
        render::alter(table, &format!("ALTER COLUMN {name} DROP DEFAULT")),
        render::alter(table, &format!("ALTER COLUMN {name} ADD {clause}")),
        format!("SELECT setval({own}::regclass, nextval({literal}::regclass), false)"),
        format!("DROP SEQUENCE {sequence}"),
    ];
    let back: Vec<String> = [
        create,
        format!("SELECT setval({literal}::regclass, nextval({own}::regclass), false)"),
        render::alter(table, &format!("ALTER COLUMN {name} DROP IDENTITY")),
        render::alter(table, &format!("ALTER COLUMN {name} SET DEFAULT {next}")),
    ]
    .iter()
    .map(|text| bare(text))
    .collect();
    let title = format!("{name} of {table} becomes an identity column, and goes on numbering");
    Ok(planning.step(Draft::transaction(title, statements).undo(Undo::transaction(back)))?)
}
