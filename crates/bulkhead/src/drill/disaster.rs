//! A data centre is lost: what automation may not do without a majority or without the archive is
//! left as one prepared action, which one administrator asks for, the other approves, and the first
//! carries out: the same as by hand.

use std::fmt::Display;

use common::wire::archive::actions::survive;

use super::archive::REASON;
use super::stage::Stage;
use crate::disaster::Action;
use crate::failure::Result;

impl Stage<'_> {
    /// Promotes or lets go on alone, excuses, moves.
    pub(super) async fn prepared_action(&self, dead: &str) -> Result<()> {
        let archive = self.archive()?;
        let approval = archive.leave(&survive(dead)).await?;
        let action = Action {
            place: self.place,
            operations: archive.author().await?,
            data_center: dead,
            approval,
            reason: REASON,
        };
        action.carry_out(&|text: &dyn Display| self.tell.say(text)).await
    }
}
