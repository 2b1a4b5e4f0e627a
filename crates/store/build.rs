//! The migrations are read when the crate is built: a new one, or an edit, builds it anew.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
