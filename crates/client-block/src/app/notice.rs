//! The notice that a customer sees while something of his may be missing (I12): computed from what
//! this block knows of him, each time anew, and gone by itself.

use common::Generation;
use common::block::viewing::{View, view};
use common::notice::{Elsewhere, Notice, notice as decide};
use platform::Failure;
use serde::Serialize;
use utoipa::ToSchema;

use super::operations::read::OperationView;
use super::sessions::authenticate::Authenticated;
use crate::block::Block;
use crate::store::joining;

/// How far what is shown can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Complete {
    /// Nothing that was done before is missing.
    Complete,
    /// A system could not be asked: what was done elsewhere may be missing.
    AsOf,
    /// Something cannot be read yet: wait, and order nothing again.
    Unsettled,
}

/// Which notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// Not everything that was done elsewhere is here yet.
    Joining,
    /// Everything is here; operations that began elsewhere are still being done.
    Finishing,
}

/// What a customer is told of his move.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeView {
    /// The notice, if there is one.
    #[schema(required)]
    pub notice: Option<Word>,
    /// Its sentence.
    #[schema(required)]
    pub message: Option<&'static str>,
    /// How far what is shown can be believed.
    pub view: Complete,
    /// While a system could not be asked: the generation of this view. It goes with every order, so
    /// that nothing is ordered again that has only not been seen.
    #[schema(required)]
    pub as_of: Option<Generation>,
    /// Sent before the switch, being checked.
    pub being_checked: Vec<OperationView>,
    /// He is asked about these: nothing is done with them before he has answered.
    pub questions: Vec<OperationView>,
}

const JOINING: &str = "We are bringing together everything that you did at your usual server. The \
                       latest may not be shown yet: do not repeat it.";
const FINISHING: &str = "You are served by another server for now. What you sent before the switch \
                         is being checked and is listed here: do not repeat it.";

/// The notice of the customer who asks.
pub async fn notice(block: &Block, who: &Authenticated) -> Result<NoticeView, Failure> {
    let connection = block.db.connection().await?;
    let loaded = joining::state(&connection, &who.scope).await?;
    let open = joining::open_elsewhere(&connection, &who.scope).await?;
    let questions = joining::questioned(&connection, &who.scope).await?;
    let being_checked = OperationView::all(&connection, &open).await?;
    let asked = OperationView::all(&connection, &questions).await?;
    drop(connection);
    let elsewhere = Elsewhere {
        // He was loaded up to the SEAL or cut of everybody before; only what could not be read is
        // not joined.
        generations_unjoined: u32::from(loaded.unread),
        operations_open: u32::try_from(open.len()).unwrap_or(u32::MAX),
        unfenced: !loaded.fenced,
    };
    let word = decide(&elsewhere).map(|notice| match notice {
        Notice::Joining => Word::Joining,
        Notice::Finishing => Word::Finishing,
    });
    Ok(NoticeView {
        notice: word,
        message: word.map(|word| match word {
            Word::Joining => JOINING,
            Word::Finishing => FINISHING,
        }),
        view: match view(loaded.fenced, loaded.unread) {
            View::Complete => Complete::Complete,
            View::AsOf => Complete::AsOf,
            View::Unsettled => Complete::Unsettled,
        },
        as_of: (!loaded.fenced).then_some(who.generation),
        being_checked,
        questions: asked,
    })
}
