//! The gateway's API document: `openapi/gateway.json`.

use std::borrow::Cow;
use std::marker::PhantomData;

use common::gateway::{Answered, Execute, Fence, FenceAnswer, Journal, JournalAnswer, Void};
use common::operation::IntentHash;
use common::problem::Code;
use common::wire::gateway::{
    Biller, Branch, CashCodeShown, ExchangeRate, FeeRule, HighestFence, PRODUCT_LISTS, Product,
    ProductList, PutCustomer, Reference, ResolvePayee, ResolvedPayee, RiskAnswer, RiskQuestion,
    TransactionPage,
};
use common::wire::watch::Served;
use common::{AccountNumber, CustomerId, Generation, OperationId};
use platform::http::openapi::{
    About, Between, CALLER, Operation, SERVICE, document as make, get, health, post, put,
};
use serde_json::{Value, json};
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Type};
use utoipa::openapi::{OpenApi, Ref, RefOr, Required, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::foreign::{Booking, BookingAnswer};

const DESCRIPTION: &str = "\
The one way to the back office. Every call names the customer and the generation under which the \
block acts; a block that was superseded is told so and nothing else.

What the rules say no to is an outcome with status 200: see `answer`.";

const TAGS: &[(&str, &str)] = &[
    ("orders", "What takes effect, once. For blocks."),
    ("questions", "About one customer. For blocks."),
    ("reference", "The same for everybody. For every known service."),
    ("directory", "Who is paid. For the routers and the launcher."),
    ("served", "The gateway's say in a failover. For the routers, the archive and the launcher."),
    ("bookings", "Money that moves without an operation. For the simulated systems."),
];

const OPERATION: &str = "6813ac70-bfc7-8d58-811e-be926b17a433";
const LATER: &str = "2026-01-31T12:00:00Z";

/// The document.
pub fn document() -> OpenApi {
    let about = About {
        title: "Bulkhead gateway",
        description: DESCRIPTION,
        tags: TAGS,
        closed: &[],
        schemes: Vec::new(),
    };
    let known = |operation: Operation| operation.security(SERVICE).refuses(&[Code::ServiceUnknown]);
    let stored = |operation: Operation| operation.refuses(&[Code::NotReady]);
    let some = |operation: Operation| operation.refuses(CALLER);
    let asked = |operation: Operation| operation.refuses(&[Code::Busy]);
    let ordered = |operation: Operation| operation.refuses(&[Code::TooManyRequests]);
    let operations = orders()
        .map(ordered)
        .into_iter()
        .chain(of_customers().into_iter().chain([directory(), fences()]).map(asked))
        .map(stored)
        .chain([served()])
        .map(some)
        .chain([stored(asked(reference()))])
        .map(known);
    make(about, operations.chain(health()))
}

fn orders() -> [Operation; 5] {
    let who = |more: Value| {
        let mut body = json!({ "customer_id": 1, "generation": 1 });
        if let (Some(body), Value::Object(mut more)) = (body.as_object_mut(), more) {
            body.append(&mut more);
        }
        body
    };
    let intent = json!({ "terms": terms(), "valid_until": LATER });
    let hash = IntentHash::of(&intent).ok();
    let order = json!({ "operation_id": OPERATION, "intent_hash": hash });
    let mut execute = order.clone();
    execute["intent"] = intent;
    execute["valid_until"] = json!(LATER);
    let mut void = order;
    void["cause"] = json!("customer");
    let booking = json!({
        "booking_id": "0190d5b4-6f00-7000-8000-000000000001",
        "account": "40817810000000000001", "kind": "salary", "description": "Salary",
        "amount": { "amount": "1234.50", "currency": "RUB" },
    });
    [
        post("/v1/execute", "execute", "Apply an intent, once")
            .about("The same id gives the same answer for 400 days.")
            .tag("orders")
            .body::<Execute>(who(execute))
            .gives::<Answered>(200, "What came of it."),
        post("/v1/void", "void", "Let an operation never be executed, unless it was already")
            .tag("orders")
            .body::<Void>(who(void))
            .gives::<Answered>(200, "What came of it."),
        post("/v1/fence", "fence", "Shut out older generations of a customer's owner")
            .tag("orders")
            .body::<Fence>(who(json!({})))
            .gives::<FenceAnswer>(200, "Where the fence is now."),
        post("/v1/journal", "journal", "Raise the fence and list what was done for a customer")
            .tag("orders")
            .body::<Journal>(who(json!({ "since": "2026-01-01T00:00:00Z" })))
            .gives::<JournalAnswer>(200, "The entries, or that a newer generation was seen."),
        post("/v1/bookings", "book", "Book money that came in or went out by itself")
            .tag("bookings")
            .body::<Booking>(booking)
            .gives::<BookingAnswer>(200, "Booked or not.")
            .refuses(&[Code::InvalidRequest, Code::IdempotencyMismatch]),
    ]
}

fn fences() -> Operation {
    get("/v1/fences", "fences", "The highest fence of all customers")
        .about("For an archive that recovers: whatever it issues next is above it.")
        .tag("served")
        .gives::<HighestFence>(200, "No generation above it was ever seen here.")
}

fn served() -> Operation {
    get("/v1/served", "served", "When blocks were last served for a waiting customer")
        .about("What a block's workers ask for by themselves does not count.")
        .tag("served")
        .gives::<Served>(200, "Block by block, since this gateway started.")
}

fn terms() -> Value {
    json!({
        "kind": "own_transfer",
        "from_account": "40817810000000000001",
        "to_account": "40817810000000000002",
        "amount": { "amount": "100.00", "currency": "RUB" },
    })
}

fn of_customers() -> [Operation; 5] {
    let about = |operation: Operation| {
        operation
            .query::<CustomerId>("customer_id", Required::True, "About whom.")
            .query::<Generation>("generation", Required::True, "Under which the block acts.")
            .refuses(&[Code::InvalidQuery])
    };
    let payee = json!({
        "customer_id": 1, "generation": 1, "phone": "+79000000002", "currency": "RUB",
    });
    let question = json!({
        "operation_id": OPERATION, "customer_id": 1, "generation": 1, "kind": "own_transfer",
        "most": { "amount": "100.00", "currency": "RUB" }, "payee": null,
    });
    [
        about(get("/v1/products/{list}", "products", "The products of one list"))
            .path::<ListName>("list", "Which list.")
            .gives::<ProductList>(200, "From the system of record, now.")
            .refuses(&[Code::SystemUnknown, Code::BackOfficeUnavailable]),
        about(get(
            "/v1/accounts/{account}/transactions",
            "transactions",
            "The history of an account, newest first",
        ))
        .path::<AccountNumber>("account", "One of the customer's accounts.")
        .query::<String>("cursor", Required::False, "`next` of the page before.")
        .query::<Between<1, 100>>("limit", Required::True, "At most this many.")
        .gives::<TransactionPage>(200, "A page of it.")
        .refuses(&[Code::AccountUnknown]),
        about(get(
            "/v1/operations/{operation}/cash-code",
            "cashCode",
            "The code of an executed cash operation",
        ))
        .path::<OperationId>("operation", "Which operation.")
        .gives::<CashCodeShown>(200, "Asked for live, never stored by a block.")
        .refuses(&[
            Code::OperationUnknown,
            Code::NothingToShow,
            Code::BackOfficeUnavailable,
        ]),
        post("/v1/payees/resolve", "resolvePayee", "Find who is paid")
            .about("Exactly one of phone and account.")
            .body::<ResolvePayee>(payee)
            .gives::<ResolvedPayee>(200, "Who was found.")
            .refuses(&[Code::InvalidRequest, Code::PayeeUnknown]),
        post("/v1/risk/decisions", "decideRisk", "What risk says of an order")
            .body::<RiskQuestion>(question)
            .gives::<RiskAnswer>(200, "The same operation gets the same answer.")
            .refuses(&[Code::IdempotencyMismatch, Code::BackOfficeUnavailable]),
    ]
    .map(|operation| operation.tag("questions").refuses(&[Code::Superseded]))
}

fn reference() -> Operation {
    get("/v1/reference/{topic}", "reference", "Reference data")
        .tag("reference")
        .path::<TopicName>("topic", "Which topic.")
        .gives::<AnyTopic>(200, "The data; its version is raised by every change.")
        .refuses(&[Code::InvalidQuery, Code::NotFound])
}

fn directory() -> Operation {
    put("/v1/customers/{customer}", "putCustomer", "A customer is new, or has changed")
        .about("An older revision changes nothing. The first call opens a rouble account.")
        .tag("directory")
        .path::<CustomerId>("customer", "Which customer.")
        .body::<PutCustomer>(json!({
            "revision": 1, "phone": "+79000000001", "name": "Anna Petrova",
        }))
        .gives_nothing(204, "It is stored.", &[])
        .refuses(&[Code::InvalidQuery, Code::InvalidRequest, Code::PhoneTaken])
}

/// The name of a list.
struct ListName;
/// The name of a topic.
struct TopicName;
/// The data of any topic.
struct AnyTopic;
/// A topic under a name of its own: the derive gives every `Reference` the same.
struct Topic<T>(PhantomData<T>);

impl PartialSchema for ListName {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(PRODUCT_LISTS)).into()
    }
}

