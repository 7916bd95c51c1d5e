//! Asking for a block: with the old ticket, at both routers, as the reference client does.

use std::time::Duration;

use common::BlockName;
use common::wire::router::{Failed, FailedHow, RouteAnswer, RouteQuery, RouteRequest};

use super::bank::Bank;
use super::customer::{At, Channel, Customer};
use super::wire::{Ask, Lost, Reply};

/// How long a router may take, as in the reference client.
const ROUTER_WITHIN: Duration = Duration::from_millis(2_500);

impl Customer {
    /// Asks for his block with the old ticket, and says what he has met there.
    pub(super) async fn route_again(&self, bank: &Bank, met: &Result<Reply, Lost>) -> bool {
        let Some(at) = self.known().kept.at.clone() else { return false };
        if at.ticket.is_empty() {
            return false;
        }
        let how = match met {
            Ok(reply) if reply.status == 421 || reply.status >= 500 => Some(FailedHow::Answered),
            Ok(_) => None,
            Err(Lost::Silent) => Some(FailedHow::Silent),
            Err(_) => Some(FailedHow::Refused),
        };
        let block = BlockName::try_from(at.block).ok();
        let failed = how.zip(block).map(|(how, block)| Failed { block, how });
        let who = RouteRequest::Ticket(at.ticket);
        self.route(bank, &RouteQuery { who, failed }).await
    }

    /// Asks the routers, the one that answered last first, and takes what the first one says.
    pub(super) async fn route(&self, bank: &Bank, query: &RouteQuery) -> bool {
        let Ok(body) = serde_json::to_string(query) else { return false };
        let first = self.known().router;
        for nth in 0..bank.routers.len() {
            let router = (first + nth) % bank.routers.len();
            let ask = Ask {
                method: "POST",
                port: bank.routers[router],
                host: bank.host.clone(),
                path: "/v1/route".to_owned(),
                headers: vec![("origin", bank.origin.clone())],
                body: Some(body.clone()),
                from: None,
            };
            match bank.wire.ask(&ask, ROUTER_WITHIN).await {
                Ok(reply) if reply.status < 500 => {
                    self.known().router = router;
                    if reply.status == 200 {
                        return self.adopt(&reply);
                    }
                    bank.figures.unseen(&format!("router: {}", reply.code()));
                    return false;
                }
                Ok(reply) => bank.figures.unseen(&format!("router: {}", reply.code())),
                Err(lost) => bank.figures.unseen(&format!("router: {}", lost.as_str())),
            }
        }
        false
    }

    fn adopt(&self, reply: &Reply) -> bool {
        let Ok(answer) = serde_json::from_str::<RouteAnswer>(&reply.body) else { return false };
        let url = match self.channel {
            Channel::Web => &answer.block.urls.web,
            Channel::Mobile => &answer.block.urls.mobile,
        };
        let host = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let port = host.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(80);
        let mut known = self.known();
        let old = known.kept.at.take().map(|at| at.ticket).unwrap_or_default();
        let ticket = answer.ticket.unwrap_or(old);
        let block = answer.block.id.as_str().to_owned();
        known.kept.at = Some(At { block, host, port, ticket });
        true
    }
}
