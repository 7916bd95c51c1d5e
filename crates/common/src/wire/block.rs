//! A block's API: the part that other services and tools use too.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::phone::Phone;

/// `PUT /internal/v1/customers/{id}`: the router tells the home block of a customer. Idempotent by
/// revision: an older revision changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutCustomer {
    /// The directory's count of changes of this customer, from 1.
    #[schema(minimum = 1, maximum = 9_223_372_036_854_775_807_i64)]
    pub revision: u64,
    /// As it is compared: lower case.
    #[schema(pattern = "^[a-z0-9._-]{3,64}$", examples("anna.petrova1"))]
    pub login: String,
    /// Where codes are sent.
    pub phone: Phone,
    /// First and last name.
    #[schema(min_length = 1, max_length = 140, pattern = "^[^\\x00-\\x1F\\x7F-\\x9F]+$")]
    pub name: String,
    /// Only when the customer is created; the block keeps its argon2id hash. Ignored if the
    /// customer exists: passwords are changed at the block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}
