//! Product lists as schemas. A section's items depend on which list it is: said as three closed
//! cases, so that a client's types know what they hold.

use common::wire::gateway::{Account, Card, OtherProduct, PRODUCT_LISTS};
use common::{Money, Timestamp};
use utoipa::openapi::schema::{AllOfBuilder, ArrayBuilder, ObjectBuilder, OneOfBuilder, Type};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::app::overview::{Section, Status};

/// The name of a list.
pub(super) struct ProductList;
/// The section of the list `accounts`.
pub(super) struct AccountsSection;
/// The section of the list `cards`.
pub(super) struct CardsSection;
/// The section of another list.
pub(super) struct ProductsSection;
/// An account with what can be spent of it.
struct AccountShown;

/// Lists whose items have types of their own.
const TYPED: [&str; 2] = ["accounts", "cards"];

impl PartialSchema for ProductList {
    fn schema() -> RefOr<Schema> {
        one_of(PRODUCT_LISTS).into()
    }
}

impl PartialSchema for AccountsSection {
    fn schema() -> RefOr<Schema> {
        section(one_of(["accounts"]), &AccountShown::name())
    }
}

impl ToSchema for AccountsSection {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        known::<AccountShown>(schemas);
        known::<Status>(schemas);
    }
}

impl PartialSchema for CardsSection {
    fn schema() -> RefOr<Schema> {
        section(one_of(["cards"]), &Card::name())
    }
}

impl ToSchema for CardsSection {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        known::<Card>(schemas);
        known::<Status>(schemas);
    }
}

impl PartialSchema for ProductsSection {
    fn schema() -> RefOr<Schema> {
        let others = PRODUCT_LISTS.into_iter().filter(|list| !TYPED.contains(list));
        section(one_of(others), &OtherProduct::name())
    }
}

impl ToSchema for ProductsSection {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        known::<OtherProduct>(schemas);
        known::<Status>(schemas);
    }
}

impl PartialSchema for Section {
    fn schema() -> RefOr<Schema> {
        [AccountsSection::name(), CardsSection::name(), ProductsSection::name()]
            .into_iter()
            .fold(OneOfBuilder::new(), |cases, name| cases.item(Ref::from_schema_name(name)))
            .description(Some("One product list."))
            .into()
    }
}

impl ToSchema for Section {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        known::<AccountsSection>(schemas);
        known::<CardsSection>(schemas);
        known::<ProductsSection>(schemas);
    }
}

impl PartialSchema for AccountShown {
    fn schema() -> RefOr<Schema> {
        let available = ObjectBuilder::new()
            .property("available", Ref::from_schema_name(Money::name()))
            .required("available");
        AllOfBuilder::new()
            .item(Ref::from_schema_name(Account::name()))
            .item(available)
            .description(Some("An account; `available` is what can be spent of it."))
            .into()
    }
}

impl ToSchema for AccountShown {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        known::<Account>(schemas);
        known::<Money>(schemas);
    }
}

fn known<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}

fn one_of(lists: impl IntoIterator<Item = &'static str>) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(lists))
}

fn section(list: ObjectBuilder, item: &str) -> RefOr<Schema> {
    let message = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some("For the customer, where something is missing."));
    ObjectBuilder::new()
        .property("list", list)
        .property("status", Ref::from_schema_name(Status::name()))
        .property("as_of", Timestamp::schema())
        .property("items", ArrayBuilder::new().items(Ref::from_schema_name(item)))
        .property("message", message)
        .required("list")
        .required("status")
        .required("items")
        .into()
}
