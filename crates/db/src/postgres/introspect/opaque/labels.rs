//! Security labels, which belong to objects of any kind (sql-security-label.html).

use super::{super::part::Part, read};

/// Security labels of the database's own objects.
pub(super) fn part() -> Part {
    Part::new(
        "security labels",
        "SELECT 'pg_seclabel'::regclass::oid, 0, 'security label', \
         format('%s on %s %s', l.provider, i.type, i.identity), l.label \
         FROM pg_seclabel l, pg_identify_object(l.classoid, l.objoid, l.objsubid) i WHERE l.objoid >= 16384",
        read,
    )
}
