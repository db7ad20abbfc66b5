//! A conversion that is a chain of casts and time zones, link by link: there, and back.

use segue_catalog::DataType;

use crate::effect::{self, Kind, Link};

/// How values go from one type to another.
#[derive(Debug, Clone)]
pub(in crate::recipes) struct Chain {
    from: Kind,
    links: Vec<Linked>,
}

/// A link, and the type of what it gives.
#[derive(Debug, Clone)]
struct Linked {
    how: Link,
    to: Kind,
}

/// Whether a cast may cut what another type says in text (sql-createcast.html), so that no cast leads back.
fn cuts(from: &Kind, to: &Kind) -> bool {
    let is_text = |kind: &Kind| {
        let names = [
            "text",
            "character",
            "character varying",
            "bit",
            "bit varying",
        ];
        names.contains(&kind.name.as_str())
    };
    if !is_text(to) || to.text == to.name || is_text(from) {
        return false;
    }
    let room = to.text.split(['(', ')']).nth(1);
    let room: usize = room.and_then(|room| room.trim().parse().ok()).unwrap_or(0);
    longest(&from.name).is_none_or(|longest| longest > room)
}

/// How many characters values of a type can have as text.
fn longest(name: &str) -> Option<usize> {
    match name {
        "boolean" => Some(5),
        "smallint" => Some(6),
        "integer" => Some(11),
        "bigint" => Some(20),
        "uuid" => Some(36),
        _ => None,
    }
}

const ZONED: &str = "timestamp with time zone";
const LOCAL: &str = "timestamp without time zone";

impl Chain {
    /// The chain that a USING is, or the cast that there is without one; `None`: it is something else.
    pub(in crate::recipes) fn of(
        using: Option<&str>,
        column: &str,
        from: &DataType,
        to: &DataType,
    ) -> Option<Self> {
        // how an expression may call it that says no schema
        let short = (!to.is_builtin() && !to.array).then(|| to.name.name.to_string());
        let (from, to) = (Kind::from(from), Kind::from(to));
        let links = match using {
            Some(using) => effect::links(using, column)?,
            None => Vec::new(),
        };
        let mut chain = Self {
            from,
            links: Vec::new(),
        };
        for how in links {
            let given = match &how {
                Link::Cast(kind) if short.as_ref() == Some(&kind.text) => to.clone(),
                Link::Cast(kind) => kind.clone(),
                Link::Zone(_) => of_zone(&chain.last().name)?,
            };
            if cuts(chain.last(), &given) {
                return None;
            }
            let how = match how {
                Link::Cast(_) => Link::Cast(given.clone()),
                zone @ Link::Zone(_) => zone,
            };
            chain.links.push(Linked { how, to: given });
        }
        if *chain.last() != to {
            chain.links.push(Linked {
                how: Link::Cast(to.clone()),
                to,
            });
        }
        Some(chain)
    }

    fn last(&self) -> &Kind {
        self.links.last().map_or(&self.from, |link| &link.to)
    }

    /// The new value of an old one.
    pub(super) fn forth(&self, value: &str) -> String {
        self.links
            .iter()
            .fold(value.to_owned(), |value, link| match &link.how {
                Link::Cast(to) => format!("CAST({value} AS {})", to.text),
                Link::Zone(zone) => format!("({value} AT TIME ZONE {zone})"),
            })
    }

    /// The old value of a new one, in its exact type.
    pub(super) fn back(&self, value: &str) -> String {
        self.back_to(&self.from, value)
    }

    /// The old value of a new one, which is still to be assigned: a cast cuts what is too long, and that is refused of what
    /// is assigned (sql-createcast.html).
    pub(in crate::recipes) fn back_uncut(&self, value: &str) -> String {
        let name = match self.from.name.as_str() {
            name @ ("character varying" | "bit varying") => name,
            _ => return self.back(value),
        };
        let uncut = Kind {
            text: name.to_owned(),
            name: name.to_owned(),
        };
        self.back_to(&uncut, value)
    }

