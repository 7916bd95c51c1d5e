//! An order: the customer sends a reviewed intent under his key. It is committed together with its
//! token and its line in the outbox before anything is asked of the back office for it.

use common::block::viewing::must_look_again;
use common::fingerprint::sha256_parts;
use common::join::operation::Marks;
use common::operation::policy::{Confirmation as CodeAsked, Policy, RiskAway};
use common::operation::progress::CONFIRM_SECONDS;
use common::operation::repeated::{Repeated, repeated};
use common::operation::{Intent, IntentHash, OperationKind, OperationState, Terms};
use common::problem::{Code, Refusal};
use common::wire::gateway::{Account, RiskDecision, RiskQuestion};
use common::{AccountNumber, Generation, Guards, Money, OperationId, Timestamp};
use platform::Failure;
use platform::rpc::CallError;
use serde_json::Value;
use tokio::time::Instant;

use super::accept::Accepted;
use super::drive::drive_now;
use super::read::OperationView;
use super::{resend, terms, write};
use crate::app::codes;
use crate::app::gateway::{About, moved};
use crate::app::sessions::authenticate::Authenticated;
use crate::block::Block;
use crate::store;
use crate::store::acceptance::Arrival;
use crate::store::joining;
use crate::store::operation::{InProgress, Operation};
use crate::store::token::{Claimed, NewToken};

/// What the client sends.
#[derive(Debug)]
pub struct Order {
    /// The client's key; stored there before the first send.
    pub key: String,
    /// The intent of the review, exactly.
    pub intent: Value,
    /// The customer has said that a look-alike is meant.
    pub again: bool,
    /// The generation of the "as of" view that he ordered on, if it was one.
    pub as_of: Option<Generation>,
}

/// What comes of it.
#[derive(Debug)]
pub struct Ordered {
    /// The operation.
    pub operation: OperationView,
    /// The key was used before for this order: nothing new was done.
    pub replayed: bool,
    /// Was a code sent? `None` where none is needed.
    pub code_sent: Option<bool>,
}

/// Takes an order.
pub async fn order(block: &Block, who: &Authenticated, order: Order) -> Result<Ordered, Failure> {
    let id = OperationId::derive(who.scope.customer, &order.key); // I2
    let unreadable = |_| Refusal::new(Code::TermsNotUnderstood);
    let hash = IntentHash::of(&order.intent).map_err(unreadable)?;
    let _running = block.in_flight.begin(id, hash).map_err(|earlier| {
        match repeated(&hash, Some(&earlier), None, Guards::ALL) {
            Repeated::Mismatch => Refusal::new(Code::IdempotencyMismatch),
            Repeated::Running | Repeated::Present | Repeated::New => {
                Refusal::new(Code::IdempotencyInProgress).retry_after_ms(500)
            }
        }
    })?;
    // Asked first, so that a repeated order does not wait for the back office. While that rests
    // nobody waits for it, and the statement that stores the order sees by itself what is known.
    if !block.gateway.rests()
        && let Some(known) = known(block, who, id, hash).await?
    {
        return Ok(known);
    }
    match checked(block, who, id, hash, order).await {
        Ok(checked) => take_in(block, who, checked).await,
        // Another process of this block may have taken the same order in meanwhile: then it is that
        // order which is on its way, looks alike or has used the money up.
        Err(refused) => known(block, who, id, hash).await?.ok_or(refused),
    }
}

/// An order that may be taken.
struct Checked {
    operation: Operation,
    needs_code: bool,
    /// Nothing that looks like it may have been ordered since then.
    alone_since: Option<Timestamp>,
    /// The generation of the "as of" view that it was ordered on.
    as_of: Option<Generation>,
}

