//! Somebody who calls the block: a browser, the mobile application, another service.

use std::net::SocketAddr;

use common::problem::ProblemDocument;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::openapi::Exchange;

use crate::bank::ORIGIN;

/// Who calls, and what he shows.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    headers: Vec<(String, String)>,
}

/// A request before it is sent.
pub(crate) struct Request(reqwest::RequestBuilder);

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

thread_local! {
    /// One for each test, which runs in a thread of its own: making one reads certificates.
    static HTTP: reqwest::Client = http();
}

#[expect(clippy::disallowed_methods, reason = "the client of a customer, not of a service")]
fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap()
}

impl Client {
    /// Nobody in particular.
    pub(crate) fn stranger(address: SocketAddr) -> Self {
        Self {
            http: HTTP.with(Clone::clone),
            base: format!("http://{address}"),
            headers: Vec::new(),
        }
    }

    /// A page of the bank's own web application.
    pub(crate) fn page(address: SocketAddr) -> Self {
        Self::stranger(address).with("origin", ORIGIN).with("bulkhead-client", "web")
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same caller without one of the headers.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(sent, _)| sent != name);
        self
    }

    /// What the caller sends under this name with every request.
    pub(crate) fn header(&self, name: &str) -> String {
        let found = self.headers.iter().find(|(sent, _)| sent == name);
        found.map_or_else(String::new, |(_, value)| value.clone())
    }

    /// The same caller at another listener.
    pub(crate) fn at(&self, address: SocketAddr) -> Self {
        let base = format!("http://{address}");
        Self { base, ..self.clone() }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> Request {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        Request(request)
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.request(Method::GET, path).send().await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.request(Method::DELETE, path).send().await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.request(Method::POST, path).json(body).send().await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Reply {
        self.request(Method::PUT, path).json(body).send().await
    }

    /// The intent that a review gives for a draft.
    pub(crate) async fn review(&self, draft: &Value) -> Value {
        let reply = self.post("/v1/operations/review", draft).await;
        reply.ok()["intent"].clone()
    }

    /// Orders an intent under a key.
    pub(crate) async fn order(&self, key: &str, intent: &Value) -> Reply {
        self.send_order(key, &json!({ "intent": intent })).await
    }

    pub(crate) async fn send_order(&self, key: &str, body: &Value) -> Reply {
        let request = self.request(Method::POST, "/v1/operations");
        request.header("idempotency-key", key).json(body).send().await
    }

    /// An operation as it is now.
    pub(crate) async fn operation(&self, id: &str) -> Value {
        self.get(&format!("/v1/operations/{id}")).await.ok()
    }
}

impl Request {
    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    pub(crate) fn body(self, media: &str, body: impl Into<reqwest::Body>) -> Self {
        Self(self.0.header("content-type", media).body(body))
    }

    pub(crate) async fn send(self) -> Reply {
        self.try_send().await.unwrap()
    }

    pub(crate) async fn try_send(self) -> Result<Reply, reqwest::Error> {
        let (http, request) = self.0.build_split();
        let request = request?;
        let sent = request.try_clone().unwrap();
        let answer = http.execute(request).await?;
        let reply = Reply {
            status: answer.status(),
            headers: answer.headers().clone(),
            text: answer.text().await?,
        };
        record(&sent, &reply);
        Ok(reply)
    }
}

/// Every request and answer fits the API document. Preflights of browsers are not in it.
fn record(sent: &reqwest::Request, reply: &Reply) {
    if sent.method() == Method::OPTIONS {
        return;
    }
    let query = sent.url().query().map(|query| format!("?{query}")).unwrap_or_default();
    let target = format!("{}{query}", sent.url().path());
    let exchange = Exchange {
        method: sent.method().as_str(),
        target: &target,
        headers: sent.headers().keys().map(reqwest::header::HeaderName::as_str).collect(),
        body: sent.body().and_then(reqwest::Body::as_bytes).unwrap_or_default(),
        status: reply.status.as_u16(),
        media: reply.header("content-type"),
        answer: reply.text.as_bytes(),
    };
    testkit::openapi::record("block", &exchange);
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// The body of an answer that is no refusal.
    pub(crate) fn ok(&self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.text);
        self.json()
    }

    /// The refusal; panics with the answer if it is none, or not whole.
    pub(crate) fn problem(&self) -> ProblemDocument {
        let problem: ProblemDocument = serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("{error}: {} {:?}", self.status, self.text));
        assert_eq!(problem.status, self.status.as_u16(), "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.header("bulkhead-next"), problem.next.as_str());
        let challenge = if problem.status == 401 { "Bearer" } else { "" };
        assert_eq!(self.header("www-authenticate"), challenge);
        assert!(problem.trace_id.is_some(), "{}", self.text);
        assert!(problem.kind.ends_with(&problem.code), "{}", self.text);
        problem
    }

    /// The code of the refusal.
    pub(crate) fn code(&self) -> String {
        self.problem().code
    }

    /// A header, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// The cookies that are set: name and the whole line.
    pub(crate) fn cookies(&self) -> Vec<(String, String)> {
        let lines = self.headers.get_all("set-cookie").iter();
        lines
            .map(|line| {
                let line = line.to_str().unwrap().to_owned();
                let name = line.split('=').next().unwrap().to_owned();
                (name, line)
            })
            .collect()
    }
}
