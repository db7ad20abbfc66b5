//! Of everybody who waits: those whom segue waits for, those who wait for segue, and nobody else.

use std::collections::BTreeSet;

use segue_db::postgres::surroundings::Seen;

pub(super) fn of_segue(seen: &[Seen]) -> Vec<Seen> {
    let own: BTreeSet<&str> = seen
        .iter()
        .filter(|one| one.is_own)
        .map(|one| one.pid.as_str())
        .collect();
    let edges: Vec<(&str, &str)> = seen
        .iter()
        .flat_map(|one| {
            one.blockers
                .iter()
                .map(|pid| (one.pid.as_str(), pid.as_str()))
        })
        .collect();
    let up = reached(&own, &edges);
    let back: Vec<(&str, &str)> = edges
        .iter()
        .map(|(waiter, blocker)| (*blocker, *waiter))
        .collect();
    let down = reached(&own, &back);
    let is_in = |pid: &str| up.contains(pid) || down.contains(pid);
    let tied: BTreeSet<&str> = edges
        .iter()
        .filter(|(waiter, blocker)| is_in(waiter) && is_in(blocker))
        .flat_map(|(waiter, blocker)| [*waiter, *blocker])
        .collect();
    let mut found: Vec<Seen> = seen
        .iter()
        .filter(|one| tied.contains(one.pid.as_str()))
        .cloned()
        .collect();
    let missing = tied
        .iter()
        .filter(|pid| !seen.iter().any(|one| one.pid == **pid));
    found.extend(missing.map(|pid| unseen(pid)));
    found
}

fn reached<'a>(from: &BTreeSet<&'a str>, edges: &[(&'a str, &'a str)]) -> BTreeSet<&'a str> {
    let mut reached = from.clone();
    loop {
        let more: Vec<&str> = edges
            .iter()
            .filter(|(from, to)| reached.contains(from) && !reached.contains(to))
            .map(|(_, to)| *to)
            .collect();
        if more.is_empty() {
            return reached;
        }
        reached.extend(more);
    }
}

/// One that is no session of this database: 0 is a prepared transaction (functions-info.html).
fn unseen(pid: &str) -> Seen {
    let state = if pid == "0" {
        "prepared transaction"
    } else {
        "of another database"
    };
    Seen {
        pid: pid.to_owned(),
        user: "?".to_owned(),
        state: state.to_owned(),
        ..Seen::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(pid: &str, is_own: bool, blockers: &[&str]) -> Seen {
        Seen {
            pid: pid.to_owned(),
            is_own,
            blockers: blockers.iter().map(|pid| (*pid).to_owned()).collect(),
            ..Seen::default()
        }
    }

    #[test]
    fn those_who_wait_for_others_are_left_out() {
        let seen = [
            one("1", true, &["2"]),
            one("2", false, &["0"]),
            one("3", false, &["1"]),
            one("4", false, &["5"]),
            one("5", false, &[]),
            one("6", true, &[]),
            // waits for whom segue waits for, too
            one("7", false, &["2"]),
        ];
        let found: Vec<String> = of_segue(&seen).into_iter().map(|one| one.pid).collect();
        assert_eq!(found, ["1", "2", "3", "0"]);
    }
}
