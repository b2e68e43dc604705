//! The contract, as the server itself gives it out.

use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::Value;

use crate::calls::{Call, Calls};
use crate::{asyncapi, openapi};

static OPENAPI: LazyLock<Bytes> = LazyLock::new(|| openapi::openapi().to_string().into());
static ASYNCAPI: LazyLock<Bytes> = LazyLock::new(|| asyncapi::asyncapi().to_string().into());

pub(crate) fn calls() -> Calls {
    let json = "application/json";
    let document = |path, about| Call::get(path, about).public().gives_other(200, json);
    Calls::default()
        .add(
            document(
                "/api/openapi.json",
                "What is said over HTTP: this document.",
            ),
            async || give(&OPENAPI),
        )
        .add(
            document("/api/asyncapi.json", "What is said over the socket."),
            async || give(&ASYNCAPI),
        )
}

fn give(document: &'static LazyLock<Bytes>) -> Response {
    let kind = HeaderValue::from_static("application/json");
    let kept = HeaderValue::from_static("no-cache");
    (
        [(CONTENT_TYPE, kind), (CACHE_CONTROL, kept)],
        Bytes::clone(document),
    )
        .into_response()
}

/// Makes schemas that refer to each other as both kinds of document want it.
pub(crate) fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        })
        .into_generator()
}

/// JSON Schemas (2020-12) of every frame and every body, by name, with what they are made of.
pub fn schemas() -> Value {
    let mut generator = generator();
    asyncapi::describe(&mut generator);
    openapi::describe(&mut generator);
    Value::Object(generator.take_definitions(true))
}