    fn back_to(&self, first: &Kind, value: &str) -> String {
        let mut value = value.to_owned();
        for (at, link) in self.links.iter().enumerate().rev() {
            let before = at.checked_sub(1).map(|at| &self.links[at].to);
            let to = before.unwrap_or(first);
            value = match &link.how {
                Link::Cast(from) if has_cast(&from.name, &to.name) => {
                    format!("CAST({value} AS {})", to.text)
                }
                Link::Cast(_) => format!("CAST(CAST({value} AS text) AS {})", to.text),
                Link::Zone(zone) => {
                    let back = format!("({value} AT TIME ZONE {zone})");
                    // what it gives has no modifier
                    match to.text == to.name {
                        true => back,
                        false => format!("CAST({back} AS {})", to.text),
                    }
                }
            };
        }
        value
    }

    /// Whether a cast goes between times with and without a zone: which zone is meant is the session's
    /// (datatype-datetime.html).
    pub(in crate::recipes) fn depends_on_session(&self) -> bool {
        let mut was = has_zone(&self.from.name);
        for link in &self.links {
            let is = has_zone(&link.to.name);
            if matches!(link.how, Link::Cast(_)) && was.is_some() && is.is_some() && was != is {
                return true;
            }
            was = is.or(was);
        }
        false
    }

    /// Whether a text is made of what settings say the form of, or is read by them.
    pub(super) fn reads_settings(&self) -> bool {
        let kinds = std::iter::once(&self.from).chain(self.links.iter().map(|link| &link.to));
        let names: Vec<&str> = kinds.map(|kind| kind.name.as_str()).collect();
        let mut pairs = names.windows(2);
        pairs.any(|pair| {
            pair.iter().any(|name| has_form(name)) && pair.iter().any(|name| is_text(name))
        })
    }

    /// The zones, and whether local times become instants by them.
    pub(super) fn zones(&self) -> impl Iterator<Item = (&str, bool)> {
        self.links.iter().filter_map(|link| match &link.how {
            Link::Zone(zone) => Some((zone.as_str(), link.to.name == ZONED)),
            Link::Cast(_) => None,
        })
    }
}

fn is_text(name: &str) -> bool {
    matches!(name, "text" | "character varying" | "character")
}

/// Whether settings say how a value is written as a text (runtime-config-client.html, "Locale and Formatting").
fn has_form(name: &str) -> bool {
    const FORMED: &[&str] = &[
        "bytea",
        "date",
        "daterange",
        "double precision",
        "interval",
        "money",
        "real",
        "tsrange",
        "tstzrange",
    ];
    FORMED.contains(&name) || name.starts_with("time")
}

/// What `AT TIME ZONE` makes of a type; of a date it depends on the session.
fn of_zone(name: &str) -> Option<Kind> {
    let to = match name {
        ZONED => LOCAL,
        LOCAL => ZONED,
        _ => return None,
    };
    Some(Kind::from(&DataType::builtin(to)))
}

/// Whether times of a type are those of a zone; `None`: it is no type of times.
fn has_zone(name: &str) -> Option<bool> {
    match name {
        ZONED | "time with time zone" => Some(true),
        LOCAL | "time without time zone" | "date" => Some(false),
        _ => None,
    }
}

/// Types each of which can be cast to each other one of its line (`pg_cast`).
const BOTH_WAYS: &[&[&str]] = &[
    &[
        "smallint",
        "integer",
        "bigint",
        "real",
        "double precision",
        "numeric",
    ],
    &["integer", "boolean"],
    &["integer", "bigint", "bit"],
    &["numeric", "money"],
    &["date", LOCAL, ZONED],
    &["time without time zone", "time with time zone"],
    &["time without time zone", "interval"],
    &["json", "jsonb"],
    &["inet", "cidr"],
    &["bit", "bit varying"],
];

