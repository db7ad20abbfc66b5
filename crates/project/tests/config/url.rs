//! Where the database's URL comes from.

use super::*;

/// A project on disk, the environment, and flags.
struct Project {
    folder: tempfile::TempDir,
    environment: Vec<(&'static str, String)>,
    flag: Option<&'static str>,
    env: Option<&'static str>,
    layout: &'static str,
}

impl Project {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("created");
            fs::write(path, text).expect("written");
        }
        Self {
            folder,
            environment: Vec::new(),
            flag: None,
            env: None,
            layout: "segue",
        }
    }

    fn variable(mut self, name: &'static str, value: &str) -> Self {
        let value = value.replace("FOLDER", &self.folder.path().display().to_string());
        self.environment.push((name, value));
        self
    }

    fn layout(mut self, layout: &'static str) -> Self {
        self.layout = layout;
        self
    }

    fn resolve(&self) -> Result<Resolution, Problem> {
        let folders = folders_up(self.folder.path(), self.folder.path());
        let config = find(&folders).map(|path| Config::read(&path).expect("right"));
        let config = config.unwrap_or_default();
        let dotenv = DotEnv::find(&folders).map(|path| DotEnv::read(&path).expect("readable"));
        let process = |name: &str| {
            let mut all = self.environment.iter();
            all.find(|(known, _)| *known == name)
                .map(|(_, value)| value.clone())
        };
        let mut vars = Vars::new(&process);
        if let Some(dotenv) = &dotenv {
            vars = vars.with_dotenv(dotenv);
        }
        let flag = self.flag.map(Secret::new);
        resolve_url(UrlInputs {
            flag: flag.as_ref(),
            settings: config.select(self.env)?,
            vars,
            tool_configs: &tool_configs(&folders, self.layout),
            is_pooled: |url| url.starts_with("pooled"),
        })
    }

    /// `URL from origin; not …; note …`, with the folder left out.
    fn told(&self) -> String {
        let folder = format!("{}/", self.folder.path().display());
        let told = match self.resolve() {
            Ok(resolution) => {
                let found = resolution.found.map_or("nothing".to_owned(), |found| {
                    let url = match &found.given {
                        Given::Url(url) => url.expose().to_owned(),
                        Given::Command(command) => format!("output of {}", command.name()),
                    };
                    format!("{url} from {}", found.origin)
                });
                let shadowed = resolution.shadowed.iter().map(|o| format!("; not {o}"));
                let notes = resolution.notes.iter().map(|n| format!("; note {n}"));
                found + &shadowed.chain(notes).collect::<String>()
            }
            Err(problem) => format!("{problem} | {}", problem.help.as_deref().unwrap_or("")),
        };
        told.replace(&folder, "")
    }
}

const SCHEMA: (&str, &str) = (
    "schema.prisma",
    "// datasource x { url = env(\"NO\") }\ndatasource db {\n  provider = \"postgresql\"\n  url = env(\"POOLED\")\n  directUrl = env(\"DIRECT\") // direct\n}\n",
);
const TOML: (&str, &str) = (
    "segue.toml",
    "url = \"toml\"\n[env.prod]\nurl = \"prod\"\n[env.ci]\n",
);
const DOTENV: (&str, &str) = (".env", "POOLED=pooled\nDATABASE_URL=dotenv\n");

#[test]
fn each_place_counts_before_the_next_and_hides_it_by_name() {
    let file = ("secret", "\u{feff} file \r\n");
    let full = || {
        Project::new(&[TOML, DOTENV, SCHEMA, file])
            .variable("DATABASE_URL", "variable")
            .variable(
                "DATABASE_URL_FILE",
                "FOLDERsecret".replace("FOLDER", "FOLDER/").as_str(),
            )
            .layout("prisma")
    };
    let mut project = full();
    project.flag = Some("flag");
    let mut expected = vec![
        "flag from --url",
        "variable from environment variable DATABASE_URL",
        "file from environment variable DATABASE_URL_FILE (secret)",
        "dotenv from .env:2",
        "toml from segue.toml:1",
        "pooled from POOLED in .env:1, as named by schema.prisma:4",
    ];
    let told_with_rest = |expected: &[&str]| {
        let rest = expected[1..].iter();
        let rest =
            rest.map(|place| format!("; not {}", place.split_once(" from ").expect("both").1));
        expected[0].to_owned() + &rest.collect::<String>()
    };
    assert_eq!(project.told(), told_with_rest(&expected));
    project.flag = None;
    expected.remove(0);
    assert_eq!(project.told(), told_with_rest(&expected));
    project.environment.remove(0);
    expected.remove(0);
    assert_eq!(project.told(), told_with_rest(&expected));
    project.environment.clear();
    expected.remove(0);
    assert_eq!(project.told(), told_with_rest(&expected));
    fs::write(project.folder.path().join(".env"), "POOLED=pooled\n").expect("written");
    expected.remove(0);
    assert_eq!(project.told(), told_with_rest(&expected));
}

