//! Golden frames: `docs/protocol/frames` holds an example of each frame and event, which the page's
//! tests read too. What is there is read and written again without a difference, and nothing of the
//! wire is missing.

#![allow(clippy::unwrap_used, reason = "what cannot be read fails the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use parlor_protocol::Event;
use parlor_protocol::frame::{ClientFrame, ServerFrame};
use parlor_server::schemas;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The examples of a side, by file name.
fn examples(side: &str) -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/protocol/frames");
    let mut examples = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.starts_with(side) {
            let text = std::fs::read_to_string(&path).unwrap();
            examples.insert(name, serde_json::from_str(&text).unwrap());
        }
    }
    examples
}

/// Reads and writes every example of a side, and returns the values of `tag` that were seen.
fn read_and_write<T: DeserializeOwned + Serialize>(side: &str, tag: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    for (name, example) in examples(side) {
        let read: T = serde_json::from_value(example.clone()).expect(&name);
        assert_eq!(serde_json::to_value(&read).unwrap(), example, "{name}");
        seen.insert(example[tag].as_str().unwrap().to_owned());
    }
    seen
}

/// Every value that `tag` can have, by the schema.
fn all(schema: &str, tag: &str) -> BTreeSet<String> {
    let schemas = schemas();
    let variants = schemas[schema]["oneOf"].as_array().unwrap().iter();
    let tags = variants.map(|v| v["properties"][tag]["const"].as_str().unwrap().to_owned());
    tags.collect()
}

#[test]
fn every_frame_of_a_client_is_read_and_written_as_it_stands() {
    assert_eq!(
        read_and_write::<ClientFrame>("client.", "type"),
        all("ClientFrame", "type")
    );
}

#[test]
fn every_frame_of_the_server_is_read_and_written_as_it_stands() {
    assert_eq!(
        read_and_write::<ServerFrame>("server.", "type"),
        all("ServerFrame", "type")
    );
}

#[test]
fn every_kind_of_event_is_read_and_written_as_it_stands() {
    assert_eq!(
        read_and_write::<Event>("event.", "kind"),
        all("Event", "kind")
    );
}

#[test]
fn a_client_frame_is_decoded_as_the_socket_does() {
    for (name, example) in examples("client.") {
        let decoded = ClientFrame::decode(&example.to_string());
        assert_eq!(
            serde_json::to_value(decoded.unwrap()).unwrap(),
            example,
            "{name}"
        );
    }
}
