//! Sequences, and the columns that they belong to.

use segue_catalog::model::{Identity, SequenceOptions};

use super::{part::Part, reading::What};

/// How sequences count and whose they are: of a `serial` column (or by `OWNED BY`) they are an own object, of an
/// identity column a part of that (catalog-pg-depend.html, `DEPENDENCY_AUTO` and `DEPENDENCY_INTERNAL`).
pub(super) fn part() -> Part {
    Part::new(
        "sequences",
        "SELECT s.seqrelid, s.seqtypid, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle, \
         d.refobjid, d.refobjsubid, d.deptype FROM pg_sequence s LEFT JOIN pg_depend d \
         ON d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid AND d.objsubid = 0 \
         AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')",
        |reading, row| {
            let (oid, data_type) = (row.oid(), row.oid());
            let options = SequenceOptions {
                data_type: reading.plain_type(data_type)?,
                start: row.number(),
                increment: row.number(),
                min: row.number(),
                max: row.number(),
                cache: row.number(),
                cycle: row.flag(),
            };
            let (table, column, dependency) = (row.oid(), row.number(), row.code());
            let owned_by = reading
                .column_name(table, column)
                .and_then(|name| Some((reading.relations.get(&table)?.name.clone(), name)));
            let relation = reading.relations.get_mut(&oid)?;
            let What::Sequence(sequence) = &mut relation.what else {
                return None;
            };
            sequence.options = options;
            if dependency != 'i' {
                sequence.owned_by = owned_by;
                return Some(());
            }
            let identity = Identity {
                always: true,
                sequence: relation.name.clone(),
                options: sequence.options.clone(),
                privileges: std::mem::take(&mut sequence.privileges),
                comment: sequence.comment.take(),
            };
            reading.relations.remove(&oid);
            let read = reading.relations.get_mut(&table)?.column_mut(column)?;
            read.column.identity = Some(Identity {
                always: read.identity == 'a',
                ..identity
            });
            Some(())
        },
    )
}