/// The operation that an order makes, or why it is not taken.
async fn checked(
    block: &Block,
    who: &Authenticated,
    id: OperationId,
    hash: IntentHash,
    order: Order,
) -> Result<Checked, Failure> {
    let now = block.clock.now();
    let intent = Intent::from_value(&order.intent)
        .map_err(|error| Refusal::new(Code::TermsNotUnderstood).detail(error.to_string()))?;
    terms::check(block, &intent, now).await?;
    look_again(block, who, order.as_of).await?;
    let policy = intent.terms.kind().policy();
    check_account(block, who, &intent.terms, policy).await?;
    let looks_like = looks_like(&intent.terms);
    // Money that leaves twice is asked about; freezing a card twice harms nobody.
    let moves_money = intent.terms.debit().is_ok_and(|debit| debit.is_some());
    let alone_since =
        (moves_money && !order.again).then(|| now.plus_s(-block.config.operations.again_s));
    // Asked before risk is; the statement that stores the order asks again.
    if let Some(since) = alone_since.filter(|_| !block.gateway.rests()) {
        refuse_look_alike(block, who, &looks_like, since).await?;
    }
    let asked_by_risk = ask_risk(block, who, id, &intent.terms, policy).await?;
    let needs_code = asked_by_risk || proof_due(who, intent.terms.kind());
    let operation =
        new_operation(who, id, hash, &intent, order.intent, looks_like, needs_code, now)?;
    Ok(Checked { operation, needs_code, alone_since, as_of: order.as_of })
}

/// Does the order need a code because its session is from before a forced move? Freezing a card
/// tightens: anybody may.
pub(super) fn proof_due(who: &Authenticated, kind: OperationKind) -> bool {
    who.proof_due && kind != OperationKind::CardFreeze
}

/// Whoever orders on an "as of" view looks again once more is known (protocol §6). Asked before
/// the back office is; the transaction that stores the order asks again behind the gate.
async fn look_again(
    block: &Block,
    who: &Authenticated,
    seen: Option<Generation>,
) -> Result<(), Failure> {
    if seen.is_none() {
        return Ok(());
    }
    let connection = block.db.connection().await?;
    let fenced = joining::state(&connection, &who.scope).await?.fenced;
    if must_look_again(seen, who.generation, fenced) { Err(Code::LookAgain.into()) } else { Ok(()) }
}

/// The operation that the key already names, if it names one.
async fn known(
    block: &Block,
    who: &Authenticated,
    id: OperationId,
    hash: IntentHash,
) -> Result<Option<Ordered>, Failure> {
    let connection = block.db.connection().await?;
    let stored = store::operation::find(&connection, &who.scope, id).await?;
    let earlier = stored.as_ref().map(|operation| &operation.intent_hash);
    match repeated(&hash, None, earlier, Guards::ALL) {
        Repeated::Mismatch => Err(Code::IdempotencyMismatch.into()),
        Repeated::New => Ok(None),
        Repeated::Present | Repeated::Running => {
            let Some(operation) = stored else { return Ok(None) };
            let operation = OperationView::now(&connection, &operation).await?;
            Ok(Some(Ordered { operation, replayed: true, code_sent: None }))
        }
    }
}

/// Is the account his, and is there enough on it beside what is already in progress? Without the
/// back office an order that may wait is taken unseen: the second validation decides.
async fn check_account(
    block: &Block,
    who: &Authenticated,
    terms: &Terms,
    policy: Policy,
) -> Result<(), Failure> {
    let about = About::new(block, &who.scope, who.generation);
    let unseen = |error: CallError| -> Result<(), Failure> {
        if moved(&error) {
            Err(Code::PlacementMoved.into())
        } else if policy.deferrable {
            tracing::debug!(%error, "an order is taken without the account having been looked at");
            Ok(())
        } else {
            Err(Refusal::new(Code::NotAvailableNow).retry_after_ms(30_000).into())
        }
    };
    if let Terms::CardFreeze(t) | Terms::CardUnfreeze(t) = terms {
        return match about.cards().await {
            Ok(cards) if cards.iter().any(|card| card.id == t.card_id) => Ok(()),
            Ok(_) => Err(Code::CardUnknown.into()),
            Err(error) => unseen(error),
        };
    }
    let accounts = match about.accounts().await {
        Ok(accounts) => accounts,
        Err(error) => return unseen(error),
    };
    let connection = block.db.connection().await?;
    let in_progress = store::operation::in_progress(&connection, &who.scope).await?;
    drop(connection);
    covers(&accounts, &in_progress, terms)
}

