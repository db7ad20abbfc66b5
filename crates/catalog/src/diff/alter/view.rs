//! `CREATE OR REPLACE VIEW`, and `ALTER VIEW` for what it leaves.

use std::collections::BTreeSet;

use super::Alter;
use crate::{
    Name, ObjectRef, QName,
    model::{View, ViewColumn},
    normal::About,
    render::create_view,
};

impl Alter<'_> {
    pub(super) fn view(&mut self, name: &QName, first: &View, second: &View) {
        let object = ObjectRef::View(name.clone());
        let query = self.both.same(&first.query, &second.query, About::query());
        // as in `compare`: the columns of a view that nobody was asked about are not known
        let known = !first.columns.is_empty() && !second.columns.is_empty();
        let columns = !known || first.columns == second.columns;
        let options = first.check_option == second.check_option;
        if !(second.is_materialized() || query && columns && options) {
            // the options of the old one do not stay
            self.add(create_view(name, second, true));
        } else {
            let on = self.address(&object);
            self.parameters(&on, &first.parameters, &second.parameters);
        }
        self.owner(&object, first.owner.as_ref(), second.owner.as_ref());
        self.comment(&object, first.comment.as_ref(), second.comment.as_ref());
        let on = format!("TABLE {name}");
        let owner = second.owner.as_ref();
        self.privileges(&on, None, owner, &first.privileges, &second.privileges);
        let nothing = ViewColumn::default();
        let names: BTreeSet<&Name> = first
            .column_details
            .keys()
            .chain(second.column_details.keys())
            .collect();
        for column in names {
            let details = |of: &View| {
                let found = of.column_details.get(column);
                found.unwrap_or(&nothing).clone()
            };
            self.view_column(name, column, &details(first), &details(second), owner);
        }
    }

    fn view_column(
        &mut self,
        of: &QName,
        name: &Name,
        first: &ViewColumn,
        second: &ViewColumn,
        owner: Option<&Name>,
    ) {
        let on = self.address(&ObjectRef::View(of.clone()));
        let (default, other) = (first.default.as_ref(), second.default.as_ref());
        if !self.both.same_or_none(default, other, About::query()) {
            let action = other.map_or("DROP DEFAULT".to_owned(), |default| {
                format!("SET DEFAULT {default}")
            });
            self.add(format!("ALTER {on} ALTER COLUMN {name} {action};"));
        }
        if first.statistics != second.statistics {
            let target = second.statistics.unwrap_or(-1);
            self.add(format!(
                "ALTER {on} ALTER COLUMN {name} SET STATISTICS {target};"
            ));
        }
        let column = format!("COLUMN {of}.{name}");
        self.comment_on(&column, first.comment.as_ref(), second.comment.as_ref());
        let (first, second) = (&first.privileges, &second.privileges);
        self.privileges(&format!("TABLE {of}"), Some(name), owner, first, second);
    }
}