#[test]
fn nothing_that_is_printed_for_debugging_shows_a_password() {
    let text = "url = \"postgres://me:hunter2@h\"\nshadow_url = \"${X:-password=hunter2}\"\n";
    let config = config(text);
    let settings = config.select(None).expect("no environment");
    let dotenv = DotEnv::parse(Path::new(".env"), "A=hunter2\n");
    let flag = Secret::new("hunter2");
    let inputs = UrlInputs {
        flag: Some(&flag),
        settings,
        vars: Vars::new(&nothing).with_dotenv(&dotenv),
        tool_configs: &[],
        is_pooled: |_| false,
    };
    let printed = format!("{config:?} {inputs:?} {:?}", resolve_url(inputs));
    assert!(!printed.contains("hunter2"), "{printed}");
}

#[test]
fn an_environment_picked_by_name_is_not_overruled_by_the_development_database() {
    let mut project = Project::new(&[TOML, DOTENV]).variable("DATABASE_URL", "variable");
    project.env = Some("prod");
    assert_eq!(
        project.told(),
        "prod from segue.toml:3; not environment variable DATABASE_URL; not .env:2"
    );
    project.flag = Some("flag");
    assert!(
        project
            .told()
            .starts_with("flag from --url; not segue.toml:3; ")
    );
    project.flag = None;
    project.env = Some("ci");
    assert!(
        project
            .told()
            .starts_with("variable from environment variable DATABASE_URL; ")
    );
    project.env = Some("none");
    assert!(
        project
            .told()
            .starts_with("there is no section [env.none] in segue.toml")
    );
}

#[test]
fn places_that_agree_hide_nothing_and_places_that_do_not_count_may_be_wrong() {
    let project = Project::new(&[
        ("segue.toml", "url = \"${NOT_SET}\"\n"),
        (".env", "DATABASE_URL=same\nDATABASE_URL_FILE=none\n"),
    ]);
    assert_eq!(project.told(), "same from .env:1");
    let project = project.variable("DATABASE_URL", "same");
    assert_eq!(
        project.told(),
        "same from environment variable DATABASE_URL"
    );
}

#[test]
fn a_place_that_counts_must_be_right() {
    let unset = "or unset it to look elsewhere";
    let empty = format!("DATABASE_URL is set, but empty | give DATABASE_URL a value, {unset}");
    let cases = [
        (Project::new(&[DOTENV]).variable("DATABASE_URL", ""), empty.clone()),
        (Project::new(&[(".env", "A=1\nDATABASE_URL=\n")]), format!(".env:2:1: {empty}")),
        (
            Project::new(&[(".env", "\nDATABASE_URL=a b\n")]),
            ".env:2:1: this line cannot be read as NAME=value | put a value with spaces, quotes or `#` into single quotes: NAME='a value'".to_owned(),
        ),
        (
            Project::new(&[("segue.toml", "\nurl_file = \"empty\"\n"), ("empty", " \n")]),
            "segue.toml:2:12: empty holds no URL: it is empty | write the database's URL into it".to_owned(),
        ),
        (
            Project::new(&[(".env", "DATABASE_URL_FILE=none\n")]),
            ".env:1:1: cannot read none: No such file or directory (os error 2) | check that the file exists and that this user may read it".to_owned(),
        ),
        (
            Project::new(&[]).variable("DATABASE_URL_FILE", "FOLDER/none"),
            "cannot read none: No such file or directory (os error 2) | check that the file exists and that this user may read it".to_owned(),
        ),
        (
            Project::new(&[("segue.toml", "url = \"${NOT_SET}\"\n")]),
            "segue.toml:1:8: the variable NOT_SET is not set | set NOT_SET in the environment or in .env, or give a default: ${NOT_SET:-…}".to_owned(),
        ),
    ];
    for (project, expected) in cases {
        assert_eq!(project.told(), expected);
    }
    let mut project = Project::new(&[DOTENV]);
    project.flag = Some("  ");
    assert_eq!(
        project.told(),
        "--url is empty | is the variable after --url set?"
    );
}

