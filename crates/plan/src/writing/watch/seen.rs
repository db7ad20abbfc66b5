//! The triggers, and what they write.

use segue_catalog::{Name, render};

use super::{KEEPS, Watched};
use crate::writing::{differ, keep::joined};

impl Watched {
    /// The table that rows are kept in.
    pub(super) fn make(&self) -> [String; 3] {
        let key = self.key.iter().enumerate();
        let key = key.map(|(at, own)| format!("{own} AS k{}", at + 1));
        let each = |sign: &'static str| {
            let columns = self.columns.iter().enumerate();
            columns.map(move |(at, own)| format!("{own} AS {sign}{}", at + 1))
        };
        let more = ["true AS had".to_owned(), "true AS has".to_owned()];
        let list = joined(key.chain(each("o")).chain(each("n")).chain(more));
        let (kept, of) = (&self.kept, &self.of);
        let told = self.columns.iter().enumerate();
        let told = joined(told.map(|(at, own)| format!("{}: {}", at + 1, own.as_str())));
        let said = format!(
            "rows of {of} before (o, where it had them) and behind (n, where it has them) a migration; {told}"
        );
        [
            format!("CREATE TABLE {kept} AS SELECT {list} FROM {of} WITH NO DATA"),
            match self.key.is_empty() {
                true => format!(
                    "ALTER TABLE {kept} ADD COLUMN nr bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
                ),
                false => format!("ALTER TABLE {kept} ADD PRIMARY KEY ({})", self.kept_key()),
            },
            format!("COMMENT ON TABLE {kept} IS {}", render::literal(&said)),
        ]
    }

    /// The statements that put the trigger in place; `told` is what the setting says then.
    pub(super) fn put(&self, told: &str) -> Vec<String> {
        let (of, function, trigger) = (&self.of, &self.function, self.trigger());
        let mut statements = self.runs.create(function, &self.body());
        statements.extend([
            format!(
                "CREATE TRIGGER {trigger} AFTER INSERT OR UPDATE OR DELETE ON {of} FOR EACH ROW WHEN (pg_catalog.current_setting('{KEEPS}', true) = {told}) EXECUTE FUNCTION {function}()"
            ),
            format!("ALTER TABLE {of} ENABLE ALWAYS TRIGGER {trigger}"),
        ]);
        statements
    }

    /// The statements that take it away.
    pub(super) fn gone(&self, if_exists: &str) -> [String; 2] {
        [
            format!("DROP TRIGGER{if_exists} {} ON {}", self.trigger(), self.of),
            format!("DROP FUNCTION{if_exists} {}()", self.function),
        ]
    }

    /// It sorts last: triggers fire in the order of their names (trigger-definition.html), so that rows which go along are kept
    /// before the one that they go with.
    fn trigger(&self) -> Name {
        Name::quoted(&format!("~{}", self.function.name.as_str()))
    }

    /// A row that has another key afterwards is another row.
    fn body(&self) -> String {
        if self.key.is_empty() {
            return self.body_without_key();
        }
        let of =
            |row: &str, names: &[Name]| joined(names.iter().map(|name| format!("{row}.{name}")));
        let all = |sign: &str| joined((1..=self.columns.len()).map(|at| format!("{sign}{at}")));
        let (kept, key, old, new) = (&self.kept, self.kept_key(), all("o"), all("n"));
        let set = joined((1..=self.columns.len()).map(|at| format!("n{at} = excluded.n{at}")));
        let (before, behind) = (of("OLD", &self.columns), of("NEW", &self.columns));
        let (old_key, new_key) = (of("OLD", &self.key), of("NEW", &self.key));
        let other = differ(&old_key, &new_key);
        format!(
            "BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NOT {other} THEN
      INSERT INTO {kept} ({key}, {old}, {new}, had, has) VALUES ({old_key}, {before}, {behind}, true, true)
        ON CONFLICT ({key}) DO UPDATE SET {set};
      RETURN NULL;
    END IF;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO {kept} ({key}, {old}, had, has) VALUES ({old_key}, {before}, true, false)
      ON CONFLICT ({key}) DO UPDATE SET {set}, has = false;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO {kept} ({key}, {new}, had, has) VALUES ({new_key}, {behind}, false, true)
      ON CONFLICT ({key}) DO UPDATE SET {set}, has = true;
  END IF;
  RETURN NULL;
END"
        )
    }

    pub(super) fn kept_key(&self) -> String {
        joined((1..=self.key.len()).map(|at| format!("k{at}")))
    }
}
