//! Collecting differences: walking two maps at once, and telling properties that are not equal.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Difference, Disparity, majors};
use crate::{
    Catalog, Expr, Name, ObjectRef, Privileges, QName,
    model::NotNull,
    normal::{self, Verdict},
};

/// The differences found so far, and the two schemas they are between.
pub(super) struct Report<'a> {
    pub(super) first: &'a Catalog,
    pub(super) second: &'a Catalog,
    found: Vec<Difference>,
}

impl<'a> Report<'a> {
    pub(super) fn new(first: &'a Catalog, second: &'a Catalog) -> Self {
        Self {
            first,
            second,
            found: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> Vec<Difference> {
        self.found
    }

    /// The older of the two servers' major versions.
    pub(super) fn older_major(&self) -> u16 {
        self.first.major.min(self.second.major)
    }

    /// Tells the objects that only one side has, and gives those that both have to `both`.
    pub(super) fn each<'m, K: Ord + 'm, V: 'm>(
        &mut self,
        first: impl IntoIterator<Item = (&'m K, &'m V)>,
        second: impl IntoIterator<Item = (&'m K, &'m V)>,
        address: impl Fn(&K) -> ObjectRef,
        mut both: impl FnMut(&mut Self, &K, &V, &V),
    ) {
        let first: BTreeMap<&K, &V> = first.into_iter().collect();
        let second: BTreeMap<&K, &V> = second.into_iter().collect();
        let keys: BTreeSet<&K> = first.keys().chain(second.keys()).copied().collect();
        for key in keys {
            match (first.get(key), second.get(key)) {
                (Some(first), Some(second)) => both(self, key, first, second),
                (Some(_), None) => self.one_sided(address(key), Disparity::Missing),
                (None, _) => self.one_sided(address(key), Disparity::Extra),
            }
        }
    }

    /// An object that only one side has.
    pub(super) fn one_sided(&mut self, object: ObjectRef, disparity: Disparity) {
        self.found.push(Difference {
            object,
            disparity,
            certain: true,
        });
    }

    /// The properties of an object that both sides have.
    pub(super) fn of(&mut self, object: ObjectRef) -> Properties<'_, 'a> {
        Properties {
            report: self,
            object,
        }
    }
}

/// The properties of one object that both sides have.
pub(super) struct Properties<'r, 'a> {
    pub(super) report: &'r mut Report<'a>,
    object: ObjectRef,
}

impl Properties<'_, '_> {
    /// A property of any type; it is shown as its JSON, texts without quotes.
    pub(super) fn value<T: PartialEq + Serialize + ?Sized>(
        &mut self,
        property: &'static str,
        first: &T,
        second: &T,
    ) {
        if first != second {
            self.changed(property, shown(first), shown(second), true);
        }
    }

    /// A property that is not compared where one side does not know it.
    pub(super) fn where_known<T: PartialEq + Serialize>(
        &mut self,
        property: &'static str,
        first: &Option<T>,
        second: &Option<T>,
    ) {
        if first.is_some() && second.is_some() {
            self.value(property, first, second);
        }
    }

    /// The owner: `None` is the role that deploys, which may well be the one that the other side names.
    pub(super) fn owner(&mut self, first: &Option<Name>, second: &Option<Name>) {
        self.where_known("owner", first, second);
    }

    /// The comment.
    pub(super) fn comment(&mut self, first: &Option<String>, second: &Option<String>) {
        self.value("comment", first, second);
    }

    /// The privileges, as far as both servers have them.
    pub(super) fn privileges(&mut self, first: &Privileges, second: &Privileges) {
        if first == second {
            return;
        }
        let major = self.report.older_major();
        let (first, second) = (
            majors::privileges(first, major),
            majors::privileges(second, major),
        );
        if first != second {
            self.changed("privileges", granted(&first), granted(&second), true);
        }
    }

