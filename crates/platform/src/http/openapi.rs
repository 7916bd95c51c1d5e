//! API documents (OpenAPI 3.1), made from the code: a table of operations, each with the types that
//! it reads and writes and the codes that it refuses with.
//!
//! Written with a builder rather than with attributes on the handlers, so that codes are checked by
//! the compiler, are grouped by status once, here, and the routes files stay tables of contents.
//! Tests compare the documents with the routes and with what the services really answer.

use std::collections::{BTreeMap, BTreeSet};

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use bytes::Bytes;
use common::problem::{Code, Next, ProblemDocument};
use serde_json::Value;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{
    AdditionalProperties, KnownFormat, ObjectBuilder, SchemaFormat, Type,
};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    Components, ContentBuilder, Header, HttpMethod, InfoBuilder, License, OpenApi, OpenApiBuilder,
    PathItem, Paths, Ref, RefOr, Required, Response, ResponseBuilder, Schema,
};
use utoipa::{PartialSchema, ToSchema};

use super::problem::status;
use crate::identity::{SERVICE_HEADER, TOKEN_HEADER};

/// Ways to prove who one is: each inner list is sufficient, all of its schemes are needed.
pub type Security = &'static [&'static [&'static str]];

/// Nobody has to prove anything.
pub const ANYBODY: Security = &[];
/// A service shows its name and its token (ADR 0004).
pub const SERVICE: Security = &[&["serviceName", "serviceToken"]];

/// The refusals of everything that reads a body.
pub const BODY: &[Code] = &[Code::InvalidJson, Code::UnsupportedMediaType];
/// The refusals of everything that only some services may use.
pub const CALLER: &[Code] = &[Code::ServiceUnknown, Code::ServiceNotAllowed];

/// What every API has in common, in Markdown.
const COMMON: &str = "\
Refusals are problem documents (RFC 9457). `Bulkhead-Next` says what a client does next and beats \
the status; `x-codes` of a response lists the codes that it can carry. An address that is not here \
is refused with 404 `not-found`, a method that an address does not know with 405 \
`method-not-allowed` and `Allow`. Every 401 carries `WWW-Authenticate: Bearer`. Only what cannot \
be read as HTTP, or has more than 100 headers, is answered without a document: 400, 414 or 431, by \
the HTTP library.

Requests with unknown fields are refused. Answers may gain fields: a client ignores what it does \
not know. `traceparent` (W3C) names the request in our logs and in \
`trace_id`. `Bulkhead-Deadline-Ms` says how long the answer is of use: a shorter time than ours is \
kept, and what is late is refused with 504 `deadline-exceeded`.";

/// What a document says of the whole API.
pub struct About {
    /// Its title.
    pub title: &'static str,
    /// What it is, in Markdown. What is common to all APIs is added.
    pub description: &'static str,
    /// Groups of operations, and what they are.
    pub tags: &'static [(&'static str, &'static str)],
    /// Schemas of enums that refuse unknown fields: the derive says so of structs only.
    pub closed: &'static [&'static str],
    /// Ways to prove who one is, beside a service's.
    pub schemes: Vec<(&'static str, SecurityScheme)>,
}

/// One operation of an API.
pub struct Operation {
    method: HttpMethod,
    path: &'static str,
    builder: OperationBuilder,
    refusals: BTreeMap<StatusCode, BTreeSet<Code>>,
    schemas: Vec<(String, RefOr<Schema>)>,
}

/// A whole number between two bounds, both included: the schema of a parameter.
pub struct Between<const LEAST: i64, const MOST: i64>;

impl<const LEAST: i64, const MOST: i64> PartialSchema for Between<LEAST, MOST> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(LEAST))
            .maximum(Some(MOST))
            .into()
    }
}

/// An API document: the schema of an answer.
struct Document;

