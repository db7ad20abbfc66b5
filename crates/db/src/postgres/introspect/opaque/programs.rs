//! What stands on functions in C or on procedures of an event: base types, languages, transforms, access methods,
//! event triggers.

use super::{super::part::Part, part, query};

/// Base types. Arrays have no array type of their own, base types have.
pub(super) fn types() -> Part {
    let definition = "concat_ws(', ', 'input ' || o.typinput, 'output ' || o.typoutput, 'receive ' || o.typreceive, \
         'send ' || o.typsend, 'modifier in ' || o.typmodin, 'modifier out ' || o.typmodout, \
         'analyze ' || o.typanalyze, 'length ' || o.typlen, CASE WHEN o.typbyval THEN 'by value' END, \
         'alignment ' || o.typalign::text, 'storage ' || o.typstorage::text, 'category ' || o.typcategory::text, \
         CASE WHEN o.typispreferred THEN 'preferred' END, 'delimiter ' || o.typdelim::text, \
         'element ' || nullif(o.typelem, 0)::regtype, 'default ' || o.typdefault, \
         CASE WHEN o.typcollation <> 0 THEN 'collatable' END)";
    let query = query("type", "pg_type", definition);
    part(
        "base types",
        &[format!(
            "{query} AND o.typtype = 'b' AND o.typarray <> 0 AND o.typisdefined"
        )],
    )
}

/// Languages, transforms and access methods.
pub(super) fn languages() -> Part {
    let language = "concat_ws(', ', CASE WHEN o.lanpltrusted THEN 'trusted' END, \
         'handler ' || nullif(o.lanplcallfoid, 0)::regproc, 'inline ' || nullif(o.laninline, 0)::regproc, \
         'validator ' || nullif(o.lanvalidator, 0)::regproc)";
    let transform = "concat_ws(', ', 'from ' || nullif(o.trffromsql::oid, 0)::regprocedure, \
         'to ' || nullif(o.trftosql::oid, 0)::regprocedure)";
    let method = "concat_ws(', ', CASE o.amtype WHEN 't' THEN 'table' ELSE 'index' END, 'handler ' || o.amhandler)";
    part(
        "languages, transforms and access methods",
        &[
            query("language", "pg_language", language),
            query("transform", "pg_transform", transform),
            query("access method", "pg_am", method),
        ],
    )
}

/// Event triggers.
pub(super) fn event_triggers() -> Part {
    let definition = "concat_ws(', ', 'on ' || o.evtevent, 'tags ' || array_to_string(o.evttags, ', '), \
         'function ' || o.evtfoid::regprocedure, 'enabled ' || o.evtenabled::text)";
    part(
        "event triggers",
        &[query("event trigger", "pg_event_trigger", definition)],
    )
}
