//! A data centre is lost: what automation may not do without a majority or without the archive is
//! left as one prepared action, which two administrators take. This is that action, step by step.

use std::time::Duration;

use common::BlockName;
use tokio::time::{Instant, sleep};

use super::stage::Stage;
use crate::failure::{Failure, Result};
use crate::plan::{Kind, Unit};
use crate::up::{alone, promote, read_topology};

const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long the archive may take to recover.
const RECOVERED_WITHIN: Duration = Duration::from_mins(1);
const ARCHIVE: &str = "archive";

impl Stage<'_> {
    /// Promotes the archive's standby, or lets the archive go on without its own; excuses the
    /// witnesses that died; moves the homes that died to their backups.
    pub(super) async fn prepared_action(&self, dead: &str) -> Result<()> {
        if self.primary_lies_in(dead) {
            let primary = promote(self.place, ARCHIVE).await?;
            self.tell.say(format!("{primary} takes writes now."));
            self.recover(dead).await?;
        } else {
            self.archive()?.stand_alone().await?;
            alone(self.place, ARCHIVE).await?;
            self.tell.say("The archive goes on without its standby.");
        }
        let rows = self.archive()?.register().await?;
        for (home, target) in self.homes_of(dead)? {
            let mut own = rows.clone();
            own.retain(|row| row.home == home && self.lies_in(row.owner.as_str(), dead));
            if own.is_empty() {
                continue;
            }
            let life = self.life_of(&target).await?;
            self.archive()?.force(&home, &own, (target.clone(), life)).await?;
            self.tell.say(format!("{target} takes the customers of {home} over."));
        }
        Ok(())
    }

    /// Excuses every witness that lies in the dead data centre, until the archive decides again.
    async fn recover(&self, dead: &str) -> Result<()> {
        let deadline = Instant::now() + RECOVERED_WITHIN;
        while Instant::now() < deadline {
            // A standby that was only just promoted is not found at once.
            let Ok(heard) = self.archive()?.witnesses().await else {
                sleep(LOOK_EVERY).await;
                continue;
            };
            if !heard.recovering {
                return Ok(());
            }
            for service in heard.missing.iter().filter(|service| self.lies_in(service, dead)) {
                self.archive()?.excuse(service).await?;
                self.tell.say(format!("{service} is excused."));
            }
            sleep(LOOK_EVERY).await;
        }
        let sentence = "The archive has not recovered: a witness is missing.";
        Err(Failure::new("DRILL-RECOVERING", sentence).mend("./bulkhead status"))
    }

    fn primary_lies_in(&self, dead: &str) -> bool {
        let mut units = self.plan.units.iter();
        units.any(|unit| is_primary(unit) && unit.data_center == dead)
    }

    /// Do all processes of this service or block lie there?
    fn lies_in(&self, service: &str, data_center: &str) -> bool {
        let of = |unit: &&Unit| {
            unit.kind == Kind::Service && (unit.block == service || unit.name == service)
        };
        let mut units = self.plan.units.iter().filter(of).peekable();
        let known = units.peek().is_some();
        // The router's backup answers to its own name and lies elsewhere.
        known
            && units
                .filter(|unit| unit.role.as_str() != "router-backup" || unit.name == service)
                .all(|unit| unit.data_center == data_center)
    }

    /// The homes that lie there, each with its backup.
    fn homes_of(&self, data_center: &str) -> Result<Vec<(BlockName, BlockName)>> {
        let topology = read_topology(self.place)?;
        let name = |text: &str| {
            BlockName::try_from(text.to_owned())
                .map_err(|error| Failure::new("UNKNOWN-TARGET", format!("{error}.")))
        };
        let own = topology.homes().filter(|block| block.data_center == data_center);
        own.map(|block| {
            let backup = topology.backups.get(&block.name).map_or("", String::as_str);
            Ok((name(&block.name)?, name(backup)?))
        })
        .collect()
    }
}

fn is_primary(unit: &Unit) -> bool {
    unit.kind == Kind::Database && unit.name == format!("{ARCHIVE}-database")
}
