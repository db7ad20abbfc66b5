//! Prints the PostgreSQL servers found on this machine, newest first: version, then folder.

fn main() {
    for one in segue_cluster::installed() {
        println!("{} {}", one.version, one.bin_dir.display());
    }
}
