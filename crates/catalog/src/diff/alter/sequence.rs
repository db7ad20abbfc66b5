//! `ALTER SEQUENCE`.

use super::Alter;
use crate::{
    ObjectRef, QName,
    model::{Persistence, Sequence, SequenceOptions},
    render::{
        literal::{join, literal},
        owned_by,
    },
};

impl Alter<'_> {
    pub(super) fn sequence(&mut self, name: &QName, first: &Sequence, second: &Sequence) {
        let object = ObjectRef::Sequence(name.clone());
        let options = options(&first.options, &second.options);
        if !options.is_empty() {
            self.statements
                .extend(value_fits(name, &first.options, &second.options));
            self.add(format!("ALTER SEQUENCE {name} {};", join(options, " ")));
        }
        if first.persistence != second.persistence && self.both.from.major >= 15 {
            let logged = match second.persistence {
                Persistence::Unlogged => "UNLOGGED",
                Persistence::Permanent | Persistence::Temporary => "LOGGED",
            };
            self.add(format!("ALTER SEQUENCE {name} SET {logged};"));
        }
        if first.owned_by.is_some() && second.owned_by.is_none() {
            self.add(format!("ALTER SEQUENCE {name} OWNED BY NONE;"));
        }
        // one that a column owns belongs to whom its table does, and the server takes no word of its own for it
        if first.owned_by.is_none() || second.owned_by.is_none() {
            self.owner(&object, first.owner.as_ref(), second.owner.as_ref());
        }
        self.comment(&object, first.comment.as_ref(), second.comment.as_ref());
        let on = format!("SEQUENCE {name}");
        let owner = second.owner.as_ref();
        self.privileges(&on, None, owner, &first.privileges, &second.privileges);
    }
}

/// `ALTER SEQUENCE … OWNED BY`, where that differs.
pub(in super::super) fn owner_column(
    name: &QName,
    first: &Sequence,
    second: &Sequence,
) -> Option<String> {
    (first.owned_by != second.owned_by)
        .then(|| owned_by(name, second))
        .flatten()
}

/// The present value has to be within the bounds, which the server does not move it into by itself.
pub(super) fn value_fits(
    name: &QName,
    first: &SequenceOptions,
    second: &SequenceOptions,
) -> Option<String> {
    let (min, max) = (second.min, second.max);
    let within = (min..=max).contains(&first.start);
    let apart = max < first.min || min > first.max;
    (!within && !apart).then(|| {
        let sequence = literal(&name.to_string());
        format!(
            "SELECT setval({sequence}, least(greatest(last_value, {min}), {max}), is_called) FROM {name};"
        )
    })
}

/// The options that differ. All of them where the type does: the server takes other bounds with another type.
pub(super) fn options(first: &SequenceOptions, second: &SequenceOptions) -> Vec<String> {
    let mut options = Vec::new();
    if first.data_type != second.data_type {
        options.push(format!("AS {}", second.data_type));
    }
    options.extend(counting(first, second));
    options
}

/// How a sequence counts, where that differs.
pub(super) fn counting(first: &SequenceOptions, second: &SequenceOptions) -> Vec<String> {
    let SequenceOptions {
        data_type,
        start,
        increment,
        min,
        max,
        cache,
        cycle,
    } = second;
    let mut options = Vec::new();
    let all = first.data_type != *data_type;
    let mut add = |word: &str, first: i64, second: i64, always: bool| {
        if first != second || always {
            options.push(format!("{word} {second}"));
        }
    };
    add("INCREMENT BY", first.increment, *increment, false);
    add("MINVALUE", first.min, *min, all);
    add("MAXVALUE", first.max, *max, all);
    add("START WITH", first.start, *start, false);
    add("CACHE", first.cache, *cache, false);
    if first.cycle != *cycle {
        options.push(if *cycle { "CYCLE" } else { "NO CYCLE" }.to_owned());
    }
    options
}
