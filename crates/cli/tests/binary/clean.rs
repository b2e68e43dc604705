//! What the program does not have in it.

use parlor_sabotage::Switch;

#[test]
fn no_switch_that_breaks_a_promise_is_in_the_program() {
    let program = std::fs::read(env!("CARGO_BIN_EXE_parlor")).unwrap();
    let program = String::from_utf8_lossy(&program);
    assert!(
        program.contains("PARLOR_DATA_DIR"),
        "what is in it is found"
    );
    assert!(!program.contains(": no switch is called "));
    // The shorter names are words of others, too.
    let long = |name: &str| name.matches('_').count() > 1;
    let names = Switch::ALL.iter().map(|switch| switch.name());
    for name in names.filter(|name| long(name)) {
        assert!(!program.contains(name), "{name}");
    }
}
