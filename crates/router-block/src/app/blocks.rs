//! `GET /ops/v1/blocks`: the blocks and how full they are.

use common::BlockName;
use common::wire::router::ChannelUrls;
use serde::Serialize;
use utoipa::ToSchema;

use crate::shared::Shared;

/// A block as administrators see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BlockView {
    /// Its name.
    pub id: BlockName,
    /// `client`, `pilot`, `guest` or `backup`.
    pub role: String,
    /// Customers whose home it is.
    pub customers: u64,
    /// For how many it has room; guests and backups are nobody's home.
    pub capacity: u64,
    /// What clients are told.
    pub urls: ChannelUrls,
}

/// All blocks, by name.
pub fn blocks(shared: &Shared) -> Vec<BlockView> {
    let customers = |name: &BlockName| {
        let home = shared.homes.iter().find(|home| home.name == *name);
        home.map_or(0, |home| shared.index.customers_of(home.number))
    };
    let view = |block: &crate::blocks::Block| BlockView {
        id: block.address.id.clone(),
        role: block.address.role.clone(),
        customers: customers(&block.address.id),
        capacity: if block.role.is_home() { block.capacity } else { 0 },
        urls: block.address.urls.clone(),
    };
    shared.blocks.all().map(view).collect()
}
