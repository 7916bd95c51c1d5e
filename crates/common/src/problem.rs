//! Every refusal a client can meet, in one table (A6): a stable code, what it means and what the
//! client does next. `docs/reference/errors.md` is generated from it. Status codes are the edge's
//! business; here a problem only has a class.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a client does after a refusal; beats the status code (`Bulkhead-Next`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Next {
    /// Repeat the same request with the same key, after `Retry-After`.
    Retry,
    /// Go back to the router for the present block, then repeat.
    Route,
    /// Log in again, keep the key.
    Reauthenticate,
    /// Ask the customer: something must be changed or entered.
    Ask,
    /// Do not repeat it.
    Stop,
}

impl Next {
    /// The word in the header.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Route => "route",
            Self::Reauthenticate => "reauthenticate",
            Self::Ask => "ask",
            Self::Stop => "stop",
        }
    }
}

/// What sort of refusal it is; the edge turns it into a status code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// 400
    BadRequest,
    /// 401
    Unauthenticated,
    /// 403
    Forbidden,
    /// 404
    NotFound,
    /// 405
    MethodNotAllowed,
    /// 409
    Conflict,
    /// 413
    TooLarge,
    /// 415
    UnsupportedMedia,
    /// 421
    Misdirected,
    /// 422
    Unprocessable,
    /// 429
    TooMany,
    /// 500
    Internal,
    /// 503
    Unavailable,
    /// 504
    TimedOut,
}

macro_rules! problems {
    ($(
        $variant:ident $code:literal $class:ident $next:ident
        $title:literal, $advice:literal;
    )*) => {
        /// The code of a refusal. The variants' texts are the contract.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $title] $variant,)*
        }

        impl Code {
            /// Every code, in the order of the reference.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable code.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The class of the refusal.
            pub fn class(self) -> Class {
                match self { $(Self::$variant => Class::$class,)* }
            }

            /// What a client does next.
            pub fn next(self) -> Next {
                match self { $(Self::$variant => Next::$next,)* }
            }

            /// What happened, in one sentence.
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// What to do about it, in one sentence.
            pub fn advice(self) -> &'static str {
                match self { $(Self::$variant => $advice,)* }
            }
        }
    };
}

