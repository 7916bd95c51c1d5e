//! The block's API document: `openapi/block.json`. One document for all roles and listeners, as
//! there is one program; the groups say who serves what.

mod customers;
mod examples;
mod operations;
mod others;
mod sections;

use common::problem::Code;
use platform::http::openapi::{About, Operation, Security, document as make, health};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{OpenApi, Required};

use super::cookies;

/// A customer with a live session: browsers by cookie, the mobile application by token.
const CUSTOMER: Security = &[&["sessionCookie"], &["sessionToken"]];

/// With which codes everything for customers can refuse.
const CUSTOMERS: &[Code] = &[
    Code::Unauthenticated,
    Code::SessionExpired,
    Code::PlacementMoved,
    Code::PlacementBehind,
    Code::NotReady,
    Code::Busy,
];

const TAGS: &[(&str, &str)] = &[
    ("sessions", "Log in and out. Served by client and pilot blocks."),
    ("products", "What a customer has. Served by client and pilot blocks."),
    ("operations", "What a customer orders. Served by client and pilot blocks."),
    ("templates", "Orders to be repeated. Served by client and pilot blocks."),
    ("reference", "The same for everybody. Served by every block."),
    ("visitors", "For visitors without a session. Served by guest blocks."),
    ("internal", "For other services, on a listener of its own."),
];

const DESCRIPTION: &str = "\
A block serves some of the bank's customers, or visitors. Which block serves a customer is said by \
the router, with a ticket that opens one login there. Every listener serves its own part of this \
document at `/openapi.json`.

On the web channel a request that changes something carries an allowed `Origin` and \
`Bulkhead-Client`; the session is a cookie. On the mobile channel it is a bearer token.";

/// What listeners serve.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// The channels of a block with customers.
    Customers,
    /// The channels of a guest block.
    Visitors,
    /// The listener for other services.
    Internal,
}

/// The whole document.
pub fn document() -> OpenApi {
    let all = [customers::operations(), operations::operations(), others::operations()];
    made_of(all.into_iter().flatten())
}

/// What one listener serves of it.
pub fn part(part: Part) -> OpenApi {
    made_of(match part {
        Part::Customers => {
            let own = [customers::operations(), operations::operations(), others::reference()];
            own.into_iter().flatten().collect::<Vec<_>>()
        }
        Part::Visitors => [others::visitors(), others::reference()].into_iter().flatten().collect(),
        Part::Internal => others::internal(),
    })
}

fn made_of(operations: impl IntoIterator<Item = Operation>) -> OpenApi {
    let about = About {
        title: "Bulkhead block",
        description: DESCRIPTION,
        tags: TAGS,
        closed: &["Draft", "PayeeDraft"],
        schemes: vec![("sessionCookie", session_cookie()), ("sessionToken", session_token())],
    };
    make(about, operations.into_iter().map(Operation::at_some).chain(health()))
}

fn session_cookie() -> SecurityScheme {
    let about = "Web channel. Set when a session is opened; no script reads it.";
    SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(cookies::SESSION, about)))
}

fn session_token() -> SecurityScheme {
    let about = "Mobile channel. Told once, when a session is opened.";
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(about));
    SecurityScheme::Http(scheme.build())
}

/// For customers, and changes nothing.
fn shown(operation: Operation) -> Operation {
    origin(operation).security(CUSTOMER).refuses(CUSTOMERS)
}

/// For customers, and changes something.
fn changed(operation: Operation) -> Operation {
    own_page(operation).security(CUSTOMER).refuses(CUSTOMERS)
}

/// Changes something: on the web channel only for the bank's own pages.
fn own_page(operation: Operation) -> Operation {
    let about = "Any text; needed on the web channel, with an allowed `Origin`. No form on another \
                 site can send it.";
    origin(operation).header::<String>("Bulkhead-Client", Required::False, about)
}

/// Looks at where a browser says that the request comes from.
fn origin(operation: Operation) -> Operation {
    let about = "Web channel: set by the browser, never by a page. Exactly one of the bank's own \
                 origins; needed for what changes something, and refused if it is another one \
                 wherever it is sent. The mobile channel does not look at it.";
    operation.header::<String>("Origin", Required::False, about).refuses(&[Code::OriginRefused])
}

/// Takes the client's key of an order.
fn keyed(operation: Operation) -> Operation {
    operation
        .header::<examples::Key>(
            "Idempotency-Key",
            Required::True,
            "Made by the client and stored there before the first send; kept for 400 days.",
        )
        .refuses(&[Code::IdempotencyKeyMissing, Code::IdempotencyKeyInvalid])
}

/// A page of a list.
fn paged(operation: Operation) -> Operation {
    operation
        .query::<String>("cursor", Required::False, "`next` of the page before.")
        .query::<platform::http::openapi::Between<0, 4_294_967_295>>(
            "limit",
            Required::False,
            "At most this many: 1 to 100, more is taken as 100; 50 if not said.",
        )
        .refuses(&[Code::InvalidQuery])
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_document_is_what_the_code_says() {
        let document = super::document().to_pretty_json().unwrap();
        testkit::openapi::compare_document("block", &document);
        testkit::openapi::compare_routes(&document, &[include_str!("../mod.rs")], &[]);
    }
}
