//! The vocabulary as JSON Schema, where a derive cannot see the form on the wire: texts with a
//! pattern, numbers with bounds. The API documents are made from these, so each says exactly what
//! the type reads and writes; a test of `testkit` holds the two together.

use utoipa::openapi::schema::{
    AdditionalProperties, KnownFormat, Object, ObjectBuilder, SchemaFormat, Type,
};
use utoipa::openapi::{OneOfBuilder, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::ids::{BlockName, CustomerId, Generation, OperationId, Revision};
use crate::incarnation::{ChainHash, Incarnation};
use crate::money::{Currency, Money};
use crate::operation::intent::{
    BillPayment, CardChange, CashCode, CurrencyExchange, CustomerTransfer, DepositOpen,
    MobileTopup, OwnTransfer,
};
use crate::operation::{IntentHash, OperationKind, Terms};
use crate::placement::slice::{SLICES, SliceId};
use crate::{AccountNumber, Phone, Rate, Timestamp};

macro_rules! described {
    ($($type:ty => $schema:expr;)*) => {$(
        impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                $schema.into()
            }
        }

        impl ToSchema for $type {}
    )*};
}

described! {
    AccountNumber => text("^[0-9]{20}$", "40817810000000000001")
        .description(Some("Twenty digits; digits 6 to 8 name the currency."));
    Phone => text("^[ ()-]*\\+[ ()-]*([0-9][ ()-]*){7,15}$", "+79001234567").description(Some(
        "In international form (E.164). Read with the spaces, brackets and dashes that people \
         type, written without.",
    ));
    Rate => text(RATE, "0.010837")
        .description(Some("A positive decimal number, at most six digits after the point."));
    Timestamp => text_of(KnownFormat::DateTime, "2026-01-31T12:00:00Z")
        .description(Some("A point in time (RFC 3339); written in UTC, to the millisecond."));
    OperationId => text_of(KnownFormat::Uuid, "6813ac70-bfc7-8d58-811e-be926b17a433")
        .description(Some("An operation, the same on every block for the same key."));
    IntentHash => text("^[0-9a-f]{64}$", HASH)
        .description(Some("SHA-256 of the intent's canonical JSON (RFC 8785)."));
    Incarnation => text("^[0-9a-f]{8}-[0-9a-f]{16}-[0-9a-f]{16}$", INCARNATION)
        .description(Some("One life of a database: timeline, system identifier, 64 random bits."));
    ChainHash => text("^[0-9a-f]{64}$", HASH)
        .description(Some("SHA-256 that chains the batches of a stream."));
    BlockName => text("^[a-z0-9-]{1,16}$", "client-1").description(Some("The name of a block."));
    CustomerId => number(1, i64::MAX).description(Some("A customer."));
    Generation => number(0, i64::MAX).description(Some("A generation of the register."));
    Revision => number(0, i64::MAX).description(Some("Counts the changes of a row."));
    SliceId => number(0, i64::from(SLICES) - 1).description(Some("One of a home's 64 slices."));
    Money => ObjectBuilder::new()
        .description(Some("An amount in one currency, as `{\"amount\":\"1234.50\",…}`."))
        .property("amount", text(AMOUNT, "1234.50"))
        .property("currency", Currency::schema())
        .required("amount")
        .required("currency")
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .examples([serde_json::json!({ "amount": "1234.50", "currency": "RUB" })]);
}

/// More than zero, at most a million; at most six digits after the point.
const RATE: &str = "^(0\\.([1-9][0-9]{0,5}|0[1-9][0-9]{0,4}|00[1-9][0-9]{0,3}|000[1-9][0-9]{0,2}\
     |0000[1-9][0-9]?|00000[1-9])|[1-9][0-9]{0,5}(\\.[0-9]{1,6})?)$";
/// Below ten trillion; at most two digits after the point.
const AMOUNT: &str = "^-?[0-9]{1,13}(\\.[0-9]{1,2})?$";
const INCARNATION: &str = "00000001-6813ac70bfc78d58-811ebe926b17a433";
const HASH: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";

fn text(pattern: &str, example: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).examples([example])
}

fn text_of(format: KnownFormat, example: &str) -> ObjectBuilder {
    let format = SchemaFormat::KnownFormat(format);
    ObjectBuilder::new().schema_type(Type::String).format(Some(format)).examples([example])
}

fn number(least: i64, most: i64) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(least))
        .maximum(Some(most))
}

/// The terms of each kind with its `kind` beside them, in one closed object: as the derive would
/// say it (the closed terms *and* a kind) nothing could be both.
impl PartialSchema for Terms {
    fn schema() -> RefOr<Schema> {
        let kinds = [
            (OperationKind::OwnTransfer, OwnTransfer::schema()),
            (OperationKind::CustomerTransfer, CustomerTransfer::schema()),
            (OperationKind::BillPayment, BillPayment::schema()),
            (OperationKind::MobileTopup, MobileTopup::schema()),
            (OperationKind::CurrencyExchange, CurrencyExchange::schema()),
            (OperationKind::DepositOpen, DepositOpen::schema()),
            (OperationKind::CardFreeze, CardChange::schema()),
            (OperationKind::CardUnfreeze, CardChange::schema()),
            (OperationKind::CashCode, CashCode::schema()),
        ];
        let one_of = kinds.into_iter().fold(OneOfBuilder::new(), |one_of, (kind, terms)| {
            one_of.item(with_kind(kind.as_str(), terms))
        });
        one_of.description(Some("The terms, kind by kind.")).into()
    }
}

impl ToSchema for Terms {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        OwnTransfer::schemas(schemas);
        CustomerTransfer::schemas(schemas);
        BillPayment::schemas(schemas);
        MobileTopup::schemas(schemas);
        CurrencyExchange::schemas(schemas);
        DepositOpen::schemas(schemas);
        CardChange::schemas(schemas);
        CashCode::schemas(schemas);
    }
}

/// An object with a `kind` that says which one it is.
fn with_kind(kind: &str, terms: RefOr<Schema>) -> RefOr<Schema> {
    let RefOr::T(Schema::Object(mut object)) = terms else { return terms };
    let constant = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([kind]));
    object.properties.insert("kind".to_owned(), constant.into());
    object.required.insert(0, "kind".to_owned());
    object.title = Some(kind.to_owned());
    Object::into(object)
}
