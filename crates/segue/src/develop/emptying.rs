//! Emptying a database without dropping it.

use segue_db::{Found, Session, identifier, literal};
use segue_engine::Failure;
use segue_sql::Dialect;

/// What a database of PostgreSQL's may have outside of schemas, and all schemas.
const EVERYTHING: [&str; 4] = [
    "SELECT pg_catalog.format('DROP SCHEMA %I CASCADE', nspname) FROM pg_catalog.pg_namespace \
     WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'",
    "SELECT pg_catalog.format('DROP EXTENSION IF EXISTS %I CASCADE', extname) FROM pg_catalog.pg_extension \
     WHERE extname <> 'plpgsql'",
    "SELECT pg_catalog.format('DROP PUBLICATION %I', pubname) FROM pg_catalog.pg_publication",
    "SELECT pg_catalog.format('DROP EVENT TRIGGER %I', evtname) FROM pg_catalog.pg_event_trigger",
];

/// What SQLite has: triggers and views go with what they are about or before it, and sooner than tables.
const IN_SQLITE: &str = "SELECT type, name FROM sqlite_master WHERE type IN ('view', 'table') AND name NOT LIKE 'sqlite\\_%' \
     ESCAPE '\\' ORDER BY type = 'table', sql NOT LIKE 'CREATE VIRTUAL%'";

/// Brings a database back to what `CREATE DATABASE` makes; where the project has one schema of it, only that schema,
/// the histories and segue's own.
pub(crate) async fn empty(
    session: &Session,
    schema: Option<&str>,
    histories: &[Found],
) -> Result<(), Failure> {
    match (session.dialect(), schema) {
        (Dialect::Sqlite, _) => in_sqlite(session).await,
        (Dialect::Postgres, None) => everything(session).await,
        (Dialect::Postgres, Some(schema)) => {
            let name = identifier(schema);
            let mut statements = vec![
                "SET client_min_messages = error".to_owned(),
                format!("DROP SCHEMA IF EXISTS {name} CASCADE"),
                format!("CREATE SCHEMA {name}"),
                "DROP SCHEMA IF EXISTS segue CASCADE".to_owned(),
            ];
            let others = histories
                .iter()
                .filter(|found| found.table.schema != schema);
            statements.extend(
                others.map(|found| format!("DROP TABLE IF EXISTS {}", found.table.quoted())),
            );
            Ok(session.execute(&statements.join("; ")).await?)
        }
    }
}

async fn everything(session: &Session) -> Result<(), Failure> {
    session
        .execute("ROLLBACK; RESET ROLE; SET client_min_messages = error")
        .await?;
    let public = "SELECT nspowner::pg_catalog.regrole::text FROM pg_catalog.pg_namespace WHERE nspname = 'public'";
    let owner = first(session, public).await?;
    for list in EVERYTHING {
        for drop in session.rows(list).await?.into_iter().flatten().flatten() {
            session.execute(&drop).await?;
        }
    }
    session
        .execute("CREATE SCHEMA public; COMMENT ON SCHEMA public IS 'standard public schema'")
        .await?;
    let version = "SELECT current_setting('server_version_num')::int / 10000";
    let major: u16 = first(session, version)
        .await?
        .and_then(|text| text.parse().ok())
        .unwrap_or_default();
    let rights = match major >= 15 {
        true => "GRANT USAGE ON SCHEMA public TO PUBLIC",
        false => "GRANT ALL ON SCHEMA public TO PUBLIC",
    };
    session.execute(rights).await?;
    // Who may drop it need not be the one who may give it away; then it stays with us.
    if let Some(owner) = owner {
        let may = format!(
            "SELECT pg_catalog.pg_has_role(current_user, {}, 'MEMBER')",
            literal(owner.trim_matches('"'))
        );
        if first(session, &may).await?.as_deref() == Some("t") {
            session
                .execute(&format!("ALTER SCHEMA public OWNER TO {owner}"))
                .await?;
        }
    }
    Ok(())
}

async fn first(session: &Session, question: &str) -> Result<Option<String>, Failure> {
    let rows = session.rows(question).await?;
    Ok(rows.into_iter().flatten().flatten().next())
}

async fn in_sqlite(session: &Session) -> Result<(), Failure> {
    let before = first(session, "PRAGMA foreign_keys").await?;
    session.execute("PRAGMA foreign_keys = OFF").await?;
    for row in session.rows(IN_SQLITE).await? {
        let [Some(kind), Some(name)] = row.as_slice() else {
            continue;
        };
        let name = identifier(name);
        // The shadow tables of a virtual one have gone with it.
        session
            .execute(&format!("DROP {kind} IF EXISTS {name}"))
            .await?;
    }
    if before.as_deref() == Some("1") {
        session.execute("PRAGMA foreign_keys = ON").await?;
    }
    Ok(())
}