/// Configs as they are found in the wild, and what they lead to when `A` is set and `B` is not.
#[test]
fn the_tools_own_config_names_the_variable() {
    let wrapped = |name: &str, block: &str| {
        format!(
            "import 'x' // datasource: {{\nexport default defineConfig({{\n  {block}\n}})\n/* {name} */"
        )
    };
    let a = "a from environment variable A, as named by";
    let cases = [
        // Prisma: configuration
        ("prisma.config.ts", "datasource: { url: env('A') },", format!("{a} prisma.config.ts:3")),
        ("prisma.config.mjs", "datasource: { url: env<Env>(\"A\") || process.env.B || '' }", format!("{a} prisma.config.mjs:3")),
        (".config/prisma.ts", "datasource: { url: process.env.A as string }", format!("{a} .config/prisma.ts:3")),
        ("prisma.config.ts", "datasource: { url: process.env[\"A\"]!, ...(x ? { shadowDatabaseUrl: y } : {}) },", format!("{a} prisma.config.ts:3")),
        ("prisma.config.ts", "datasource: { url: process.env.B, directUrl: process.env?.A }", format!("{a} prisma.config.ts:3")),
        ("prisma.config.ts", "datasource: { url: env('A'), directUrl: env('B') }", format!("{a} prisma.config.ts:3; note prisma.config.ts:3: `datasource.directUrl` names B, which has no value")),
        ("prisma.config.ts", "datasource: { url: process.env.B ?? (process.env.A) }", format!("{a} prisma.config.ts:3")),
        ("prisma.config.ts", "datasource: { url: env('A'), ...base }", "nothing; note prisma.config.ts: how `datasource.directUrl` is set could not be followed; note prisma.config.ts: how `datasource.url` is set could not be followed".to_owned()),
        ("prisma.config.ts", "datasource: url ? { url } : undefined", "nothing; note prisma.config.ts: how `datasource` is set could not be followed".to_owned()),
        ("prisma.config.ts", "migrations: { seed: 'x' }", "nothing".to_owned()),
        ("prisma.config.ts", "datasource: { url: env('B') ?? 'file:./dev.db' }", "file:./dev.db from prisma.config.ts:3".to_owned()),
        // Drizzle
        ("drizzle.config.ts", "dbCredentials: { url: './data/app.sqlite' }", "./data/app.sqlite from drizzle.config.ts:3".to_owned()),
        ("drizzle.config.ts", "dbCredentials: { url: 'libsql://h/x.db' }", "nothing; note drizzle.config.ts:3: `dbCredentials.url` is a URL written into the file; segue reads only variables there".to_owned()),
        ("drizzle.config.ts", "dbCredentials: { url: process.env.A! },", format!("{a} drizzle.config.ts:3")),
        ("drizzle.config.js", "'dbCredentials': { 'url': process.env['A'] }", format!("{a} drizzle.config.js:3")),
        ("drizzle.config.ts", "dbCredentials: { url: process.env.B ?? '' }", "nothing; note drizzle.config.ts:3: `dbCredentials.url` names B, which has no value".to_owned()),
        ("drizzle.config.ts", "dbCredentials: { url: process.env.B || 'postgres://x' }", "nothing; note drizzle.config.ts:3: `dbCredentials.url` is a URL written into the file; segue reads only variables there".to_owned()),
        ("drizzle.config.ts", "dbCredentials: { url: `pg://${process.env.A}` }", "nothing; note drizzle.config.ts:3: how `dbCredentials.url` is set could not be followed".to_owned()),
        ("drizzle.config.ts", "dbCredentials: { url: x ? process.env.A : process.env.B }", "nothing; note drizzle.config.ts:3: how `dbCredentials.url` is set could not be followed".to_owned()),
        ("drizzle.config.ts", "dbCredentials: { url: env.A }", "nothing; note drizzle.config.ts:3: how `dbCredentials.url` is set could not be followed".to_owned()),
        ("drizzle.config.ts", "dbCredentials: { host: 'h' }", "nothing; note drizzle.config.ts: `dbCredentials` has no `url`".to_owned()),
        ("drizzle.config.ts", "...(x ? { dbCredentials: { url: process.env.A } } : {})", "nothing; note drizzle.config.ts: how `dbCredentials` is set could not be followed".to_owned()),
        ("drizzle.config.ts", "dbCredentials: { url: /['\"`]/.exec(process.env.A) }", "nothing; note drizzle.config.ts: how `dbCredentials` is set could not be followed".to_owned()),
    ];
    for (name, block, expected) in cases {
        let layout = if name.contains("prisma") {
            "prisma"
        } else {
            "drizzle"
        };
        let project = Project::new(&[(name, &wrapped(name, block))])
            .variable("A", "a")
            .layout(layout);
        assert_eq!(project.told(), expected, "{block}");
    }
}

