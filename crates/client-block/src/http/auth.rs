//! The authorization types. A handler that changes something for a customer takes [`Customer`]; a
//! handler of the web channel that anybody may call takes [`OwnPage`]: neither can be forgotten.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use common::block::admission::Class;
use common::problem::Code;
use platform::http::Problem;

use super::{CLIENT_HEADER, Shop, cookies};
use crate::app::sessions::Channel;
use crate::app::sessions::authenticate::{Authenticated, authenticate};
use crate::config::Web;

/// A customer with a live session who is served here.
pub(super) struct Customer(pub(super) Authenticated);

impl FromRequestParts<Shop> for Customer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shop: &Shop) -> Result<Self, Problem> {
        OwnPage::from_request_parts(parts, shop).await?;
        let token = match shop.channel {
            Channel::Web => cookies::read(&parts.headers, cookies::SESSION),
            Channel::Mobile => bearer(&parts.headers),
        };
        let token = token.ok_or(Code::Unauthenticated)?;
        let who = authenticate(&shop.block, shop.channel, &token).await?;
        let class = class(&parts.method, parts.uri.path());
        shop.block.admissions.take_on(&shop.block, &who.scope.home, class)?;
        Ok(Self(who))
    }
}

/// How urgent a request is, where a block cannot carry all of them (protocol §9).
fn class(method: &Method, path: &str) -> Class {
    const IN_FLIGHT: [&str; 4] = ["/confirmation", "/code", "/cancellation", "/answer"];
    const BALANCE: [&str; 7] = [
        "/v1/overview",
        "/v1/accounts",
        "/v1/cards",
        "/v1/loans",
        "/v1/deposits",
        "/v1/notice",
        "/v1/products",
    ];
    let begins = |start: &&str| path.starts_with(*start);
    if *method == Method::DELETE || IN_FLIGHT.iter().any(|end| path.ends_with(end)) {
        Class::InFlight
    } else if !method.is_safe() {
        Class::New
    } else if path.ends_with("/transactions") {
        Class::History
    } else if BALANCE.iter().any(|start| begins(start)) || path.starts_with("/v1/operations/") {
        Class::Balance
    } else {
        Class::History
    }
}

/// On the web channel: a request of the bank's own pages. Requests that change something need an
/// allowed origin, exactly, and the client header, which no form on another site can send.
pub(super) struct OwnPage;

impl FromRequestParts<Shop> for OwnPage {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shop: &Shop) -> Result<Self, Problem> {
        if shop.channel == Channel::Mobile
            || is_own(&parts.method, &parts.headers, &shop.block.config.web)
        {
            Ok(Self)
        } else {
            Err(Code::OriginRefused.into())
        }
    }
}

fn is_own(method: &Method, headers: &HeaderMap, web: &Web) -> bool {
    let origin = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok());
    let allowed = |origin: &str| web.allowed_origins.iter().any(|known| known == origin);
    match origin {
        Some(origin) if !allowed(origin) => false,
        None if !method.is_safe() => false,
        _ => method.is_safe() || headers.contains_key(CLIENT_HEADER),
    }
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(|token| token.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn what_has_begun_goes_before_what_is_new() {
        let cases = [
            (Method::POST, "/v1/operations/1/confirmation", Class::InFlight),
            (Method::POST, "/v1/operations/1/answer", Class::InFlight),
            (Method::DELETE, "/v1/sessions/current", Class::InFlight),
            (Method::POST, "/v1/operations", Class::New),
            (Method::PUT, "/v1/password", Class::New),
            (Method::GET, "/v1/overview", Class::Balance),
            (Method::GET, "/v1/operations/1", Class::Balance),
            (Method::GET, "/v1/operations", Class::History),
            (Method::GET, "/v1/accounts/4/transactions", Class::History),
            (Method::GET, "/v1/templates", Class::History),
        ];
        for (method, path, expected) in cases {
            assert_eq!(class(&method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn only_own_pages_change_anything() {
        let web = Web {
            allowed_origins: vec!["http://bank.localhost:7000".to_owned()],
            cookie_domain: String::new(),
            preflight_max_age_s: 0,
        };
        let own = Some("http://bank.localhost:7000");
        let other = Some("http://bank.localhost:7000.evil.example");
        let cases = [
            (Method::POST, own, true, true),
            (Method::POST, own, false, false),
            (Method::POST, None, true, false),
            (Method::POST, other, true, false),
            (Method::DELETE, Some("null"), true, false),
            (Method::GET, None, false, true),
            (Method::GET, own, false, true),
            (Method::GET, other, false, false),
        ];
        for (method, origin, client, expected) in cases {
            let mut headers = HeaderMap::new();
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            if client {
                headers.insert(CLIENT_HEADER, HeaderValue::from_static("web"));
            }
            assert_eq!(is_own(&method, &headers, &web), expected, "{method} {origin:?}");
        }
    }
}
