//! The habits of the server that are known here, and the form that is left when all of them are absorbed.
//!
//! Each is a function on one node whose parts have had it already. They are applied again and again until nothing
//! changes: which one comes first does not matter.

use super::{
    arrays, branches, casts, connectives, context::Side, documents, functions, literals,
    membership, names, spellings, target, tree::Tree, whole_rows,
};

/// Absorbs one habit at one node.
pub(super) type Rule = fn(&mut Tree, &Side<'_>);

/// All of them; the name is that of the file.
pub(super) const RULES: &[(&str, Rule)] = &[
    ("connectives", connectives::absorb),
    ("spellings", spellings::absorb),
    ("membership", membership::absorb),
    ("literals", literals::absorb),
    ("documents", documents::absorb),
    ("arrays", arrays::absorb),
    ("names", names::absorb),
    ("functions", functions::absorb),
    ("branches", branches::absorb),
    ("whole_rows", whole_rows::absorb),
    ("casts", casts::absorb),
];

/// More rounds than any expression takes: every rule but those that add casts makes a tree smaller or plainer, and
/// casts are added once.
const ROUNDS: usize = 32;

/// A tree in the form that all habits lead to. The rules are tried in this order.
pub(super) fn settled(mut tree: Tree, side: &Side<'_>, rules: &[(&str, Rule)]) -> Tree {
    for _ in 0..ROUNDS {
        let before = tree.clone();
        for (_, rule) in rules {
            tree.each(&mut |node| rule(node, side));
        }
        target::absorb(&mut tree, side);
        if tree == before {
            break;
        }
    }
    tree
}
