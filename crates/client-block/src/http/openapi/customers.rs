//! Sessions, products, templates.

use common::AccountNumber;
use common::problem::Code;
use common::wire::gateway::TransactionPage;
use platform::http::openapi::{ANYBODY, AnyUuid, Operation, delete, get, post, put};
use serde_json::json;

use super::examples::{self, ID};
use super::sections::{AccountsSection, CardsSection, ProductList, ProductsSection};
use super::{changed, own_page, paged, shown};
use crate::app::overview::{Overview, Section};
use crate::http::sessions::{
    ChallengeCode, ChangePassword, CodeNeededView, OpenSession, ResumeSession, SessionOpened,
    SessionResumed, Sessions,
};
use crate::http::templates::{NewTemplate, Templates};
use crate::store::template::Template;

const COOKIES: &[(&str, &str)] = &[("Set-Cookie", "Web channel: the session, the device.")];
const COOKIE_ENDS: &[(&str, &str)] = &[("Set-Cookie", "Web channel: removes the session.")];

pub(super) fn operations() -> Vec<Operation> {
    let mut all = sessions();
    all.extend(products());
    all.extend(templates());
    all
}

fn sessions() -> Vec<Operation> {
    let login = json!({
        "ticket": "the router's ticket", "password": "correct horse battery staple",
        "device_name": "My laptop",
    });
    let passwords = json!({
        "current": "correct horse battery staple", "new": "a better password",
    });
    [
        own_page(post("/v1/sessions", "openSession", "Log in with a ticket and a password"))
            .security(ANYBODY)
            .body::<OpenSession>(login)
            .gives_with::<SessionOpened>(201, "The session is open.", COOKIES)
            .gives::<CodeNeededView>(202, "The device is new: a code was sent.")
            .refuses(OPENING),
        resumption(),
        own_page(post(
            "/v1/sessions/challenges/{id}",
            "answerChallenge",
            "Log in on a new device with the code that was sent",
        ))
        .security(ANYBODY)
        .path::<AnyUuid>("id", "`challenge_id` of the login.")
        .body::<ChallengeCode>(json!({ "code": "123456" }))
        .gives_with::<SessionOpened>(201, "The session is open.", COOKIES)
        .refuses(&[
            Code::InvalidQuery,
            Code::CodeWrong,
            Code::CodeExpired,
            Code::PlacementMoved,
            Code::PlacementBehind,
            Code::NotAvailableNow,
            Code::NotReady,
        ]),
        shown(get("/v1/sessions", "listSessions", "List the sessions that are alive"))
            .gives::<Sessions>(200, "The sessions."),
        changed(delete("/v1/sessions", "endAllSessions", "End every session, on every device"))
            .gives_nothing(204, "They have ended.", COOKIE_ENDS),
        changed(delete("/v1/sessions/current", "endCurrentSession", "Log out"))
            .gives_nothing(204, "The session has ended.", COOKIE_ENDS)
            .refuses(&[Code::SessionUnknown]),
        changed(delete("/v1/sessions/{id}", "endSession", "End one session"))
            .path::<AnyUuid>("id", "Which session.")
            .gives_nothing(204, "It has ended.", COOKIE_ENDS)
            .refuses(&[Code::InvalidQuery, Code::SessionUnknown]),
        changed(put("/v1/password", "changePassword", "Change the password"))
            .about("Every session ends, this one too: log in with the new password.")
            .body::<ChangePassword>(passwords)
            .gives_nothing(204, "It is changed.", COOKIE_ENDS)
            .refuses(&[
                Code::InvalidRequest,
                Code::Busy,
                Code::LoginLocked,
                Code::CredentialsWrong,
                Code::NotAvailableNow,
            ]),
    ]
    .map(|operation| operation.tag("sessions"))
    .into()
}

fn resumption() -> Operation {
    own_page(post(
        "/v1/sessions/resumption",
        "resumeSession",
        "Go on with an open session at another block",
    ))
    .about(
        "After the router has named another block: its ticket says who comes, the session's \
         token (web: its cookie) that he is logged in. The session and its token stay the \
         same. While his data are being loaded the answer is `placement-behind`: repeat with \
         the same ticket after `retry_after_ms`.",
    )
    .security(ANYBODY)
    .body::<ResumeSession>(json!({ "ticket": "the router's ticket" }))
    .gives::<SessionResumed>(200, "The session goes on here.")
    .refuses(&[
        Code::TooManyRequests,
        Code::TicketInvalid,
        Code::TicketForeign,
        Code::TicketExpired,
        Code::TicketUsed,
        Code::Unauthenticated,
        Code::SessionExpired,
        Code::PlacementMoved,
        Code::PlacementBehind,
        Code::NotReady,
        Code::Busy,
    ])
}

const OPENING: &[Code] = &[
    Code::InvalidRequest,
    Code::TooManyRequests,
    Code::TicketInvalid,
    Code::TicketForeign,
    Code::TicketExpired,
    Code::TicketUsed,
    Code::Busy,
    Code::LoginLocked,
    Code::CredentialsWrong,
    Code::PlacementMoved,
    Code::PlacementBehind,
    Code::NotReady,
];

fn products() -> Vec<Operation> {
    let answers = "The products; an empty list with a sentence if its system does not answer.";
    [
        shown(get("/v1/overview", "overview", "All products, with totals"))
            .about("A system that does not answer is said in its section, never an error.")
            .gives::<Overview>(200, "One section a list."),
        shown(get("/v1/products/{list}", "listProducts", "One list of products"))
            .path::<ProductList>("list", "Which list.")
            .gives::<Section>(200, answers)
            .refuses(&[Code::InvalidQuery, Code::NotFound]),
        shown(get("/v1/accounts", "listAccounts", "The accounts"))
            .gives::<AccountsSection>(200, answers),
        shown(get("/v1/cards", "listCards", "The cards")).gives::<CardsSection>(200, answers),
        shown(get("/v1/loans", "listLoans", "The loans")).gives::<ProductsSection>(200, answers),
        shown(get("/v1/deposits", "listDeposits", "The deposits"))
            .gives::<ProductsSection>(200, answers),
        paged(shown(get(
            "/v1/accounts/{account}/transactions",
            "listTransactions",
            "The history of an account, newest first",
        )))
        .path::<AccountNumber>("account", "One of the customer's accounts.")
        .gives::<TransactionPage>(200, "A page of it.")
        .refuses(&[Code::AccountUnknown, Code::BackOfficeUnavailable]),
    ]
    .map(|operation| operation.tag("products"))
    .into()
}

fn templates() -> Vec<Operation> {
    let example = json!({ "name": "To my savings", "terms": examples::terms() });
    [
        shown(get("/v1/templates", "listTemplates", "List the templates"))
            .gives::<Templates>(200, "The templates."),
        changed(post("/v1/templates", "createTemplate", "Keep terms under a name"))
            .body::<NewTemplate>(example)
            .gives::<Template>(201, "The template.")
            .refuses(&[Code::InvalidRequest, Code::TooManyTemplates]),
        changed(delete("/v1/templates/{id}", "removeTemplate", "Remove a template"))
            .path::<AnyUuid>("id", ID)
            .gives_nothing(204, "It is gone.", &[])
            .refuses(&[Code::InvalidQuery, Code::TemplateUnknown]),
    ]
    .map(|operation| operation.tag("templates"))
    .into()
}
