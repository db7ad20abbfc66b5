//! Operators, their families and classes, and casts.

use super::{super::part::Part, part, query};

/// Operators.
pub(super) fn operators() -> Part {
    let definition = "concat_ws(', ', CASE o.oprcode::oid WHEN 0 THEN 'shell' \
         ELSE 'function ' || o.oprcode::oid::regprocedure END, \
         'commutator ' || nullif(o.oprcom, 0)::regoperator, 'negator ' || nullif(o.oprnegate, 0)::regoperator, \
         'restrict ' || nullif(o.oprrest::oid, 0)::regproc, 'join ' || nullif(o.oprjoin::oid, 0)::regproc, \
         CASE WHEN o.oprcanhash THEN 'hashes' END, CASE WHEN o.oprcanmerge THEN 'merges' END)";
    part("operators", &[query("operator", "pg_operator", definition)])
}

/// Families with their operators and functions.
pub(super) fn families() -> Part {
    let definition = "concat_ws('; ', \
         (SELECT string_agg(format('operator %s %s for %s', a.amopstrategy, a.amopopr::regoperator, a.amoppurpose), \
         '; ' ORDER BY a.amopstrategy, a.amopopr::regoperator::text COLLATE \"C\") \
         FROM pg_amop a WHERE a.amopfamily = o.oid), \
         (SELECT string_agg(format('function %s (%s, %s) %s', a.amprocnum, a.amproclefttype::regtype, \
         a.amprocrighttype::regtype, a.amproc::oid::regprocedure), '; ' ORDER BY a.amprocnum, \
         a.amproclefttype::regtype::text COLLATE \"C\", a.amprocrighttype::regtype::text COLLATE \"C\") \
         FROM pg_amproc a WHERE a.amprocfamily = o.oid))";
    part(
        "operator families",
        &[query("operator family", "pg_opfamily", definition)],
    )
}

/// Classes; their operators are with their families.
pub(super) fn classes() -> Part {
    let definition = "concat_ws(', ', 'for ' || o.opcintype::regtype, CASE WHEN o.opcdefault THEN 'default' END, \
         'family ' || (pg_identify_object('pg_opfamily'::regclass, o.opcfamily, 0)).identity, \
         'storage ' || nullif(o.opckeytype, 0)::regtype)";
    part(
        "operator classes of one's own",
        &[query("operator class", "pg_opclass", definition)],
    )
}

/// Casts and conversions.
pub(super) fn casts() -> Part {
    let cast = "concat_ws(', ', 'method ' || o.castmethod::text, 'context ' || o.castcontext::text, \
         'function ' || nullif(o.castfunc, 0)::regprocedure)";
    let conversion = "concat_ws(', ', 'for ' || pg_encoding_to_char(o.conforencoding), \
         'to ' || pg_encoding_to_char(o.contoencoding), 'function ' || o.conproc, \
         CASE WHEN o.condefault THEN 'default' END)";
    part(
        "casts and conversions",
        &[
            query("cast", "pg_cast", cast),
            query("conversion", "pg_conversion", conversion),
        ],
    )
}
