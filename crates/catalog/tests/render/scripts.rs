//! Generated scripts of views, functions, triggers, policies and partitions with nasty names: their schemas come back
//! from SQL, and telling a statement twice from the same schema is the same.

use proptest::{collection::vec, prelude::*, sample::Index as Pick};
use segue_catalog::{Catalog, Name, Session, advance, apply, lower};
use segue_sql::{Source, split};

use super::{generated::nasty, unlike};

/// A statement to be: what it makes, which of the earlier objects it is about, and two choices.
type Drawn = (u8, Pick, bool, bool);

/// What there is already, for later statements to be about.
#[derive(Default)]
struct Script {
    text: String,
    /// Names, whether partitioned, and how many partitions there are.
    tables: Vec<(Name, bool, usize)>,
    /// Names, whether materialized.
    views: Vec<(Name, bool)>,
    /// Tables that have a UNIQUE.
    keyed: Vec<Name>,
    count: usize,
}

impl Script {
    fn of(drawn: &[Drawn]) -> String {
        let mut script = Self::default();
        script.say(
            "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$"
                .to_owned(),
        );
        script.table(true);
        script.table(false);
        for one in drawn {
            script.add(one);
        }
        script.text
    }

    fn say(&mut self, statement: String) {
        self.text.push_str(&statement);
        self.text.push_str(";\n");
    }

    fn name(&mut self, kind: &str) -> Name {
        self.count += 1;
        nasty(kind, self.count)
    }

    fn table(&mut self, partitioned: bool) {
        let name = self.name("t");
        let rest = if partitioned {
            ") PARTITION BY RANGE (id)"
        } else {
            ", CHECK (n < 100))"
        };
        self.say(format!(
            "CREATE TABLE {name} (id bigint PRIMARY KEY, n int DEFAULT 1 NOT NULL, c text{rest}"
        ));
        self.tables.push((name, partitioned, 0));
    }

    fn add(&mut self, (kind, pick, first, second): &Drawn) {
        let (of, partitioned, _) = self.tables[pick.index(self.tables.len())].clone();
        let (first, second) = (*first, *second);
        match kind {
            0 => self.table(first),
            1 => self.partition(pick, first),
            2 => self.view(pick, first, second),
            3 => self.function(first, second),
            4 => {
                let name = self.name("g");
                let timing = if first { "BEFORE" } else { "AFTER" };
                let condition = if second {
                    "WHEN (old.n IS DISTINCT FROM new.n) "
                } else {
                    ""
                };
                self.say(format!(
                    "CREATE TRIGGER {name} {timing} UPDATE OF n ON {of} FOR EACH ROW {condition}\
                     EXECUTE FUNCTION touch('it''s', '2')"
                ));
            }
            5 => {
                let name = self.name("p");
                let kind = if first { "PERMISSIVE" } else { "RESTRICTIVE" };
                let (command, check) = if second {
                    ("ALL", " WITH CHECK (n > 1)")
                } else {
                    ("SELECT", "")
                };
                self.say(format!(
                    "CREATE POLICY {name} ON {of} AS {kind} FOR {command} USING (n > 0){check}; \
                     ALTER TABLE {of} ENABLE ROW LEVEL SECURITY"
                ));
            }
            6 => {
                let name = self.name("i");
                let key = if first { "lower(c)" } else { "n DESC, c" };
                let rest = if second { " WHERE n > 5" } else { "" };
                self.say(format!("CREATE INDEX {name} ON {of} ({key}){rest}"));
            }
            // which of two partitions' keys goes with which of two like ones is not told in SQL
            7 if partitioned && self.keyed.contains(&of) => {}
            7 => {
                let name = self.name("u");
                let columns = if partitioned { "id, n" } else { "n" };
                self.keyed.push(of.clone());
                self.say(format!(
                    "ALTER TABLE {of} ADD CONSTRAINT {name} UNIQUE ({columns})"
                ));
            }
            8 => self.say(format!("COMMENT ON TABLE {of} IS 'it''s \\ a comment'")),
            _ => {
                let to = if first { "PUBLIC" } else { "somebody" };
                let what = if second {
                    "SELECT (n)"
                } else {
                    "INSERT, SELECT"
                };
                self.say(format!("GRANT {what} ON {of} TO {to}"));
            }
        }
    }

    fn partition(&mut self, pick: &Pick, default: bool) {
        let parents: Vec<usize> = (0..self.tables.len())
            .filter(|at| self.tables[*at].1)
            .collect();
        let at = parents[pick.index(parents.len())];
        let name = self.name("q");
        let (parent, _, count) = &mut self.tables[at];
        *count += 1;
        let (from, to) = (*count * 10, *count * 10 + 10);
        let bound = if default && *count == 1 {
            "DEFAULT".to_owned()
        } else {
            format!("FOR VALUES FROM ({from}) TO ({to})")
        };
        let statement = format!("CREATE TABLE {name} PARTITION OF {parent} {bound}");
        self.say(statement);
    }

    fn view(&mut self, pick: &Pick, materialized: bool, over_a_view: bool) {
        let name = self.name("v");
        let of = match self.views.is_empty() {
            false if over_a_view => self.views[pick.index(self.views.len())].0.clone(),
            _ => self.tables[pick.index(self.tables.len())].0.clone(),
        };
        let kind = if materialized {
            "MATERIALIZED VIEW"
        } else {
            "VIEW"
        };
        self.say(format!(
            "CREATE {kind} {name} (id, n) AS SELECT id, n + 1 FROM {of} WHERE n > 0"
        ));
        self.views.push((name, materialized));
    }

    fn function(&mut self, strict: bool, definer: bool) {
        let name = self.name("f");
        let strict = if strict { "STRICT IMMUTABLE" } else { "STABLE" };
        let definer = if definer {
            " SECURITY DEFINER SET work_mem = '1MB'"
        } else {
            ""
        };
        self.say(format!(
            "CREATE FUNCTION {name}(a int, b text DEFAULT 'it''s', VARIADIC c int[] DEFAULT '{{}}') RETURNS int \
             LANGUAGE sql {strict}{definer} AS $_$ SELECT a + 1 -- it's $$ $_$"
        ));
    }
}

/// Tells a script; each statement is told and applied twice from the same schema.
fn told_twice(major: u16, script: &str) -> Catalog {
    let source = Source::new("test.sql", script);
    let statements = split(&source).expect("it can be cut");
    let (mut catalog, mut session) = (Catalog::empty(major), Session::default());
    for statement in statements.iter() {
        let text = statement.text(script);
        let tell = || lower(&source, statement.span.clone(), &catalog, &session);
        let first = tell().unwrap_or_else(|problems| panic!("{}: {text}", problems[0].message));
        assert_eq!(first, tell().expect("it is the same"), "{text}");
        let applied = || {
            let mut after = catalog.clone();
            first.iter().for_each(|change| apply(&mut after, change));
            after
        };
        let after = applied();
        assert_eq!(after, applied(), "{text}");
        let changes = advance(&source, statement.span.clone(), &mut catalog, &mut session);
        assert_eq!(changes.expect("it is the same"), first, "{text}");
        assert_eq!(catalog, after, "{text}");
    }
    catalog
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn generated_scripts_come_back_and_are_the_same_twice(
        major in 14_u16..=18,
        drawn in vec((0_u8..10, any::<Pick>(), any::<bool>(), any::<bool>()), 1..24),
    ) {
        let script = Script::of(&drawn);
        let catalog = told_twice(major, &script);
        if let Some(why) = unlike(&catalog) {
            panic!("{script}\n\n{why}");
        }
    }
}
