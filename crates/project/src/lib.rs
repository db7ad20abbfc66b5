//! What is on disk: segue.toml and migration folders, one file per layout