impl PartialSchema for TopicName {
    fn schema() -> RefOr<Schema> {
        let topics = ["rates", "branches", "products", "billers", "fees"];
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(topics)).into()
    }
}

impl PartialSchema for AnyTopic {
    fn schema() -> RefOr<Schema> {
        [
            Topic::<ExchangeRate>::name(),
            Topic::<Branch>::name(),
            Topic::<Product>::name(),
            Topic::<Biller>::name(),
            Topic::<FeeRule>::name(),
        ]
        .into_iter()
        .fold(OneOfBuilder::new(), |topics, name| topics.item(Ref::from_schema_name(name)))
        .into()
    }
}

impl ToSchema for AnyTopic {
    fn name() -> Cow<'static, str> {
        "Reference".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        known::<Topic<ExchangeRate>>(schemas);
        known::<Topic<Branch>>(schemas);
        known::<Topic<Product>>(schemas);
        known::<Topic<Biller>>(schemas);
        known::<Topic<FeeRule>>(schemas);
    }
}

impl<T: ToSchema> PartialSchema for Topic<T> {
    fn schema() -> RefOr<Schema> {
        Reference::<T>::schema()
    }
}

impl<T: ToSchema> ToSchema for Topic<T> {
    fn name() -> Cow<'static, str> {
        format!("{}Reference", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Reference::<T>::schemas(schemas);
        known::<T>(schemas);
    }
}

fn known<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_document_is_what_the_code_says() {
        let document = super::document().to_pretty_json().unwrap();
        testkit::openapi::compare_document("gateway", &document);
        testkit::openapi::compare_routes(&document, &[include_str!("mod.rs")], &[]);
    }
}
