//! A standby, a read-only default, a file without the right to write.

use segue_db::ServerError;

use super::{Examined, Finding};
use crate::refusals::refuse_read_only;

pub(super) async fn examine(
    id: &'static str,
    examined: &Examined<'_>,
) -> Result<Vec<Finding>, ServerError> {
    Ok(vec![match refuse_read_only(examined.facts) {
        Ok(()) => Finding::good(id, "takes writes"),
        Err(failure) => super::of_failure(id, &failure),
    }])
}