#[test]
fn constants_at_the_top_of_a_config_are_followed() {
    let cases = [
        ("const url = process.env.A;", true),
        (
            "const url: string | undefined = process.env.A\nif (!url) throw new Error('no')",
            true,
        ),
        (
            "const b = process.env.B ?? process.env.A\nconst url = b!;",
            true,
        ),
        ("let url = process.env.A;", false),
        ("const url = process.env.A + '?x'", false),
        ("const url = process.env.A\n  .trim()", false),
        ("const url = url;", false),
        ("const { url } = process.env;", false),
        ("if (x) { const url = process.env.A; }", false),
    ];
    for (declaration, is_followed) in cases {
        let text = format!(
            "{declaration}\nconst c: Config = {{ dbCredentials: {{ url }} }}\nexport default c\n"
        );
        let project = Project::new(&[("drizzle.config.ts", &text)])
            .variable("A", "a")
            .layout("drizzle");
        assert_eq!(
            project.told().starts_with("a from "),
            is_followed,
            "{declaration}"
        );
    }
}

#[test]
fn prisma_schemas_name_the_direct_url_first() {
    let cases = [
        (
            "DIRECT",
            "a from environment variable DIRECT, as named by schema.prisma:5",
        ),
        (
            "POOLED",
            "a from environment variable POOLED, as named by schema.prisma:4; note schema.prisma:5: `datasource.directUrl` names DIRECT, which has no value",
        ),
    ];
    for (variable, expected) in cases {
        let project = Project::new(&[SCHEMA])
            .variable(variable, "a")
            .layout("prisma");
        assert_eq!(project.told(), expected);
    }
    let written = |url: &str| {
        let schema = format!("datasource db {{\n url = \"{url}\"\n}}");
        Project::new(&[("prisma/schema/main.prisma", &schema)])
            .layout("prisma")
            .told()
    };
    assert_eq!(
        written("file:dev.db"),
        "file:dev.db from prisma/schema/main.prisma:2"
    );
    assert_eq!(
        written("postgres://u:p@h/d"),
        "nothing; note prisma/schema/main.prisma:2: `datasource.url` is a URL written into the file; segue reads only variables there"
    );
    assert_eq!(Project::new(&[SCHEMA]).layout("sqlx").told(), "nothing");
}

#[test]
fn no_text_makes_the_scan_of_a_config_panic() {
    let whole = "const u = process.env['A'] ?? `x${1}`\nexport default f({ dbCredentials: { url: u!, ...(b) }, 'é': \"\\\"\" /* } */ })";
    for end in (0..=whole.len()).filter(|end| whole.is_char_boundary(*end)) {
        for text in [&whole[..end], &whole[end..]] {
            for name in ["drizzle.config.ts", "schema.prisma"] {
                let layout = if name.contains("prisma") {
                    "prisma"
                } else {
                    "drizzle"
                };
                let text = text.replace(
                    "dbCredentials: ",
                    if layout == "prisma" {
                        "\ndatasource d "
                    } else {
                        "dbCredentials: "
                    },
                );
                let _ = Project::new(&[(name, &text)]).layout(layout).told();
            }
        }
    }
    let deep = "(".repeat(50_000);
    let text = format!("export default {{ dbCredentials: {{ url: {deep}");
    let told = Project::new(&[("drizzle.config.ts", &text)])
        .layout("drizzle")
        .told();
    assert!(told.starts_with("nothing; note "), "{told}");
}

