//! Questions to the back office about one customer, under the generation this block serves him. An
//! answer `superseded` closes him here (protocol §5).

use std::time::Duration;

use common::problem::Code;
use common::wire::gateway::{
    Account, Card, CashCodeShown, CustomerQuery, ProductList, ResolvePayee, ResolvedPayee,
    RiskAnswer, RiskQuestion, TransactionPage, TransactionsQuery,
};
use common::{AccountNumber, Generation, OperationId};
use platform::rpc::{CallError, Repeat, Request};
use serde::de::DeserializeOwned;

use super::gate;
use crate::block::{Block, Scope};
use crate::config::ms;

/// Asks in the name of one customer.
pub struct About<'a> {
    block: &'a Block,
    scope: &'a Scope,
    generation: Generation,
}

impl<'a> About<'a> {
    /// Questions about the customer of `scope`.
    pub fn new(block: &'a Block, scope: &'a Scope, generation: Generation) -> Self {
        Self { block, scope, generation }
    }

    /// The products of one list.
    pub async fn products(&self, list: &str) -> Result<ProductList, CallError> {
        let request = Request::get(format!("/v1/products/{list}")).query(&self.who());
        self.ask(request, ms(self.block.config.gateway.products_ms)).await
    }

    /// The customer's accounts, now.
    pub async fn accounts(&self) -> Result<Vec<Account>, CallError> {
        Ok(read_items(self.questioned("accounts").await?))
    }

    /// The customer's cards, now.
    pub async fn cards(&self) -> Result<Vec<Card>, CallError> {
        Ok(read_items(self.questioned("cards").await?))
    }

    /// A page of an account's history.
    pub async fn transactions(
        &self,
        account: &AccountNumber,
        cursor: Option<String>,
        limit: u32,
    ) -> Result<TransactionPage, CallError> {
        let CustomerQuery { customer_id, generation } = self.who();
        let query = TransactionsQuery { customer_id, generation, cursor, limit };
        let request = Request::get(format!("/v1/accounts/{account}/transactions")).query(&query);
        self.ask(request, self.question()).await
    }

    /// Who would be paid; `None` if nobody was found.
    pub async fn payee(&self, question: &ResolvePayee) -> Result<Option<ResolvedPayee>, CallError> {
        let request = Request::post_with_id("/v1/payees/resolve", question);
        match self.ask(request, self.question()).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_refusal(Code::PayeeUnknown) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What risk says of an order.
    pub async fn risk(&self, question: &RiskQuestion) -> Result<RiskAnswer, CallError> {
        let request = Request::post_with_id("/v1/risk/decisions", question);
        self.ask(request, self.question()).await
    }

    /// The code of an executed cash operation. Asked for live each time, kept nowhere.
    pub async fn cash_code(&self, id: OperationId) -> Result<CashCodeShown, CallError> {
        let request = Request::get(format!("/v1/operations/{id}/cash-code")).query(&self.who());
        self.ask(request, self.question()).await
    }

    async fn questioned(&self, list: &str) -> Result<ProductList, CallError> {
        let request = Request::get(format!("/v1/products/{list}")).query(&self.who());
        self.ask(request, self.question()).await
    }

    fn who(&self) -> CustomerQuery {
        CustomerQuery { customer_id: self.scope.customer, generation: self.generation }
    }

    fn question(&self) -> Duration {
        ms(self.block.config.gateway.question_ms)
    }

    async fn ask<T, R>(&self, request: Request<R>, within: Duration) -> Result<T, CallError>
    where
        T: DeserializeOwned,
        R: Repeat,
    {
        let answer = self.block.gateway.call(request, within).await;
        if let Err(error) = &answer
            && error.is_refusal(Code::Superseded)
        {
            // The fence is not told here; any generation above ours reopens the customer.
            let fence = Generation(self.generation.0.saturating_add(1));
            if let Err(error) = gate::close(self.block, self.scope, fence).await {
                tracing::error!(%error, "a superseded customer could not be closed");
            }
        }
        answer
    }
}

/// Was the question refused because a newer owner has been seen?
pub fn moved(error: &CallError) -> bool {
    error.is_refusal(Code::Superseded)
}

/// Items that have another shape than expected are left out: one odd product must not hide the
/// others.
fn read_items<T: DeserializeOwned>(list: ProductList) -> Vec<T> {
    let name = list.list;
    let read = |item| {
        serde_json::from_value(item)
            .inspect_err(|error| tracing::error!(list = name, %error, "an item cannot be read"))
            .ok()
    };
    list.items.into_iter().filter_map(read).collect()
}
