//! Takes a new page into the binary: cargo looks at `web/dist`, which may be absent.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=../../web/dist");
}
