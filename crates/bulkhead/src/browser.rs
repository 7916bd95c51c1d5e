//! A browser with the customers' app in it, as far as a block can tell: the origin, the client
//! header, cookies kept by their domain, answers that must allow the origin.
//!
//! The public names are sent as `Host` and never resolved: everything is on 127.0.0.1.

use std::time::Duration;

use common::problem::{Next, ProblemDocument};
use common::wire::router::{RouteAnswer, RouteRequest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::failure::{Failure, Result};
use crate::loopback::{Answer, Request};

/// What a person would call slow.
const WITHIN: Duration = Duration::from_secs(10);
/// The code of everything that a browser would not like.
const CODE: &str = "UP-SELF-CHECK";
/// The same, where the answer says to ask the router or the block again in a moment.
pub const CODE_AGAIN: &str = "UP-SELF-CHECK-AGAIN";
/// Headers that the app sends beside those that need no permission.
const APP_HEADERS: &str = "content-type,bulkhead-client,idempotency-key";

/// A browser window on the customers' app.
#[derive(Clone, Debug)]
pub struct Browser {
    origin: String,
    cookies: Vec<Cookie>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Cookie {
    name: String,
    value: String,
    domain: String,
}

impl Browser {
    /// A window on the app of this origin, without cookies.
    pub fn new(origin: &str) -> Self {
        Self { origin: origin.to_owned(), cookies: Vec::new() }
    }

    /// Asks the router for a customer's block.
    pub async fn route(&self, login: &str) -> Result<RouteAnswer> {
        let question = RouteRequest::Login(login.to_owned());
        let answer = self.send("POST", &self.origin, "/v1/route", Some(&question), None).await?;
        read(&answer, "the router")
    }

    /// What a browser asks before a cross-origin call that changes something.
    pub async fn preflight(&self, base: &str, path: &str) -> Result<()> {
        let (host, address) = place_of(base);
        let request = Request { method: "OPTIONS", ..Request::get(&address, path) }
            .header("host", host)
            .header("origin", &self.origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", APP_HEADERS);
        let answer = request.send(WITHIN).await.map_err(|error| silent(base, &error))?;
        self.must_be_allowed(base, &answer)
    }

    /// Reads something of a block.
    pub async fn get<A: DeserializeOwned>(&mut self, base: &str, path: &str) -> Result<A> {
        let answer = self.send("GET", base, path, None::<&()>, None).await?;
        self.must_be_allowed(base, &answer)?;
        read(&answer, base)
    }

    /// Posts something to a block; an order carries the client's key.
    pub async fn post(
        &mut self,
        base: &str,
        path: &str,
        body: &impl Serialize,
        key: Option<&str>,
    ) -> Result<Value> {
        let answer = self.send("POST", base, path, Some(body), key).await?;
        self.must_be_allowed(base, &answer)?;
        self.keep_cookies(base, &answer);
        read(&answer, base)
    }

    /// Ends something at a block.
    pub async fn delete(&mut self, base: &str, path: &str) -> Result<()> {
        let answer = self.send("DELETE", base, path, None::<&()>, None).await?;
        self.must_be_allowed(base, &answer)?;
        if answer.status == 204 { Ok(()) } else { Err(unexpected(base, &answer)) }
    }

    async fn send(
        &self,
        method: &str,
        base: &str,
        path: &str,
        body: Option<&impl Serialize>,
        key: Option<&str>,
    ) -> Result<Answer> {
        let (host, address) = place_of(base);
        let body = body
            .map(serde_json::to_string)
            .transpose()
            .map_err(|error| Failure::new(CODE, format!("{error}.")))?;
        let mut request = Request { method, body, ..Request::get(&address, path) }
            .header("host", &host)
            .header("origin", &self.origin)
            .header("bulkhead-client", "web");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let cookies = self.cookies_for(&host);
        if !cookies.is_empty() {
            request = request.header("cookie", cookies);
        }
        request.send(WITHIN).await.map_err(|error| silent(base, &error))
    }

    fn must_be_allowed(&self, base: &str, answer: &Answer) -> Result<()> {
        if answer.header("access-control-allow-origin") == Some(self.origin.as_str()) {
            return Ok(());
        }
        let sentence = format!(
            "{base} answered {} and does not let pages of {} read it.",
            answer.status, self.origin,
        );
        Err(Failure::new(CODE, sentence))
    }

    /// A browser keeps a cookie only for a domain to which the host belongs.
    fn keep_cookies(&mut self, base: &str, answer: &Answer) {
        let (host, _) = place_of(base);
        let lines = answer.headers.iter().filter(|(name, _)| name == "set-cookie");
        for cookie in lines.filter_map(|(_, line)| Cookie::parse(line)) {
            if belongs(&host, &cookie.domain) {
                self.cookies.retain(|known| known.name != cookie.name);
                self.cookies.push(cookie);
            }
        }
    }

    fn cookies_for(&self, host: &str) -> String {
        let fitting = self.cookies.iter().filter(|cookie| belongs(host, &cookie.domain));
        fitting
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect::<Vec<_>>()
            .join("; ")
    }
}

impl Cookie {
    fn parse(line: &str) -> Option<Self> {
        let mut parts = line.split(';').map(str::trim);
        let (name, value) = parts.next()?.split_once('=')?;
        let domain = parts.find_map(|part| part.strip_prefix("Domain=")).unwrap_or_default();
        Some(Self { name: name.to_owned(), value: value.to_owned(), domain: domain.to_owned() })
    }
}

/// The one-time code in a message to a customer.
pub fn code_in(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("Code: ")?;
    let code: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (!code.is_empty()).then_some(code)
}

fn belongs(host: &str, domain: &str) -> bool {
    let host = host.rsplit_once(':').map_or(host, |(name, _)| name);
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// The `Host` of a public address, and where it is on this machine.
fn place_of(base: &str) -> (String, String) {
    let host = base.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let port = host.rsplit_once(':').map_or("80", |(_, port)| port);
    let address = format!("127.0.0.1:{port}");
    (host, address)
}

fn read<A: DeserializeOwned>(answer: &Answer, whom: &str) -> Result<A> {
    if !(200..300).contains(&answer.status) {
        return Err(unexpected(whom, answer));
    }
    serde_json::from_str(&answer.body).map_err(|_unexpected| unexpected(whom, answer))
}

fn unexpected(whom: &str, answer: &Answer) -> Failure {
    let problem = serde_json::from_str::<ProblemDocument>(&answer.body);
    let again = problem.is_ok_and(|problem| matches!(problem.next, Next::Route | Next::Retry));
    let code = if again { CODE_AGAIN } else { CODE };
    Failure::new(code, format!("{whom} answered {}: {}", answer.status, answer.body))
}

fn silent(whom: &str, error: &std::io::Error) -> Failure {
    Failure::new(CODE, format!("{whom} does not answer a browser: {error}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_in_its_text() {
        let text = "Transfer of 100000.00 RUB to Anna P. Code: 048213. Tell it to nobody.";
        assert_eq!(code_in(text).as_deref(), Some("048213"));
        assert_eq!(code_in("Your salary has come in: 100000.00 RUB"), None);
    }

    #[test]
    fn cookies_go_to_their_domain_and_nowhere_else() {
        let mut browser = Browser::new("http://bank.localhost:7000");
        let answer = Answer {
            status: 201,
            headers: vec![
                ("set-cookie".into(), "s=1; Domain=my.bank.localhost; Path=/; Secure".into()),
                ("set-cookie".into(), "evil=1; Domain=other.localhost".into()),
            ],
            body: String::new(),
        };
        browser.keep_cookies("http://client-1.my.bank.localhost:7020", &answer);
        assert_eq!(browser.cookies_for("client-2.my.bank.localhost:7040"), "s=1");
        assert_eq!(browser.cookies_for("guest-1.guest.bank.localhost:7080"), "");
        assert_eq!(browser.cookies_for("evilmy.bank.localhost:1"), "");
    }
}
