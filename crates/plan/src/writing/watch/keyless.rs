//! Rows of a table without a key: told apart by all they hold, and where two hold the same, it does not matter which is which.

use super::Watched;
use crate::writing::keep::{KEPT, ROW, joined};

/// A row of the table, and the one that is kept of which it is what became.
const FOUND: &str = "segue_found";

impl Watched {
    /// Each time that a row is written is kept by itself.
    pub(super) fn body_without_key(&self) -> String {
        let of = |row: &str| joined(self.columns.iter().map(|own| format!("{row}.{own}")));
        let all = |sign: &str| joined((1..=self.columns.len()).map(|at| format!("{sign}{at}")));
        let (kept, old, new) = (&self.kept, all("o"), all("n"));
        let (before, behind) = (of("OLD"), of("NEW"));
        format!(
            "BEGIN
  IF TG_OP = 'UPDATE' THEN
    INSERT INTO {kept} ({old}, {new}, had, has) VALUES ({before}, {behind}, true, true);
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO {kept} ({old}, had, has) VALUES ({before}, true, false);
  ELSE
    INSERT INTO {kept} ({new}, had, has) VALUES ({behind}, false, true);
  END IF;
  RETURN NULL;
END"
        )
    }

    /// What is put back is not kept any more: of what stays, no row was found.
    pub(super) fn put_back_without_key(&self) -> Vec<String> {
        let (of, kept, found) = (&self.of, &self.kept, self.found());
        let names: String = self.names.iter().map(|one| format!(" AND {one}")).collect();
        let named_by: String = self
            .named_by
            .iter()
            .map(|one| format!(" AND {one}"))
            .collect();
        let is_it = format!(
            "{ROW}.tableoid = {FOUND}.of AND {ROW}.ctid = {FOUND}.at AND {KEPT}.nr = {FOUND}.nr"
        );
        let set = self
            .settable()
            .map(|(at, own)| format!("{own} = {KEPT}.o{at}"));
        let columns = joined(self.columns.iter());
        let mut statements = vec![format!(
            "DELETE FROM {of} AS {ROW} USING {kept} AS {KEPT}, {found} WHERE {is_it} AND NOT {KEPT}.had{named_by}"
        )];
        if !self.settable.is_empty() {
            statements.push(format!(
                "UPDATE {of} AS {ROW} SET {} FROM {kept} AS {KEPT}, {found} WHERE {is_it} AND {KEPT}.had{names}",
                joined(set)
            ));
        }
        statements.extend([
            format!(
                "DELETE FROM {kept} AS {KEPT} WHERE {KEPT}.had AND NOT {KEPT}.has{names} \
                 OR EXISTS (SELECT FROM {of} AS {ROW}, {found} WHERE {is_it} AND {KEPT}.had{names}) \
                 OR EXISTS (SELECT FROM {of} AS {ROW}, {found} WHERE {is_it} AND NOT {KEPT}.had{named_by})"
            ),
            format!(
                "INSERT INTO {of} ({columns}) OVERRIDING SYSTEM VALUE SELECT {} FROM {kept} AS {KEPT} WHERE {KEPT}.had AND NOT {KEPT}.has{names}",
                self.values("o")
            ),
        ]);
        statements
    }

    /// Rows that are as the step has left them, as a table: of each where it is, and the number of the one that is kept.
    fn found(&self) -> String {
        let own = joined(self.columns.iter());
        let new = joined((1..=self.columns.len()).map(|at| format!("n{at}")));
        // types may have no order, and texts have
        let ranked = |what: &str, values: &str, order: &str, from: &str| {
            format!(
                "SELECT {what}, ROW({values})::pg_catalog.text AS image, pg_catalog.row_number() OVER \
                 (PARTITION BY ROW({values})::pg_catalog.text ORDER BY {order}) AS nth FROM {from}"
            )
        };
        let kept = ranked("nr", &new, "nr DESC", &format!("{} WHERE has", self.kept));
        let there = ranked(
            "tableoid AS of, ctid AS at",
            &own,
            "tableoid, ctid",
            &self.of.to_string(),
        );
        format!(
            "(SELECT nr, of, at FROM ({kept}) AS kept JOIN ({there}) AS there USING (image, nth)) AS {FOUND}"
        )
    }
}
