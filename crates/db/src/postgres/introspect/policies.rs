//! Policies of row security.

use segue_catalog::{
    Expr, Grantee,
    model::{Policy, PolicyCommand},
};

use super::{part::Part, reading::class, text::unwrapped};

/// Policies. The role 0 is everybody.
pub(super) fn part() -> Part {
    Part::new(
        "policies",
        "SELECT oid, polrelid, polname, polpermissive, polcmd, polroles, pg_get_expr(polqual, polrelid), \
         pg_get_expr(polwithcheck, polrelid) FROM pg_policy WHERE oid >= 16384",
        |reading, row| {
            let (oid, table, name) = (row.oid(), row.oid(), row.text());
            let name = reading.names.of(name);
            let permissive = row.flag();
            let command = match row.code() {
                'r' => PolicyCommand::Select,
                'a' => PolicyCommand::Insert,
                'w' => PolicyCommand::Update,
                'd' => PolicyCommand::Delete,
                _ => PolicyCommand::All,
            };
            let roles: Vec<u32> = row.numbers();
            let mut roles: Vec<Grantee> = roles
                .into_iter()
                .filter_map(|role| match role {
                    0 => Some(Grantee::Public),
                    role => reading.role(role).map(Grantee::Role),
                })
                .collect();
            roles.sort_unstable();
            let mut condition = || row.maybe().map(|text| Expr::printed(unwrapped(text)));
            let policy = Policy {
                permissive,
                command,
                roles,
                using: condition(),
                check: condition(),
                comment: reading.comment(class::POLICY, oid),
            };
            let table = reading.relations.get_mut(&table)?.table_mut()?;
            table.policies.insert(name, policy);
            Some(())
        },
    )
}
