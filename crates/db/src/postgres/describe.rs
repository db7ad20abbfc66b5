//! What the server says of queries without running them: whether it takes them, what they take and give, and how it would
//! run them.

use futures_util::{StreamExt, stream};
use tokio_postgres::types::{Kind, Type};

use super::{error::server_error, session::Session};
use crate::ServerError;

/// So many queries are under way at once.
const AT_ONCE: usize = 32;

/// What a query takes and gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// The types of its parameters, in order.
    pub parameters: Vec<String>,
    /// Its result columns, in order: name and type.
    pub columns: Vec<(String, String)>,
}

impl Session {
    /// Prepares queries, each of one statement, and tells what they take and give; nothing is run. A server looks into what
    /// reads and writes rows only: it takes every other statement.
    ///
    /// # Errors
    /// For each query what the server refused, or that it is gone.
    pub async fn describe(&self, queries: &[&str]) -> Vec<Result<Described, ServerError>> {
        // Made before they are streamed: a closure within the stream would keep callers from going to another thread.
        let asked: Vec<_> = queries
            .iter()
            .map(|query| self.describe_one(query))
            .collect();
        stream::iter(asked).buffered(AT_ONCE).collect().await
    }

    async fn describe_one(&self, query: &str) -> Result<Described, ServerError> {
        let prepared = self.client().prepare(query).await;
        let prepared = prepared.map_err(|error| server_error(&error))?;
        let columns = prepared.columns().iter();
        Ok(Described {
            parameters: prepared.params().iter().map(type_name).collect(),
            columns: columns
                .map(|column| (column.name().to_owned(), type_name(column.type_())))
                .collect(),
        })
    }

    /// The plans of queries that [`describe`](Self::describe) has taken, as the server's JSON, whatever the values of their
    /// parameters, of which each has so many. Nothing is run.
    ///
    /// `EXPLAIN (GENERIC_PLAN)` is there from PostgreSQL 16 on only; a prepared statement under `plan_cache_mode` is
    /// planned in the same way on every version. The caller has set that.
    ///
    /// # Errors
    /// For each query what the server refused, or that it is gone.
    pub async fn explain(&self, queries: &[(&str, usize)]) -> Vec<Result<String, ServerError>> {
        let numbered = queries.iter().enumerate();
        let asked: Vec<_> = numbered
            .map(|(number, (query, parameters))| self.explain_one(number, query, *parameters))
            .collect();
        stream::iter(asked).buffered(AT_ONCE).collect().await
    }

    async fn explain_one(
        &self,
        number: usize,
        query: &str,
        parameters: usize,
    ) -> Result<String, ServerError> {
        let name = format!("segue_asked_{number}");
        let query = query.trim_end().trim_end_matches(';');
        let values = match parameters {
            0 => String::new(),
            many => format!("({})", vec!["NULL"; many].join(", ")),
        };
        // A text may end with a comment.
        let sql = format!(
            "PREPARE {name} AS {query}\n; EXPLAIN (FORMAT JSON, COSTS OFF) EXECUTE {name}{values}; DEALLOCATE {name}"
        );
        match self.rows(&sql).await {
            Ok(rows) => Ok(rows.into_iter().flatten().flatten().collect()),
            Err(error) => {
                // It is left where only the plan was refused.
                let _ = self.execute(&format!("DEALLOCATE {name}")).await;
                Err(error)
            }
        }
    }
}

/// A type as people call it: with its schema where that is not the server's own or `public`.
fn type_name(of: &Type) -> String {
    if let Kind::Array(element) = of.kind() {
        return format!("{}[]", type_name(element));
    }
    match of.schema() {
        "pg_catalog" | "public" => of.name().to_owned(),
        schema => format!("{schema}.{}", of.name()),
    }
}
