//! Other servers: foreign-data wrappers, foreign servers, user mappings, subscriptions. Passwords are never read.

use segue_catalog::OpaqueId;

use super::{super::part::Part, note, part, query, unread};

/// The catalogs of user mappings and subscriptions (src/include/catalog).
const USER_MAPPING: u32 = 1418;
const SUBSCRIPTION: u32 = 6100;

/// Foreign-data wrappers and servers.
pub(super) fn wrappers() -> Part {
    let wrapper = "concat_ws(', ', 'handler ' || nullif(o.fdwhandler, 0)::regproc, \
         'validator ' || nullif(o.fdwvalidator, 0)::regproc, 'options ' || array_to_string(o.fdwoptions, ', '))";
    let server = "concat_ws(', ', (SELECT 'wrapper ' || w.fdwname FROM pg_foreign_data_wrapper w \
         WHERE w.oid = o.srvfdw), 'type ' || o.srvtype, 'version ' || o.srvversion, \
         'options ' || array_to_string(o.srvoptions, ', '))";
    part(
        "foreign data wrappers and servers",
        &[
            query("foreign data wrapper", "pg_foreign_data_wrapper", wrapper),
            query("server", "pg_foreign_server", server),
        ],
    )
}

/// User mappings. The view shows options to whom they belong to and to who owns the server (view-pg-user-mappings.html);
/// of those called like a password only the name is taken.
pub(super) fn user_mappings() -> Part {
    Part::new(
        "user mappings",
        "SELECT m.umid, m.usename, m.srvname, (SELECT string_agg(CASE WHEN u ~* '^[^=]*pass' \
         THEN split_part(u, '=', 1) ELSE u END, ', ') FROM unnest(m.umoptions) u), \
         (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user) FROM pg_user_mappings m",
        |reading, row| {
            let (oid, user, server) = (row.oid(), row.text(), row.text());
            let identity = format!("{user} on server {server}");
            let (options, superuser) = (row.maybe(), row.flag());
            if options.is_none() && !superuser {
                let what = format!("options of the user mapping for {identity}");
                unread(
                    reading,
                    what,
                    "only its user and the server's owner may read them",
                );
            }
            let id = OpaqueId {
                kind: "user mapping",
                identity,
            };
            let definition = format!("options {}", options.unwrap_or_default());
            note(reading, (USER_MAPPING, oid), id, definition);
            Some(())
        },
    )
}

/// Subscriptions of this database, by the columns that everybody may read; the connection string, which can hold
/// a password, is none of these.
pub(super) fn subscriptions(major: u16) -> Part {
    let two_phase = if major >= 15 {
        ", 'two_phase ' || s.subtwophasestate::text, CASE WHEN s.subdisableonerr THEN 'disable_on_error' END"
    } else {
        ""
    };
    Part::new(
        "subscriptions",
        format!(
            "SELECT s.oid, quote_ident(s.subname), concat_ws(', ', CASE WHEN s.subenabled THEN 'enabled' END, \
             CASE WHEN s.subbinary THEN 'binary' END, 'streaming ' || s.substream::text, 'slot ' || s.subslotname, \
             'synchronous_commit ' || s.subsynccommit, 'publications ' || array_to_string(s.subpublications, ', ')\
             {two_phase}) FROM pg_subscription s \
             WHERE s.subdbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())"
        ),
        |reading, row| {
            let (oid, identity) = (row.oid(), row.text().to_owned());
            let what = format!("the connection string of the subscription {identity}");
            unread(reading, what, "it can hold a password, so it is not read");
            let id = OpaqueId {
                kind: "subscription",
                identity,
            };
            let definition = row.text().to_owned();
            note(reading, (SUBSCRIPTION, oid), id, definition);
            Some(())
        },
    )
}
