//! Operations as their customer sees them.

use common::gateway::Effect;
use common::operation::shown::Facts;
use common::operation::{Durability, Intent, OperationKind, OperationState, RejectReason, Shown};
use common::problem::{Code, Refusal};
use common::wire::gateway::CashCodeShown;
use common::{AccountNumber, Generation, Guards, Money, OperationId, Timestamp};
use platform::Failure;
use platform::pg::GenericClient;
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;
use utoipa::ToSchema;

use crate::app::gateway::{About, moved};
use crate::app::sessions::authenticate::Authenticated;
use crate::app::streams::archived;
use crate::block::Block;
use crate::config::ms;
use crate::store;
use crate::store::operation::Operation;

/// What is shown of an operation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OperationView {
    /// Its id.
    pub operation_id: OperationId,
    /// What sort of order.
    pub kind: OperationKind,
    /// How far it has come.
    pub state: OperationState,
    /// The ISO 20022 code beside it.
    #[schema(pattern = "^(RCVD|PDNG|ACSP|ACSC|RJCT|CANC)$", examples("ACSP"))]
    pub iso_status: &'static str,
    /// In how many compartments it is held.
    pub durability: Durability,
    /// The word for the screen.
    pub shown: Shown,
    /// The sentence for the screen.
    pub message: String,
    /// Can the customer still cancel it?
    pub cancellable: bool,
    /// He is asked about it, and nothing is done before he has answered.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<Question>,
    /// What was ordered, as confirmed.
    #[schema(value_type = Intent)]
    pub intent: Value,
    /// The most that may be debited.
    #[schema(required)]
    pub most: Option<Money>,
    /// Why it was declined.
    #[schema(required)]
    pub reason: Option<RejectReason>,
    /// What was done.
    #[schema(required)]
    pub effect: Option<Effect>,
    /// When it was ordered.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Not done after this.
    pub valid_until: Timestamp,
    /// Until when it can be confirmed, while it waits for that.
    #[schema(required)]
    pub confirm_by: Option<Timestamp>,
}

impl OperationView {
    /// The view of an operation as it is now.
    pub async fn now(db: &impl GenericClient, operation: &Operation) -> Result<Self, Failure> {
        let views = Self::all(db, std::slice::from_ref(operation)).await?;
        views.into_iter().next().ok_or_else(|| Failure::Broken("no view".to_owned()))
    }

    /// The views of operations as they are now.
    pub async fn all(
        db: &impl GenericClient,
        operations: &[Operation],
    ) -> Result<Vec<Self>, Failure> {
        let open = operations.iter().filter(|operation| !operation.state.is_final());
        let lines: Vec<i64> = open.filter_map(|operation| operation.line).collect();
        let archived = match lines.as_slice() {
            [] => Vec::new(),
            lines => archived::which(db, lines).await?,
        };
        let has =
            |operation: &Operation| operation.line.is_some_and(|line| archived.contains(&line));
        Ok(operations.iter().map(|it| Self::of(it, has(it))).collect())
    }

    /// The view of an operation that was written down at `stored_at`: waits for the second
    /// compartment as long as an answer may (I3). What cannot be found out counts as not archived.
    pub async fn secured(block: &Block, operation: &Operation, stored_at: Instant) -> Self {
        let line = operation.line.filter(|_| !operation.state.is_final());
        let patience = ms(block.config.archive.accept_wait_ms);
        let archived = match line {
            None => false,
            Some(line) => {
                let left = patience.saturating_sub(stored_at.elapsed());
                archived::wait(block, line, left).await.unwrap_or_else(|error| {
                    tracing::debug!(%error, "whether the archive has it is not known");
                    false
                })
            }
        };
        Self::of(operation, archived)
    }

