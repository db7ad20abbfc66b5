//! A server is asked about queries, under all three schemas at once, and what it says is judged.

use segue_db::{ServerError, Session, postgres};
use segue_engine::Failure;
use segue_proof::compat::{
    Answer, Asks, Form, Judgement, Shape, Side, Tally, Used, judge, spellings,
};
use serde_json::Value;

use super::{
    States,
    workload::{Query, Workload},
};

/// So many queries are held at a time.
const CHUNK: usize = 256;
/// A syntax error, or a constant's place taken by a parameter in another way: another spelling may do.
const UNREADABLE: [&str; 3] = ["42601", "42P02", "42883"];

/// Under which plans are compared: an index is used where one can be, whatever is in the tables.
const PLANNING: &str = "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; SET jit = off; \
     SET max_parallel_workers_per_gather = 0; SET statement_timeout = '30s'";

/// Sessions under the three schemas.
struct Asking<'a> {
    states: &'a States,
    sessions: [Box<postgres::Session>; 3],
}

impl States {
    /// Judges the queries of one version of an app.
    pub(super) async fn judged(
        &self,
        side: Side,
        mut workload: Workload,
    ) -> Result<Tally, Failure> {
        let asking = Asking {
            states: self,
            sessions: self.sessions().await?,
        };
        let mut tally = Tally::new(side);
        loop {
            let queries = workload.next(CHUNK).await?;
            if queries.is_empty() {
                break;
            }
            asking.judge(side, queries, &mut tally).await?;
        }
        workload.close().await;
        asking.close().await;
        Ok(tally)
    }

    /// Judges these texts, in order.
    pub(crate) async fn judged_texts(
        &self,
        side: Side,
        texts: &[&str],
    ) -> Result<Vec<Judgement>, Failure> {
        let asking = Asking {
            states: self,
            sessions: self.sessions().await?,
        };
        let judged = asking.judgements(side, texts).await;
        asking.close().await;
        judged
    }

    async fn sessions(&self) -> Result<[Box<postgres::Session>; 3], Failure> {
        let [before, expanded, contracted] = &self.databases;
        Ok([
            self.asking(before).await?,
            self.asking(expanded).await?,
            self.asking(contracted).await?,
        ])
    }

    async fn asking(
        &self,
        database: &crate::proof::grounds::Database,
    ) -> Result<Box<postgres::Session>, Failure> {
        let session = self.setup.session(database).await?;
        session.execute(PLANNING).await?;
        match session {
            Session::Postgres(session) => Ok(session),
            Session::Sqlite(_) => {
                let problem = segue_sql::Problem::new("only PostgreSQL is asked about queries");
                Err(problem.into())
            }
        }
    }
}

impl Asking<'_> {
    async fn close(self) {
        for session in self.sessions {
            session.close().await;
        }
    }

    async fn judge(
        &self,
        side: Side,
        queries: Vec<Query>,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        let usable = queries.iter().filter(|query| query.unusable.is_none());
        let texts: Vec<&str> = usable.map(|query| query.text.as_str()).collect();
        let mut judgements = self.judgements(side, &texts).await?.into_iter();
        for query in &queries {
            let judgement = match &query.unusable {
                Some(why) => Some(Judgement::NotJudged(why.clone())),
                None => judgements.next(),
            };
            match judgement {
                Some(Judgement::NotJudged(why)) if why.is_empty() => tally.silent(),
                Some(judgement) => {
                    let judgement = with_truncation(judgement, query);
                    tally.add(&query.place, &query.text, query.calls, judgement);
                }
                None => {}
            }
        }
        Ok(())
    }

    /// Of each text; one that names nothing of a schema is not judged, without a reason.
    async fn judgements(&self, side: Side, texts: &[&str]) -> Result<Vec<Judgement>, Failure> {
        let forms: Vec<Form> = texts.iter().map(|text| Form::of(text)).collect();
        let pairs = forms.iter().zip(texts);
        let asked: Vec<&str> = pairs
            .filter_map(|(form, text)| match &form.asks {
                Asks::Itself => Some(*text),
                Asks::Like(other) => Some(other.as_str()),
                Asks::Nothing | Asks::Never(_) => None,
            })
            .collect();
        let is_asked = |form: &&Form| matches!(form.asks, Asks::Itself | Asks::Like(_));
        let planned: Vec<bool> = forms
            .iter()
            .filter(is_asked)
            .map(|form| form.is_planned)
            .collect();
        let mut answers = self.answers(&asked, &planned).await?.into_iter();
        let mut judged = Vec::with_capacity(texts.len());
        for (form, text) in forms.iter().zip(texts) {
            judged.push(match &form.asks {
                Asks::Nothing => Judgement::NotJudged(String::new()),
                Asks::Never(why) => Judgement::NotJudged((*why).to_owned()),
                Asks::Itself | Asks::Like(_) => {
                    let Some(answers) = answers.next() else {
                        continue;
                    };
                    self.judge_one(side, (form, text), answers).await?
                }
            });
        }
        Ok(judged)
    }

    async fn judge_one(
        &self,
        side: Side,
        (form, text): (&Form, &str),
        answers: [Answer; 3],
    ) -> Result<Judgement, Failure> {
        let is_unreadable = answers.iter().all(|answer| match answer {
            Answer::Refused { code, .. } => UNREADABLE.contains(&code.as_str()),
            Answer::Taken(_) => false,
        });
        let other = if is_unreadable {
            spellings(text)
        } else {
            Vec::new()
        };
        for spelling in other {
            let form = Form::of(&spelling);
            let again = self.answers(&[&spelling], &[form.is_planned]).await?;
            for answers in again {
                let judged = judge(side, &form, &answers, &self.states.stages);
                let is_read = |answer: &Answer| match answer {
                    Answer::Refused { code, .. } => !UNREADABLE.contains(&code.as_str()),
                    Answer::Taken(_) => true,
                };
                if answers.iter().any(is_read) {
                    return Ok(judged);
                }
            }
        }
        Ok(judge(side, form, &answers, &self.states.stages))
    }

    /// By query, then by moment.
    async fn answers(
        &self,
        queries: &[&str],
        planned: &[bool],
    ) -> Result<Vec<[Answer; 3]>, Failure> {
        let [before, expanded, contracted] = &self.sessions;
        let (before, expanded, contracted) = tokio::join!(
            answers(before, queries, planned),
            answers(expanded, queries, planned),
            answers(contracted, queries, planned),
        );
        let two = before?.into_iter().zip(expanded?);
        let three = two.zip(contracted?);
        Ok(three.map(|((a, b), c)| [a, b, c]).collect())
    }
}

