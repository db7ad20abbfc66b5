//! Cargo knows the files that `embed!` has read; for one that is added it has to watch the folder.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
