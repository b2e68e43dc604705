//! What the program does not have in it.

use parlor_sabotage::Switch;

#[test]
fn no_switch_that_breaks_a_promise_is_in_the_program() {
    let program = std::fs::read(env!("CARGO_BIN_EXE_parlor")).unwrap();
    let holds = |text: &str| program.windows(text.len()).any(|it| it == text.as_bytes());
    assert!(holds("PARLOR_DATA_DIR"), "what is in it is found");
    // "drop" and "double" are words of their own; what the checker sets is the variable alone.
    for switch in Switch::ALL.iter().filter(|it| it.name().contains('_')) {
        assert!(!holds(switch.name()), "{}", switch.name());
    }
}
