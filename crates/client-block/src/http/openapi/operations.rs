//! Orders.

use common::OperationId;
use common::problem::Code;
use common::wire::gateway::CashCodeShown;
use platform::http::openapi::{Operation, get, post};
use serde_json::json;

use super::{changed, examples, keyed, paged, shown};
use crate::app::notice::NoticeView;
use crate::app::operations::read::{OperationView, Page};
use crate::app::operations::review::{Draft, Review};
use crate::http::operations::{
    CodeSent, ConfirmationCode, NewOrder, OrderView, QuestionAnswer, Withdrawn,
};

pub(super) fn operations() -> Vec<Operation> {
    let mut all = vec![review(), order(), withdrawal()];
    all.extend(one_by_one());
    all.into_iter().map(|operation| operation.tag("operations")).collect()
}

fn review() -> Operation {
    changed(post("/v1/operations/review", "reviewOperation", "Terms that can be confirmed"))
        .about(
            "Resolves the payee, adds fee and rate. Nothing is stored: the client sends the \
             `intent` back, exactly, with a key of its own.",
        )
        .body::<Draft>(examples::terms())
        .gives::<Review>(200, "What the customer is shown.")
        .refuses(&[
            Code::InvalidRequest,
            Code::PayeeUnknown,
            Code::BillerUnknown,
            Code::ProductUnknown,
            Code::BackOfficeUnavailable,
        ])
}

fn order() -> Operation {
    let replayed = [("Idempotency-Replayed", "`true`: the answer was stored.")];
    keyed(changed(post("/v1/operations", "orderOperation", "Order what was reviewed")))
        .about(
            "Answered once the order is stored. Repeated with the same key and intent it is the \
             same order, at every block.",
        )
        .body::<NewOrder>(json!({ "intent": examples::intent(), "again": false }))
        .gives::<OrderView>(201, "The order is taken.")
        .gives_with::<OrderView>(200, "It was taken before; its present state.", &replayed)
        .refuses(&[
            Code::Busy,
            Code::IdempotencyInProgress,
            Code::IdempotencyMismatch,
            Code::TermsNotUnderstood,
            Code::InvalidRequest,
            Code::ReviewExpired,
            Code::ReviewAltered,
            Code::BillerUnknown,
            Code::ProductUnknown,
            Code::AccountUnknown,
            Code::CardUnknown,
            Code::InsufficientFunds,
            Code::LooksAlike,
            Code::LookAgain,
            Code::RiskRefused,
            Code::NotAvailableNow,
            Code::BackOfficeUnavailable,
        ])
}

fn withdrawal() -> Operation {
    let path = "/v1/operations/cancellation";
    keyed(changed(post(path, "withdrawOperation", "Cancel what may have been ordered under a key")))
        .about(
            "For a client that has not been told what became of its order and will not send it \
             again. The block need not have heard of the order: it keeps the wish, and the back \
             office keeps `cancelled` under the id, where an order that comes late finds it. \
             Repeat it until the state is an end; only then is a new key for the same wish safe.",
        )
        .body::<Withdrawn>(json!({ "intent": examples::intent() }))
        .gives::<OperationView>(200, "The order as it is now, ended or being cancelled.")
        .refuses(&[Code::IdempotencyMismatch, Code::TermsNotUnderstood])
}

fn one_by_one() -> [Operation; 8] {
    let one = |operation: Operation| {
        operation
            .path::<OperationId>("id", "Which operation.")
            .refuses(&[Code::InvalidQuery, Code::OperationUnknown])
    };
    [
        paged(shown(get("/v1/operations", "listOperations", "List orders, latest first")))
            .gives::<Page>(200, "A page of them."),
        one(shown(get("/v1/operations/{id}", "getOperation", "An order as it is now")))
            .gives::<OperationView>(200, "The order."),
        one(changed(post(
            "/v1/operations/{id}/confirmation",
            "confirmOperation",
            "Confirm an order with the code that was sent",
        )))
        .body::<ConfirmationCode>(json!({ "code": "123456" }))
        .gives::<OperationView>(200, "The order. It may have been confirmed before.")
        .refuses(&[Code::OperationNotAwaiting, Code::CodeWrong, Code::CodeExpired]),
        one(changed(post("/v1/operations/{id}/code", "resendCode", "Send another code")))
            .gives::<CodeSent>(200, "It was made; attempts are not renewed.")
            .refuses(&[Code::OperationNotAwaiting, Code::CodeExpired]),
        one(changed(post(
            "/v1/operations/{id}/cancellation",
            "cancelOperation",
            "Cancel an order that has not ended",
        )))
        .gives::<OperationView>(200, "The order; the back office decides what came first.")
        .refuses(&[Code::OperationNotCancellable]),
        one(changed(post(
            "/v1/operations/{id}/answer",
            "answerQuestion",
            "Answer the question that an order carries",
        )))
        .about(
            "After a move an order may have been missing from what the customer was shown. He is \
             asked whether it is still meant; nothing is done with it before. The answer repeats \
             the question's numbers. An order without a question gives its present state.",
        )
        .body::<QuestionAnswer>(json!({ "execute": false, "asked": 7, "cancel_asked": 0 }))
        .gives::<OperationView>(200, "The order as it is now.")
        .refuses(&[Code::NotAvailableNow]),
        shown(get("/v1/notice", "showNotice", "What the customer is told of a move"))
            .about(
                "Computed from facts about this customer each time: what is being brought \
                 together, what was sent before the switch and is being checked, and what he is \
                 asked about.",
            )
            .gives::<NoticeView>(200, "The notice, if there is one."),
        one(shown(get(
            "/v1/operations/{id}/cash-code",
            "showCashCode",
            "The code of an executed cash operation",
        )))
        .gives::<CashCodeShown>(200, "Asked for live, kept nowhere.")
        .refuses(&[Code::NothingToShow, Code::BackOfficeUnavailable]),
    ]
}
