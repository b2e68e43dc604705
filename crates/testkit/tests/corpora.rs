//! What the fuzzers kept, tried again without a fuzzer: see `fuzz/`.

use std::path::Path;

#[allow(unreachable_pub, reason = "the fuzzers' crate exports it")]
#[path = "../../../fuzz/src/properties.rs"]
mod properties;

#[test]
fn what_the_fuzzers_kept_is_taken_in_stride() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    for (name, property) in properties::ALL {
        let mut files: Vec<_> = std::fs::read_dir(corpora.join(name))
            .unwrap_or_else(|error| panic!("{name}: {error}"))
            .map(|entry| entry.expect("an entry").path())
            .collect();
        files.sort();
        assert!(files.len() >= 10, "{name} has {} files", files.len());
        for file in files {
            let bytes = std::fs::read(&file).expect("a file");
            // So that a failure names its file.
            println!("{}", file.display());
            property(&bytes);
        }
    }
}
