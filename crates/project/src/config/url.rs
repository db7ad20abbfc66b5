//! Which database: the order in which its URL is looked for.

use std::path::{Path, PathBuf};

use segue_sql::Problem;

use super::{CommandLine, DotEnv, Secret, Setting, Settings, Vars, direct, tool};

const VARIABLE: &str = "DATABASE_URL";
const FILE_VARIABLE: &str = "DATABASE_URL_FILE";

/// What [`resolve_url`] looks through.
#[derive(Debug, Clone, Copy)]
pub struct UrlInputs<'a> {
    /// `--url`.
    pub flag: Option<&'a Secret>,
    /// `segue.toml` under the chosen environment; that of [`Config::default`](super::Config) when
    /// there is no file.
    pub settings: Settings<'a>,
    /// The process environment and `.env`.
    pub vars: Vars<'a>,
    /// Config files of the migration tool, in the order they count:
    /// [`tool_configs`](super::tool_configs).
    pub tool_configs: &'a [PathBuf],
    /// Whether a URL is a pooler's, as far as its text tells.
    pub is_pooled: fn(&str) -> bool,
}

/// A URL as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// Itself: not parsed, with its password.
    Url(Secret),
    /// By what prints it.
    Command(CommandLine),
}

/// A URL and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The URL, or what prints it.
    pub given: Given,
    /// `--url`, `environment variable DATABASE_URL`, `segue.toml:3`, `.env:2`, …
    pub origin: String,
    /// The kind of place that is.
    pub place: Place,
}

/// Kinds of places in which URLs stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The command line: for this run alone.
    Flag,
    /// The process environment.
    Process,
    /// `.env`.
    DotEnv,
    /// `segue.toml`.
    Settings,
}

/// The outcome of [`resolve_url`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolution {
    /// The URL that counts. None at all is not an error here: the embedded server is the default.
    pub found: Option<Found>,
    /// Origins of URLs that differ from it and do not count.
    pub shadowed: Vec<String>,
    /// What was found in a tool's config but could not be used, only when nothing else was found.
    /// With these and no URL, the project does have a database that segue could not learn of.
    pub notes: Vec<UrlNote>,
}

/// Why a tool's config led to no URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlNote {
    /// The file, the line and what is there.
    pub text: String,
    /// Every variable that it names is absent, not merely empty: nothing is configured here, as in a
    /// project that was just cloned. An empty one is how a CI system passes a secret that is missing.
    pub is_unset: bool,
}

impl UrlNote {
    /// What segue could not follow.
    pub(super) fn unclear(text: String) -> Self {
        Self {
            text,
            is_unset: false,
        }
    }
}

impl std::fmt::Display for UrlNote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

