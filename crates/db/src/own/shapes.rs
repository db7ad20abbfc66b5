//! The relations that a plan touches, as the server describes them: what they are like is kept behind every step, so that a
//! change by another hand is seen before the next one, and can be told.

use std::time::Duration;

use crate::{ServerError, Session, literal, postgres::reading::patiently};

/// Keeps what the relations are like now. To be run in the transaction of what has changed them.
///
/// Definitions are printed with all names in full, whatever the search path is; it is the same again afterwards, since
/// deferred triggers of the user's come at the end of the transaction.
pub fn keep(rollout: i64, relations: &[String]) -> String {
    let body = format!(
        "DECLARE path text := pg_catalog.current_setting('search_path'); BEGIN \
         PERFORM pg_catalog.set_config('search_path', 'pg_catalog', true); \
         DELETE FROM segue.shapes WHERE rollout = {rollout}; \
         INSERT INTO segue.shapes SELECT {rollout}, relation, part FROM ({}) shape; \
         PERFORM pg_catalog.set_config('search_path', path, true); END",
        shape(relations)
    );
    format!("DO LANGUAGE plpgsql {}", literal(&body))
}

/// Forgets what plans that have ended have left.
pub fn forget_ended() -> String {
    "DELETE FROM segue.shapes USING segue.rollouts WHERE id = rollout AND ended_at IS NOT NULL"
        .to_owned()
}

/// Forgets what relations were like.
pub fn forget(rollout: i64) -> String {
    format!("DELETE FROM segue.shapes WHERE rollout = {rollout}")
}

/// A part of a relation that is not as it was left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The relation.
    pub relation: String,
    /// What of it, as the server describes it: `column name text NOT NULL`, `index …`.
    pub part: String,
    /// Whether it is there now and was not; else it was and is not.
    pub is_new: bool,
}

/// What is not as it was left. It waits so long for whoever holds a relation for himself alone.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn moved(
    session: &Session,
    rollout: i64,
    relations: &[String],
    patience: Duration,
) -> Result<Vec<Moved>, ServerError> {
    let sql = format!(
        "SET LOCAL search_path = pg_catalog; \
         WITH now AS MATERIALIZED ({}), before AS (SELECT relation, part FROM segue.shapes WHERE rollout = {rollout}) \
         SELECT relation, part, true FROM (TABLE now EXCEPT TABLE before) came \
         UNION ALL SELECT relation, part, false FROM (TABLE before EXCEPT TABLE now) went ORDER BY 1, 2",
        shape(relations)
    );
    let rows = patiently(session, &sql, patience).await;
    let moved = rows?.into_iter().filter_map(|row| {
        let [relation, part, is_new] = <[Option<String>; 3]>::try_from(row).ok()?;
        Some(Moved {
            relation: relation?,
            part: part?,
            is_new: is_new.as_deref() == Some("t"),
        })
    });
    Ok(moved.collect())
}

/// What each relation has, as the server describes it now: the relation and the part.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn described(
    session: &Session,
    relations: &[String],
) -> Result<Vec<(String, String)>, ServerError> {
    let sql = format!(
        "BEGIN READ ONLY; SET LOCAL search_path = pg_catalog; {} ORDER BY 1, 2; COMMIT",
        shape(relations)
    );
    let rows = session.rows(&sql).await;
    if rows.is_err() {
        let _ = session.execute("ROLLBACK").await;
    }
    let pairs = rows?.into_iter().filter_map(|row| {
        let [relation, part] = <[Option<String>; 2]>::try_from(row).ok()?;
        Some((relation?, part?))
    });
    Ok(pairs.collect())
}

/// A query for what each relation has: its kind, columns with what is given to them, extended statistics, constraints, indexes,
/// triggers (of segue's own with what they do), rules, policies and tables that inherit from it. What refers to it from elsewhere
/// is not among them, nor are partitions, which come and go.
fn shape(relations: &[String]) -> String {
    let names: Vec<String> = relations.iter().map(|name| literal(name)).collect();
    let names = names.join(", ");
    format!(
        "SELECT relation, part FROM unnest(ARRAY[{names}]::text[]) relation, LATERAL ( \
           SELECT 'a ' || CASE relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view' \
             WHEN 'm' THEN 'materialized view' WHEN 'i' THEN 'index' WHEN 'I' THEN 'partitioned index' \
             WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table' ELSE relkind::text END \
             || CASE WHEN relrowsecurity THEN ' with row security' ELSE '' END AS part \
             FROM pg_class WHERE oid = to_regclass(relation) \
           UNION ALL SELECT 'column ' || quote_ident(attname) || ' ' || format_type(atttypid, atttypmod) \
             || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END \
             || CASE attidentity WHEN '' THEN '' ELSE ' GENERATED AS IDENTITY' END \
             || coalesce(CASE attgenerated WHEN '' THEN ' DEFAULT ' ELSE ' GENERATED AS ' END || pg_get_expr(adbin, adrelid), '') \
             FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum \
             WHERE attrelid = to_regclass(relation) AND attnum > 0 AND NOT attisdropped \
             AND (SELECT relkind FROM pg_class WHERE oid = attrelid) NOT IN ('i', 'I', 'S') \
           UNION ALL SELECT what || ' column ' || quote_ident(attname) || ': ' || value FROM pg_attribute, LATERAL (VALUES \
             ('rights on', attacl::text), ('options of', attoptions::text), \
             ('statistics of', CASE WHEN attstattarget >= 0 THEN attstattarget::text END)) own(what, value) \
             WHERE attrelid = to_regclass(relation) AND attnum > 0 AND NOT attisdropped AND value IS NOT NULL \
           UNION ALL SELECT pg_get_statisticsobjdef(oid) || CASE WHEN stxstattarget >= 0 THEN ' of target ' || stxstattarget ELSE '' END FROM pg_statistic_ext WHERE stxrelid = to_regclass(relation) \
           UNION ALL SELECT 'constraint ' || quote_ident(conname) || ' ' || pg_get_constraintdef(oid) \
             FROM pg_constraint WHERE conrelid = to_regclass(relation) \
           UNION ALL SELECT pg_get_indexdef(indexrelid) || CASE WHEN indisvalid THEN '' ELSE ' (invalid)' END \
             FROM pg_index WHERE indrelid = to_regclass(relation) \
           UNION ALL SELECT pg_get_triggerdef(pg_trigger.oid) || CASE tgenabled WHEN 'D' THEN ' (disabled)' ELSE '' END \
             || CASE WHEN starts_with(proname, 'segue_') THEN ' (what it calls: ' || hashtext(prosrc) || ')' ELSE '' END \
             FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid WHERE tgrelid = to_regclass(relation) AND NOT tgisinternal \
           UNION ALL SELECT pg_get_ruledef(oid) FROM pg_rewrite WHERE ev_class = to_regclass(relation) \
           UNION ALL SELECT 'policy ' || quote_ident(polname) || coalesce(' USING ' || pg_get_expr(polqual, polrelid), '') \
             || coalesce(' WITH CHECK ' || pg_get_expr(polwithcheck, polrelid), '') \
             FROM pg_policy WHERE polrelid = to_regclass(relation) \
           UNION ALL SELECT CASE WHEN inhdetachpending THEN 'detaching ' ELSE 'a part of ' END || inhparent::regclass::text \
             FROM pg_inherits WHERE inhrelid = to_regclass(relation) \
           UNION ALL SELECT 'child ' || inhrelid::regclass::text FROM pg_inherits WHERE inhparent = to_regclass(relation) \
             AND (SELECT relkind FROM pg_class WHERE oid = inhparent) = 'r' \
         ) described(part)"
    )
}