fn covers(accounts: &[Account], in_progress: &[InProgress], terms: &Terms) -> Result<(), Failure> {
    let too_much = |_| Refusal::new(Code::LimitExceeded);
    let Some(debit) = terms.debit().map_err(too_much)? else {
        return Ok(());
    };
    let own = |number: &AccountNumber| {
        accounts.iter().find(|account| account.open && account.account == *number)
    };
    let account = own(debit.account).ok_or_else(|| {
        Refusal::new(Code::AccountUnknown)
            .field("intent.terms.from_account", "must be one of your open accounts")
    })?;
    if let Terms::OwnTransfer(common::operation::intent::OwnTransfer { to_account, .. })
    | Terms::CurrencyExchange(common::operation::intent::CurrencyExchange {
        to_account, ..
    }) = terms
        && own(to_account).is_none()
    {
        return Err(Refusal::new(Code::AccountUnknown)
            .field("intent.terms.to_account", "must be one of your open accounts")
            .into());
    }
    if available(account, in_progress).minor() < debit.most.minor() {
        return Err(Code::InsufficientFunds.into());
    }
    Ok(())
}

/// What can be spent: booked money less what the ledger holds and less what is in progress here
/// and not among that. Each order is counted once.
pub fn available(account: &Account, in_progress: &[InProgress]) -> Money {
    let held: i64 = account.held.iter().map(|held| held.amount.minor()).sum();
    let known = |id| account.held.iter().any(|held| held.operation_id == id);
    let ours = in_progress
        .iter()
        .filter(|order| order.account == account.account.as_str() && !known(order.operation));
    let spent = ours.fold(held, |sum, order| sum.saturating_add(order.most_minor));
    let minor = account.balance.minor().saturating_sub(spent);
    Money::from_minor(minor, account.balance.currency())
}

/// Same kind, payee, amount: what a customer might have ordered twice by mistake.
pub(crate) fn looks_like(terms: &Terms) -> [u8; 32] {
    let kind = terms.kind().as_str().as_bytes();
    let amount = |money: &Money| money.to_string().into_bytes();
    match terms {
        Terms::OwnTransfer(t) => {
            let to = t.to_account.as_str().as_bytes();
            sha256_parts(&[kind, t.from_account.as_str().as_bytes(), to, &amount(&t.amount)])
        }
        Terms::CustomerTransfer(t) => {
            sha256_parts(&[kind, t.payee.account.as_str().as_bytes(), &amount(&t.amount)])
        }
        Terms::BillPayment(t) => {
            let (biller, number) = (t.biller_id.as_bytes(), t.reference.as_bytes());
            sha256_parts(&[kind, biller, number, &amount(&t.amount)])
        }
        Terms::MobileTopup(t) => {
            sha256_parts(&[kind, t.phone.as_str().as_bytes(), &amount(&t.amount)])
        }
        Terms::CurrencyExchange(t) => {
            let to = t.to_account.as_str().as_bytes();
            sha256_parts(&[kind, t.from_account.as_str().as_bytes(), to, &amount(&t.sell)])
        }
        Terms::DepositOpen(t) => sha256_parts(&[kind, t.product_id.as_bytes(), &amount(&t.amount)]),
        Terms::CardFreeze(t) | Terms::CardUnfreeze(t) => {
            sha256_parts(&[kind, t.card_id.as_bytes()])
        }
        Terms::CashCode(t) => {
            sha256_parts(&[kind, t.from_account.as_str().as_bytes(), &amount(&t.amount)])
        }
    }
}

