//! `/v1/sessions` and `/v1/password`.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use common::Timestamp;
use common::problem::{Code, Refusal};
use platform::http::{Answer, ApiJson, ApiPath, ClientAddr};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::auth::{Customer, OwnPage};
use super::{Shop, cookies};
use crate::app::change_password;
use crate::app::sessions::issue::Issued;
use crate::app::sessions::open::{CodeNeeded, Login, Opened};
use crate::app::sessions::resume::{Resume, Resumed};
use crate::app::sessions::{self, Channel};

/// `POST /v1/sessions`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OpenSession {
    /// From the router, at most 60 s old; good for one attempt.
    ticket: String,
    /// As typed.
    #[schema(format = Password)]
    password: String,
    /// Mobile: the device's token. Browsers send it as a cookie.
    #[serde(default)]
    device_token: Option<String>,
    /// What the customer calls the device.
    #[serde(default)]
    #[schema(max_length = 60, pattern = "^[^\\x00-\\x1F\\x7F-\\x9F]*$")]
    device_name: String,
}

pub(super) async fn open(
    State(shop): State<Shop>,
    _own: OwnPage,
    ClientAddr(address): ClientAddr,
    headers: HeaderMap,
    ApiJson(body): ApiJson<OpenSession>,
) -> Answer<Response> {
    let device_token = match shop.channel {
        Channel::Web => cookies::read(&headers, cookies::DEVICE),
        Channel::Mobile => body.device_token,
    };
    let login = Login {
        ticket: body.ticket,
        password: body.password,
        device_token,
        device_name: device_name(&body.device_name)?,
        channel: shop.channel,
        address: address.ip(),
    };
    match sessions::open::open(&shop.block, login).await? {
        Opened::Session(issued) => Ok(opened(&shop, *issued)),
        Opened::CodeNeeded(needed) => Ok(code_needed(&needed)),
    }
}

/// `POST /v1/sessions/resumption`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResumeSession {
    /// From the router, at most 60 s old; good for one attempt.
    ticket: String,
    /// Mobile: the secret of the session. Browsers send it as a cookie.
    #[serde(default)]
    token: Option<String>,
}

/// A session goes on here.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionResumed {
    /// Its id; not its secret, which stays what it was.
    session_id: Uuid,
    /// The customer's name.
    name: String,
    /// When it was opened.
    opened_at: Timestamp,
    /// When it ends in any case.
    expires_at: Timestamp,
    /// Without a request for this long the session ends.
    idle_s: i64,
}

pub(super) async fn resume(
    State(shop): State<Shop>,
    _own: OwnPage,
    ClientAddr(address): ClientAddr,
    headers: HeaderMap,
    ApiJson(body): ApiJson<ResumeSession>,
) -> Answer<Json<SessionResumed>> {
    let token = match shop.channel {
        Channel::Web => cookies::read(&headers, cookies::SESSION),
        Channel::Mobile => body.token,
    };
    let resume = Resume {
        ticket: body.ticket,
        token: token.ok_or(Code::Unauthenticated)?,
        channel: shop.channel,
        address: address.ip(),
    };
    let Resumed { session, name } = sessions::resume::resume(&shop.block, resume).await?;
    Ok(Json(SessionResumed {
        session_id: session.session_id,
        name,
        opened_at: session.opened_at,
        expires_at: session.expires_at,
        idle_s: shop.block.config.sessions.idle_s,
    }))
}

/// `POST /v1/sessions/challenges/{id}`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChallengeCode {
    /// From the message; spaces around it do no harm.
    #[schema(pattern = "^ *[0-9]{6} *$", examples("123456"))]
    code: String,
}

pub(super) async fn answer_code(
    State(shop): State<Shop>,
    _own: OwnPage,
    ApiPath(id): ApiPath<Uuid>,
    ApiJson(body): ApiJson<ChallengeCode>,
) -> Answer<Response> {
    let issued = sessions::answer_code::answer_code(&shop.block, id, &body.code, shop.channel);
    Ok(opened(&shop, issued.await?))
}

/// A session, as the list shows it.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionView {
    /// Its id; not its secret.
    session_id: Uuid,
    /// `web` or `mobile`.
    channel: String,
    /// In the customer's words.
    device_name: String,
    /// When it was opened.
    opened_at: Timestamp,
    /// When it was last used, to a quarter of the idle limit.
    seen_at: Timestamp,
    /// When it ends in any case.
    expires_at: Timestamp,
    /// Is it the one that asks?
    current: bool,
}

/// The sessions that are alive.
#[derive(Serialize, ToSchema)]
pub(super) struct Sessions {
    /// Latest used first.
    items: Vec<SessionView>,
}

