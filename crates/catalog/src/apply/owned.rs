//! Objects that have an owner and privileges of their own: what they have in common.

use super::privileges::Kind;
use crate::{
    DefaultFor, Name, Privileges,
    model::{Routine, Schema, Sequence, Table, Type, View},
};

/// An object with an owner and privileges.
pub(super) trait Owned: Clone {
    /// As which kind default privileges speak of it.
    const OBJECTS: DefaultFor;

    /// Its owner and its privileges.
    fn owned(&mut self) -> (&mut Option<Name>, &mut Privileges);

    /// Its privileges with what it takes to change them: the kind of object, and whose it is.
    fn privileges(&mut self) -> (&mut Privileges, Kind, Option<Name>) {
        let (owner, privileges) = self.owned();
        (privileges, Kind::of_defaults(Self::OBJECTS), owner.clone())
    }
}

macro_rules! owned {
    ($($object:ty: $objects:ident;)*) => {$(
        impl Owned for $object {
            const OBJECTS: DefaultFor = DefaultFor::$objects;

            fn owned(&mut self) -> (&mut Option<Name>, &mut Privileges) {
                (&mut self.owner, &mut self.privileges)
            }
        }
    )*};
}

owned! {
    Schema: Schemas;
    Type: Types;
    Sequence: Sequences;
    Table: Tables;
    View: Tables;
    Routine: Functions;
}