async fn refuse_look_alike(
    block: &Block,
    who: &Authenticated,
    looks_like: &[u8; 32],
    since: Timestamp,
) -> Result<(), Failure> {
    let connection = block.db.connection().await?;
    if store::operation::looks_like_recent(&connection, &who.scope, looks_like, since).await? {
        return Err(Code::LooksAlike.into());
    }
    Ok(())
}

/// Asks risk; says whether a code is needed.
async fn ask_risk(
    block: &Block,
    who: &Authenticated,
    id: OperationId,
    terms: &Terms,
    policy: Policy,
) -> Result<bool, Failure> {
    let question = RiskQuestion {
        operation_id: id,
        customer_id: who.scope.customer,
        generation: who.generation,
        kind: terms.kind(),
        most: terms.debit().ok().flatten().map(|debit| debit.most),
        payee: payee(terms),
    };
    let about = About::new(block, &who.scope, who.generation);
    let decision = match about.risk(&question).await {
        Ok(answer) => answer.decision,
        Err(error) if moved(&error) => return Err(Code::PlacementMoved.into()),
        Err(_) => match policy.risk_away {
            RiskAway::Allow => RiskDecision::Allow,
            RiskAway::StepUp => RiskDecision::StepUp,
            RiskAway::Refuse => {
                return Err(Refusal::new(Code::NotAvailableNow).retry_after_ms(30_000).into());
            }
        },
    };
    match decision {
        RiskDecision::Allow => Ok(policy.confirmation == CodeAsked::Always),
        RiskDecision::StepUp => Ok(true),
        RiskDecision::Refuse => Err(Code::RiskRefused.into()),
    }
}

fn payee(terms: &Terms) -> Option<String> {
    match terms {
        Terms::CustomerTransfer(t) => Some(t.payee.account.to_string()),
        Terms::BillPayment(t) => Some(t.biller_id.clone()),
        Terms::MobileTopup(t) => Some(t.phone.to_string()),
        _ => None,
    }
}

#[expect(clippy::too_many_arguments, reason = "the parts of one row, each used once")]
fn new_operation(
    who: &Authenticated,
    id: OperationId,
    intent_hash: IntentHash,
    intent: &Intent,
    raw: Value,
    looks_like: [u8; 32],
    needs_code: bool,
    now: Timestamp,
) -> Result<Operation, Failure> {
    let too_much = |_| Refusal::new(Code::LimitExceeded);
    let debit = intent.terms.debit().map_err(too_much)?;
    Ok(Operation {
        id,
        customer: who.scope.customer,
        kind: intent.terms.kind(),
        intent: raw,
        intent_hash,
        state: if needs_code {
            OperationState::AwaitingConfirmation
        } else {
            OperationState::Pending
        },
        generation: who.generation,
        version: 1,
        valid_until: intent.valid_until,
        created_at: now,
        updated_at: now,
        confirm_by: now.plus_s(CONFIRM_SECONDS),
        debit_account: debit.as_ref().map(|debit| debit.account.to_string()),
        most_minor: debit.as_ref().map(|debit| debit.most.minor()),
        looks_like,
        outcome: None,
        marks: Marks::default(),
        in_doubt: false,
        parked: false,
        line: None,
    })
}

