//! Nothing to call: what matters is the list of dependencies.
//!
//! `./test` builds most tests without the embedded server, and a few with it. Cargo joins the features that are asked for by what is
//! built together, so that what the embedded server depends on would have most libraries built anew, and every crate of ours behind
//! them. This crate is part of both builds and asks for all features that either of them does. It is no part of what is released, and
//! nothing is wrong where the list is not up to date: then some libraries are built twice. `.ci/unified` names them.