problems! {
    // The request itself.
    InvalidJson "invalid-json" BadRequest Stop
        "The body is not the JSON that this address expects.",
        "Correct the body; `detail` says where it stops making sense.";
    InvalidRequest "invalid-request" Unprocessable Ask
        "A field has a value that cannot be.",
        "Correct the fields named in `errors`.";
    InvalidQuery "invalid-query" BadRequest Stop
        "A part of the address cannot be understood.",
        "Correct the query or the path; `detail` names the part.";
    BodyTooLarge "body-too-large" TooLarge Stop
        "The body is larger than this address accepts.",
        "Send at most 64 KiB.";
    UnsupportedMediaType "unsupported-media-type" UnsupportedMedia Stop
        "The body is not declared as JSON.",
        "Send `Content-Type: application/json`.";
    NotFound "not-found" NotFound Stop
        "There is nothing at this address.",
        "Check the address against the API document.";
    MethodNotAllowed "method-not-allowed" MethodNotAllowed Stop
        "This address does not know that method.",
        "Use one of the methods in the `Allow` header.";

    // Load, time and trouble on our side.
    TooManyRequests "too-many-requests" TooMany Retry
        "Too many requests came from here.",
        "Wait for `retry_after_ms`, then repeat.";
    Busy "busy" Unavailable Retry
        "This server has as much work as it can do well.",
        "Wait for `retry_after_ms`, then repeat with the same key.";
    DeadlineExceeded "deadline-exceeded" TimedOut Retry
        "The answer was not ready in time.",
        "Repeat with the same key; nothing is done twice.";
    NotReady "not-ready" Unavailable Route
        "This server cannot serve now.",
        "Ask the router for the present block.";
    Internal "internal-error" Internal Route
        "Something went wrong on our side.",
        "Repeat with the same key, then ask the router; quote `trace_id` to support.";
    BackOfficeUnavailable "back-office-unavailable" Unavailable Retry
        "The system behind this request does not answer now.",
        "Try again later; nothing was done.";

    // Who asks.
    Unauthenticated "unauthenticated" Unauthenticated Reauthenticate
        "There is no live session.",
        "Log in.";
    SessionExpired "session-expired" Unauthenticated Reauthenticate
        "The session has ended.",
        "Log in again.";
    CredentialsWrong "credentials-wrong" Unauthenticated Ask
        "The login or the password is not right.",
        "Enter them again; each attempt needs a new ticket from the router.";
    LoginLocked "login-locked" TooMany Ask
        "Too many wrong passwords were entered.",
        "Wait for `retry_after_ms`; the waiting time grows with each wrong attempt.";
    TicketInvalid "ticket-invalid" Unauthenticated Route
        "The ticket is not genuine.",
        "Ask the router for a new one.";
    TicketForeign "ticket-foreign" Misdirected Route
        "The ticket is for another block.",
        "Use it at the block that the router named, or ask the router again.";
    TicketExpired "ticket-expired" Unauthenticated Route
        "The ticket has expired.",
        "Ask the router for a new one.";
    TicketUsed "ticket-used" Unauthenticated Route
        "The ticket was used before.",
        "Ask the router for a new one: a ticket opens one attempt.";
    CodeWrong "code-wrong" Unprocessable Ask
        "The code is not right.",
        "Enter the code again; `attempts_left` says how often.";
    CodeExpired "code-expired" Unprocessable Ask
        "The code is no longer valid.",
        "Start again to get a new one.";
    OriginRefused "origin-refused" Forbidden Stop
        "The request does not come from the bank's own pages.",
        "Send it from an allowed origin with the `Bulkhead-Client` header.";
    Forbidden "forbidden" Forbidden Stop
        "This is not allowed to you.",
        "Ask somebody who may.";
    ServiceUnknown "service-unknown" Unauthenticated Stop
        "The calling service did not prove who it is.",
        "Check the service's name and token in its configuration.";
    ServiceNotAllowed "service-not-allowed" Forbidden Stop
        "The calling service may not use this address.",
        "Add it to the access table if it should.";

    // Where the customer is served.
    PlacementMoved "placement-moved" Misdirected Route
        "Another block serves this customer now.",
        "Ask the router for the present block, then repeat with the same key.";
    PlacementBehind "placement-behind" Unavailable Route
        "This block does not yet know the latest decision about this customer.",
        "Ask the router again after `retry_after_ms`.";

    // Operations.
    IdempotencyKeyMissing "idempotency-key-missing" BadRequest Stop
        "The request carries no `Idempotency-Key`.",
        "Make a key, store it with the payload, send both.";
    IdempotencyKeyInvalid "idempotency-key-invalid" BadRequest Stop
        "The `Idempotency-Key` cannot be used.",
        "Use 16 to 128 printable ASCII characters, a UUID for instance.";
    IdempotencyInProgress "idempotency-in-progress" Conflict Retry
        "The first request with this key is still being worked on.",
        "Repeat with the same key after `retry_after_ms`.";
    IdempotencyMismatch "idempotency-mismatch" Unprocessable Stop
        "The key was used before for something else.",
        "Make a new key for a new order; the first order stands.";
    LooksAlike "looks-alike" Conflict Ask
        "The same payee and amount were ordered a few minutes ago.",
        "Ask whether it is meant twice; if so, send `again: true` with the same key.";
    LookAgain "look-again" Conflict Ask
        "More is known now than when the customer last looked; it may show what he orders.",
        "Show what there is now and let the customer decide anew; a new order has a new key.";
    ReviewExpired "review-expired" Unprocessable Ask
        "The review is too old to be confirmed.",
        "Review again; the new review is a new order with a new key.";
    ReviewAltered "review-altered" Unprocessable Ask
        "The order is not what a review of this bank gives.",
        "Send exactly the `intent` of the review.";
    TermsNotUnderstood "terms-not-understood" Unprocessable Stop
        "The order has a field or a kind that this block does not know.",
        "Send only the fields of the API document.";
    AccountUnknown "account-unknown" Unprocessable Ask
        "The account is not one of yours.",
        "Choose one of your accounts.";
    CardUnknown "card-unknown" Unprocessable Ask
        "The card is not one of yours.",
        "Choose one of your cards.";
    PayeeUnknown "payee-unknown" Unprocessable Ask
        "Nobody who can be paid was found there.",
        "Check the phone or the account.";
    BillerUnknown "biller-unknown" Unprocessable Ask
        "There is no such biller.",
        "Choose one from the reference data.";
    ProductUnknown "product-unknown" Unprocessable Ask
        "There is no such deposit on these terms.",
        "Choose one from the reference data.";
    InsufficientFunds "insufficient-funds" Unprocessable Ask
        "There is not enough money on the account after what is already in progress.",
        "Choose a smaller amount or another account.";
    LimitExceeded "limit-exceeded" Unprocessable Ask
        "The amount is above your limit.",
        "Choose a smaller amount.";
    RiskRefused "risk-refused" Forbidden Stop
        "The bank cannot take this order.",
        "Call the bank; nothing was done.";
    NotAvailableNow "not-available-now" Unavailable Ask
        "This cannot be ordered now, and it may not wait.",
        "Try again later; nothing was done.";
    OperationUnknown "operation-unknown" NotFound Stop
        "There is no such operation of yours.",
        "Check the id.";
    OperationNotAwaiting "operation-not-awaiting" Conflict Stop
        "The operation does not wait for a confirmation.",
        "Read its present state.";
    OperationNotCancellable "operation-not-cancellable" Conflict Stop
        "The operation has ended and cannot be cancelled.",
        "Read its outcome.";
    NothingToShow "nothing-to-show" NotFound Stop
        "There is no code to show for this operation.",
        "A code is shown only for an executed cash operation.";
    TemplateUnknown "template-unknown" NotFound Stop
        "There is no such template of yours.",
        "Check the id.";
    TooManyTemplates "too-many-templates" Conflict Ask
        "You have as many templates as the bank keeps.",
        "Remove one first.";
    SessionUnknown "session-unknown" NotFound Stop
        "There is no such session of yours.",
        "List your sessions.";
    ApplicationUnknown "application-unknown" NotFound Stop
        "There is no such application.",
        "Check the reference you were given.";

    // Customers and their identity.
    CustomerUnknown "customer-unknown" NotFound Stop
        "There is no such customer.",
        "Check the id.";
    LoginTaken "login-taken" Conflict Ask
        "Another customer has this login.",
        "Choose another login.";
    PhoneTaken "phone-taken" Conflict Ask
        "Another customer has this phone number.",
        "Check the number.";
    NoRoom "no-room" Unavailable Stop
        "No block has room for another customer.",
        "Add a client block.";

    // Routers.
    RouterSuperseded "router-superseded" Conflict Stop
        "Another router leads now.",
        "Ask the router that leads; `detail` names it.";

    // Two persons.
    ApprovalNeeded "approval-needed" Forbidden Ask
        "A second person has to approve this first.",
        "Ask for an approval of exactly this action, and name it when it was given.";
    ApprovalInvalid "approval-invalid" Conflict Ask
        "The approval is of something else, was not given, was used, or is too old.",
        "Ask for a new one.";

    // Between services.
    Superseded "superseded" Conflict Route
        "A newer owner has been seen for this customer.",
        "Close the customer here and read the register.";
    SystemUnknown "system-unknown" NotFound Stop
        "There is no such back-office system.",
        "Choose one from the list of systems.";
}

