//! Questions to the archive in this block's name. An answer counts only if it comes from a life of
//! the archive that is not over (protocol §2).

use common::Incarnation;
use common::incarnation::StreamId;
use common::problem::Code;
use common::wire::archive::{Changes, Loaded, Loosened, Page, Stepped};
use platform::Failure;
use platform::rpc::Request;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::app::streams::archive::heard;
use crate::block::Block;
use crate::config::ms;
use crate::store;

/// An answer that says which life of the archive gives it.
pub trait Answer: DeserializeOwned {
    /// Which.
    fn life(&self) -> &Incarnation;
}

macro_rules! answers {
    ($($name:ident),*) => {
        $(impl Answer for $name {
            fn life(&self) -> &Incarnation {
                &self.life
            }
        })*
    };
}
answers!(Changes, Loaded, Loosened, Page, Stepped);

/// Our stream: the block in the present life of its database.
pub async fn stream(block: &Block) -> Result<StreamId, Failure> {
    let connection = block.db.connection().await?;
    let life = store::life::seen(&connection).await?;
    let life = life.filter(|life| !life.strange && !life.outlived).ok_or(Code::NotReady)?;
    Ok(StreamId { block: block.name.clone(), incarnation: life.incarnation })
}

/// Asks; repeating any of these questions is harmless.
pub async fn ask<A: Answer>(
    block: &Block,
    path: &str,
    body: &impl Serialize,
) -> Result<A, Failure> {
    let archive = block.archive.as_ref().ok_or(Code::NotReady)?;
    let within = ms(block.config.loading.archive_ms);
    let answer: A = archive.call(Request::post_with_id(path, body), within).await?;
    if heard(block, answer.life()).await? { Ok(answer) } else { Err(Code::NotReady.into()) }
}