/// Whether there is a cast from one type to the other; anything else goes through text, as its input and output functions
/// have it (sql-createcast.html).
fn has_cast(from: &str, to: &str) -> bool {
    if from == to || is_text(from) || is_text(to) {
        return true;
    }
    let (from, to) = match (from.strip_suffix("[]"), to.strip_suffix("[]")) {
        (Some(from), Some(to)) => (from, to),
        (None, None) => (from, to),
        _ => return false,
    };
    BOTH_WAYS
        .iter()
        .any(|line| line.contains(&from) && line.contains(&to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(using: Option<&str>, from: &str, to: &str) -> Option<Chain> {
        let of = |name: &str| match name.split_once('(') {
            Some((name, modifier)) => {
                DataType::builtin(name).with_modifier(modifier.trim_end_matches(')'))
            }
            None => DataType::builtin(name),
        };
        Chain::of(using, "at", &of(from), &of(to))
    }

    fn there_and_back(using: &str, from: &str, to: &str) -> Option<(String, String)> {
        let chain = chain(Some(using), from, to)?;
        Some((chain.forth("a"), chain.back("b")))
    }

    #[test]
    fn a_zone_leads_back_by_itself() {
        let texts = |forth: &str, back: &str| Some((forth.to_owned(), back.to_owned()));
        let there = "(a AT TIME ZONE 'UTC')";
        assert_eq!(
            there_and_back("at AT TIME ZONE 'UTC'", LOCAL, ZONED),
            texts(there, "(b AT TIME ZONE 'UTC')")
        );
        assert_eq!(
            there_and_back(
                "(timezone('UTC'::text, t.at))::timestamptz(3)",
                LOCAL,
                "timestamp with time zone(3)"
            ),
            texts(
                "CAST((a AT TIME ZONE 'UTC') AS timestamp(3) with time zone)",
                "(CAST(b AS timestamp with time zone) AT TIME ZONE 'UTC')"
            )
        );
        assert_eq!(
            there_and_back(
                "at AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin'",
                "timestamp without time zone(3)",
                LOCAL
            ),
            texts(
                "((a AT TIME ZONE 'UTC') AT TIME ZONE 'Europe/Berlin')",
                "CAST(((b AT TIME ZONE 'Europe/Berlin') AT TIME ZONE 'UTC') AS timestamp(3) without time zone)"
            )
        );
    }

    #[test]
    fn casts_lead_back_by_casts_where_there_are_such() {
        let back = |using: Option<&str>, from: &str, to: &str| {
            chain(using, from, to).map(|chain| chain.back("b"))
        };
        assert_eq!(
            back(Some("at::numeric(10,2)"), "integer", "numeric(10,2)").as_deref(),
            Some("CAST(b AS integer)")
        );
        assert_eq!(
            back(None, LOCAL, "time without time zone").as_deref(),
            Some("CAST(CAST(b AS text) AS timestamp without time zone)")
        );
        assert_eq!(
            back(Some("CAST(at::int AS bigint)"), "boolean", "bigint").as_deref(),
            Some("CAST(CAST(b AS integer) AS boolean)")
        );
    }

    #[test]
    fn what_the_session_decides_is_no_chain_to_rely_on() {
        let depends = |using: Option<&str>, from: &str, to: &str| {
            chain(using, from, to).is_some_and(|chain| chain.depends_on_session())
        };
        assert!(depends(None, LOCAL, ZONED));
        assert!(depends(Some("at::timestamptz"), "date", ZONED));
        assert!(depends(Some("at::text::timestamptz"), LOCAL, ZONED));
        assert!(!depends(Some("at AT TIME ZONE 'UTC'"), LOCAL, ZONED));
        assert!(!depends(None, "date", LOCAL));
        assert!(chain(Some("at AT TIME ZONE zone"), LOCAL, ZONED).is_none());
        assert!(chain(Some("at AT TIME ZONE 'UTC'"), "date", LOCAL).is_none());
    }
}
