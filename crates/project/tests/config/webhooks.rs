//! `[[webhook]]`: whom a deploy tells what happens.

use segue_project::config::{Occasion, Shape};

use super::*;

#[test]
fn the_webhooks_of_an_environment_stand_in_the_place_of_those_of_the_top() {
    let config = config(
        "[[webhook]]\nurl = \"https://a.example/top\"\n\
         [[webhook]]\nurl = \"http://b.example\"\nformat = \"slack\"\non = [\"failed\"]\ntimeout = \"1s\"\nlock_wait = \"0\"\n\
         [[env.production.webhook]]\nurl = \"https://c.example/${DB:-x}\"\n[env.staging]\nwebhook = []\n[env.other]\n",
    );
    let of = |env: Option<&str>| {
        let settings = config.select(env).expect("it is there");
        let vars = Vars::new(&nothing);
        settings.webhooks(&vars).expect("they are right")
    };
    let top = of(None);
    assert_eq!(top.len(), 2);
    assert_eq!(top[0].url.expose(), "https://a.example/top");
    assert_eq!((top[0].shape, top[0].on.len()), (Shape::Json, 10));
    assert_eq!(top[0].timeout, Duration::from_secs(5));
    assert_eq!(
        (top[1].shape, &top[1].on[..]),
        (Shape::Slack, &[Occasion::Failed][..])
    );
    assert_eq!(
        (top[1].timeout, top[1].patience),
        (Duration::from_secs(1), Duration::ZERO)
    );
    assert_eq!(top[1].origin, "app/segue.toml:4");
    assert_eq!(
        of(Some("production"))[0].url.expose(),
        "https://c.example/x"
    );
    assert_eq!(of(Some("staging")), []);
    assert_eq!(of(Some("other")), top);
}

#[test]
fn what_is_wrong_in_a_webhook_is_under_the_caret_and_no_address_is_shown() {
    let text = "[[webhook]]\nurl = \"https://hooks.example/secret/path\"\non = [\"fail\", 3]\nformat = \"teams\"\n\
                timeout = 5\nurls = 1\n[[webhook]]\nformat = \"json\"\n";
    let problems = Config::parse(&Source::new("segue.toml", text)).expect_err("it is wrong");
    let found: Vec<_> = problems.iter().map(|problem| rendered(problem).0).collect();
    let expected = [
        "3:7 webhooks know no occasion of this name | did you mean \"failed\"?",
        "3:15 `webhook.on` must be a list of strings | for example: on = [\"failed\", \"expanded\"]",
        "4:10 webhooks know no format of this name | there are: json, slack",
        "5:11 `webhook.timeout` is not a duration | durations look like \"100ms\", \"5s\", \"2m\", \"1h\", or \"0\"",
        "6:1 unknown key `webhook.urls` | did you mean `url`?",
        "7:1 a webhook needs `url` | for example: url = \"${SLACK_WEBHOOK}\"",
    ];
    assert_eq!(found, expected);
    let all: String = problems
        .iter()
        .filter_map(|problem| Some(problem.place.as_ref()?.source.text.clone()))
        .collect();
    assert!(!all.contains("secret"), "{all}");
}

#[test]
fn an_address_that_is_none_is_refused_where_it_is_read_without_its_text() {
    for url in ["hunter2", "ftp://hunter2", "https:///hunter2", "${EMPTY}"] {
        let config = config(&format!("[[webhook]]\nurl = \"{url}\"\n"));
        let settings = config.select(None).expect("it is there");
        let problem = settings.webhooks(&Vars::new(&environment));
        let problem = problem.expect_err("it is no address");
        assert!(!problem.to_string().contains("hunter2"), "{problem}");
        assert!(problem.message.contains("no URL of http"), "{problem}");
    }
}