impl PartialSchema for Document {
    fn schema() -> RefOr<Schema> {
        let version = ObjectBuilder::new().schema_type(Type::String);
        ObjectBuilder::new()
            .property("openapi", version)
            .required("openapi")
            .additional_properties(Some(AdditionalProperties::FreeForm(true)))
            .into()
    }
}

impl ToSchema for Document {}

/// Any UUID: the schema of a parameter.
pub struct AnyUuid;

impl PartialSchema for AnyUuid {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::Uuid);
        ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
    }
}

/// `GET`. Everything can be sent too much, be late, and break.
pub fn get(path: &'static str, id: &str, summary: &str) -> Operation {
    Operation::new(HttpMethod::Get, path, id, summary)
}

/// `POST`.
pub fn post(path: &'static str, id: &str, summary: &str) -> Operation {
    Operation::new(HttpMethod::Post, path, id, summary)
}

/// `PUT`.
pub fn put(path: &'static str, id: &str, summary: &str) -> Operation {
    Operation::new(HttpMethod::Put, path, id, summary)
}

/// `DELETE`.
pub fn delete(path: &'static str, id: &str, summary: &str) -> Operation {
    Operation::new(HttpMethod::Delete, path, id, summary)
}

impl Operation {
    fn new(method: HttpMethod, path: &'static str, id: &str, summary: &str) -> Self {
        let builder = OperationBuilder::new().operation_id(Some(id)).summary(Some(summary));
        let (refusals, schemas) = (BTreeMap::new(), Vec::new());
        let bare = Self { method, path, builder, refusals, schemas };
        bare.refuses(&[Code::BodyTooLarge, Code::DeadlineExceeded, Code::Internal])
    }

    fn map(mut self, change: impl FnOnce(OperationBuilder) -> OperationBuilder) -> Self {
        self.builder = change(self.builder);
        self
    }

    /// More about it, in Markdown.
    #[must_use]
    pub fn about(self, text: &str) -> Self {
        self.map(|builder| builder.description(Some(text)))
    }

    /// To which group it belongs.
    #[must_use]
    pub fn tag(self, tag: &str) -> Self {
        self.map(|builder| builder.tag(tag))
    }

    /// Who may use it.
    #[must_use]
    pub fn security(self, security: Security) -> Self {
        let requirement = |schemes: &&[&str]| {
            let none: [&str; 0] = [];
            let add = |all: SecurityRequirement, scheme: &&str| all.add(*scheme, none);
            schemes.iter().fold(SecurityRequirement::default(), add)
        };
        let all: Vec<_> = security.iter().map(requirement).collect();
        self.map(|builder| builder.securities(Some(all)))
    }

    /// A part of the path.
    #[must_use]
    pub fn path<T: PartialSchema>(self, name: &str, about: &str) -> Self {
        self.parameter::<T>(ParameterIn::Path, name, Required::True, about)
    }

    /// A part of the query string.
    #[must_use]
    pub fn query<T: PartialSchema>(self, name: &str, required: Required, about: &str) -> Self {
        self.parameter::<T>(ParameterIn::Query, name, required, about)
    }

    /// A header.
    #[must_use]
    pub fn header<T: PartialSchema>(self, name: &str, required: Required, about: &str) -> Self {
        self.parameter::<T>(ParameterIn::Header, name, required, about)
    }

    fn parameter<T: PartialSchema>(
        self,
        place: ParameterIn,
        name: &str,
        required: Required,
        about: &str,
    ) -> Self {
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(place)
            .required(required)
            .description(Some(about))
            .schema(Some(T::schema()));
        self.map(|builder| builder.parameter(parameter))
    }

    /// A JSON body, with an example that has the right shape.
    #[must_use]
    pub fn body<T: ToSchema>(mut self, example: Value) -> Self {
        let content = ContentBuilder::new().schema(Some(self.learn::<T>())).example(Some(example));
        let body = RequestBodyBuilder::new()
            .content("application/json", content.build())
            .required(Some(Required::True))
            .build();
        self.map(|builder| builder.request_body(Some(body))).refuses(BODY)
    }

