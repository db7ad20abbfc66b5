//! What is asked of `segue testdb serve`, and answered; the documents are described in `docs/json.md`.

use std::{collections::BTreeMap, sync::Arc};

use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header,
};
use segue::{
    Failure, FailureKind, Interrupt, Problem,
    testing::{TestDatabase, TestServer},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::show::json;

/// What the documents call the command.
const COMMAND: &str = "testdb serve";

/// A request is a line or two.
const LONGEST: usize = 64 << 10;

type Answer = Result<(StatusCode, Value), (StatusCode, Failure)>;

/// What a request may say; an empty one says nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    /// The last migration to apply.
    to: Option<String>,
    /// Whether to run the project's seed.
    seed: Option<bool>,
}

/// The databases that were handed out.
pub(super) struct Desk {
    pub(super) server: TestServer,
    seeds: bool,
    interrupt: Interrupt,
    databases: Mutex<BTreeMap<String, Arc<TestDatabase>>>,
}

impl Desk {
    pub(super) fn new(server: TestServer, seeds: bool, interrupt: Interrupt) -> Self {
        Self {
            server,
            seeds,
            interrupt,
            databases: Mutex::default(),
        }
    }

    /// Removes all databases; what went wrong with that.
    pub(super) async fn close(&self) -> Vec<Failure> {
        let all = std::mem::take(&mut *self.databases.lock().await);
        let mut left = Vec::new();
        for database in all.into_values() {
            // A request that is under way has it still: then it goes with that.
            if let Some(database) = Arc::into_inner(database) {
                left.extend(database.close().await.err());
            }
        }
        left
    }

    pub(super) async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (status, document) = match self.document(request).await {
            Ok((status, fields)) => (status, json::succeeded(COMMAND, fields)),
            Err((status, failure)) => (status, json::failed(COMMAND, &failure, json::Rest::new())),
        };
        let mut response = Response::new(Full::new(Bytes::from(format!("{document}\n"))));
        *response.status_mut() = status;
        let kind = header::HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }

    async fn document(&self, request: Request<Incoming>) -> Answer {
        refuse_strangers(&request)?;
        let (parts, body) = request.into_parts();
        let path: Vec<String> = parts
            .uri
            .path()
            .trim_matches('/')
            .split('/')
            .map(str::to_owned)
            .collect();
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let wish = wish(body).await?;
        match (&parts.method, path.as_slice()) {
            (&Method::POST, ["databases"]) => self.make(&wish).await,
            (&Method::GET, ["databases"]) => {
                let databases = self.databases.lock().await;
                let names: Vec<&String> = databases.keys().collect();
                Ok((StatusCode::OK, json!({ "databases": names })))
            }
            (&Method::DELETE, ["databases", name]) => self.remove(name).await,
            (&Method::POST, ["databases", name, "migrate"]) => self.migrate(name, &wish).await,
            (&Method::POST, ["databases", name, "rollback"]) => self.roll_back(name).await,
            _ => Err(no(
                StatusCode::NOT_FOUND,
                format!("there is no {} {}", parts.method, parts.uri.path()),
                "POST /databases, GET /databases, DELETE /databases/NAME, POST /databases/NAME/migrate, \
                 POST /databases/NAME/rollback",
            )),
        }
    }

    async fn make(&self, wish: &Wish) -> Answer {
        let database = self
            .server
            .create(wish.to.as_deref())
            .await
            .map_err(failed)?;
        if wish.seed.unwrap_or(self.seeds) {
            let seeded = database.seed(&self.interrupt, &mut |_| {}).await;
            if let Err(failure) = seeded {
                // What was half filled is nobody's.
                let _ = database.close().await;
                return Err(failed(failure));
            }
        }
        let name = database.name().to_owned();
        let fields = json!({ "name": name, "url": database.url() });
        self.databases.lock().await.insert(name, Arc::new(database));
        Ok((StatusCode::CREATED, fields))
    }

    async fn remove(&self, name: &str) -> Answer {
        let found = self.databases.lock().await.remove(name);
        let found = found.ok_or_else(|| unknown(name))?;
        // Where another request works on it, it goes with that.
        if let Some(database) = Arc::into_inner(found) {
            database.close().await.map_err(failed)?;
        }
        Ok((StatusCode::OK, json!({ "name": name })))
    }

    async fn migrate(&self, name: &str, wish: &Wish) -> Answer {
        let database = self.database(name).await?;
        let deployed = match &wish.to {
            Some(to) => database.migrate_to(to).await,
            None => database.migrate().await,
        };
        let deployed = deployed.map_err(failed)?;
        let applied = deployed.applied.iter().map(|applied| applied.name.as_str());
        let applied: Vec<&str> = applied.collect();
        Ok((StatusCode::OK, json!({ "name": name, "applied": applied })))
    }

    async fn roll_back(&self, name: &str) -> Answer {
        let taken = self
            .database(name)
            .await?
            .rollback()
            .await
            .map_err(failed)?;
        let fields = json!({
            "name": name,
            "migration": taken.migration,
            "way": taken.way.name(),
            "different": taken.different,
        });
        Ok((StatusCode::OK, fields))
    }

    async fn database(&self, name: &str) -> Result<Arc<TestDatabase>, (StatusCode, Failure)> {
        let databases = self.databases.lock().await;
        databases.get(name).cloned().ok_or_else(|| unknown(name))
    }
}

/// A page in a browser could ask as well, by another name of this machine too; it says where it is from.
fn refuse_strangers(request: &Request<Incoming>) -> Result<(), (StatusCode, Failure)> {
    let headers = request.headers();
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let name = host
        .unwrap_or_default()
        .rsplit_once(':')
        .map_or("", |(name, _)| name);
    if headers.contains_key(header::ORIGIN) || !["127.0.0.1", "localhost"].contains(&name) {
        return Err(no(
            StatusCode::FORBIDDEN,
            "test databases are for programs on this machine, and not for pages in a browser"
                .to_owned(),
            "ask 127.0.0.1 or localhost, without the header Origin",
        ));
    }
    Ok(())
}

async fn wish(body: Incoming) -> Result<Wish, (StatusCode, Failure)> {
    let wrong = |why: String| {
        no(
            StatusCode::BAD_REQUEST,
            format!("the request cannot be read: {why}"),
            "send nothing, or {\"to\": \"MIGRATION\", \"seed\": true}",
        )
    };
    let body = Limited::new(body, LONGEST).collect().await;
    let bytes = body.map_err(|error| wrong(error.to_string()))?.to_bytes();
    if bytes.trim_ascii().is_empty() {
        return Ok(Wish::default());
    }
    serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))
}

fn unknown(name: &str) -> (StatusCode, Failure) {
    no(
        StatusCode::NOT_FOUND,
        format!("no database `{name}` was handed out"),
        "GET /databases lists those that were",
    )
}

fn no(status: StatusCode, what: String, help: &str) -> (StatusCode, Failure) {
    let problem = Problem::new(what).help(help);
    (status, Failure::new(FailureKind::Input, problem))
}

fn failed(failure: Failure) -> (StatusCode, Failure) {
    let status = match failure.kind {
        FailureKind::Input => StatusCode::BAD_REQUEST,
        FailureKind::Refused | FailureKind::Statement => StatusCode::UNPROCESSABLE_ENTITY,
        FailureKind::Locked => StatusCode::CONFLICT,
        FailureKind::Connection | FailureKind::Interrupted => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, failure)
}