#[test]
fn a_direct_url_takes_the_place_of_a_poolers_that_stands_in_the_same_place() {
    let cases = [
        // The well-known names, in their order; those that are empty or poolers' themselves do not count.
        (
            vec![
                ("DATABASE_URL", "pooled"),
                ("DATABASE_URL_UNPOOLED", "d4"),
                ("DIRECT_URL", ""),
            ],
            "",
            "d4 from environment variable DATABASE_URL_UNPOOLED, because environment variable DATABASE_URL is a pooler's",
        ),
        (
            vec![
                ("DATABASE_URL", "pooled"),
                ("DIRECT_URL", "pooled2"),
                ("POSTGRES_URL_NON_POOLING", "d3"),
                ("DIRECT_DATABASE_URL", "d2"),
            ],
            "",
            "d2 from environment variable DIRECT_DATABASE_URL, because environment variable DATABASE_URL is a pooler's",
        ),
        (
            vec![],
            "DATABASE_URL=pooled\nDIRECT_URL=d1\n",
            "d1 from DIRECT_URL in .env:2, because .env:1 is a pooler's",
        ),
        // Not from another place, and not instead of what is no pooler's.
        (
            vec![("DATABASE_URL", "pooled")],
            "DIRECT_URL=development\n",
            "pooled from environment variable DATABASE_URL",
        ),
        (
            vec![("DIRECT_URL", "d1")],
            "DATABASE_URL=pooled\n",
            "pooled from .env:1",
        ),
        (
            vec![("DATABASE_URL", "own"), ("DIRECT_URL", "d1")],
            "",
            "own from environment variable DATABASE_URL",
        ),
    ];
    for (variables, dotenv, expected) in cases {
        let mut project = Project::new(&[(".env", dotenv)]);
        for (name, value) in variables {
            project = project.variable(name, value);
        }
        assert_eq!(project.told(), expected);
    }
    let mut project = Project::new(&[]).variable("DIRECT_URL", "d1");
    project.flag = Some("pooled");
    assert_eq!(project.told(), "pooled from --url");
}

#[test]
fn the_tools_own_name_for_the_direct_url_goes_before_the_well_known_ones() {
    let project = Project::new(&[(
        "schema.prisma",
        "datasource db {\n  url = env(\"DATABASE_URL\")\n  directUrl = env(\"MINE\")\n}\n",
    )])
    .layout("prisma")
    .variable("DATABASE_URL", "pooled")
    .variable("DIRECT_URL", "d1")
    .variable("MINE", "d0");
    assert_eq!(
        project.told(),
        "d0 from environment variable MINE, because environment variable DATABASE_URL is a pooler's"
    );
}

#[test]
fn direct_url_of_segue_toml_goes_with_the_url_of_its_section_or_with_one_of_the_environment() {
    let toml =
        "url = \"any\"\ndirect_url = \"d\"\n[env.a]\nurl = \"a\"\n[env.b]\ndirect_url = \"b\"\n";
    let mut project = Project::new(&[("segue.toml", toml)]);
    assert_eq!(project.told(), "d from `direct_url` in segue.toml:2");
    project.env = Some("a");
    assert_eq!(project.told(), "a from segue.toml:4");
    project = project
        .variable("DATABASE_URL", "pooled")
        .variable("DIRECT_URL", "d1");
    project.env = Some("b");
    assert!(project.told().starts_with(
        "b from `direct_url` in segue.toml:6, because environment variable DATABASE_URL is a pooler's"
    ));
    project.env = None;
    assert!(project.told().starts_with(
        "d1 from environment variable DIRECT_URL, because environment variable DATABASE_URL is a pooler's"
    ));
}

#[test]
fn direct_url_counts_too_where_url_only_repeats_the_environment() {
    let toml = "url = \"${DATABASE_URL}\"\ndirect_url = \"${MINE}\"\n";
    let project = Project::new(&[("segue.toml", toml)])
        .variable("DATABASE_URL", "pooled")
        .variable("MINE", "own");
    assert_eq!(
        project.told(),
        "own from `direct_url` in segue.toml:2, because environment variable DATABASE_URL is a pooler's"
    );
}

#[test]
fn a_command_counts_as_the_url_that_it_prints() {
    let toml = "url = \"top\"\n[env.prod]\nurl_command = [\"vault\", \"hunter2\"]\n";
    let mut project = Project::new(&[("segue.toml", toml)]).variable("DATABASE_URL", "variable");
    project.env = Some("prod");
    assert_eq!(
        project.told(),
        "output of vault from segue.toml:3, printed by vault; not environment variable DATABASE_URL"
    );
    assert!(!format!("{:?}", project.resolve()).contains("hunter2"));
}
