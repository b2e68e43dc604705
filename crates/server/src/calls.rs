//! A call and its description, put down together, so that no route is undocumented.

use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, on};
use http::Method;
use parlor_protocol::Code;
use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::state::App;

/// Where all calls but those at the root begin.
pub(crate) const BASE: &str = "/api/v1";

/// What stands in an answer.
pub(crate) enum Body {
    None,
    Json(Shape),
    /// Of this content type.
    Other(&'static str),
}

pub(crate) type Shape = fn(&mut SchemaGenerator) -> Schema;

/// What a call takes and gives.
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Behind its base, parameters in braces.
    pub(crate) path: &'static str,
    /// What it does, for a person.
    pub(crate) about: &'static str,
    /// Whether it wants a session.
    pub(crate) signed_in: bool,
    /// Names of the query, the JSON type of each, and what it means.
    pub(crate) query: &'static [(&'static str, &'static str, &'static str)],
    pub(crate) takes: Option<Shape>,
    /// The body may be absent.
    pub(crate) optional: bool,
    /// Statuses, and the body of each.
    pub(crate) gives: Vec<(u16, Body)>,
    /// Codes of its own; those that every call can answer are not repeated.
    pub(crate) refuses: &'static [Code],
}

impl Call {
    fn new(method: Method, path: &'static str, about: &'static str) -> Self {
        Self {
            method,
            path,
            about,
            signed_in: true,
            query: &[],
            takes: None,
            optional: false,
            gives: Vec::new(),
            refuses: &[],
        }
    }

    pub(crate) fn get(path: &'static str, about: &'static str) -> Self {
        Self::new(Method::GET, path, about)
    }

    pub(crate) fn post(path: &'static str, about: &'static str) -> Self {
        Self::new(Method::POST, path, about)
    }

    pub(crate) fn put(path: &'static str, about: &'static str) -> Self {
        Self::new(Method::PUT, path, about)
    }

    pub(crate) fn patch(path: &'static str, about: &'static str) -> Self {
        Self::new(Method::PATCH, path, about)
    }

    pub(crate) fn delete(path: &'static str, about: &'static str) -> Self {
        Self::new(Method::DELETE, path, about)
    }

    /// For anyone.
    pub(crate) fn public(mut self) -> Self {
        self.signed_in = false;
        self
    }

    pub(crate) fn query(
        mut self,
        names: &'static [(&'static str, &'static str, &'static str)],
    ) -> Self {
        self.query = names;
        self
    }

    pub(crate) fn takes<T: JsonSchema>(mut self) -> Self {
        self.takes = Some(SchemaGenerator::subschema_for::<T>);
        self
    }

    pub(crate) fn may_take<T: JsonSchema>(mut self) -> Self {
        self.optional = true;
        self.takes::<T>()
    }

    pub(crate) fn gives<T: JsonSchema>(mut self, status: u16) -> Self {
        self.gives
            .push((status, Body::Json(SchemaGenerator::subschema_for::<T>)));
        self
    }

    /// 204, without a body.
    pub(crate) fn gives_nothing(self) -> Self {
        self.gives_no_body(204)
    }

    pub(crate) fn gives_no_body(mut self, status: u16) -> Self {
        self.gives.push((status, Body::None));
        self
    }

    /// A body that is no word of the wire.
    pub(crate) fn gives_other(mut self, status: u16, content_type: &'static str) -> Self {
        self.gives.push((status, Body::Other(content_type)));
        self
    }

    pub(crate) fn refuses(mut self, codes: &'static [Code]) -> Self {
        self.refuses = codes;
        self
    }
}

/// Routes with their descriptions, the full path of each beside it.
#[derive(Default)]
pub(crate) struct Calls {
    base: &'static str,
    pub(crate) router: Router<Arc<App>>,
    pub(crate) described: Vec<(String, Call)>,
}

impl Calls {
    /// None yet; those added stand under a path. By default they stand at the root.
    pub(crate) fn under(base: &'static str) -> Self {
        Self {
            base,
            ..Self::default()
        }
    }

    /// One more call.
    pub(crate) fn add<H, T>(mut self, call: Call, handler: H) -> Self
    where
        H: Handler<T, Arc<App>>,
        T: 'static,
    {
        let filter = match call.method {
            Method::POST => MethodFilter::POST,
            Method::PUT => MethodFilter::PUT,
            Method::PATCH => MethodFilter::PATCH,
            Method::DELETE => MethodFilter::DELETE,
            _ => MethodFilter::GET,
        };
        let path = format!("{}{}", self.base, call.path);
        self.router = self.router.route(&path, on(filter, handler));
        self.described.push((path, call));
        self
    }

    /// These and those.
    pub(crate) fn with(mut self, more: Self) -> Self {
        self.router = self.router.merge(more.router);
        self.described.extend(more.described);
        self
    }
}
