//! The seed: data to work with, put into a database by a command of the project or a file of SQL.

use std::{
    env,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use segue_engine::{Event, Failure, FailureKind, Interrupt, seed};
use segue_host::{
    process::shell,
    signal::{self, Signal},
};
use segue_project::{
    Survey, Verdict,
    config::{Secret, Seed, prisma_seed},
    shown_path,
};
use segue_sql::{Place, Problem, line_column};
use tokio::process::{Child, Command};

use crate::{Connected, Migrator, server::Server, workplace::Workplace};

/// How to seed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Seeding {
    /// Somebody has said that a production database is to be seeded.
    pub confirmed: bool,
    /// What the command writes to its standard output goes to standard error: ours is for something else.
    pub output_to_stderr: bool,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seeded {
    /// Where the seed is named: `segue.toml:3`.
    pub origin: String,
    /// The database, in words without a secret.
    pub database: String,
    /// How many statements ran, where the seed is a file.
    pub statements: Option<usize>,
}

/// How long a command that is to stop may take before it is ended.
const GRACE: Duration = Duration::from_secs(5);

/// What is to be run.
struct Plan {
    seed: Seed,
    place: Place,
    /// Where a command runs.
    folder: PathBuf,
    /// In front of the `PATH` of a command.
    path: Option<PathBuf>,
}

impl Plan {
    /// How the product says where the seed is named.
    fn origin(&self) -> String {
        let (line, _) = line_column(&self.place.source.text, self.place.span.start);
        format!("{}:{line}", self.place.source.name)
    }
}

impl Migrator {
    /// Fills the database with the project's own data: runs `[seed]` of `segue.toml`, else the seed of Prisma's
    /// configuration where the migrations are Prisma's.
    ///
    /// A command gets the database's URL as `DATABASE_URL`, and its input and output are those of this
    /// process. A file is one transaction in a session of segue.
    ///
    /// # Errors
    /// No seed, a production database without [`Seeding::confirmed`], a command for the embedded server,
    /// a command that fails, and what the server refused of a file.
    pub async fn seed(
        &self,
        seeding: Seeding,
        interrupt: &Interrupt,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Seeded, Failure> {
        let workplace = Workplace::of(self)?;
        let survey = self.survey(&workplace)?;
        let plan = plan(&workplace, &survey)?;
        refuse_production(&workplace, seeding)?;
        let command = match &plan.seed {
            Seed::File(file) => return self.seed_by_file(file, &plan, interrupt, events).await,
            Seed::Program(words) => program(words),
            Seed::Shell(line) => shell(line).into(),
        };
        let resolution = workplace.url(self.url.as_ref(), &survey.folder)?;
        let server = self.server(&workplace, &survey, &resolution).await?;
        let url = match workplace.source(&resolution)? {
            Some(source) => Some(source.url().await?),
            None => None,
        };
        let url = reachable(&server, url, &plan)?;
        run(prepared(command, &plan, &url, seeding), &plan, interrupt).await?;
        Ok(Seeded {
            origin: plan.origin(),
            database: server.describe(),
            statements: None,
        })
    }

    /// Whether the project has a seed.
    pub(crate) fn has_seed(&self) -> Result<bool, Failure> {
        let workplace = Workplace::of(self)?;
        let survey = self.survey(&workplace)?;
        Ok(find(&workplace, &survey)?.is_some())
    }

    async fn seed_by_file(
        &self,
        file: &Path,
        plan: &Plan,
        interrupt: &Interrupt,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Seeded, Failure> {
        let mut connected = self.connect(&mut |_| {}).await?;
        let database = connected.database.clone();
        let result = connected.seed(file, interrupt, events).await;
        connected.close().await;
        Ok(Seeded {
            origin: plan.origin(),
            database,
            statements: Some(result?),
        })
    }
}

impl Connected {
    /// Runs a file of SQL in one transaction, without a record of it; gives the number of its statements.
    ///
    /// # Errors
    /// What the server refused, with its place in the file; nothing of the file is committed then.
    pub async fn seed(
        &mut self,
        file: &Path,
        interrupt: &Interrupt,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<usize, Failure> {
        seed(self.request(interrupt, events), file).await
    }
}

fn plan(workplace: &Workplace, survey: &Survey) -> Result<Plan, Failure> {
    find(workplace, survey)?.ok_or_else(|| {
        Problem::new("the project has no seed")
            .help("name one in segue.toml: [seed] with command = \"…\" or file = \"seed.sql\"")
            .into()
    })
}

/// The seed that the project names, if it does.
fn find(workplace: &Workplace, survey: &Survey) -> Result<Option<Plan>, Failure> {
    let settings = workplace.settings()?;
    if let Some((seed, place)) = settings.seed(&workplace.vars())? {
        let folder = workplace.config_folder.as_ref();
        return Ok(Some(Plan {
            seed,
            place,
            folder: folder.unwrap_or(&workplace.current).clone(),
            path: None,
        }));
    }
    let is_prisma =
        matches!(&survey.verdict, Verdict::Settled(choice) if choice.layout.name == "prisma");
    if is_prisma
        && let Some((seed, place, folder)) = prisma_seed(&workplace.folders_of(&survey.folder))?
    {
        // `npx prisma db seed` has it there; the seed is often a program of a package.
        let path = Some(folder.join("node_modules/.bin"));
        return Ok(Some(Plan {
            seed,
            place,
            folder,
            path,
        }));
    }
    Ok(None)
}

fn refuse_production(workplace: &Workplace, seeding: Seeding) -> Result<(), Failure> {
    let settings = workplace.settings()?;
    if !settings.production() || seeding.confirmed {
        return Ok(());
    }
    let what = match settings.environment() {
        Some(name) => format!("the environment `{name}` is production"),
        None => "this is a production database".to_owned(),
    };
    let problem = Problem::new(format!("{what}, and a seed is data for development"))
        .help("say --yes if it is to be seeded all the same");
    Err(Failure::new(FailureKind::Refused, problem))
}

/// The URL of a server that another process can connect to.
fn reachable(server: &Server, url: Option<Secret>, plan: &Plan) -> Result<Secret, Failure> {
    match (server, url) {
        (Server::Remote { .. } | Server::Sqlite { .. }, Some(url)) => Ok(url),
        _ => Err(
            Problem::new("the seed command could not connect to the embedded PostgreSQL")
                .at(
                    &plan.place.source,
                    plan.place.span.clone(),
                    "a process of its own",
                )
                .note("it runs inside of segue and takes one connection")
                .help("seed it by a file: [seed] file = \"seed.sql\"; or give the URL of a server")
                .into(),
        ),
    }
}

fn program(words: &[String]) -> Command {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]);
    command
}

/// The command with its folder and its environment.
fn prepared(mut command: Command, plan: &Plan, url: &Secret, seeding: Seeding) -> Command {
    command
        .current_dir(&plan.folder)
        .env("DATABASE_URL", url.expose())
        // It could name another database than the one that counts.
        .env_remove("DATABASE_URL_FILE")
        .kill_on_drop(true);
    if let Some(first) = &plan.path {
        let rest = env::var_os("PATH").unwrap_or_default();
        let all = [first.clone()].into_iter().chain(env::split_paths(&rest));
        // A folder with the separator in its name cannot be in PATH: then go without.
        if let Ok(path) = env::join_paths(all) {
            command.env("PATH", path);
        }
    }
    if seeding.output_to_stderr {
        command.stdout(Stdio::from(std::io::stderr()));
    }
    command
}

async fn run(mut command: Command, plan: &Plan, interrupt: &Interrupt) -> Result<(), Failure> {
    let at = |problem: Problem, label: &str| {
        problem.at(&plan.place.source, plan.place.span.clone(), label)
    };
    let program = command.as_std().get_program().to_owned();
    let mut child = command.spawn().map_err(|error| {
        let message = format!("`{}` cannot be started: {error}", program.display());
        at(Problem::new(message), "the seed")
            .note(format!("in the folder `{}`", shown_path(&plan.folder)))
            .help("is it installed, and in PATH?")
    })?;
    let status = tokio::select! {
        status = child.wait() => status,
        () = interrupt.comes() => {
            // Ctrl-C has reached it too; a signal to us alone has not.
            ask_to_stop(&child);
            if tokio::time::timeout(GRACE, child.wait()).await.is_err() {
                let _ = child.kill().await;
            }
            let problem = Problem::new("interrupted; what the seed has written so far stays")
                .help("see what is there before you run it again");
            return Err(Failure::new(FailureKind::Interrupted, problem));
        }
    };
    let status = status.map_err(|error| Problem::new(format!("the seed was lost: {error}")))?;
    if status.success() {
        return Ok(());
    }
    Err(at(Problem::new(ended(status)), "the seed")
        .note("what it has written before that stays")
        .help("mend it, and run `segue seed` again")
        .into())
}

/// As our own users do: by SIGTERM.
fn ask_to_stop(child: &Child) {
    // It has no number any more once it was waited for.
    if let Some(id) = child.id() {
        // One that does not hear of it is ended when its time is over.
        let _ = signal::send(id, Signal::Terminate);
    }
}

fn ended(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("the seed ended with exit code {code}"),
        // `ExitStatus` names the signal.
        None => format!("the seed did not end by itself: {status}"),
    }
}
