//! `[seed]`, and the seed of Prisma's own configuration.

use segue_project::config::{Seed, prisma_seed};

use super::*;

fn shell(line: &str) -> Seed {
    Seed::Shell(line.to_owned())
}

fn program(words: &[&str]) -> Seed {
    Seed::Program(words.iter().map(|word| (*word).to_owned()).collect())
}

#[test]
fn a_seed_is_a_line_a_program_or_a_file() {
    let cases = [
        (
            "[seed]\ncommand = \"psql \\\"${DATABASE_URL}\\\" -f $x\"",
            shell("psql \"${DATABASE_URL}\" -f $x"),
        ),
        (
            "seed.command = [\"node\", \"a b.js\"]",
            program(&["node", "a b.js"]),
        ),
        (
            "[seed]\nfile = \"data/seed.sql\"",
            Seed::File("app/data/seed.sql".into()),
        ),
        (
            "seed.command = \"x\"\n[env.e]\nseed.file = \"s.sql\"",
            Seed::File("app/s.sql".into()),
        ),
        (
            "seed.file = \"x\"\n[env.e.seed]\ncommand = \"y\"",
            shell("y"),
        ),
    ];
    for (text, expected) in cases {
        let config = config(text);
        let env = text.contains("[env").then_some("e");
        let settings = config.select(env).expect("it is there");
        let vars = Vars::new(&environment);
        let (seed, place) = settings.seed(&vars).expect("right").expect("set");
        assert_eq!(seed, expected);
        assert_eq!(place.source.name, "app/segue.toml");
    }
    let nothing = config("");
    let settings = nothing.select(None).expect("no environment");
    assert_eq!(settings.seed(&Vars::new(&environment)), Ok(None));
}

#[test]
fn a_wrong_seed_is_shown_where_it_stands() {
    let cases = [
        (
            "[seed]\ncommand = 1",
            "2:11 `seed.command` must be a string, or a list of strings",
        ),
        (
            "[seed]\ncommand = [\"a\", 2]",
            "2:17 `seed.command` must be a string, or a list of strings",
        ),
        (
            "[seed]\ncommand = \"a\"\nfile = \"b\"",
            "3:8 both `seed.command` and `seed.file` are set",
        ),
        (
            "[seed]\ncomand = \"a\"",
            "2:1 unknown key `seed.comand` | did you mean `command`?",
        ),
        ("seed = \"a\"", "1:8 `seed` must be a section"),
    ];
    for (text, expected) in cases {
        let problems = Config::parse(&Source::new("segue.toml", text)).expect_err("it is wrong");
        let (found, _) = rendered(&problems[0]);
        assert!(found.starts_with(expected), "{found}");
    }
    for text in [
        "seed.command = \" \"",
        "seed.command = []",
        "seed.file = \"\"",
    ] {
        let config = config(text);
        let settings = config.select(None).expect("no environment");
        let problem = settings
            .seed(&Vars::new(&environment))
            .expect_err("it is wrong");
        assert!(rendered(&problem).0.contains(" is empty | "), "{problem}");
    }
}

#[test]
fn prismas_own_seed_is_found_and_the_config_hides_the_package() {
    let config = "import { defineConfig } from 'prisma/config'\n\
                  export default defineConfig({ migrations: { seed: 'tsx prisma/seed.ts' } })";
    let other = "export default { schema: 'a' }";
    let package =
        r#"{"name": "x", "prisma": {"seed": "ts-node -O {\"module\":\"x\"} my\\ seed.ts"}}"#;
    let of_package = program(&["ts-node", "-O", "{\"module\":\"x\"}", "my seed.ts"]);
    type Files<'a> = &'a [(&'a str, &'a str)];
    let cases: [(Files<'_>, Option<Seed>); 5] = [
        (
            &[("prisma.config.ts", config)],
            Some(program(&["tsx", "prisma/seed.ts"])),
        ),
        (&[("package.json", package)], Some(of_package)),
        (
            &[("package.json", package), ("prisma.config.ts", other)],
            None,
        ),
        (&[("package.json", "{\"prisma\": {}}")], None),
        (&[("schema.prisma", "")], None),
    ];
    for (files, expected) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            fs::write(folder.path().join(name), text).expect("written");
        }
        let found = prisma_seed(&[folder.path().to_owned()]).expect("right");
        if let Some((_, _, runs_in)) = &found {
            assert_eq!(runs_in, folder.path());
        }
        assert_eq!(found.map(|(seed, _, _)| seed), expected);
    }
}

#[test]
fn a_seed_that_prismas_config_puts_together_is_not_guessed() {
    let cases = [
        (
            "prisma.config.ts",
            "export default { migrations: { seed: `tsx ${file}` } }",
        ),
        ("prisma.config.ts", "export default { migrations: other }"),
        ("package.json", "{\"prisma\": {\"seed\": 3}}"),
    ];
    for (name, text) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(name), text).expect("written");
        let problem = prisma_seed(&[folder.path().to_owned()]).expect_err("it is not plain");
        assert!(
            problem.message.contains("is not a plain string"),
            "{problem}"
        );
        assert!(
            problem
                .help
                .is_some_and(|help| help.contains("[seed] command"))
        );
    }
}
