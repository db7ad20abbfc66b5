//! As which roles deploys act: the session's own and that of segue's schema, and those that these are members of.

use super::Session;
use crate::ServerError;

/// Whatever is granted to one of these is granted to deploys. That a superuser may do all is no membership.
const ROLES: &str = "WITH RECURSIVE mine (oid) AS ( \
       SELECT oid FROM pg_catalog.pg_roles WHERE rolname IN (current_user, session_user) \
         OR oid = (SELECT nspowner FROM pg_catalog.pg_namespace WHERE nspname = 'segue') \
       UNION SELECT m.roleid FROM pg_catalog.pg_auth_members m JOIN mine ON m.member = mine.oid) \
     SELECT r.rolname FROM pg_catalog.pg_roles r JOIN mine USING (oid) ORDER BY 1";

/// Their names, sorted.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn memberships(session: &Session) -> Result<Vec<String>, ServerError> {
    let rows = session.rows(ROLES).await?;
    Ok(rows.into_iter().flatten().flatten().collect())
}
