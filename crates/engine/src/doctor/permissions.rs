//! What a deploy itself writes: the history, and segue's own schema where one is needed.

use segue_db::{Facts, ServerError, contents, identifier, literal};
use segue_plan::Strategy;
use segue_sql::Dialect;

use super::{Examined, Finding};
use crate::refusals;

pub(super) async fn examine(
    id: &'static str,
    examined: &Examined<'_>,
) -> Result<Vec<Finding>, ServerError> {
    if examined.dialect() == Dialect::Sqlite {
        return Ok(Vec::new());
    }
    let mut findings = in_schema(id, examined).await?;
    findings.extend(on_history(id, examined).await?);
    findings.extend(own_schema(id, examined).await?);
    if findings.is_empty() {
        let user = &examined.facts.user;
        findings.push(Finding::good(
            id,
            format!("{user} may create tables and write the history"),
        ));
    }
    Ok(findings)
}

/// Making tables takes CREATE on the schema (ddl-priv.html), making the schema takes it on the database.
async fn in_schema(id: &'static str, examined: &Examined<'_>) -> Result<Vec<Finding>, ServerError> {
    let Facts {
        user,
        database,
        schema,
        ..
    } = examined.facts;
    let wanted = examined.options.place.default_schema.as_deref();
    let (question, grant) = match (schema.as_deref(), wanted) {
        (Some(schema), _) => (
            format!("has_schema_privilege({}, 'CREATE')", literal(schema)),
            format!(
                "GRANT USAGE, CREATE ON SCHEMA {} TO {};",
                identifier(schema),
                identifier(user)
            ),
        ),
        (None, Some(_)) => (
            "has_database_privilege(current_database(), 'CREATE')".to_owned(),
            format!(
                "GRANT CREATE ON DATABASE {} TO {};",
                identifier(database),
                identifier(user)
            ),
        ),
        (None, None) => {
            return Ok(vec![Finding::problem(
                id,
                "no schema of the search path exists, so that tables without a schema cannot be made",
                "CREATE SCHEMA public; or name one with `schema` in segue.toml",
            )]);
        }
    };
    let may = examined.value(&format!("SELECT {question}")).await?;
    if may.as_deref() == Some("t") {
        return Ok(Vec::new());
    }
    let place = schema.as_deref().unwrap_or(database);
    Ok(vec![Finding::problem(
        id,
        format!("{user} may not create anything in {place}"),
        grant,
    )])
}

/// segue's own schema is made for its own layout, while a migration runs that is not one transaction, and where the tables that
/// are there are changed by a plan.
async fn own_schema(
    id: &'static str,
    examined: &Examined<'_>,
) -> Result<Vec<Finding>, ServerError> {
    let Facts {
        user,
        database,
        has_own_schema,
        ..
    } = examined.facts;
    let (Ok(opened), Some(status)) = (examined.opened, examined.status()) else {
        return Ok(Vec::new());
    };
    let dues = refusals::dues(
        examined.dialect(),
        examined.project,
        &status,
        opened,
        examined.options,
        &mut |_| {},
    );
    let dues = dues.unwrap_or_default();
    let is_own = examined.project.choice.layout.name == "segue";
    let needed = is_own || dues.iter().any(|due| !due.is_one_transaction);
    let is_online = examined.options.strategy == Strategy::Online;
    let may_be_planned = is_online && dues.iter().any(|due| !due.is_seed);
    if *has_own_schema || dues.is_empty() || !(needed || may_be_planned) {
        return Ok(Vec::new());
    }
    let place = &examined.options.place;
    if !needed
        && !contents(examined.session, examined.facts, place)
            .await?
            .has_tables
    {
        return Ok(Vec::new());
    }
    let question = "SELECT has_database_privilege(current_database(), 'CREATE')";
    if examined.value(question).await?.as_deref() == Some("t") {
        return Ok(Vec::new());
    }
    let grant = format!(
        "GRANT CREATE ON DATABASE {} TO {};",
        identifier(database),
        identifier(user)
    );
    Ok(vec![match needed {
        true => Finding::problem(
            id,
            format!(
                "{user} may not create the schema `segue`, in which a deploy keeps how far it has come"
            ),
            grant,
        ),
        // what is pending may be quick enough to run as it is written
        false => Finding::warning(
            id,
            format!(
                "{user} may not create the schema `segue`, in which a plan is kept that changes tables in use"
            ),
            grant,
        ),
    }])
}

async fn on_history(
    id: &'static str,
    examined: &Examined<'_>,
) -> Result<Vec<Finding>, ServerError> {
    let Ok(opened) = examined.opened else {
        return Ok(Vec::new());
    };
    if !opened.exists {
        return Ok(Vec::new());
    }
    let table = opened.table.quoted();
    let mut missing = Vec::new();
    for right in ["SELECT", "INSERT", "UPDATE", "DELETE"] {
        let question = format!("SELECT has_table_privilege({}, '{right}')", literal(&table));
        if examined.value(&question).await?.as_deref() != Some("t") {
            missing.push(right);
        }
    }
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    let user = &examined.facts.user;
    Ok(vec![Finding::problem(
        id,
        format!("{user} may not {} {table}, the history", missing.join(", ")),
        format!(
            "GRANT {} ON {table} TO {};",
            missing.join(", "),
            identifier(user)
        ),
    )])
}
