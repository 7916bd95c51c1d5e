//! Stands between the tests and the archive and holds every exchange against its API document.
//! Tests call as blocks do and get types; the document is about what is on the wire.

use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderName};
use axum::response::Response;
use platform::Tasks;
use platform::config::Http;
use testkit::openapi::Exchange;

/// About a connection, not about what is said over it.
const OF_CONNECTIONS: [HeaderName; 4] = [HOST, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING];

#[derive(Clone)]
struct Served {
    http: reqwest::Client,
    base: String,
}

/// Opens an address that passes everything on to the archive.
#[expect(clippy::disallowed_methods, reason = "it passes on what it gets, as it gets it")]
pub(super) async fn in_front_of(address: SocketAddr, http: &Http, tasks: &Tasks) -> SocketAddr {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let archive = Served { http: client, base: format!("http://{address}") };
    let routes = Router::new().fallback(pass_on).with_state(archive);
    let bound = platform::http::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = bound.address;
    platform::http::serve(tasks, bound, routes, http);
    address
}

/// A failed call ends in a panic and so in a lost connection, as it would without this between.
async fn pass_on(State(archive): State<Served>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let url = format!("{}{}", archive.base, parts.uri);
    let headers = passed_on(&parts.headers);
    let names = parts.headers.keys().map(HeaderName::as_str).collect();
    let call = archive.http.request(parts.method.clone(), url).headers(headers).body(body.clone());
    let answer = call.send().await.unwrap();
    let (status, headers) = (answer.status(), passed_on(answer.headers()));
    let answer = answer.bytes().await.unwrap();
    let media = headers.get(CONTENT_TYPE).and_then(|media| media.to_str().ok());
    let exchange = Exchange {
        method: parts.method.as_str(),
        target: &parts.uri.to_string(),
        headers: names,
        body: &body,
        status: status.as_u16(),
        media: media.unwrap_or_default(),
        answer: &answer,
    };
    testkit::openapi::record("archive", &exchange);
    let mut response = Response::new(Body::from(answer));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn passed_on(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for name in OF_CONNECTIONS {
        headers.remove(name);
    }
    headers
}
