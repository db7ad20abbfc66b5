//! What rows were before they went through is kept until contract, and rows that were put aside may be taken behind that.

use segue_catalog::QName;
use segue_db::Session;
use segue_plan::Transform;

use crate::Failure;

/// What goes through where what its rows were is not kept any more: they were put aside, and contract is done.
pub(super) async fn lapsed(
    session: &Session,
    transform: &Transform,
) -> Result<Option<Transform>, Failure> {
    let Some(kept) = &transform.kept else {
        return Ok(None);
    };
    if is_table(session, &kept.table).await? {
        return Ok(None);
    }
    Ok(Some(Transform {
        kept: None,
        ..transform.clone()
    }))
}

/// Whether there is such a table.
pub(super) async fn is_table(session: &Session, table: &QName) -> Result<bool, Failure> {
    let name = segue_db::literal(&table.to_string());
    let query = format!("SELECT pg_catalog.to_regclass({name})");
    let rows = session.rows(&query).await?;
    Ok(rows.into_iter().flatten().next().flatten().is_some())
}
