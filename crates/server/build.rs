//! Takes a new page into the binary: cargo looks at `web/dist`.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=../../web/dist");
    // What is looked at and not there counts as changed, so without a page the crate would be
    // compiled anew each time. Where the folder cannot be made, that is all that happens.
    let _ = std::fs::create_dir_all("../../web/dist");
}
