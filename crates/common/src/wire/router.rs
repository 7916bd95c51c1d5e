//! The router's API.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi as spec;
use utoipa::{PartialSchema, ToSchema};

use crate::ids::{BlockName, CustomerId};
use crate::object::{object, objects};
use crate::phone::Phone;
use crate::placement::Placement;

/// Who asks `POST /v1/route`: exactly one of these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum RouteRequest {
    /// A login or a phone number, as typed.
    Login(String),
    /// An old ticket (≤ 90 days): who comes back to be routed.
    Ticket(String),
    /// An anonymous visitor: to a guest block.
    Guest(#[serde(deserialize_with = "object")] Visitor),
}

/// An anonymous visitor; says nothing of himself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Visitor {}

/// `POST /v1/route` as a client sends it: one who comes back can say what he has met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Asked", into = "Asked")]
pub struct RouteQuery {
    /// Who asks.
    pub who: RouteRequest,
    /// The block that failed him: the router then asks the archive before it answers.
    pub failed: Option<Failed>,
}

/// A block that failed a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Failed {
    /// Which.
    pub block: BlockName,
    /// How.
    pub how: FailedHow,
}

/// What a client has met. Nothing is moved for it alone: anybody can say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailedHow {
    /// No connection.
    Refused,
    /// No answer in time, or it broke off.
    Silent,
    /// An answer that says that the block does not serve him.
    Answered,
}

impl FailedHow {
    /// The word in measurements.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Silent => "silent",
            Self::Answered => "answered",
        }
    }
}

/// A [`RouteQuery`] as it is written: of the first three exactly one.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    login: Option<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    ticket: Option<String>,
    #[serde(default, deserialize_with = "given_object", skip_serializing_if = "Option::is_none")]
    guest: Option<Visitor>,
    #[serde(default, deserialize_with = "given_object", skip_serializing_if = "Option::is_none")]
    failed: Option<Failed>,
}

/// What is there is no null.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

fn given_object<'de, T, D>(from: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    object(from).map(Some)
}

impl TryFrom<Asked> for RouteQuery {
    type Error = &'static str;

    fn try_from(asked: Asked) -> Result<Self, Self::Error> {
        let who = match (asked.login, asked.ticket, asked.guest) {
            (Some(login), None, None) => RouteRequest::Login(login),
            (None, Some(ticket), None) => RouteRequest::Ticket(ticket),
            (None, None, Some(guest)) => RouteRequest::Guest(guest),
            _ => return Err("exactly one of `login`, `ticket` and `guest`"),
        };
        Ok(Self { who, failed: asked.failed })
    }
}

impl From<RouteQuery> for Asked {
    fn from(query: RouteQuery) -> Self {
        let mut asked = Self { login: None, ticket: None, guest: None, failed: query.failed };
        match query.who {
            RouteRequest::Login(login) => asked.login = Some(login),
            RouteRequest::Ticket(ticket) => asked.ticket = Some(ticket),
            RouteRequest::Guest(guest) => asked.guest = Some(guest),
        }
        asked
    }
}

impl From<RouteRequest> for RouteQuery {
    fn from(who: RouteRequest) -> Self {
        Self { who, failed: None }
    }
}

impl PartialSchema for RouteQuery {
    fn schema() -> spec::RefOr<spec::Schema> {
        let one = |name: &str, about: &str, schema: spec::RefOr<spec::Schema>| {
            spec::ObjectBuilder::new()
                .description(Some(about))
                .property(name, schema)
                .required(name)
                .property("failed", spec::Ref::from_schema_name(Failed::name()))
                .build()
        };
        let [login, ticket, guest] = WHO;
        let visitor = spec::Ref::from_schema_name(Visitor::name()).into();
        spec::OneOfBuilder::new()
            .description(Some("`POST /v1/route`: exactly one of the three."))
            .item(one("login", login, String::schema()))
            .item(one("ticket", ticket, String::schema()))
            .item(one("guest", guest, visitor))
            .into()
    }
}

const WHO: [&str; 3] = [
    "A login or a phone number, as typed.",
    "An old ticket (≤ 90 days): who comes back to be routed.",
    "An anonymous visitor: to a guest block.",
];

impl ToSchema for RouteQuery {
    fn name() -> Cow<'static, str> {
        "RouteRequest".into()
    }

    fn schemas(schemas: &mut Vec<(String, spec::RefOr<spec::Schema>)>) {
        schemas.push((Visitor::name().into(), Visitor::schema()));
        schemas.push((Failed::name().into(), Failed::schema()));
        Failed::schemas(schemas);
    }
}

