//! Tables are changed by their owner alone (sql-altertable.html).

use segue_db::{ServerError, identifier};
use segue_sql::Dialect;

use super::{Examined, Finding};

const FOREIGN: &str = "SELECT c.relname, pg_catalog.pg_get_userbyid(c.relowner) FROM pg_catalog.pg_class c \
     WHERE c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema()) \
     AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT pg_catalog.pg_has_role(c.relowner, 'USAGE') \
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass \
     AND d.objid = c.oid AND d.deptype = 'e') ORDER BY c.relname";

pub(super) async fn examine(
    id: &'static str,
    examined: &Examined<'_>,
) -> Result<Vec<Finding>, ServerError> {
    if examined.dialect() == Dialect::Sqlite {
        return Ok(Vec::new());
    }
    let rows = examined.session.rows(FOREIGN).await?;
    let Some([Some(first), Some(owner)]) = rows.first().map(Vec::as_slice) else {
        return Ok(vec![Finding::good(id, "every table is ours to change")]);
    };
    let user = &examined.facts.user;
    let others = match rows.len() - 1 {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    Ok(vec![Finding::warning(
        id,
        format!(
            "{first}{others} belong to {owner}: {user} can read or write them, but not change them"
        ),
        format!(
            "GRANT {} TO {}; then `role = {owner:?}` in segue.toml",
            identifier(owner),
            identifier(user)
        ),
    )])
}