/// Stores the order, then sends its code or drives it at once. While the back office rests it is
/// left to catch-up: then its one commit is all that is done for it now.
async fn take_in(block: &Block, who: &Authenticated, checked: Checked) -> Result<Ordered, Failure> {
    let Checked { operation, needs_code, alone_since, as_of } = checked;
    let now = operation.created_at;
    let code = needs_code.then(codes::make);
    let drives = !needs_code && !block.gateway.rests();
    let arrival = Arrival {
        scope: who.scope.clone(),
        session: who.session_id,
        alone_since,
        as_of,
        token: token(block, &operation, needs_code, drives),
        code: code.as_ref().map(|code| resend::first(&operation, code, now)),
        entity: write::entity(operation.generation, &operation),
        operation,
    };
    let (id, hash) = (arrival.operation.id, arrival.operation.intent_hash);
    let operation = match block.acceptance.take_in(arrival).await? {
        Accepted::New(arrival) => arrival.operation,
        Accepted::Known => {
            // Another customer's id would be a collision of SHA-256.
            let known = known(block, who, id, hash).await?;
            return known.ok_or_else(|| Failure::Broken("an operation vanished".to_owned()));
        }
        // A repeated order looks like itself.
        Accepted::LooksAlike => {
            let known = known(block, who, id, hash).await?;
            return known.ok_or_else(|| Code::LooksAlike.into());
        }
    };
    let stored_at = Instant::now();
    metrics::counter!("operations_ordered_total", "kind" => operation.kind.as_str()).increment(1);
    if let Some(code) = code {
        let sent = resend::send(block, who, &operation, &code).await?;
        let operation = OperationView::secured(block, &operation, stored_at).await;
        return Ok(Ordered { operation, replayed: false, code_sent: Some(sent) });
    }
    let operation = if drives {
        let scope = who.scope.clone();
        let claimed = Claimed { operation: id, scope, earlier_attempts: 0, first_sent_at: now };
        drive_now(block, Some(claimed), operation).await
    } else {
        operation
    };
    let operation = OperationView::secured(block, &operation, stored_at).await;
    Ok(Ordered { operation, replayed: false, code_sent: None })
}

/// Due when nobody has confirmed it, or at once; then claimed by the request, if that drives it.
fn token(block: &Block, operation: &Operation, needs_code: bool, drives: bool) -> NewToken {
    let now = operation.created_at;
    let claim_until = now.plus_s(block.config.catch_up.claim_s);
    NewToken {
        priority: i16::from(operation.kind != OperationKind::CardFreeze),
        due_at: if needs_code { operation.confirm_by.plus_s(1) } else { now },
        claimant: drives.then(|| block.config.service.process.clone()),
        claim_until: drives.then_some(claim_until),
    }
}

#[cfg(test)]
mod tests {
    use common::wire::gateway::Held;
    use common::{Currency, CustomerId};
    use serde_json::json;

    use super::*;

    const ONE: &str = "40817810000000000001";
    const TWO: &str = "40817810000000000002";

    fn account(number: &str, minor: i64) -> Account {
        Account {
            account: number.parse().unwrap(),
            name: "Current".to_owned(),
            balance: Money::from_minor(minor, Currency::Rub),
            held: Vec::new(),
            open: true,
        }
    }

    fn order(key: &str, most_minor: i64) -> InProgress {
        let operation = OperationId::derive(CustomerId(1), key);
        InProgress { operation, account: ONE.to_owned(), most_minor }
    }

    #[test]
    fn what_is_in_progress_cannot_be_spent_again() {
        let terms: Terms = serde_json::from_value(json!({
            "kind": "own_transfer", "from_account": ONE, "to_account": TWO,
            "amount": {"amount": "60.00", "currency": "RUB"},
        }))
        .unwrap();
        let accounts = [account(ONE, 10_000), account(TWO, 0)];
        assert!(covers(&accounts, &[order("a", 4_000)], &terms).is_ok());
        assert!(covers(&accounts, &[order("a", 4_000), order("b", 1)], &terms).is_err());
        assert!(covers(&accounts[..1], &[], &terms).is_err(), "the other account is not his");
        assert!(covers(&accounts[1..], &[], &terms).is_err(), "the paying account is not his");
    }

    #[test]
    fn what_the_ledger_holds_is_counted_once() {
        let (here, elsewhere) = (order("a", 4_000), order("b", 1_000));
        let of = |order: &InProgress| Held {
            operation_id: order.operation,
            amount: Money::from_minor(order.most_minor, Currency::Rub),
        };
        let held = vec![of(&here), of(&elsewhere)];
        let account = Account { held, ..account(ONE, 10_000) };
        let left = available(&account, &[here, order("c", 500)]);
        assert_eq!(left, Money::from_minor(4_500, Currency::Rub));
    }
}
