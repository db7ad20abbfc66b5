//! Rewrite rules but those that make views.

use segue_catalog::{
    Expr,
    model::{Rule, RuleEvent},
};

use super::{
    part::Part,
    reading::{What, class},
    text::{find, unwrapped},
    triggers::enabled,
};

/// Rules.
pub(super) fn part() -> Part {
    Part::new(
        "rules",
        "SELECT r.oid, r.ev_class, r.rulename, r.ev_type, r.is_instead, r.ev_enabled, pg_get_ruledef(r.oid) \
         FROM pg_rewrite r WHERE r.oid >= 16384 AND r.rulename <> '_RETURN'",
        |reading, row| {
            let (oid, relation, name) = (row.oid(), row.oid(), row.text());
            reading.relations.get(&relation)?;
            let name = reading.names.of(name);
            let event = match row.code() {
                '1' => RuleEvent::Select,
                '2' => RuleEvent::Update,
                '3' => RuleEvent::Insert,
                _ => RuleEvent::Delete,
            };
            let (instead, enabled) = (row.flag(), enabled(row.code()));
            let (condition, actions) = taken_apart(row.text());
            let rule = Rule {
                event,
                instead,
                condition,
                actions,
                enabled,
                comment: reading.comment(class::RULE, oid),
            };
            match &mut reading.relations.get_mut(&relation)?.what {
                What::Table(table) => table.rules.insert(name, rule),
                What::View(view) => view.rules.insert(name, rule),
                What::Composite | What::Sequence(_) => None,
            };
            Some(())
        },
    )
}

/// The condition and the actions of `CREATE RULE … AS ON … TO … WHERE condition DO INSTEAD actions;`
/// (src/backend/utils/adt/ruleutils.c, `make_ruledef`).
fn taken_apart(definition: &str) -> (Option<Expr>, Vec<Expr>) {
    let Some(at) = find(definition, " DO ") else {
        return (None, Vec::new());
    };
    let (head, rest) = (&definition[..at], definition[at + " DO ".len()..].trim());
    let condition = find(head, " WHERE ")
        .map(|place| Expr::printed(unwrapped(&head[place + " WHERE ".len()..])));
    let rest = rest.strip_prefix("INSTEAD").unwrap_or(rest);
    let rest = unwrapped(rest.trim().trim_end_matches(';'));
    let mut actions = Vec::new();
    let mut left = rest;
    while !left.is_empty() {
        let end = find(left, ";").unwrap_or(left.len());
        let action = left[..end].trim();
        if !action.is_empty() && action != "NOTHING" {
            actions.push(Expr::printed(action));
        }
        left = left.get(end + 1..).unwrap_or_default();
    }
    (condition, actions)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(definition: &str) -> (Option<String>, Vec<String>) {
        let (condition, actions) = taken_apart(definition);
        let actions = actions.iter().map(Expr::to_string).collect();
        (condition.map(|condition| condition.to_string()), actions)
    }

    #[test]
    fn rules_are_taken_apart() {
        let nothing = "CREATE RULE \" DO \" AS\n    ON DELETE TO public.t\n   WHERE (old.a = ' DO ;'::text) DO INSTEAD NOTHING;";
        assert_eq!(
            texts(nothing),
            (Some("old.a = ' DO ;'::text".to_owned()), vec![])
        );
        let two = "CREATE RULE r AS\n    ON INSERT TO public.t DO ( INSERT INTO public.a DEFAULT VALUES;\n \
                   DELETE FROM public.b\n  WHERE (b.x = 1);\n);";
        assert_eq!(
            texts(two).1,
            [
                "INSERT INTO public.a DEFAULT VALUES",
                "DELETE FROM public.b\n  WHERE (b.x = 1)"
            ]
        );
        let one = "CREATE RULE r AS\n    ON UPDATE TO public.t DO INSTEAD  UPDATE public.a SET x = new.x;";
        assert_eq!(
            texts(one),
            (None, vec!["UPDATE public.a SET x = new.x".to_owned()])
        );
    }
}