    /// A JSON answer.
    #[must_use]
    pub fn gives<T: ToSchema>(self, status: u16, about: &str) -> Self {
        self.gives_with::<T>(status, about, &[])
    }

    /// A JSON answer with headers: names, and what they say.
    #[must_use]
    pub fn gives_with<T: ToSchema>(
        mut self,
        status: u16,
        about: &str,
        headers: &[(&str, &str)],
    ) -> Self {
        let content = ContentBuilder::new().schema(Some(self.learn::<T>())).build();
        let response = ResponseBuilder::new().description(about);
        let response = with_headers(response, headers).content("application/json", content);
        self.map(|builder| builder.response(status.to_string(), response.build()))
    }

    /// An answer without a body.
    #[must_use]
    pub fn gives_nothing(self, status: u16, about: &str, headers: &[(&str, &str)]) -> Self {
        let response = with_headers(ResponseBuilder::new().description(about), headers);
        self.map(|builder| builder.response(status.to_string(), response.build()))
    }

    /// An answer in another media type than JSON.
    #[must_use]
    pub fn gives_text(self, media: &str, about: &str) -> Self {
        let content = ContentBuilder::new().schema(Some(String::schema())).build();
        let response = ResponseBuilder::new().description(about).content(media, content).build();
        self.map(|builder| builder.response("200", response))
    }

    /// Served by some listeners of the API: at the others there is nothing at its address.
    #[must_use]
    pub fn at_some(self) -> Self {
        self.refuses(&[Code::NotFound])
    }

    /// With which codes it can refuse; may be said several times.
    #[must_use]
    pub fn refuses(mut self, codes: &[Code]) -> Self {
        for code in codes {
            self.refusals.entry(status(code.class())).or_default().insert(*code);
        }
        self
    }

    /// Remembers a schema with all that it needs, and refers to it.
    fn learn<T: ToSchema>(&mut self) -> RefOr<Schema> {
        let name = T::name();
        self.schemas.push((name.to_string(), T::schema()));
        T::schemas(&mut self.schemas);
        Ref::from_schema_name(name).into()
    }
}

/// `/livez`, `/readyz` and `/metrics`, as on every listener, and `/openapi.json`.
pub fn health() -> [Operation; 4] {
    [
        get("/openapi.json", "openapi", "The part of this document that is served here")
            .gives::<Document>(200, "An OpenAPI 3.1 document."),
        get("/livez", "livez", "Does the process answer?").gives_nothing(200, "It does.", &[]),
        get("/readyz", "readyz", "Can the process serve?")
            .gives_nothing(200, "It can.", &[])
            .refuses(&[Code::NotReady]),
        get("/metrics", "metrics", "Measurements, in Prometheus' text format")
            .gives_text("text/plain", "All measurements."),
    ]
    .map(|operation| operation.tag("health").security(ANYBODY))
}

/// `GET /openapi.json`: the document of what a listener serves.
pub fn document_route<S: Clone + Send + Sync + 'static>(document: &OpenApi) -> Router<S> {
    // Only a number that JSON cannot hold could fail, and a schema has none.
    let text = Bytes::from(document.to_json().unwrap_or_default());
    let answer = move || async move { ([(CONTENT_TYPE, "application/json")], text) };
    Router::new().route("/openapi.json", axum::routing::get(answer))
}

