//! `automation`: the switch, and what is prepared.

use common::wire::archive::Automation;
use common::wire::ops::{AutomationView, SwitchAutomation};

use super::{Operations, Switch, show};
use crate::commands::print_json;
use crate::failure::Result;
use crate::screen::say;

pub(super) async fn run(
    operations: &Operations,
    switch: Option<Switch>,
    reason: String,
    json: bool,
) -> Result<()> {
    let Some(switch) = switch else {
        let view: AutomationView = operations.get("/ops/v1/automation").await?;
        if json {
            return print_json(&view);
        }
        show::automation(&view);
        return Ok(());
    };
    let held = switch == Switch::Hold;
    let wish = SwitchAutomation { held, lift_limit_ms: 0, reason, approval: None };
    let now: Automation = operations.put("/ops/v1/automation", &wish).await?;
    if json {
        return print_json(&now);
    }
    say(if now.held { "Automation is held." } else { "Automation goes on." });
    Ok(())
}
