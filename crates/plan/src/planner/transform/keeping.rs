//! How the rows that a program writes, or lets go, are kept as they were.

use segue_catalog::{Name, QName};

use crate::{
    Transform, Wanted,
    planner::Planning,
    writing::{Keeping, Keeps, Reach, Watch},
};

/// How rows are kept as they were; nothing is where an app cannot know the columns yet.
///
/// # Errors
/// Why they are not kept.
pub(super) fn keeping(
    planning: &Planning<'_>,
    wanted: &Wanted,
    transform: &Transform,
) -> Result<Keeps, String> {
    let Some(before) = planning.known.tables.get(&transform.table) else {
        return Ok(Keeps::Nothing);
    };
    let names = transform.writes.iter().map(|typed| typed.column.as_str());
    let old = names.filter(|name| before.column(name).is_some());
    let old: Vec<Name> = old.map(Name::stored).collect();
    if !transform.delete && old.is_empty() {
        return Ok(Keeps::Nothing);
    }
    if !wanted.declared.keeps {
        return Err("transform.toml says `keep = \"none\"`".to_owned());
    }
    if let Some(role) = &wanted.session.role {
        return Err(format!("it is written as role {role}"));
    }
    let (of, place) = (&transform.table, planning.place_to_keep()?);
    let reach = Reach::first(of.clone(), transform.delete, old.clone());
    let itself = match (transform.delete, transform.writes.is_empty()) {
        (true, true) => Keeping::of_delete((&planning.now, of), None, place),
        (false, _) => Keeping::of_update((&planning.now, of), None, old, place),
        (true, false) => Err("the program writes some rows and lets others go".to_owned()),
    };
    match itself {
        Ok(keeping) => Ok(Keeps::Rows(keeping)),
        Err(why) if !transform.stops => Err(format!(
            "{why}, and rows that are put aside are taken again when no trigger sees them any more"
        )),
        Err(_) => {
            let is_new = |name: &QName| !planning.known.tables.contains_key(name);
            let seen = Watch::of(planning, vec![reach], false, is_new)?;
            Ok(seen.map_or(Keeps::Nothing, Keeps::Seen))
        }
    }
}
