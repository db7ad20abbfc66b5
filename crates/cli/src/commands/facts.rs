//! `segue facts`.

use super::{fail, stoppable};
use crate::{args::Common, exit, show::json};

/// Prints a document, for people too: it is for a file.
pub(super) async fn run(common: &Common) -> u8 {
    match stoppable(common).0.facts().await {
        Ok(facts) => {
            json::done("facts", facts.saved());
            exit::DONE
        }
        Err(failure) => fail(common, "facts", &failure, json::Rest::new()),
    }
}