pub(super) async fn list(
    State(shop): State<Shop>,
    Customer(who): Customer,
) -> Answer<Json<Sessions>> {
    let sessions = sessions::list::list(&shop.block, &who).await?;
    let view = |session: crate::store::session::Session| SessionView {
        current: session.session_id == who.session_id,
        session_id: session.session_id,
        channel: session.channel,
        device_name: session.device_name,
        opened_at: session.opened_at,
        seen_at: session.seen_at,
        expires_at: session.expires_at,
    };
    Ok(Json(Sessions { items: sessions.into_iter().map(view).collect() }))
}

pub(super) async fn end(
    State(shop): State<Shop>,
    Customer(who): Customer,
    ApiPath(id): ApiPath<Uuid>,
) -> Answer<Response> {
    sessions::end::one(&shop.block, &who, id).await?;
    Ok(ended(&shop, id == who.session_id))
}

pub(super) async fn end_current(
    State(shop): State<Shop>,
    Customer(who): Customer,
) -> Answer<Response> {
    sessions::end::one(&shop.block, &who, who.session_id).await?;
    Ok(ended(&shop, true))
}

pub(super) async fn end_all(State(shop): State<Shop>, Customer(who): Customer) -> Answer<Response> {
    sessions::end::all(&shop.block, &who).await?;
    Ok(ended(&shop, true))
}

/// `PUT /v1/password`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangePassword {
    /// The password until now.
    #[schema(format = Password)]
    current: String,
    /// The new one.
    #[schema(format = Password, min_length = 10, max_length = 128)]
    new: String,
}

pub(super) async fn change_password(
    State(shop): State<Shop>,
    Customer(who): Customer,
    ApiJson(body): ApiJson<ChangePassword>,
) -> Answer<Response> {
    let change = change_password::change_password(&shop.block, &who, body.current, body.new);
    change.await?;
    Ok(ended(&shop, true))
}

/// A session was opened.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionOpened {
    /// Its id; not its secret.
    session_id: Uuid,
    /// The customer's name.
    name: String,
    /// When it was opened.
    opened_at: Timestamp,
    /// When it ends in any case.
    expires_at: Timestamp,
    /// Without a request for this long the session ends.
    idle_s: i64,
    /// Is it in two compartments? If not, it may have to be opened again after a failure.
    durable: bool,
    /// Mobile only: the secret of the session.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// Mobile only, on a new device: to be sent at the next login.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    device_token: Option<String>,
}

fn opened(shop: &Shop, issued: Issued) -> Response {
    let config = &shop.block.config;
    let session = issued.session;
    let mut body = SessionOpened {
        session_id: session.session_id,
        name: issued.name,
        opened_at: session.opened_at,
        expires_at: session.expires_at,
        idle_s: config.sessions.idle_s,
        durable: issued.durable,
        token: None,
        device_token: None,
    };
    let mut set = Vec::new();
    match shop.channel {
        Channel::Mobile => {
            body.token = Some(issued.token);
            body.device_token = issued.device_token;
        }
        Channel::Web => {
            let (now, until) = (session.opened_at, session.expires_at);
            set.push(cookies::session(&config.web, &issued.token, now, until));
            if let Some(device) = &issued.device_token {
                set.push(cookies::device(&config.web, device));
            }
        }
    }
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    for cookie in set.into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The password was right, the device is new: a code was sent.
#[derive(Serialize, ToSchema)]
#[schema(as = CodeNeeded)]
pub(super) struct CodeNeededView {
    /// To be named with the code.
    challenge_id: Uuid,
    /// Where it went, all but the last digits hidden.
    sent_to: String,
    /// Did the message system take it?
    sent: bool,
    /// Until when it is good.
    expires_at: Timestamp,
}

fn code_needed(needed: &CodeNeeded) -> Response {
    let view = CodeNeededView {
        challenge_id: needed.challenge_id,
        sent_to: needed.sent_to.clone(),
        sent: needed.sent,
        expires_at: needed.expires_at,
    };
    (StatusCode::ACCEPTED, Json(view)).into_response()
}

fn ended(shop: &Shop, own: bool) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let cookie = cookies::end(&shop.block.config.web);
    if let Some(cookie) = cookie.filter(|_| own && shop.channel == Channel::Web) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

fn device_name(given: &str) -> Result<String, Refusal> {
    let name = given.trim();
    if name.chars().count() > 60 || name.chars().any(char::is_control) {
        let must = "must have at most 60 characters and no control characters";
        return Err(Refusal::new(Code::InvalidRequest).field("device_name", must));
    }
    Ok(if name.is_empty() { "a device without a name".to_owned() } else { name.to_owned() })
}