    /// The view of an operation. `archived`: the archive has what its customer last said of it.
    fn of(operation: &Operation, archived: bool) -> Self {
        let outcome = operation.outcome.as_ref();
        let effect = outcome.and_then(|outcome| outcome.effect.clone());
        let reason = outcome.and_then(|outcome| outcome.reason);
        let durability = Durability::of(operation.state, archived, Guards::ALL);
        let shown = Shown::of(Facts {
            state: operation.state,
            durability,
            in_doubt: operation.in_doubt,
            cancel_requested: operation.marks.cancel_requested,
            parked: operation.parked,
            adjusted: effect.as_ref().is_some_and(|effect| effect.adjusted),
        });
        let why = reason.map(|reason| format!(" {}", reason.text())).unwrap_or_default();
        let awaiting = operation.state == OperationState::AwaitingConfirmation;
        Self {
            operation_id: operation.id,
            kind: operation.kind,
            state: operation.state,
            iso_status: operation.state.iso_status(),
            durability,
            shown,
            message: format!("{}{why}", shown.text()),
            cancellable: !operation.state.is_final() && !operation.marks.cancel_requested,
            question: Question::of(operation),
            intent: operation.intent.clone(),
            most: most(operation),
            reason,
            effect,
            created_at: operation.created_at,
            updated_at: operation.updated_at,
            valid_until: operation.valid_until,
            confirm_by: awaiting.then_some(operation.confirm_by),
        }
    }
}

/// A question about an operation. Both numbers go back with the answer, so that it answers what was
/// shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Question {
    /// About the order: is it still to be done? 0: not asked.
    pub asked: Generation,
    /// About a wish to cancel it that came late: was it his? 0: not asked.
    pub cancel_asked: Generation,
}

impl Question {
    fn of(operation: &Operation) -> Option<Self> {
        let Operation { state, marks, .. } = operation;
        (!state.is_final() && marks.questioned())
            .then_some(Self { asked: marks.asked.asked, cancel_asked: marks.cancel_asked.asked })
    }
}

fn most(operation: &Operation) -> Option<Money> {
    let account: AccountNumber = operation.debit_account.as_ref()?.parse().ok()?;
    Some(Money::from_minor(operation.most_minor?, account.currency()?))
}

/// One operation.
pub async fn one(
    block: &Block,
    who: &Authenticated,
    id: OperationId,
) -> Result<OperationView, Failure> {
    let connection = block.db.connection().await?;
    let operation = store::operation::find(&connection, &who.scope, id).await?;
    OperationView::now(&connection, &operation.ok_or(Code::OperationUnknown)?).await
}

/// A page of operations, latest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page {
    /// The operations.
    pub items: Vec<OperationView>,
    /// To be sent as `cursor` for the next page; absent on the last.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// The operations after `cursor`, at most `limit` (1–100).
pub async fn page(
    block: &Block,
    who: &Authenticated,
    cursor: Option<&str>,
    limit: u32,
) -> Result<Page, Failure> {
    let before = cursor.map(read_cursor).transpose()?;
    let limit = i64::from(limit.clamp(1, 100));
    let connection = block.db.connection().await?;
    let mut found = store::operation::page(&connection, &who.scope, before, limit + 1).await?;
    let full = i64::try_from(found.len()).unwrap_or(0) > limit;
    found.truncate(usize::try_from(limit).unwrap_or(100));
    let items = OperationView::all(&connection, &found).await?;
    let next = items.last().filter(|_| full).map(cursor_of);
    Ok(Page { items, next })
}

fn cursor_of(last: &OperationView) -> String {
    format!("{}.{}", last.created_at.unix_ms(), last.operation_id)
}

fn read_cursor(text: &str) -> Result<(Timestamp, OperationId), Refusal> {
    let read = || {
        let (ms, id) = text.split_once('.')?;
        // Times before 1970 are none of ours, and the oldest are none of PostgreSQL's.
        let ms: i64 = ms.parse().ok().filter(|ms| *ms >= 0)?;
        Some((Timestamp::from_unix_ms(ms), id.parse().ok()?))
    };
    read().ok_or_else(|| Refusal::new(Code::InvalidQuery).detail("`cursor` is not one of ours."))
}

/// The code of an executed cash operation: asked for live, kept nowhere.
pub async fn cash_code(
    block: &Block,
    who: &Authenticated,
    id: OperationId,
) -> Result<CashCodeShown, Failure> {
    let connection = block.db.connection().await?;
    let operation = store::operation::find(&connection, &who.scope, id).await?;
    drop(connection);
    let operation = operation.ok_or(Code::OperationUnknown)?;
    let executed = operation.state == OperationState::Executed;
    if operation.kind != OperationKind::CashCode || !executed {
        return Err(Code::NothingToShow.into());
    }
    let about = About::new(block, &who.scope, who.generation);
    about.cash_code(id).await.map_err(|error| {
        if moved(&error) {
            Code::PlacementMoved.into()
        } else if error.is_refusal(Code::NothingToShow) {
            Code::NothingToShow.into()
        } else {
            Failure::from(error)
        }
    })
}
