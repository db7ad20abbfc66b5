//! `[[project]]`: several projects in one file.

use super::*;

const TWO: &str = r#"lock_timeout = "1s"
url = "${DB}"

[env.production]
production = true
role = "top"

[[project]]
name = "shop"
dir = "apps/shop"
schema = "shop"
role = "shop"
url = "postgres://shop"

[project.env.production]
schema = "shop_live"

[[project]]
name = "mail"
dir = "apps/mail"
history.table = "mail_migrations"

[project.env.staging]
"#;

#[test]
fn the_keys_of_a_project_stand_between_the_top_and_the_environments() {
    let file = config(TWO);
    assert_eq!(file.projects().collect::<Vec<_>>(), ["shop", "mail"]);
    let vars = Vars::new(&environment);
    let told = |project: &str, env: Option<&str>| {
        let chosen = file.of_project(project).expect("it is there");
        let settings = chosen.select(env).expect("it is there");
        let text = |found: Result<Option<Setting<String>>, Problem>| {
            found.expect("right").map(|s| s.value).unwrap_or_default()
        };
        let Given::Url(url) = settings.url(&vars).expect("right").expect("set").value else {
            panic!("no program is named");
        };
        let schema = text(settings.schema(&vars));
        let role = text(settings.role(&vars));
        let table = text(settings.history_table(&vars));
        let has_url = settings.url_is_chosen();
        (schema, role, table, url.expose().to_owned(), has_url)
    };
    let of = |texts: [&str; 4], own| {
        let [a, b, c, d] = texts.map(str::to_owned);
        (a, b, c, d, own)
    };
    let shop = "postgres://shop";
    let expected = of(["shop", "shop", "", shop], true);
    assert_eq!(told("shop", None), expected);
    let expected = of(["shop_live", "top", "", shop], true);
    assert_eq!(told("shop", Some("production")), expected);
    let expected = of(["", "", "mail_migrations", "postgres://db"], false);
    assert_eq!(told("mail", None), expected);
    let mail = file.of_project("mail").expect("it is there");
    assert_eq!(mail.project(), Some("mail"));
    assert_eq!(mail.project_dir(), Some(PathBuf::from("app/apps/mail")));
    assert_eq!(
        mail.environments().collect::<Vec<_>>(),
        ["production", "staging"]
    );
    let shop = file.of_project("shop").expect("it is there");
    let problem = shop.select(Some("staging")).expect_err("it is the other's");
    assert_eq!(problem.notes, ["it has: production"]);
}

#[test]
fn everything_wrong_with_projects_is_reported_with_its_place() {
    let text = r#"[[project]]
dir = "a"
[[project]]
name = "b"
[[project]]
name = ""
dir = "${A}"
[[project]]
name = "d"
dir = "d"
dirr = "d"
[[project.project]]
[[project]]
name = "d"
dir = ""
env = 3
url = "a"
url_file = "b"
"#;
    let problems = Config::parse(&Source::new("segue.toml", text)).expect_err("it is wrong");
    let found: Vec<String> = problems.iter().map(|p| rendered(p).0).collect();
    let expected = [
        "1:1 a project needs `name` | for example: name = \"shop\"",
        "3:1 a project needs `dir` | for example: dir = \"apps/shop/migrations\"",
        "6:8 the name of a project is empty | give it a name of its own: --project chooses by it",
        "7:7 the folder of a project must be a plain path | for example: dir = \"apps/shop/migrations\"",
        "11:1 unknown key `dirr` | did you mean `dir`?",
        "12:11 unknown key `project` | ",
        "14:8 two projects have the name `d` | give it a name of its own: --project chooses by it",
        "15:7 the folder of a project must be a plain path | for example: dir = \"apps/shop/migrations\"",
        "16:7 `env.NAME` must be a section | write [env.NAME] on a line of its own, and its keys below",
        "18:12 both `url` and `url_file` are set | keep the one that leads to the database's URL",
    ];
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}\n{expected}");
    }
    assert_eq!(found.len(), expected.len());
    let text = "dir = \"a\"\n[env.e]\ndir = \"b\"\n[[project]]\nname = \"p\"\ndir = \"p\"\n";
    let problems = Config::parse(&Source::new("segue.toml", text)).expect_err("it is wrong");
    let found: Vec<String> = problems.iter().map(|p| rendered(p).0).collect();
    assert!(
        found[0].starts_with("1:7 `dir` is for one project"),
        "{found:?}"
    );
    assert!(
        found[1].starts_with("3:7 `dir` is for one project"),
        "{found:?}"
    );
    for text in ["project = 1", "[project]\nname = \"a\"", "project = [1]"] {
        let problems = Config::parse(&Source::new("segue.toml", text)).expect_err("it is wrong");
        assert_eq!(problems[0].message, "projects are a list of sections");
    }
}

#[test]
fn a_project_that_is_not_there_lists_those_that_are() {
    let problem = config(TWO).of_project("shpo").expect_err("it is not there");
    assert_eq!(
        problem.message,
        "there is no project `shpo` in app/segue.toml"
    );
    assert_eq!(problem.notes, ["it has: shop, mail"]);
    assert_eq!(
        problem.help.as_deref(),
        Some("did you mean --project shop?")
    );
}

#[test]
fn a_folder_is_in_the_innermost_project_around_it() {
    let root = tempfile::tempdir().expect("a folder");
    let text =
        "[[project]]\nname = \"all\"\ndir = \".\"\n[[project]]\nname = \"shop\"\ndir = \"shop\"\n";
    for folder in ["shop/migrations", "shopping"] {
        fs::create_dir_all(root.path().join(folder)).expect("created");
    }
    fs::write(root.path().join("segue.toml"), text).expect("written");
    let config = Config::read(&root.path().join("segue.toml")).expect("right");
    let at = |folder: &str| {
        config
            .project_at(&root.path().join(folder))
            .map(str::to_owned)
    };
    assert_eq!(at("shop/migrations").as_deref(), Some("shop"));
    assert_eq!(at("shop").as_deref(), Some("shop"));
    assert_eq!(at("shopping").as_deref(), Some("all"));
    assert_eq!(at("..").as_deref(), None);
}
