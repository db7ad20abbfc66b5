//! The model as SQL again, and as a tree for people.
