//! `parlor check`: is anything lost, doubled or out of order? One command that a
//! sceptic can run, against a server of its own or another's.
//!
//! Many devices in many rooms post, edit, delete, react, come and go, while faults
//! strike from one printed seed. Every device writes down what it did and saw. At
//! rest each room is read from 1, and a judge that is a pure function of the
//! history compares. It knows the server from the wire alone: nothing of the
//! server's code is linked in here that could be wrong in the same way.
//!
//! | module | holds |
//! |---|---|
//! | [`run`] | a run, from an empty folder to a verdict |
//! | `device`, `acts`, `held`, `outbox` | a device on the wire: what it does, holds and sends |
//! | `fellow`, `tail` | devices on `parlor-client`, in this process and as one of their own |
//! | `movers`, `setup`, `stage` | joins and leaves; people and rooms; what all share |
//! | [`history`] | what every device saw and did, a line each; kept, and judged again by `--replay` |
//! | [`judge`] | which promise the history shows broken; pure |
//! | `crowd` | many connections at once, for the heavy faults |
//! | `rest` | the end: all at rest, read once more by somebody who knows nothing |
//! | [`report`] | the verdict in words, and as JSON |
//! | [`faults`] | what goes wrong on purpose: the interface, and a file each |
//! | [`promises`] | what Parlor promises, and which fault tries which of it |
//! | [`process`] | the server as a process |
//! | [`power_disk`] | a disk whose power can be cut |
//! | [`http`] | a request, thin |
//! | [`chance`] | choices from a seed |

mod accounts;
mod acts;
pub mod chance;
mod crowd;
mod device;
pub mod faults;
mod fellow;
mod held;
pub mod history;
pub mod http;
pub mod judge;
mod movers;
mod outbox;
pub mod power_disk;
pub mod process;
pub mod promises;
pub mod report;
mod rest;
pub mod run;
mod setup;
mod stage;
mod tail;
