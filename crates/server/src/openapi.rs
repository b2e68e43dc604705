//! The OpenAPI 3.1 document, put together from the calls and the types of the wire.

use parlor_protocol::{Code, http as wire};
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use crate::calls::{Body, Call};
use crate::documents::generator;
use crate::router;

/// What any call may answer, besides its own: not repeated at each.
const ANYWHERE: [Code; 11] = [
    Code::BadRequest,
    Code::ForeignOrigin,
    Code::Unclaimed,
    Code::ForeignHost,
    Code::TooLarge,
    Code::NotJson,
    Code::RateLimited,
    Code::Overloaded,
    Code::StorageFailed,
    Code::StorageFull,
    Code::Internal,
];

const ABOUT: &str = "Every room is one ordered, durable log of events, numbered 1, 2, 3 … without \
gaps. These calls read and change what the socket (`/ws`, see the AsyncAPI document) keeps live. \
Ids are opaque; times are RFC 3339 in UTC; unknown fields are to be ignored. Errors are \
`application/problem+json` with a stable `code`; 429, 503 and 507 carry `Retry-After`. What one \
may not see answers as what does not exist.";

/// Everything that can be said over HTTP, as OpenAPI 3.1.
pub fn openapi() -> Value {
    let mut generator = generator();
    let problem = generator.subschema_for::<wire::Problem>();
    let mut paths: Map<String, Value> = Map::new();
    for (path, call) in router::calls().described {
        let operation = operation(&mut generator, &path, &call);
        let item = paths.entry(path).or_insert_with(|| json!({}));
        item[call.method.as_str().to_lowercase()] = operation;
    }
    let anywhere: Vec<String> = ANYWHERE.iter().map(|code| word(*code)).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Parlor",
            "version": "1",
            "description": ABOUT,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "cookie": [] }, { "bearer": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "cookie": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "parlor",
                    "description": "`__Host-parlor` where the public URL is https.",
                },
                "bearer": { "type": "http", "scheme": "bearer" },
            },
            "responses": {
                "Problem": {
                    "description": format!("Refused. Of any call: {}.", anywhere.join(", ")),
                    "content": { "application/problem+json": { "schema": problem } },
                },
            },
            "schemas": generator.take_definitions(true),
        },
    })
}

/// Makes the schemas of all bodies.
pub(crate) fn describe(generator: &mut SchemaGenerator) {
    generator.subschema_for::<wire::Problem>();
    for (_, call) in router::calls().described {
        call.takes.map(|shape| shape(generator));
        for (_, body) in call.gives {
            if let Body::Json(shape) = body {
                shape(generator);
            }
        }
    }
}

fn operation(generator: &mut SchemaGenerator, path: &str, call: &Call) -> Value {
    let mut operation = json!({
        "operationId": operation_id(path, call),
        "summary": call.about,
        "responses": responses(generator, call),
    });
    let parameters = parameters(path, call);
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some(shape) = call.takes {
        operation["requestBody"] = json!({
            "required": !call.optional,
            "content": { "application/json": { "schema": shape(generator) } },
        });
    }
    if !call.signed_in {
        operation["security"] = json!([]);
    }
    operation
}

fn responses(generator: &mut SchemaGenerator, call: &Call) -> Value {
    let mut responses = Map::new();
    for (status, body) in &call.gives {
        let description = http::StatusCode::from_u16(*status).ok();
        let description = description.and_then(|status| status.canonical_reason());
        let mut response = json!({ "description": description });
        match body {
            Body::None => {}
            Body::Json(shape) => {
                let schema = shape(generator);
                response["content"] = json!({ "application/json": { "schema": schema } });
            }
            Body::Other(kind) => response["content"] = json!({ *kind: {} }),
        }
        responses.insert(status.to_string(), response);
    }
    let signed_in = call.signed_in.then_some(Code::NotSignedIn);
    let mut by_status: Map<String, Value> = Map::new();
    for code in call.refuses.iter().copied().chain(signed_in) {
        let words = by_status
            .entry(code.status().to_string())
            .or_insert_with(|| "".into());
        let more = if *words == "" {
            word(code)
        } else {
            format!("{}, {}", text(words), word(code))
        };
        *words = more.into();
    }
    for (status, words) in by_status {
        // Beside `$ref`, OpenAPI 3.1 takes a description of its own.
        responses.insert(
            status,
            json!({ "$ref": "#/components/responses/Problem", "description": words }),
        );
    }
    responses.insert(
        "default".into(),
        json!({ "$ref": "#/components/responses/Problem" }),
    );
    Value::Object(responses)
}

fn parameters(path: &str, call: &Call) -> Vec<Value> {
    let in_path = names_in(path).map(|name| {
        json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
    });
    let in_query = call.query.iter().map(|(name, kind, about)| {
        json!({ "name": name, "in": "query", "description": about, "schema": { "type": kind } })
    });
    in_path.chain(in_query).collect()
}

fn names_in(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

/// `patch /api/v1/rooms/{room}` is `patch_rooms_room`.
fn operation_id(path: &str, call: &Call) -> String {
    let named = path
        .trim_start_matches(crate::calls::BASE)
        .replace(['{', '}'], "");
    let words = named.replace(['/', '.', '-'], "_");
    format!(
        "{}_{}",
        call.method.as_str().to_lowercase(),
        words.trim_start_matches('_')
    )
}

fn word(code: Code) -> String {
    let word = serde_json::to_value(code).unwrap_or_default();
    format!("`{}`", text(&word))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of calls, as the contract has it.
    const CALLS: &str = "\
        GET /server, PATCH /server, POST /claim, POST /sessions, GET /sessions, \
        DELETE /sessions/{id}, POST /tickets, POST /users, POST /invites, GET /invites, \
        DELETE /invites/{id}, GET /users, PATCH /users/{user}, POST /users/{user}/password, \
        GET /me, PATCH /me, POST /me/password, GET /rooms, POST /rooms, PATCH /rooms/{room}, \
        GET /rooms/{room}/members, PUT /rooms/{room}/members/{user}, \
        DELETE /rooms/{room}/members/{user}, GET /rooms/{room}/messages, \
        GET /rooms/{room}/events, POST /rooms/{room}/messages";
    const AT_THE_ROOT: &str = "GET /livez, GET /readyz, GET /up, GET /metrics, GET /ws, \
        GET /api/openapi.json, GET /api/asyncapi.json";

    #[test]
    fn every_call_of_the_contract_is_there_and_no_other() {
        let under = CALLS
            .split(", ")
            .map(|call| call.replacen(' ', " /api/v1", 1));
        let root = AT_THE_ROOT.split(", ").map(str::to_owned);
        let mut expected: Vec<String> = under.chain(root).collect();
        let mut found: Vec<String> = Vec::new();
        for (path, item) in openapi()["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                found.push(format!("{} {path}", method.to_uppercase()));
            }
        }
        expected.sort();
        found.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn nothing_refers_to_what_is_not_there() {
        let document = openapi();
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1) {
            let pointer = reference.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
        assert!(text.contains("#/components/schemas/SignedIn"));
        let mut ids: Vec<&str> = Vec::new();
        for item in document["paths"].as_object().unwrap().values() {
            ids.extend(
                item.as_object()
                    .unwrap()
                    .values()
                    .map(|o| self::text(&o["operationId"])),
            );
        }
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all);
    }
}
