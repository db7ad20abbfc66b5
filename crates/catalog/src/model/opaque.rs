use serde::Serialize;

/// An object whose parts the model does not know: it is carried, compared as a whole, and reported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Opaque {
    /// What a server says of it, for telling whether it has changed; empty where no server was asked.
    pub definition: String,
    /// Its comment.
    pub comment: Option<String>,
}
