//! Privileges on objects and default privileges, as what differs from the server's own defaults
//! (functions-info.html, `acldefault` and `aclexplode`). The server finds the difference: most objects have none.

use segue_catalog::{DefaultFor, DefaultPrivilegesKey, Grant, Grantee, Privilege, Privileges};

use super::{
    fields::{Fields, Oid},
    part::Part,
    reading::Reading,
};

/// All privileges there are (ddl-priv.html); `None` for one of a newer server.
fn privilege(name: &str) -> Option<Privilege> {
    const ALL: [&str; 15] = [
        "SELECT",
        "INSERT",
        "UPDATE",
        "DELETE",
        "TRUNCATE",
        "REFERENCES",
        "TRIGGER",
        "CREATE",
        "CONNECT",
        "TEMPORARY",
        "EXECUTE",
        "USAGE",
        "SET",
        "ALTER SYSTEM",
        "MAINTAIN",
    ];
    ALL.into_iter().find(|known| *known == name)
}

/// What differs between a list of privileges and the default: grantee, privilege, whether it may be passed on
/// in the list (NULL: it is not there).
const DIFFERENCE: &str = "LATERAL (SELECT grantee, privilege_type, h.grantable FROM \
     (SELECT grantee, privilege_type, bool_or(is_grantable) AS grantable FROM aclexplode(o.acl) GROUP BY 1, 2) h \
     FULL JOIN (SELECT grantee, privilege_type, is_grantable AS grantable FROM aclexplode(o.usual)) u \
     USING (grantee, privilege_type) WHERE h.grantable IS DISTINCT FROM u.grantable) d";

/// Privileges on objects and columns.
pub(super) fn part() -> Part {
    let plain = |catalog: &str, owner: &str, acl: &str, kind: &str| {
        format!(
            "SELECT '{catalog}'::regclass::oid, oid, 0, {owner}, {acl}, acldefault({kind}, {owner}) FROM {catalog} \
             WHERE {acl} IS NOT NULL AND (oid >= 16384 OR '{catalog}' = 'pg_namespace')"
        )
    };
    let objects = [
        plain(
            "pg_class",
            "relowner",
            "relacl",
            "CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::\"char\"",
        ),
        plain("pg_proc", "proowner", "proacl", "'f'"),
        plain("pg_type", "typowner", "typacl", "'T'"),
        plain("pg_namespace", "nspowner", "nspacl", "'n'"),
        plain("pg_language", "lanowner", "lanacl", "'l'"),
        plain("pg_foreign_server", "srvowner", "srvacl", "'S'"),
        plain("pg_foreign_data_wrapper", "fdwowner", "fdwacl", "'F'"),
        "SELECT 'pg_class'::regclass::oid, attrelid, attnum, relowner, attacl, acldefault('c', relowner) \
         FROM pg_attribute JOIN pg_class c ON c.oid = attrelid \
         WHERE attacl IS NOT NULL AND NOT attisdropped AND attrelid >= 16384"
            .to_owned(),
    ];
    let sql = format!(
        "SELECT o.class, o.oid, o.part, o.owner, d.grantee, d.privilege_type, d.grantable FROM ({}) \
         o (class, oid, part, owner, acl, usual), {DIFFERENCE}",
        objects.join(" UNION ALL ")
    );
    Part::new("privileges", sql, |reading, row| {
        let address = (row.oid(), row.oid(), row.number());
        let owner = row.oid();
        let difference = Difference::read(reading, row, owner)?;
        difference.note_in(reading.privileges.entry(address).or_default());
        Some(())
    })
}

/// Default privileges. Those in a schema are added to the general ones, so nothing is the default there
/// (catalog-pg-default-acl.html).
pub(super) fn defaults() -> Part {
    let sql = format!(
        "SELECT o.role, n.nspname, o.kind, o.role, d.grantee, d.privilege_type, d.grantable FROM \
         (SELECT defaclrole, defaclnamespace, defaclobjtype, defaclacl, CASE WHEN defaclnamespace = 0 THEN \
         acldefault(CASE defaclobjtype WHEN 'S' THEN 's' ELSE defaclobjtype END::\"char\", defaclrole) END \
         FROM pg_default_acl) o (role, schema, kind, acl, usual) LEFT JOIN pg_namespace n ON n.oid = o.schema, \
         {DIFFERENCE}"
    );
    Part::new("default privileges", sql, |reading, row| {
        let role = row.oid();
        let key = DefaultPrivilegesKey {
            role: reading.role(role),
            schema: row.maybe().map(|name| reading.names.of(name)),
            objects: match row.code() {
                'r' => DefaultFor::Tables,
                'S' => DefaultFor::Sequences,
                'f' => DefaultFor::Functions,
                'T' => DefaultFor::Types,
                'n' => DefaultFor::Schemas,
                'L' => DefaultFor::LargeObjects,
                _ => return None,
            },
        };
        let owner = row.oid();
        let difference = Difference::read(reading, row, owner)?;
        difference.note_in(reading.catalog.default_privileges.get_or_default(key));
        Some(())
    })
}

/// One privilege in which a list differs from the default.
struct Difference {
    grant: Grant,
    held: bool,
}

impl Difference {
    fn read(reading: &mut Reading, row: &mut Fields<'_>, owner: Oid) -> Option<Self> {
        let grantee = match row.oid() {
            0 => Grantee::Public,
            role if role == owner => Grantee::Owner,
            // A role that was dropped leaves its number behind.
            role => Grantee::Role(match reading.role(role) {
                Some(name) => name,
                None => reading.names.of(&role.to_string()),
            }),
        };
        let name = row.text();
        let Some(privilege) = privilege(name) else {
            let note = format!("a privilege that this segue does not know was left out: {name}");
            if !reading.notes.contains(&note) {
                reading.notes.push(note);
            }
            return None;
        };
        let grantable = row.maybe();
        Some(Self {
            grant: Grant {
                grantee,
                privilege,
                grantable: grantable == Some("t"),
            },
            held: grantable.is_some(),
        })
    }

    fn note_in(self, privileges: &mut Privileges) {
        if self.held {
            privileges.granted.insert(self.grant);
        } else {
            privileges.revoked.insert(self.grant);
        }
    }
}
