//! What `PARLOR_SABOTAGE` chose for this process.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Switch;

/// The variable that names them.
const VARIABLE: &str = "PARLOR_SABOTAGE";

/// Those that were chosen, with their numbers and how often each was asked whether it strikes.
static CHOSEN: OnceLock<Vec<Chosen>> = OnceLock::new();

#[derive(Debug)]
struct Chosen {
    switch: Switch,
    value: u64,
    asked: AtomicU64,
}

/// Whether this is to be done wrong.
///
/// # Panics
/// Where the variable names no switch: a test that thinks it sabotages, and does not, is worse than none.
pub fn is(switch: Switch) -> bool {
    find(switch).is_some()
}

/// Whether it is to be done wrong this time: every so many-th time.
pub fn strikes(switch: Switch) -> bool {
    find(switch).is_some_and(|chosen| {
        let asked = chosen.asked.fetch_add(1, Ordering::Relaxed) + 1;
        asked.is_multiple_of(chosen.value.max(1))
    })
}

/// The number that a switch was given, or its default.
pub fn value(switch: Switch) -> u64 {
    find(switch).map_or(switch.default_value(), |chosen| chosen.value)
}

/// The names of those that were chosen, for a line that warns of them.
pub fn chosen() -> Vec<&'static str> {
    all().iter().map(|chosen| chosen.switch.name()).collect()
}

fn find(switch: Switch) -> Option<&'static Chosen> {
    all().iter().find(|chosen| chosen.switch == switch)
}

fn all() -> &'static [Chosen] {
    CHOSEN.get_or_init(|| {
        let named = std::env::var(VARIABLE).unwrap_or_default();
        parse(&named).unwrap_or_else(|wrong| panic!("{VARIABLE}: no switch is called {wrong:?}"))
    })
}

/// `name` or `name=number`, several with commas between.
fn parse(named: &str) -> Result<Vec<Chosen>, &str> {
    let named = named.split(',').map(str::trim).filter(|it| !it.is_empty());
    named
        .map(|it| {
            let (name, value) = it.split_once('=').map_or((it, None), |(n, v)| (n, Some(v)));
            let switch = Switch::ALL.iter().find(|switch| switch.name() == name);
            let switch = *switch.ok_or(it)?;
            let value = value.map_or(Ok(switch.default_value()), str::parse);
            Ok(Chosen {
                switch,
                value: value.map_err(|_| it)?,
                asked: AtomicU64::new(0),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_names_with_numbers_or_without() {
        let chosen = parse("drop=200, double").unwrap();
        let chosen: Vec<_> = chosen.iter().map(|it| (it.switch, it.value)).collect();
        assert_eq!(chosen, [(Switch::Drop, 200), (Switch::Double, 10)]);
        assert!(parse("").unwrap().is_empty());
        for wrong in ["dorp", "drop=", "drop=often"] {
            assert_eq!(parse(wrong).unwrap_err(), wrong);
        }
    }
}
