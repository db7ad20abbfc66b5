//! `segue explain`.

use segue::plan::{RULES, Rule, rule};
use serde_json::json;

use crate::{
    args::{Common, Format},
    exit,
    show::{json, markdown, problem},
};

pub(super) fn run(common: &Common, wanted: Option<&str>) -> u8 {
    let Some(id) = wanted else {
        list(common);
        return exit::DONE;
    };
    let Some(rule) = rule(id) else {
        let unknown = unknown(id);
        if common.is_json() {
            json::print(&json::failed("explain", &unknown.into(), json::Rest::new()));
        } else {
            problem::print_all(&[unknown]);
        }
        return exit::FAILED;
    };
    match common.format {
        _ if common.is_json() => json::done("explain", json!({ "rules": [rule] })),
        Format::Markdown => out!("{}", markdown::page(rule).trim_end()),
        _ => out!("{}", page(rule)),
    }
    exit::DONE
}

fn list(common: &Common) {
    match common.format {
        _ if common.is_json() => json::done("explain", json!({ "rules": RULES })),
        Format::Markdown => out!("{}", markdown::index().trim_end()),
        _ => {
            let width = RULES.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
            for rule in RULES {
                out!(
                    "{:width$}  {:<7}  {}",
                    rule.id,
                    rule.level().name(),
                    rule.title
                );
            }
        }
    }
}

/// A rule as people read it on a terminal: its page without Markdown's marks.
fn page(rule: &Rule) -> String {
    let page = markdown::page(rule);
    let lines = page.lines().filter(|line| !line.starts_with("```"));
    let mut fenced = String::new();
    for line in lines {
        fenced.push_str(line.trim_start_matches('#').trim_start());
        fenced.push('\n');
    }
    fenced.trim_end().replace("\n\n\n", "\n\n")
}

fn unknown(id: &str) -> segue::Problem {
    let problem = segue::Problem::new(format!("there is no rule `{id}`"));
    problem.help(match segue::nearest(id, RULES.iter().map(|rule| rule.id)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`segue explain` lists them all".to_owned(),
    })
}
