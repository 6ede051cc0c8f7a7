//! A new migration must be embedded anew; without this only a change of the code would do so.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
