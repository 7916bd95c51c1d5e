//! Reference data, visitors, other services.

use std::borrow::Cow;
use std::marker::PhantomData;

use common::problem::Code;
use common::wire::block::{
    AskHandOver, BlockReport, HandOverAnswer, PutCustomer, SealAnswer, SealOrder,
};
use common::wire::gateway::{Biller, Branch, ExchangeRate, FeeRule, Product};
use common::wire::router::{Placements, PlacementsAdopted};
use common::{Currency, CustomerId};
use platform::http::openapi::{ANYBODY, Between, CALLER, Operation, SERVICE, get, post, put};
use serde_json::json;
use utoipa::openapi::{RefOr, Required, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::examples::{self, Amount};
use super::{keyed, own_page};
use crate::app::guest::applications::{Application, Received};
use crate::http::guest::{DepositAnswer, LoanAnswer};
use crate::http::reference::View;

pub(super) fn operations() -> Vec<Operation> {
    let mut all = reference();
    all.extend(visitors());
    all.extend(internal());
    all
}

pub(super) fn reference() -> Vec<Operation> {
    vec![
        topic::<ExchangeRate>("/v1/reference/rates", "rates", "Exchange rates"),
        topic::<Branch>("/v1/reference/branches", "branches", "Branches"),
        topic::<Product>("/v1/reference/products", "products", "Products on offer"),
        topic::<Biller>("/v1/reference/billers", "billers", "Who can be paid bills"),
        topic::<FeeRule>("/v1/reference/fees", "fees", "Fees"),
    ]
}

/// A topic under a name of its own: the derive gives every `View` the same.
struct Topic<T>(PhantomData<T>);

impl<T: ToSchema> PartialSchema for Topic<T> {
    fn schema() -> RefOr<Schema> {
        View::<T>::schema()
    }
}

impl<T: ToSchema> ToSchema for Topic<T> {
    fn name() -> Cow<'static, str> {
        format!("{}Reference", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        View::<T>::schemas(schemas);
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}

fn topic<T: ToSchema>(path: &'static str, id: &str, summary: &str) -> Operation {
    let etag = [("ETag", "To be sent back as `If-None-Match`.")];
    get(path, id, summary)
        .tag("reference")
        .security(ANYBODY)
        .header::<String>("If-None-Match", Required::False, "The `ETag` of a copy.")
        .gives_with::<Topic<T>>(200, "The data; `checked_at` says how old it may be.", &etag)
        .gives_nothing(304, "The copy is current.", &etag)
        .refuses(&[Code::BackOfficeUnavailable, Code::NotReady])
}

pub(super) fn visitors() -> Vec<Operation> {
    let calculator = |path, id, summary| {
        get(path, id, summary)
            .query::<Amount>("amount", Required::True, "At most a hundred million.")
            .query::<Currency>("currency", Required::True, "Of the amount.")
            .query::<Between<1, 480>>("months", Required::True, "For how long.")
            .query::<Between<0, 10_000>>("rate_bp", Required::True, "Basis points a year.")
            .refuses(&[Code::InvalidQuery, Code::InvalidRequest])
    };
    let taken = "The application is taken.";
    [
        calculator("/v1/calculators/loan", "calculateLoan", "What a loan costs")
            .gives::<LoanAnswer>(200, "The cost."),
        calculator("/v1/calculators/deposit", "calculateDeposit", "What a deposit gives")
            .gives::<DepositAnswer>(200, "The gain."),
        keyed(own_page(post("/v1/applications", "apply", "Apply for a product")))
            .body::<Application>(examples::application())
            .gives::<Received>(201, taken)
            .gives::<Received>(200, "It was taken before.")
            .refuses(&[
                Code::InvalidRequest,
                Code::ProductUnknown,
                Code::TooManyRequests,
                Code::NotAvailableNow,
                Code::BackOfficeUnavailable,
                Code::NotReady,
            ]),
        get("/v1/applications/{reference}", "getApplication", "What became of an application")
            .path::<String>("reference", "As it was told to the visitor.")
            .gives::<Received>(200, taken)
            .refuses(&[Code::InvalidQuery, Code::ApplicationUnknown, Code::NotReady]),
    ]
    .map(|operation| operation.tag("visitors").security(ANYBODY))
    .into()
}

pub(super) fn internal() -> Vec<Operation> {
    let service = |operation: Operation| {
        operation.tag("internal").security(SERVICE).refuses(CALLER).refuses(&[Code::NotReady])
    };
    vec![
        service(put(
            "/internal/v1/customers/{id}",
            "putCustomer",
            "A customer of this block is new, or has changed",
        ))
        .about("Called by the router. An older revision changes nothing.")
        .path::<CustomerId>("id", "Which customer.")
        .body::<PutCustomer>(examples::customer())
        .gives_nothing(204, "It is stored.", &[])
        .refuses(&[
            Code::InvalidQuery,
            Code::InvalidRequest,
            Code::Busy,
            Code::PlacementMoved,
            Code::PlacementBehind,
            Code::RouterSuperseded,
        ]),
        service(get(
            "/internal/v1/placements",
            "getPlacements",
            "The block's copy of the register",
        ))
        .about("Called by the router and the launcher.")
        .gives::<Placements>(200, "All rows."),
        service(put("/internal/v1/placements", "putPlacements", "Rows of the register"))
            .about("Called by the router and the launcher. Older rows change nothing.")
            .body::<Placements>(json!({ "rows": [examples::placement()] }))
            .gives::<PlacementsAdopted>(200, "How many were new.")
            .refuses(&[Code::InvalidRequest]),
        service(post(
            "/internal/v1/hand-overs",
            "askHandOver",
            "The target of a drain asks for a customer",
        ))
        .about("Called by blocks. The answer is a hint: only what the archive has permits a load.")
        .body::<AskHandOver>(json!({
            "customer_id": 1, "home": "client-1", "slice": 12, "generation": 2,
        }))
        .gives::<HandOverAnswer>(200, "Whether he was handed over.")
        .refuses(&[Code::InvalidRequest]),
        service(post("/internal/v1/seals", "sealSlices", "Close slices that are on their way"))
            .about("Called by routers and the launcher. Repeating it changes nothing.")
            .body::<SealOrder>(json!({ "home": "client-1", "slices": [[12, 1]] }))
            .gives::<SealAnswer>(200, "Which are sealed, and which are not.")
            .refuses(&[Code::InvalidRequest, Code::RouterSuperseded]),
        service(get("/internal/v1/report", "getReport", "What the block says of itself"))
            .about("Called by routers and the launcher, before moves and in drills.")
            .gives::<BlockReport>(200, "The report.")
            .refuses(&[Code::NotAvailableNow]),
    ]
}
