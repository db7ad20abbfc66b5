//! Comments of all objects. Only those of objects that are not the server's own: below 16384 are what `initdb`
//! makes (src/include/access/transam.h, `FirstNormalObjectId`), the schema `public` among it.

use super::part::Part;

/// Comments.
pub(super) fn part() -> Part {
    Part::new(
        "comments",
        "SELECT classoid, objoid, objsubid, description FROM pg_description \
         WHERE objoid >= 16384 OR classoid = 'pg_namespace'::regclass",
        |reading, row| {
            let address = (row.oid(), row.oid(), row.number());
            reading.comments.insert(address, row.text().to_owned());
            Some(())
        },
    )
}
