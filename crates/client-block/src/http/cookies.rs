//! The two cookies of the web channel: the session, and the device that needs no code any more.

use axum::http::{HeaderMap, HeaderValue, header};
use common::Timestamp;

use crate::config::Web;

/// The session's cookie.
pub(super) const SESSION: &str = "__Secure-bulkhead-session";
/// The device's cookie.
pub(super) const DEVICE: &str = "__Secure-bulkhead-device";

/// A device is remembered for a year, in seconds.
const DEVICE_SECONDS: i64 = 365 * 24 * 3_600;

/// The value of a cookie, if the client sent it.
pub(super) fn read(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// Sets the session's cookie until the session's absolute end.
pub(super) fn session(
    web: &Web,
    token: &str,
    now: Timestamp,
    until: Timestamp,
) -> Option<HeaderValue> {
    set(web, SESSION, token, until.ms_since(now) / 1_000)
}

/// Sets the device's cookie.
pub(super) fn device(web: &Web, token: &str) -> Option<HeaderValue> {
    set(web, DEVICE, token, DEVICE_SECONDS)
}

/// Removes the session's cookie.
pub(super) fn end(web: &Web) -> Option<HeaderValue> {
    set(web, SESSION, "", 0)
}

/// `HttpOnly`: no script reads it. `SameSite=Strict`: no other site sends it. The parent domain of
/// the customers' blocks: a backup receives it, guests, router and console do not.
fn set(web: &Web, name: &str, value: &str, seconds: i64) -> Option<HeaderValue> {
    let domain = &web.cookie_domain;
    let text = format!(
        "{name}={value}; Domain={domain}; Path=/; Max-Age={seconds}; HttpOnly; Secure; \
         SameSite=Strict"
    );
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_its_cookie_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; b=2"));
        let line = format!("{SESSION}=secret; c=3");
        headers.append(header::COOKIE, HeaderValue::from_str(&line).unwrap());
        assert_eq!(read(&headers, SESSION).as_deref(), Some("secret"));
        assert_eq!(read(&headers, "b").as_deref(), Some("2"));
        assert_eq!(read(&headers, DEVICE), None);
    }
}
