//! What Parlor promises, by number, and which fault tries which of it.
//!
//! Faults name the promises that they try; this is the other direction, and the words.
//! P10 and P15 are those of upgrades and of clusters, which there are none of yet.

use serde::Serialize;

use crate::faults;

/// A promise.
#[derive(Clone, Copy, Debug)]
pub struct Promise {
    /// Its number, such as `P1`.
    pub id: &'static str,
    /// What it says.
    pub says: &'static str,
    /// What else tries it, where faults alone would not.
    pub besides: Option<&'static str>,
}

const fn promise(id: &'static str, says: &'static str) -> Promise {
    Promise {
        id,
        says,
        besides: None,
    }
}

/// All of them, in their order.
pub const PROMISES: [Promise; 16] = [
    promise(
        "P1",
        "What is acked, or shown to anyone, is on the disk: no kill and no power cut takes it back",
    ),
    promise(
        "P2",
        "A room is one log without holes: everyone reads the same event under the same number, and what was sent after an ack comes after it",
    ),
    promise(
        "P3",
        "A client applies each event once and in order, whatever the network does",
    ),
    promise(
        "P4",
        "Sent again under the same nonce, however often and however late, a command is one event with one answer",
    ),
    promise(
        "P5",
        "What one sends is queued, being sent, sent, or refused with a reason, and is never said to be what it is not",
    ),
    promise(
        "P6",
        "Whoever was away catches up from where they stopped, however long ago, from the log that live readers read",
    ),
    promise(
        "P7",
        "A slow reader costs 64 KiB and nobody else's time, is not cut off for it, and misses nothing",
    ),
    promise(
        "P8",
        "A client notices a dead server within 12 s, the server a dead client within 16 s",
    ),
    Promise {
        id: "P9",
        says: "Nobody receives what happened after their removal; a session that ends takes its sockets along",
        besides: Some("members who are removed and accounts that are disabled in every run"),
    },
    promise(
        "P11",
        "After a crash all come back at a measured pace, that ends, and nothing written meanwhile is lost",
    ),
    promise(
        "P12",
        "With more to do than it can, the server answers all or refuses with a time to come back",
    ),
    promise(
        "P13",
        "Order, catching up, nonces and revocation do not ask the wall clock",
    ),
    promise(
        "P14",
        "With a full or failing disk nothing is acked that is not kept; reads go on, and writes by themselves once there is room",
    ),
    promise(
        "P16",
        "A damaged history is named, and a backup is a prefix of every log in an epoch of its own without a session",
    ),
    promise(
        "P17",
        "A hostile connection is cheap, and honest ones hardly notice",
    ),
    Promise {
        id: "P18",
        says: "Nobody gets in by default: no known credential opens anything of value",
        besides: Some(
            "no fault: the tests that `docs/security.md` names for the first run and the demo",
        ),
    },
];

/// A promise with the faults that try it, for reports.
#[derive(Clone, Debug, Serialize)]
pub struct Tried {
    /// See [`Promise`].
    pub id: &'static str,
    /// See [`Promise`].
    pub says: &'static str,
    /// Names of faults.
    pub faults: Vec<&'static str>,
    /// See [`Promise`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub besides: Option<&'static str>,
}

/// Every promise with its faults.
pub fn tried() -> Vec<Tried> {
    let faults: Vec<_> = faults::NAMES
        .into_iter()
        .filter_map(faults::by_name)
        .collect();
    let of = |id: &str| {
        faults
            .iter()
            .filter(|fault| fault.promises().contains(&id))
            .map(|fault| fault.name())
            .collect()
    };
    PROMISES
        .iter()
        .map(|promise| Tried {
            id: promise.id,
            says: promise.says,
            faults: of(promise.id),
            besides: promise.besides,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_promise_is_tried_and_every_fault_tries_promises_that_there_are() {
        for tried in tried() {
            assert!(
                !tried.faults.is_empty() || (tried.id == "P18" && tried.besides.is_some()),
                "{} is tried by nothing",
                tried.id
            );
        }
        for name in faults::NAMES {
            let fault = faults::by_name(name).unwrap();
            assert!(!fault.promises().is_empty(), "{name} tries nothing");
            for id in fault.promises() {
                assert!(
                    PROMISES.iter().any(|promise| promise.id == *id),
                    "{name} tries {id}, which there is not"
                );
            }
        }
    }
}
