//! `/v1/operations`.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use common::operation::Intent;
use common::problem::Code;
use common::wire::gateway::CashCodeShown;
use common::{Generation, OperationId};
use platform::http::{Answer, ApiJson, ApiPath, ApiQuery, Problem};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::accounts::PageQuery;
use super::auth::Customer;
use super::{KEY_HEADER, REPLAYED_HEADER, Shop};
use crate::app::notice::NoticeView;
use crate::app::operations::answer::Said;
use crate::app::operations::cancel::Withdrawal;
use crate::app::operations::order::{Order, Ordered};
use crate::app::operations::read::{self, OperationView, Page};
use crate::app::operations::review::{Draft, Review};
use crate::app::{notice as notices, operations};

pub(super) async fn review(
    State(shop): State<Shop>,
    Customer(who): Customer,
    ApiJson(draft): ApiJson<Draft>,
) -> Answer<Json<Review>> {
    Ok(Json(operations::review::review(&shop.block, &who, draft).await?))
}

/// `POST /v1/operations`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewOrder {
    /// The intent of the review, exactly.
    #[schema(value_type = Intent)]
    intent: Value,
    /// The customer has said that a look-alike is meant.
    #[serde(default)]
    again: bool,
    /// `as_of` of the notice, if the customer's last look at it had one: the view that he orders on
    /// may have lacked something. Refused once the block knows more than that.
    #[schema(nullable = false)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    as_of: Option<Generation>,
}

/// The answer to an order.
#[derive(Serialize, ToSchema)]
pub(super) struct OrderView {
    #[serde(flatten)]
    operation: OperationView,
    /// Where a code is needed: did the message system take it?
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    code_sent: Option<bool>,
}

pub(super) async fn order(
    State(shop): State<Shop>,
    Customer(who): Customer,
    headers: HeaderMap,
    ApiJson(body): ApiJson<NewOrder>,
) -> Answer<Response> {
    let order =
        Order { key: key(&headers)?, intent: body.intent, again: body.again, as_of: body.as_of };
    let ordered = operations::order::order(&shop.block, &who, order).await?;
    let Ordered { operation, replayed, code_sent } = ordered;
    let status = if replayed { StatusCode::OK } else { StatusCode::CREATED };
    let mut response = (status, Json(OrderView { operation, code_sent })).into_response();
    if replayed {
        response.headers_mut().insert(REPLAYED_HEADER, HeaderValue::from_static("true"));
    }
    Ok(response)
}

pub(super) async fn page(
    State(shop): State<Shop>,
    Customer(who): Customer,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Answer<Json<Page>> {
    let limit = query.limit();
    Ok(Json(read::page(&shop.block, &who, query.cursor.as_deref(), limit).await?))
}

pub(super) async fn one(
    State(shop): State<Shop>,
    Customer(who): Customer,
    ApiPath(id): ApiPath<OperationId>,
) -> Answer<Json<OperationView>> {
    Ok(Json(read::one(&shop.block, &who, id).await?))
}

/// `POST /v1/operations/{id}/confirmation`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfirmationCode {
    /// From the message; spaces around it do no harm.
    #[schema(pattern = "^ *[0-9]{6} *$", examples("123456"))]
    code: String,
}

pub(super) async fn confirm(
    State(shop): State<Shop>,
    Customer(who): Customer,
    ApiPath(id): ApiPath<OperationId>,
    ApiJson(body): ApiJson<ConfirmationCode>,
) -> Answer<Json<OperationView>> {
    Ok(Json(operations::confirm::confirm(&shop.block, &who, id, &body.code).await?))
}

/// A new code.
#[derive(Serialize, ToSchema)]
pub(super) struct CodeSent {
    /// Did the message system take it?
    sent: bool,
}

pub(super) async fn resend(
    State(shop): State<Shop>,
    Customer(who): Customer,
    ApiPath(id): ApiPath<OperationId>,
) -> Answer<Json<CodeSent>> {
    let sent = operations::resend::resend(&shop.block, &who, id).await?;
    Ok(Json(CodeSent { sent }))
}

pub(super) async fn cancel(
    State(shop): State<Shop>,
    Customer(who): Customer,
    ApiPath(id): ApiPath<OperationId>,
) -> Answer<Json<OperationView>> {
    Ok(Json(operations::cancel::cancel(&shop.block, &who, id).await?))
}

/// `POST /v1/operations/{id}/answer`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct QuestionAnswer {
    /// Do it; otherwise it is cancelled.
    execute: bool,
    /// `question.asked` as it was shown.
    asked: Generation,
    /// `question.cancel_asked` as it was shown.
    cancel_asked: Generation,
}

pub(super) async fn answer(
    State(shop): State<Shop>,
    Customer(who): Customer,
    ApiPath(id): ApiPath<OperationId>,
    ApiJson(body): ApiJson<QuestionAnswer>,
) -> Answer<Json<OperationView>> {
    let said = Said { yes: body.execute, asked: body.asked, cancel_asked: body.cancel_asked };
    Ok(Json(operations::answer::answer(&shop.block, &who, id, said).await?))
}

/// What the customer is told of a move.
pub(super) async fn notice(
    State(shop): State<Shop>,
    Customer(who): Customer,
) -> Answer<Json<NoticeView>> {
    Ok(Json(notices::notice(&shop.block, &who).await?))
}

/// `POST /v1/operations/cancellation`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Withdrawn {
    /// The intent of the order, exactly.
    #[schema(value_type = Intent)]
    intent: Value,
}

pub(super) async fn withdraw(
    State(shop): State<Shop>,
    Customer(who): Customer,
    headers: HeaderMap,
    ApiJson(body): ApiJson<Withdrawn>,
) -> Answer<Json<OperationView>> {
    let wish = Withdrawal { key: key(&headers)?, intent: body.intent };
    Ok(Json(operations::cancel::withdraw(&shop.block, &who, wish).await?))
}

pub(super) async fn cash_code(
    State(shop): State<Shop>,
    Customer(who): Customer,
    ApiPath(id): ApiPath<OperationId>,
) -> Answer<Json<CashCodeShown>> {
    Ok(Json(read::cash_code(&shop.block, &who, id).await?))
}

/// The client's key, from the header of the IETF draft; quotes around it are not part of it.
pub(super) fn key(headers: &HeaderMap) -> Result<String, Problem> {
    let value = headers.get(KEY_HEADER).ok_or(Code::IdempotencyKeyMissing)?;
    let text = value.to_str().map_err(|_| Code::IdempotencyKeyInvalid)?.trim();
    let bare = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text);
    let printable = bare.bytes().all(|b| b.is_ascii_graphic());
    if (16..=128).contains(&bare.len()) && printable {
        Ok(bare.to_owned())
    } else {
        Err(Code::IdempotencyKeyInvalid.into())
    }
}