type Look = fn(&UrlInputs<'_>) -> Result<Option<Found>, Problem>;

/// The places before the tool's own config, first come first served.
const ORDER: [Look; 7] = [
    flag,
    chosen_section,
    process_variable,
    process_file,
    dotenv_variable,
    dotenv_file,
    segue_toml,
];

/// Finds the database's URL: `--url`; `DATABASE_URL` or else `DATABASE_URL_FILE` of the process
/// environment; the same two of `.env`; `url` or `url_file` of `segue.toml`; the variable that the
/// migration tool's own config names, looked up in the process environment and `.env`.
///
/// One exception: the `url` of an `[env.NAME]` picked by `--env` or `SEGUE_ENV`, or of a `[[project]]`,
/// comes right after `--url`. Otherwise `segue deploy --env production` would deploy to the development
/// database whenever `DATABASE_URL` or `.env` names that, which is what they are for, and several
/// projects would all go to one database.
///
/// A pooler's URL of the environment or of `.env` gives way to the direct one that stands beside it
/// (`direct.rs`), and a `url` of `segue.toml` to the `direct_url` of its section. `--url` never does.
///
/// # Errors
/// The first place that has a URL has an unusable one: empty, from a file that cannot be read, or
/// with a variable that is not set. An empty `DATABASE_URL` is such an error and not "nothing",
/// because CI systems set a secret that is missing to the empty string, and the deploy would
/// quietly go elsewhere. Places after the one that counts never fail.
pub fn resolve_url(inputs: UrlInputs<'_>) -> Result<Resolution, Problem> {
    let mut notes = Vec::new();
    let mut found: Option<Found> = None;
    let mut others = Vec::new();
    for look in ORDER {
        consider(&mut found, &mut others, look(&inputs))?;
    }
    let named = tool::find_url(inputs.tool_configs, &inputs.vars, &mut notes);
    if found.is_some() {
        notes.clear();
    }
    consider(&mut found, &mut others, named)?;
    let Some(first) = found else {
        return Ok(Resolution {
            notes,
            ..Resolution::default()
        });
    };
    let direct = direct::beside(&first, &inputs)?;
    let used = [Some(&first), direct.as_ref()];
    let is_used = |other: &Found| used.iter().flatten().any(|one| one.given == other.given);
    Ok(Resolution {
        shadowed: others
            .into_iter()
            .filter(|other| !is_used(other))
            .map(|other| other.origin)
            .collect(),
        found: Some(direct.unwrap_or(first)),
        notes,
    })
}

/// The variables that a project has its URL from, beside `DATABASE_URL`: those that the tool's own config names, that
/// which the `url` of `segue.toml` is, and those of direct URLs that are set in the environment or in `.env`.
pub fn url_variables(inputs: &UrlInputs<'_>) -> Vec<String> {
    let mut names = tool::variables(inputs.tool_configs);
    names.extend(inputs.settings.url_variables());
    names.extend(direct::set(&inputs.vars));
    names
}

/// The first place that has something counts, and must be right; the others may be wrong.
fn consider(
    found: &mut Option<Found>,
    others: &mut Vec<Found>,
    candidate: Result<Option<Found>, Problem>,
) -> Result<(), Problem> {
    match (&found, candidate) {
        (None, candidate) => *found = candidate?,
        (Some(_), Ok(other)) => others.extend(other),
        (Some(_), Err(_)) => {}
    }
    Ok(())
}

fn flag(inputs: &UrlInputs<'_>) -> Result<Option<Found>, Problem> {
    let Some(url) = inputs.flag else {
        return Ok(None);
    };
    found(url.expose(), "--url".to_owned(), Place::Flag)
        .map(Some)
        .ok_or_else(|| Problem::new("--url is empty").help("is the variable after --url set?"))
}

fn chosen_section(inputs: &UrlInputs<'_>) -> Result<Option<Found>, Problem> {
    if !inputs.settings.url_is_chosen() {
        return Ok(None);
    }
    from_settings(inputs)
}

fn segue_toml(inputs: &UrlInputs<'_>) -> Result<Option<Found>, Problem> {
    if inputs.settings.url_is_chosen() {
        return Ok(None);
    }
    from_settings(inputs)
}

fn from_settings(inputs: &UrlInputs<'_>) -> Result<Option<Found>, Problem> {
    let setting = inputs.settings.url(&inputs.vars)?;
    Ok(setting.map(|Setting { value, origin }| Found {
        given: value,
        origin,
        place: Place::Settings,
    }))
}

fn process_variable(inputs: &UrlInputs<'_>) -> Result<Option<Found>, Problem> {
    let Some(setting) = inputs.vars.process(VARIABLE) else {
        return Ok(None);
    };
    found(&setting.value, setting.origin, Place::Process)
        .map(Some)
        .ok_or_else(|| empty_variable(VARIABLE))
}

fn process_file(inputs: &UrlInputs<'_>) -> Result<Option<Found>, Problem> {
    let Some(setting) = inputs.vars.process(FILE_VARIABLE) else {
        return Ok(None);
    };
    if setting.value.is_empty() {
        return Err(empty_variable(FILE_VARIABLE));
    }
    let path = Path::new(&setting.value);
    let url = read_url_file(path)
        .map_err(|problem| problem.note(format!("the file is named by {FILE_VARIABLE}")))?;
    Ok(Some(from_file(url, &setting.origin, path, Place::Process)))
}

fn dotenv_variable(inputs: &UrlInputs<'_>) -> Result<Option<Found>, Problem> {
    let Some((dotenv, setting)) = in_dotenv(inputs, VARIABLE)? else {
        return Ok(None);
    };
    found(&setting.value, setting.origin, Place::DotEnv)
        .map(Some)
        .ok_or_else(|| dotenv.point_at(empty_variable(VARIABLE), VARIABLE, "nothing after the `=`"))
}

fn dotenv_file(inputs: &UrlInputs<'_>) -> Result<Option<Found>, Problem> {
    let Some((dotenv, setting)) = in_dotenv(inputs, FILE_VARIABLE)? else {
        return Ok(None);
    };
    if setting.value.is_empty() {
        let problem = empty_variable(FILE_VARIABLE);
        return Err(dotenv.point_at(problem, FILE_VARIABLE, "nothing after the `=`"));
    }
    let path = dotenv.folder().join(&setting.value);
    let url = read_url_file(&path)
        .map_err(|problem| dotenv.point_at(problem, FILE_VARIABLE, "named here"))?;
    Ok(Some(from_file(url, &setting.origin, &path, Place::DotEnv)))
}

type InDotEnv<'a> = Option<(&'a DotEnv, Setting<String>)>;

fn in_dotenv<'a>(inputs: &UrlInputs<'a>, name: &str) -> Result<InDotEnv<'a>, Problem> {
    let Some(dotenv) = inputs.vars.dotenv_file() else {
        return Ok(None);
    };
    Ok(dotenv.get(name)?.map(|setting| (dotenv, setting)))
}

fn found(url: &str, origin: String, place: Place) -> Option<Found> {
    let url = url.trim();
    (!url.is_empty()).then(|| Found {
        given: Given::Url(Secret::new(url)),
        origin,
        place,
    })
}

fn from_file(url: Secret, origin: &str, path: &Path, place: Place) -> Found {
    Found {
        given: Given::Url(url),
        origin: format!("{origin} ({})", path.display()),
        place,
    }
}

fn empty_variable(name: &str) -> Problem {
    Problem::new(format!("{name} is set, but empty"))
        .note("a secret that a CI system does not have is often passed as an empty variable")
        .help(format!(
            "give {name} a value, or unset it to look elsewhere"
        ))
}

/// Reads a file that holds a URL, as container platforms mount secrets.
///
/// # Errors
/// It cannot be read, or holds nothing but white space.
pub(super) fn read_url_file(path: &Path) -> Result<Secret, Problem> {
    let text = super::read_text(path)?;
    let url = text.trim_start_matches('\u{feff}').trim();
    if url.is_empty() {
        let message = format!("{} holds no URL: it is empty", path.display());
        return Err(Problem::new(message).help("write the database's URL into it"));
    }
    Ok(Secret::new(url))
}
