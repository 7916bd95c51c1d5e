//! The tour: one customer, his block dying in the middle of a payment, his payment done once, and
//! the return, with a line that shows at every moment whether he is served. For people; everything
//! it shows is measured.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::check::{self, Outcome};
use crate::drill::{Stage, Teller};
use crate::failure::{Failure, Result};
use crate::faults::Verb;
use crate::load::{Guest, Load};
use crate::place::Place;
use crate::screen::say;

/// How long people get to read.
const PAUSE: Duration = Duration::from_secs(3);
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How long each part may take.
const WITHIN: Duration = Duration::from_mins(2);
/// Looks on one line.
const LINE: usize = 60;

/// Guides through it. `quick`: without pauses.
pub(crate) async fn run(place: &Place, block: &str, quick: bool) -> Result<()> {
    let pause = if quick { Duration::ZERO } else { PAUSE };
    let mut stage = Stage::open(place, block, Teller::aloud())?;
    let path = Load::promises_of(place);
    let guest = Arc::new(Guest::come(place, block, &path).await?);
    say(format!("{} logs in; {block} serves him.", guest.name()));
    let told = tell(&mut stage, &guest, block, pause).await;
    let mended = stage.mend().await;
    told?;
    mended?;
    let report = check::run(place, Some(&path)).await?;
    match report.outcome {
        Outcome::Ok => say("Everything was checked: nothing is lost, nothing was done twice."),
        Outcome::Violated | Outcome::Incomplete => say(report.text()),
    }
    crate::commands::check_verdict(&report)
}

async fn tell(stage: &mut Stage<'_>, guest: &Guest, block: &str, pause: Duration) -> Result<()> {
    stage.lift().await?;
    sleep(pause).await;
    say("He orders a payment. In the same moment every process and the database of his block die.");
    let targets = [block];
    let (ordered, struck) =
        tokio::join!(guest.order_and_follow(), stage.strike(&targets, Verb::Kill));
    struck?;
    let struck_at = Instant::now();
    ordered?;
    let served_by = live(guest, |by| by != block).await?;
    let after = struck_at.elapsed().as_secs_f32();
    say(format!("{served_by} serves him {after:.1} s later; he was not asked to log in."));
    sleep(pause).await;
    let effects = guest.until_done(WITHIN).await?;
    say(format!("His payment is done, {effects} time."));
    sleep(pause).await;
    stage.heal().await?;
    let returned = tokio::join!(stage.pour_back(), live(guest, |by| by == block));
    returned.0?;
    say(format!("{} serves him again, in the same session.", returned.1?));
    if guest.logins() > 1 {
        let sentence = format!("He had to log in {} times.", guest.logins());
        return Err(Failure::new("TOUR-LOGIN", sentence));
    }
    Ok(())
}

/// Looks as the customer does until he is served by whom it is waited for. `·` served, `○` not.
async fn live(guest: &Guest, until: impl Fn(&str) -> bool) -> Result<String> {
    let deadline = Instant::now() + WITHIN;
    let mut line = String::from("  ");
    let shown = std::io::stdout().is_terminal();
    while Instant::now() < deadline {
        let by = guest.look().await?;
        line.push(if by.is_some() { '·' } else { '○' });
        if line.chars().count() > LINE {
            say(&line);
            "  ".clone_into(&mut line);
        }
        if let Some(by) = by.filter(|by| until(by)) {
            if shown || line.len() > 2 {
                say(&line);
            }
            return Ok(by);
        }
        sleep(LOOK_EVERY).await;
    }
    say(&line);
    Err(Failure::new("TOUR-NOT-SERVED", "Nobody serves the customer.").mend("./bulkhead status"))
}
