//! What several recipes write: proofs of NOT NULL, rows in batches, triggers that keep two columns the same, names that are
//! free.

mod alike;
mod asked;
mod batches;
mod compare;
mod domains;
mod image;
mod keep;
mod key;
mod leaves;
mod names;
mod not_null;
mod notices;
mod over;
mod pairing;
mod partitions_since;
mod published;
mod row;
mod row_type;
mod sync;
mod trigger_function;
mod trigger_text;
mod watch;
mod whole_rows;

pub(crate) use self::{
    alike::says_the_same,
    asked::asked,
    batches::{Ends, Keeps, fill, fill_late, in_batches, not_kept, own_writes, seeing_all},
    compare::{compare, look_for, look_for_broken, look_for_null},
    domains::Domains,
    image::differ,
    keep::{Keeping, arbiters, check_key, unique_keys},
    key::{attached, built_alone, built_beside, by_index, concurrently, index_of},
    leaves::{
        Holder, default_partition, has_children, holders, holders_and_to_come, is_partition_key,
        is_partitioned, kin, to_come, with_partitions,
    },
    names::{free_column, free_constraint, free_function, free_kept, free_relation},
    not_null::{Proof, prove_not_null},
    notices::{
        functions_of_triggers, in_bodies, is_of_segue, of_another_column, of_another_name,
        of_fired_triggers, of_unproved_checks,
    },
    over::is_over,
    pairing::{Carried, Functions, Half, Key, PART, Paired, Pairing, listed, values},
    partitions_since::{detached, own_parts},
    published::{of_all_tables, publications, refuse_without_identity},
    row::{NAMED, called, named_row},
    row_type::is_row_type_fixed,
    sync::{Sync, beside_batches, trigger as sync_trigger, when_all},
    trigger_function::{Runs, USE_COLUMN},
    trigger_text::trigger_text,
    watch::{Reach, Watch},
    whole_rows::{COPIED_WHOLE, are_copied_whole},
};