    /// NOT NULL: whether it is demanded, and what the constraint is like where the servers have one.
    pub(super) fn not_null(&mut self, first: Option<&NotNull>, second: Option<&NotNull>) {
        let (Some(first), Some(second)) = (first, second) else {
            self.value("not null", &first.is_some(), &second.is_some());
            return;
        };
        let NotNull {
            name,
            no_inherit,
            validated,
            inherited,
            local,
            comment,
        } = first;
        self.value("not null: name", name, &second.name);
        self.value("not null: no inherit", no_inherit, &second.no_inherit);
        self.value("not null: validated", validated, &second.validated);
        self.value("not null: inherited", inherited, &second.inherited);
        self.value("not null: local", local, &second.local);
        self.value("not null: comment", comment, &second.comment);
    }

    /// An expression that both have; `table` is the one whose columns it may name.
    pub(super) fn expression(
        &mut self,
        property: &'static str,
        first: &Expr,
        second: &Expr,
        about: normal::About<'_>,
    ) {
        if first == second {
            return;
        }
        let context = normal::Context {
            first: self.report.first,
            second: self.report.second,
            about,
        };
        match normal::compare(first, second, &context) {
            Verdict::Same => {}
            verdict => self.changed(
                property,
                first.to_string(),
                second.to_string(),
                verdict == Verdict::Different,
            ),
        }
    }

    /// An expression that a side may lack.
    pub(super) fn optional_expression(
        &mut self,
        property: &'static str,
        first: Option<&Expr>,
        second: Option<&Expr>,
        about: normal::About<'_>,
    ) {
        match (first, second) {
            (Some(first), Some(second)) => self.expression(property, first, second, about),
            (first, second) => self.value(property, &first, &second),
        }
    }

    /// A property that differs.
    pub(super) fn changed(
        &mut self,
        property: &'static str,
        first: String,
        second: String,
        certain: bool,
    ) {
        self.report.found.push(Difference {
            object: self.object.clone(),
            disparity: Disparity::Changed {
                property,
                first,
                second,
            },
            certain,
        });
    }
}

/// A value as people read it.
fn shown<T: Serialize + ?Sized>(value: &T) -> String {
    use serde_json::Value;
    match serde_json::to_value(value) {
        Ok(Value::String(text)) => text,
        Ok(Value::Null) => "none".to_owned(),
        Ok(Value::Bool(flag)) => if flag { "yes" } else { "no" }.to_owned(),
        Ok(Value::Array(items)) if items.is_empty() => "none".to_owned(),
        Ok(Value::Array(items)) if items.iter().all(Value::is_string) => {
            let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            format!("({})", texts.join(", "))
        }
        Ok(Value::Object(items)) if items.is_empty() => "none".to_owned(),
        Ok(Value::Object(items)) if items.values().all(Value::is_string) => {
            let items = items.iter();
            let texts =
                items.filter_map(|(key, value)| Some(format!("{key} = {}", value.as_str()?)));
            format!("({})", texts.collect::<Vec<_>>().join(", "))
        }
        Ok(other) => other.to_string(),
        // a map whose keys are no texts; the model has none among its properties
        Err(error) => error.to_string(),
    }
}

/// Privileges as people read them: `+SELECT to reader, -USAGE from public`.
fn granted(privileges: &Privileges) -> String {
    let grants = privileges.granted.iter().map(|grant| ('+', grant));
    let revoked = privileges.revoked.iter().map(|grant| ('-', grant));
    let texts: Vec<String> = grants
        .chain(revoked)
        .map(|(sign, grant)| {
            let option = if grant.grantable {
                " with grant option"
            } else {
                ""
            };
            format!(
                "{sign}{} {}{option}",
                grant.privilege,
                grantee(&grant.grantee)
            )
        })
        .collect();
    if texts.is_empty() {
        "as by default".to_owned()
    } else {
        texts.join(", ")
    }
}

/// Who has a privilege, as SQL names them.
pub(super) fn grantee(grantee: &crate::Grantee) -> String {
    match grantee {
        crate::Grantee::Owner => "owner".to_owned(),
        crate::Grantee::Public => "public".to_owned(),
        crate::Grantee::Role(name) => name.to_string(),
    }
}

/// Whether a relation is a temporary one, which no comparison is about.
pub(super) fn is_temporary(name: &QName) -> bool {
    name.schema == "pg_temp"
}
