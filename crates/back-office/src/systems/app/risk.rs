//! Risk decisions. The rules are simple and documented, so that each answer can be brought about:
//!
//! | asked for | decision |
//! |---|---|
//! | a payee on the bank's list: a phone or a customer's number that ends in `666` | refuse |
//! | 5,000,000 roubles (50,000 dollars or euros) or more to somebody else | refuse |
//! | 100,000 roubles (1,000 dollars or euros) or more | step up |
//! | a payee whom this customer has not tried to pay before | step up |
//! | anything else | allow |

use common::problem::Code;
use common::wire::gateway::{RiskAnswer, RiskDecision, RiskQuestion};
use common::{Currency, Money};
use platform::Failure;
use serde_json::{Value, json};

use crate::systems::running::Running;
use crate::systems::store;

/// Decides, once per operation. The same id with another question is refused.
pub(in crate::systems) async fn decide(
    system: &Running,
    question: &RiskQuestion,
) -> Result<RiskAnswer, Failure> {
    let asked = asked(question);
    let (customer, operation) = (question.customer_id, question.operation_id);
    let mut connection = system.db.connection().await?;
    let transaction = connection.transaction().await?;
    let now = system.clock.now();
    let first = store::decisions::claim(&transaction, customer, operation, &asked, now).await?;
    if !first {
        let decided = store::decisions::decided(&transaction, operation).await?;
        return match decided {
            Some((before, decision)) if before == asked => Ok(RiskAnswer { decision }),
            Some(_) => Err(Code::IdempotencyMismatch.into()),
            None => Err(Failure::Broken("a claimed question has no answer".to_owned())),
        };
    }
    let payee = question.payee.as_deref();
    let known = match payee {
        Some(payee) => store::decisions::knows_payee(&transaction, customer, payee).await?,
        None => true,
    };
    let decision = rule(question.most, payee, known);
    store::decisions::decide(&transaction, customer, operation, decision).await?;
    if let Some(payee) = payee.filter(|_| decision != RiskDecision::Refuse) {
        store::decisions::remember_payee(&transaction, customer, payee).await?;
    }
    transaction.commit().await?;
    Ok(RiskAnswer { decision })
}

/// What makes it the same question: all but the generation, which changes when the customer moves.
fn asked(question: &RiskQuestion) -> Value {
    json!({
        "customer_id": question.customer_id,
        "kind": question.kind,
        "most": question.most,
        "payee": question.payee,
    })
}

fn rule(most: Option<Money>, payee: Option<&str>, payee_known: bool) -> RiskDecision {
    let at_least = |roubles: i64, others: i64| {
        most.is_some_and(|most| {
            let least = if most.currency() == Currency::Rub { roubles } else { others };
            most.minor() >= least * 100
        })
    };
    if payee.is_some_and(listed) || (payee.is_some() && at_least(5_000_000, 50_000)) {
        RiskDecision::Refuse
    } else if at_least(100_000, 1_000) || !payee_known {
        RiskDecision::StepUp
    } else {
        RiskDecision::Allow
    }
}

/// Is the payee on the list? A customer's account ends in three digits that count his accounts.
fn listed(payee: &str) -> bool {
    let is_account = payee.len() == 20 && payee.bytes().all(|byte| byte.is_ascii_digit());
    let number = if is_account { &payee[..17] } else { payee };
    (is_account || payee.starts_with('+')) && number.ends_with("666")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_in_their_order() {
        use RiskDecision::{Allow, Refuse, StepUp};
        let rub = |units: i64| Some(Money::from_minor(units * 100, Currency::Rub));
        let usd = |units: i64| Some(Money::from_minor(units * 100, Currency::Usd));
        let anna = Some("40817810000000042001");
        for (most, payee, known, expected) in [
            (rub(1), Some("40817810000000666001"), true, Refuse),
            (rub(1), Some("+79000000666"), true, Refuse),
            (rub(1), Some("40817810000000042666"), true, Allow),
            (rub(1), Some("fiber-666"), true, Allow),
            (rub(5_000_000), anna, true, Refuse),
            (usd(50_000), anna, true, Refuse),
            (rub(5_000_000), None, true, StepUp),
            (rub(100_000), anna, true, StepUp),
            (rub(99_999), anna, true, Allow),
            (usd(1_000), None, true, StepUp),
            (rub(1), anna, false, StepUp),
            (None, None, true, Allow),
        ] {
            assert_eq!(rule(most, payee, known), expected, "{most:?} {payee:?} {known}");
        }
    }
}