/// A field of a request that cannot be, as sent in `errors`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// Path of the field, e.g. `intent.terms.amount`.
    pub field: String,
    /// What it must be.
    pub detail: String,
}

/// A refusal on its way out: the code and what is particular to this time. What a use case returns
/// when it says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which refusal.
    pub code: Code,
    /// Particulars for the reader, instead of the code's advice.
    pub detail: Option<String>,
    /// The fields that cannot be.
    pub errors: Vec<FieldError>,
    /// When it makes sense to try again.
    pub retry_after_ms: Option<u64>,
    /// How often a code may still be entered.
    pub attempts_left: Option<u32>,
}

impl Refusal {
    /// The refusal with this code and nothing particular.
    pub fn new(code: Code) -> Self {
        Self { code, detail: None, errors: Vec::new(), retry_after_ms: None, attempts_left: None }
    }

    /// With particulars for the reader.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// With a field that cannot be.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>, detail: impl Into<String>) -> Self {
        self.errors.push(FieldError { field: field.into(), detail: detail.into() });
        self
    }

    /// With the time after which to try again.
    #[must_use]
    pub fn retry_after_ms(mut self, ms: u64) -> Self {
        self.retry_after_ms = Some(ms);
        self
    }

    /// With the number of attempts that are left.
    #[must_use]
    pub fn attempts_left(mut self, attempts: u32) -> Self {
        self.attempts_left = Some(attempts);
        self
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

/// The problem document (RFC 9457) as it is on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// A page that explains the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The code's sentence.
    pub title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What happened this time and what to do.
    pub detail: String,
    /// The stable code.
    #[schema(pattern = "^[a-z]+(-[a-z]+)*$", examples("account-unknown"))]
    pub code: String,
    /// What the client does next.
    pub next: Next,
    /// The trace to quote to support.
    #[schema(nullable = false)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// When it makes sense to try again.
    #[schema(nullable = false)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// The fields that cannot be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// How often a code may still be entered.
    #[schema(nullable = false)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts_left: Option<u32>,
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_plain() {
        let mut seen = HashSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.as_str()), "{} stands twice", code.as_str());
            assert!(code.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
            assert!(code.title().ends_with('.') && code.advice().ends_with('.'));
        }
    }
}
