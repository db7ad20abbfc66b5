//! In the place of `connection.rs` in a build without SQLite: nothing can be opened, so nothing can be asked.

use std::convert::Infallible;

use super::{Location, Open, OpenError};
use crate::{Piece, Row, ServerError};

pub(super) fn is_complete(_: &str) -> bool {
    true
}

/// See `connection.rs`.
#[derive(Clone)]
pub struct Interrupter {
    never: Infallible,
}

impl Interrupter {
    /// See `connection.rs`.
    pub fn interrupt(&self) {
        match self.never {}
    }
}

pub(super) struct Worker {
    never: Infallible,
}

impl Worker {
    pub(super) async fn start(_: &Location, _: &Open) -> Result<Self, OpenError> {
        Err(OpenError::NotBuiltIn)
    }

    pub(super) async fn rows(&self, _: String) -> Result<Vec<Row>, ServerError> {
        match self.never {}
    }

    pub(super) async fn run(&self, _: Vec<Piece>) -> Result<(), (usize, ServerError)> {
        match self.never {}
    }

    pub(super) async fn back_up(&self, _: std::path::PathBuf) -> Result<(), ServerError> {
        match self.never {}
    }

    pub(super) async fn is_read_only(&self) -> Result<bool, ServerError> {
        match self.never {}
    }

    pub(super) async fn enforce(&self, _: bool) -> Result<(), ServerError> {
        match self.never {}
    }

    pub(super) async fn make(&self) -> Result<(), ServerError> {
        match self.never {}
    }

    pub(super) async fn renew(&self) -> Result<(), ServerError> {
        match self.never {}
    }

    pub(super) fn interrupter(&self) -> Interrupter {
        match self.never {}
    }

    pub(super) async fn end(self) {
        match self.never {}
    }
}
