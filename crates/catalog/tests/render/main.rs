//! A schema as SQL is the same schema again: what is rendered is cut, parsed, lowered and applied to an empty one.

mod generated;
mod histories;
mod kinds;
mod scripts;

use segue_catalog::{Catalog, Session, advance, compare, render};
use segue_sql::{Source, split};

/// The schema that a script leads to.
fn after(mut catalog: Catalog, script: &str) -> Result<Catalog, String> {
    let source = Source::new("test.sql", script);
    let statements = split(&source).map_err(|problems| problems[0].message.clone())?;
    let mut session = Session::default();
    for statement in statements.iter() {
        let text = statement.text(script).to_owned();
        let changed = advance(&source, statement.span, &mut catalog, &mut session);
        let changes = changed.map_err(|problems| format!("{}: {text}", problems[0].message))?;
        if changes
            .iter()
            .any(|change| matches!(change, segue_catalog::Change::Unknown { .. }))
        {
            return Err(format!("not understood: {text}"));
        }
    }
    Ok(catalog)
}

/// Why a schema does not come back, if it does not.
fn unlike(catalog: &Catalog) -> Option<String> {
    let sql = render::sql(catalog);
    let again = match after(Catalog::empty(catalog.major), &sql) {
        Ok(again) => again,
        Err(error) => return Some(format!("{error}\n\n{sql}")),
    };
    let differences = compare(catalog, &again);
    if !differences.is_empty() {
        return Some(format!("{differences:#?}\n\n{sql}"));
    }
    let second = render::sql(&again);
    (second != sql).then(|| format!("{sql}\n\nand again:\n\n{second}"))
}

fn comes_back(catalog: &Catalog) {
    if let Some(why) = unlike(catalog) {
        panic!("{why}");
    }
}

/// Runs a script on every major version, and asks whether its schema comes back.
fn script_comes_back(script: &str) {
    for major in 14..=18 {
        match after(Catalog::empty(major), script) {
            Ok(catalog) => comes_back(&catalog),
            Err(error) => panic!("{error}"),
        }
    }
}
