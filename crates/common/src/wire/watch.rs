//! What one vantage point sees of the blocks, and what a gateway served: the evidence of a failover
//! (protocol §3). Ages instead of times, because clocks of different machines do not agree.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::BlockName;

/// `GET /internal/v1/sights` at routers and at the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Sights {
    /// The process that looks.
    pub observer: String,
    /// Where it stands: a vantage point counts once a failure domain.
    pub data_center: String,
    /// What it sees, block by block.
    pub blocks: Vec<SightOf>,
}

/// What is seen of one block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SightOf {
    /// Of which.
    pub block: BlockName,
    /// What.
    pub seen: Seen,
}

/// What a block looks like, from its channels and its database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "seen", rename_all = "snake_case")]
pub enum Seen {
    /// It answers.
    Well,
    /// It refuses connections, for so long.
    Refused {
        /// In milliseconds.
        for_ms: i64,
    },
    /// It does not answer, for so long.
    Silent {
        /// In milliseconds.
        for_ms: i64,
    },
}

/// `PUT /internal/v1/sights/database` at routers and at the archive: a block's standby was
/// promoted, and is the database to be looked at from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WatchDatabase {
    /// Of which block.
    pub block: BlockName,
    /// Where it listens.
    #[schema(value_type = String, examples("127.0.0.1:7158"))]
    pub at: SocketAddr,
}

/// `GET /v1/served` at a gateway: when it last served a request that a block made for a customer
/// who was waiting for it; what a block's workers ask for by themselves does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Served {
    /// Block by block; absent: not since the gateway started.
    pub blocks: Vec<ServedBlock>,
}

/// When a block was last served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServedBlock {
    /// Which.
    pub block: BlockName,
    /// So many milliseconds ago.
    pub ago_ms: i64,
}
