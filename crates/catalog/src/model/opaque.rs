//! Objects whose parts the model does not know.

use serde::Serialize;

use crate::model::json::is_default;

/// An object whose parts the model does not know: it is carried, compared as a whole, and reported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Opaque {
    /// What a server says of it, for telling whether it has changed; empty where no server was asked.
    #[serde(skip_serializing_if = "is_default")]
    pub definition: String,
    /// Its comment.
    #[serde(skip_serializing_if = "is_default")]
    pub comment: Option<String>,
}