/// The document of an API.
pub fn document(about: About, operations: impl IntoIterator<Item = Operation>) -> OpenApi {
    let mut components = Components::new();
    let mut paths = Paths::new();
    let mut schemas = vec![(ProblemDocument::name().to_string(), ProblemDocument::schema())];
    ProblemDocument::schemas(&mut schemas);
    for mut operation in operations {
        schemas.append(&mut operation.schemas);
        let Operation { method, path, mut builder, refusals, .. } = operation;
        for (status, codes) in refusals {
            builder = builder.response(status.as_str(), refusal(&codes));
        }
        let item = PathItem::new(method, builder);
        match paths.paths.get_mut(path) {
            Some(known) => known.merge_operations(item),
            None => drop(paths.paths.insert(path.to_owned(), item)),
        }
    }
    for (name, schema) in schemas {
        let known = components.schemas.insert(name.clone(), schema.clone());
        debug_assert!(known.is_none_or(|known| known == schema), "two schemas named {name}");
    }
    for name in about.closed {
        components.schemas.entry((*name).to_owned()).and_modify(close);
    }
    components.headers.extend(problem_headers());
    components.security_schemes.extend(
        about.schemes.into_iter().chain(service_schemes()).map(|(n, s)| (n.to_owned(), s.into())),
    );
    let tags = about
        .tags
        .iter()
        .chain(&[("health", "For operators, probes and tools, on every listener.")]);
    let tag = |(name, about): &(&str, &str)| {
        TagBuilder::new().name(*name).description(Some(*about)).build()
    };
    let mut licence = License::new("Apache-2.0");
    licence.identifier = Some("Apache-2.0".to_owned());
    let info = InfoBuilder::new()
        .title(about.title)
        .description(Some(format!("{}\n\n{COMMON}", about.description)))
        .version(env!("CARGO_PKG_VERSION"))
        .license(Some(licence));
    OpenApiBuilder::new()
        .info(info.build())
        .paths(paths)
        .components(Some(components))
        .tags(Some(tags.map(tag)))
        .build()
}

/// Refuses unknown fields in every case of an enum.
fn close(schema: &mut RefOr<Schema>) {
    let RefOr::T(Schema::OneOf(cases)) = schema else { return };
    for case in &mut cases.items {
        if let RefOr::T(Schema::Object(case)) = case {
            case.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        }
    }
}

/// All refusals of one status. Which codes there can be is in `x-codes`.
fn refusal(codes: &BTreeSet<Code>) -> Response {
    let lines = codes.iter().map(|code| format!("- `{}`: {}", code.as_str(), code.title()));
    let names: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
    let schema = Ref::from_schema_name(ProblemDocument::name());
    let extensions = [("x-codes", Value::from(names))].into_iter().collect();
    let mut response = ResponseBuilder::new()
        .description(lines.collect::<Vec<_>>().join("\n"))
        .content("application/problem+json", ContentBuilder::new().schema(Some(schema)).build())
        .extensions(Some(extensions))
        .build();
    let repeated = codes.iter().any(|code| code.next() == Next::Retry);
    for (name, _) in problem_headers().into_iter().take(1 + usize::from(repeated)) {
        let place = Ref::new(format!("#/components/headers/{name}"));
        response.headers.insert(name, RefOr::Ref(place));
    }
    response
}

fn problem_headers() -> [(String, RefOr<Header>); 2] {
    let next = "What the client does next; beats the status. Also in `next`.";
    let seconds = "Seconds, where repeating makes sense; `retry_after_ms` is exact.";
    [
        ("Bulkhead-Next", header_of(Next::schema(), next)),
        ("Retry-After", header_of(Between::<0, 4_294_967_295>::schema(), seconds)),
    ]
    .map(|(name, header)| (name.to_owned(), RefOr::T(header)))
}

fn header(about: &str) -> Header {
    header_of(String::schema(), about)
}

fn header_of(schema: RefOr<Schema>, about: &str) -> Header {
    HeaderBuilder::new().schema(Some(schema)).description(Some(about)).build()
}

fn with_headers(response: ResponseBuilder, headers: &[(&str, &str)]) -> ResponseBuilder {
    headers.iter().fold(response, |response, (name, about)| response.header(*name, header(about)))
}

fn service_schemes() -> [(&'static str, SecurityScheme); 2] {
    let header = |name: &str, about: &str| {
        SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(name, about)))
    };
    [
        ("serviceName", header(SERVICE_HEADER, "The name of the calling service.")),
        ("serviceToken", header(TOKEN_HEADER, "The token of the calling service.")),
    ]
}