/// The answer: which block, and the ticket to show there. A guest gets no ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RouteAnswer {
    /// Where to go.
    pub block: BlockAddress,
    /// To be shown there within 60 s; good for one attempt.
    #[schema(nullable = false)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// Something to tell the customer.
    #[schema(nullable = false)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
}

/// A block as clients see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BlockAddress {
    /// Its name.
    pub id: BlockName,
    /// `client`, `pilot`, `guest` or `backup`.
    pub role: String,
    /// Where each channel is served.
    pub urls: ChannelUrls,
}

/// The addresses of a block's channels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelUrls {
    /// For browsers.
    pub web: String,
    /// For the mobile application.
    pub mobile: String,
}

/// `GET /v1/bootstrap`: what a client needs before anybody has logged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Bootstrap {
    /// The bank's name.
    pub bank: String,
    /// The version of the software that serves this.
    pub version: String,
    /// The bank's time zone, named, e.g. `Europe/Moscow`.
    pub time_zone: String,
    /// The languages of the client applications.
    pub languages: Vec<String>,
    /// A guest block for anonymous visitors; absent while none is known.
    #[schema(required)]
    pub guest: Option<BlockAddress>,
    /// The routers' addresses for browsers: who gets no answer from one asks another.
    #[serde(default)]
    pub routers: Vec<String>,
    /// Is this a demonstration, in which clients may show which block serves?
    #[serde(default)]
    pub demo: bool,
}

/// `POST /ops/v1/customers`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCustomer {
    /// 3–64 characters: letters, digits, `.`, `-`, `_`; compared without case.
    #[schema(pattern = "^[A-Za-z0-9._-]{3,64}$", examples("anna.petrova1"))]
    pub login: String,
    /// Unique.
    pub phone: Phone,
    /// First and last name.
    #[schema(min_length = 1, max_length = 140, pattern = "^[^\\x00-\\x1F\\x7F-\\x9F]+$")]
    pub name: String,
    /// At least 10 characters. The router hands it to the home block and keeps nothing of it.
    #[schema(min_length = 10, max_length = 128)]
    pub password: String,
    /// `regular` (default), `staff` or `loyal`.
    #[serde(default)]
    pub cohort: Cohort,
}

/// Which customers a person belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cohort {
    /// Everybody.
    #[default]
    Regular,
    /// The bank's staff: the pilot block is their home.
    Staff,
    /// Customers who agreed to see new versions first: likewise.
    Loyal,
}

impl Cohort {
    /// The word in databases.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Regular => "regular",
            Self::Staff => "staff",
            Self::Loyal => "loyal",
        }
    }

    /// The cohort that `word` names.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Regular, Self::Staff, Self::Loyal].into_iter().find(|c| c.as_str() == word)
    }
}

/// A customer as the directory knows him (`GET /ops/v1/customers/{id}` and answers to changes).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DirectoryEntry {
    /// Dense, never reused.
    pub customer_id: CustomerId,
    /// As it is compared: lower case.
    pub login: String,
    /// In international form.
    pub phone: Phone,
    /// First and last name.
    pub name: String,
    /// The block to which he belongs.
    pub home: BlockName,
    /// 0–63.
    #[schema(maximum = 63)]
    pub slice: u8,
    /// His cohort.
    pub cohort: Cohort,
    /// Do home block and payee directory have what the directory has? If not, the router goes on
    /// telling them.
    pub settled: bool,
}

/// `PUT /ops/v1/customers/{id}/login`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeLogin {
    /// The new login.
    #[schema(pattern = "^[A-Za-z0-9._-]{3,64}$", examples("anna.petrova1"))]
    pub login: String,
}

/// `PUT /ops/v1/customers/{id}/phone`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePhone {
    /// The new phone number.
    pub phone: Phone,
}

/// `PUT …/placements` at the router's ops port and at a block's internal port; also the answer of
/// `GET …/placements`. Only rows with a higher revision than the copy's are taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Placements {
    /// Rows of the register.
    #[serde(deserialize_with = "objects")]
    pub rows: Vec<Placement>,
}

/// What became of pushed rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlacementsAdopted {
    /// Rows that were new here.
    pub adopted: usize,
    /// Rows of which the copy had this revision or a newer one.
    pub known: usize,
}
