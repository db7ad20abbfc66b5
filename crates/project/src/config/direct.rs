//! The direct URL that stands beside a pooler's.
//!
//! A deploy needs a server connection of its own, and projects that use a pooler have the URL for that
//! under another name. It counts only from the same place as the pooler's: a `DIRECT_URL` of `.env` is
//! the development database, and must not take the place of the production database that a process
//! environment names.

use segue_sql::Problem;

use super::{
    Secret, Vars,
    tool::{self, named},
    url::{Found, Given, Place, UrlInputs},
};

/// Names under which direct URLs stand: Prisma's and Supabase's documentation, Prisma Postgres, Vercel's
/// integrations (Supabase, Neon), Neon's.
const NAMES: [&str; 4] = [
    "DIRECT_URL",
    "DIRECT_DATABASE_URL",
    "POSTGRES_URL_NON_POOLING",
    "DATABASE_URL_UNPOOLED",
];

/// The names of these that are set, in the environment or in `.env`; what cannot be read there is set too.
pub(super) fn set(vars: &Vars<'_>) -> impl Iterator<Item = String> {
    let is_set = |name: &&str| !matches!(vars.get(name), Ok(None));
    NAMES.into_iter().filter(is_set).map(str::to_owned)
}

/// The direct URL to be used instead of what was found; none where that is no pooler's, or was given for
/// this run, or has no other beside it.
///
/// # Errors
/// `.env` has one of the variables on a line that cannot be read; `direct_url` of `segue.toml` is wrong.
pub(super) fn beside(found: &Found, inputs: &UrlInputs<'_>) -> Result<Option<Found>, Problem> {
    let Given::Url(url) = &found.given else {
        return Ok(None);
    };
    if !(inputs.is_pooled)(url.expose()) {
        return Ok(None);
    }
    let direct = match found.place {
        // What belongs to a `url` of segue.toml stands beside it, and was taken already.
        Place::Flag | Place::Settings => None,
        Place::Process | Place::DotEnv => {
            match inputs.settings.direct_url_for(url, &inputs.vars)? {
                Some(setting) => Some((setting.value, setting.origin)),
                None => variable(found, inputs)?,
            }
        }
    };
    Ok(direct.map(|(url, origin)| Found {
        given: Given::Url(url),
        origin: format!("{origin}, because {} is a pooler's", found.origin),
        place: found.place,
    }))
}

/// The first variable of the same place that has a URL which is no pooler's.
fn variable(found: &Found, inputs: &UrlInputs<'_>) -> Result<Option<(Secret, String)>, Problem> {
    let own = tool::variables(inputs.tool_configs);
    for name in own.iter().map(String::as_str).chain(NAMES) {
        let setting = match found.place {
            Place::Process => inputs.vars.process(name),
            _ => inputs.vars.dotenv(name)?,
        };
        let Some(setting) = setting else { continue };
        let url = setting.value.trim();
        if !url.is_empty() && !(inputs.is_pooled)(url) {
            return Ok(Some((Secret::new(url), named(name, &setting.origin))));
        }
    }
    Ok(None)
}
