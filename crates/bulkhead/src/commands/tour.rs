//! `bulkhead tour`: a block dies, and a customer goes on.

use clap::Args;

use crate::failure::Result;
use crate::place::Place;
use crate::tour;

#[derive(Debug, Args)]
pub(super) struct Wishes {
    /// The block that dies
    #[arg(long, default_value = "client-1")]
    block: String,
    /// Without pauses for reading
    #[arg(long)]
    quick: bool,
}

pub(super) async fn run(place: &Place, wishes: Wishes) -> Result<()> {
    tour::run(place, &wishes.block, wishes.quick).await
}
