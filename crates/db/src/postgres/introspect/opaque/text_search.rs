//! Text search, and collations.

use super::{super::part::Part, part, query};

/// Parsers, templates, dictionaries, configurations.
pub(super) fn text_search() -> Part {
    let parser = "concat_ws(', ', 'start ' || o.prsstart, 'gettoken ' || o.prstoken, 'end ' || o.prsend, \
         'headline ' || o.prsheadline, 'lextypes ' || o.prslextype)";
    let template = "concat_ws(', ', 'init ' || o.tmplinit, 'lexize ' || o.tmpllexize)";
    let dictionary = "concat_ws(', ', 'template ' \
         || (pg_identify_object('pg_ts_template'::regclass, o.dicttemplate, 0)).identity, o.dictinitoption)";
    let configuration = "concat_ws('; ', 'parser ' \
         || (pg_identify_object('pg_ts_parser'::regclass, o.cfgparser, 0)).identity, \
         (SELECT string_agg(format('%s with %s', t.alias, m.mapdict::regdictionary), '; ' \
         ORDER BY m.maptokentype, m.mapseqno) FROM pg_ts_config_map m \
         JOIN ts_token_type(o.cfgparser) t ON t.tokid = m.maptokentype WHERE m.mapcfg = o.oid))";
    let queries = [
        query("text search parser", "pg_ts_parser", parser),
        query("text search template", "pg_ts_template", template),
        query("text search dictionary", "pg_ts_dict", dictionary),
        query("text search configuration", "pg_ts_config", configuration),
    ];
    part("text search", &queries)
}

/// Collations. Which columns the catalog has changes with the version, and it shows which version of the library it
/// was made with, which is no property of the schema.
pub(super) fn collations() -> Part {
    let definition =
        "(to_jsonb(o) - '{oid,collname,collnamespace,collowner,collversion}'::text[])::text";
    part(
        "collations of one's own",
        &[query("collation", "pg_collation", definition)],
    )
}