/// What cannot be read may have been cut off on the way.
fn with_truncation(judgement: Judgement, query: &Query) -> Judgement {
    match judgement {
        Judgement::NotJudged(why) if query.may_be_cut() => Judgement::NotJudged(format!(
            "its text of {} bytes is perhaps cut off (track_activity_query_size): {why}",
            query.text.len()
        )),
        judgement => judgement,
    }
}

async fn answers(
    session: &postgres::Session,
    queries: &[&str],
    planned: &[bool],
) -> Result<Vec<Answer>, Failure> {
    let mut answers = Vec::with_capacity(queries.len());
    for described in session.describe(queries).await {
        answers.push(match described {
            Ok(described) => Answer::Taken(Shape {
                parameters: described.parameters,
                columns: described.columns,
                indexes: Vec::new(),
            }),
            Err(error) => refused(error)?,
        });
    }
    let mut asked = Vec::new();
    let mut places = Vec::new();
    for (number, answer) in answers.iter().enumerate() {
        if let (Answer::Taken(shape), true) = (answer, planned[number]) {
            asked.push((queries[number], shape.parameters.len()));
            places.push(number);
        }
    }
    for (number, plan) in places.into_iter().zip(session.explain(&asked).await) {
        match plan {
            Ok(plan) => {
                if let Answer::Taken(shape) = &mut answers[number] {
                    shape.indexes = indexes(&plan);
                }
            }
            Err(error) => answers[number] = refused(error)?,
        }
    }
    Ok(answers)
}

/// What a server says of a query; that it is gone ends the run.
fn refused(error: ServerError) -> Result<Answer, Failure> {
    match error {
        ServerError::Refused(refusal) if !refusal.code.starts_with("57P") => Ok(Answer::Refused {
            code: refusal.code,
            message: refusal.message,
        }),
        error => Err(error.into()),
    }
}

/// The indexes that a plan goes by: what is read of one as a whole, in the place of its table, says nothing.
fn indexes(plan: &str) -> Vec<Used> {
    let mut found = Vec::new();
    if let Ok(plan) = serde_json::from_str::<Value>(plan) {
        collect(&plan, None, &mut found);
    }
    found.sort();
    found.dedup();
    found
}

fn collect(node: &Value, table: Option<&str>, found: &mut Vec<Used>) {
    match node {
        Value::Array(nodes) => nodes.iter().for_each(|node| collect(node, table, found)),
        Value::Object(fields) => {
            let text = |name: &str| fields.get(name).and_then(Value::as_str);
            let table = text("Relation Name").or(table);
            let is_whole =
                text("Node Type") == Some("Index Only Scan") && text("Index Cond").is_none();
            if let (Some(index), Some(table), false) = (text("Index Name"), table, is_whole) {
                found.push(Used {
                    index: index.to_owned(),
                    table: table.to_owned(),
                });
            }
            for (name, value) in fields {
                if matches!(name.as_str(), "Plan" | "Plans") {
                    collect(value, table, found);
                }
            }
        }
        _ => {}
    }
}
