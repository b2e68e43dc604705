//! The AsyncAPI 3.0 document: the frames of the socket, put together from the types of the wire.

use parlor_protocol::SUBPROTOCOL;
use parlor_protocol::frame::{ClientFrame, CloseCode, ServerFrame};
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use crate::documents::generator;

const ABOUT: &str = "One JSON object in one text message, told apart by `type`. The upgrade wants \
a session: its cookie, `Authorization: Bearer TOKEN`, or `?ticket=` from `POST /api/v1/tickets`. \
A client says `hello` first and is answered `ready`, then what it missed of each room it named; \
afterwards it is live in every room it is in. Unknown fields, types and kinds are to be ignored.";

const CLOSES: [CloseCode; 15] = [
    CloseCode::ProtocolError,
    CloseCode::BinaryFrame,
    CloseCode::InvalidUtf8,
    CloseCode::TooManyFragments,
    CloseCode::TooBig,
    CloseCode::Internal,
    CloseCode::Restarting,
    CloseCode::TryLater,
    CloseCode::HeartbeatMissed,
    CloseCode::NoHello,
    CloseCode::Flooding,
    CloseCode::Malformed,
    CloseCode::Disabled,
    CloseCode::SessionEnded,
    CloseCode::ProtocolNotSpoken,
];

/// Everything that can be said over the socket, as AsyncAPI 3.0.
pub fn asyncapi() -> Value {
    let mut generator = generator();
    describe(&mut generator);
    let mut schemas = generator.take_definitions(true);
    let client = frames(&mut schemas, "ClientFrame");
    let server = frames(&mut schemas, "ServerFrame");
    let names = |frames: &[(String, Value)], to: &str| -> Vec<Value> {
        let refer = |(name, _): &(String, Value)| json!({ "$ref": format!("{to}/{name}") });
        frames.iter().map(refer).collect()
    };
    let on_channel = "#/channels/socket/messages";
    let (receives, sends) = (names(&client, on_channel), names(&server, on_channel));
    let mut messages = Map::new();
    let mut in_channel = Map::new();
    for (name, frame) in client.into_iter().chain(server) {
        let reference = format!("#/components/messages/{name}");
        in_channel.insert(name.clone(), json!({ "$ref": reference }));
        messages.insert(name, frame);
    }
    json!({
        "asyncapi": "3.0.0",
        "info": { "title": "Parlor", "version": "1", "description": about() },
        "defaultContentType": "application/json",
        "servers": {
            "here": { "host": "localhost:8080", "protocol": "ws", "description": "Or wherever it runs." },
        },
        "channels": {
            "socket": {
                "address": "/ws",
                "messages": in_channel,
                "bindings": {
                    "ws": {
                        "method": "GET",
                        "query": {
                            "type": "object",
                            "properties": { "ticket": { "type": "string" } },
                        },
                    },
                },
            },
        },
        "operations": {
            "client_says": {
                "action": "receive",
                "channel": { "$ref": "#/channels/socket" },
                "summary": "What the server takes.",
                "messages": receives,
            },
            "server_says": {
                "action": "send",
                "channel": { "$ref": "#/channels/socket" },
                "summary": "What the server sends.",
                "messages": sends,
            },
        },
        "components": { "messages": messages, "schemas": schemas },
    })
}

/// Makes the schemas of all frames.
pub(crate) fn describe(generator: &mut SchemaGenerator) {
    generator.subschema_for::<ClientFrame>();
    generator.subschema_for::<ServerFrame>();
}

fn about() -> String {
    let mut text =
        format!("{ABOUT} The subprotocol is `{SUBPROTOCOL}`.\n\nThe server closes with:\n");
    for close in CLOSES {
        let back = if close.reconnect() {
            "come back"
        } else {
            "do not come back by yourself"
        };
        text.push_str(&format!("- {}: {}; {back}\n", close.code(), close.reason()));
    }
    text
}

/// The frames of one side, as messages: their schemas become components of their own.
fn frames(schemas: &mut Map<String, Value>, side: &str) -> Vec<(String, Value)> {
    let prefix = side.trim_end_matches("Frame").to_lowercase();
    let variants = schemas
        .get(side)
        .and_then(|schema| schema["oneOf"].as_array())
        .cloned();
    let mut frames = Vec::new();
    for mut variant in variants.unwrap_or_default() {
        let kind = variant["properties"]["type"]["const"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let summary = variant
            .as_object_mut()
            .and_then(|schema| schema.remove("description"));
        let name = format!("{prefix}_{kind}");
        schemas.insert(name.clone(), variant);
        let payload = json!({ "$ref": format!("#/components/schemas/{name}") });
        let message = json!({ "name": kind, "summary": summary, "payload": payload });
        frames.push((name, message));
    }
    // The union itself is what the channel is: not repeated.
    schemas.retain(|name, _| name != side);
    frames
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frame_of_both_sides_is_a_message() {
        let document = asyncapi();
        let count = |operation: &str| {
            document["operations"][operation]["messages"]
                .as_array()
                .unwrap()
                .len()
        };
        assert_eq!((count("client_says"), count("server_says")), (10, 12));
        let messages = document["components"]["messages"].as_object().unwrap();
        for name in [
            "client_hello",
            "client_unreact",
            "server_ready",
            "server_bye",
        ] {
            assert!(messages.contains_key(name), "{name}");
        }
    }

    #[test]
    fn nothing_refers_to_what_is_not_there() {
        let document = asyncapi();
        for reference in document.to_string().split("\"$ref\":\"#").skip(1) {
            let pointer = reference.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }
}
