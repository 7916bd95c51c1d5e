//! Drills: the load runs, something dies or is moved, and it is measured what customers noticed.
//!
//! The bank does what it does by itself; a drill only causes the fault, through the supervisor, or
//! orders the move, lifts automation's limit with the leave of a second administrator and puts it
//! back, and heals. Then everything is checked, and compared with the drill before.

mod archive;
mod disaster;
mod figures;
mod scenes;
mod stage;
mod store;
mod watching;

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, sleep};

pub(crate) use self::figures::Record;
use self::scenes::Scene;
pub(crate) use self::stage::Stage;
use crate::check::{self, Outcome};
use crate::failure::{Failure, Result};
use crate::load::{self, Load};
use crate::place::{Place, make_directory, write_private};
use crate::screen::say;

/// How long the bank has to be calm before anything is done to it, and how long that may take.
const CALM_FOR: Duration = Duration::from_secs(5);
const CALM_WITHIN: Duration = Duration::from_mins(2);
/// How long the load goes on after everything is as it was.
const AFTERWARDS: Duration = Duration::from_secs(5);

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Kind {
    /// Kill every process and the database of a block; automation decides
    Forced,
    /// Empty a block while open sessions go on, and return
    Planned,
    /// Empty a block at once, and return
    Urgent,
    /// Empty a block, then measure the return
    Return,
    /// Kill the router and its database
    Router,
    /// Kill every process and database of a data centre
    Datacentre,
}

impl Kind {
    /// The word in files and reports.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Forced => "forced",
            Self::Planned => "planned",
            Self::Urgent => "urgent",
            Self::Return => "return",
            Self::Router => "router",
            Self::Datacentre => "datacentre",
        }
    }
}

/// What is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Wishes {
    pub(crate) kind: Kind,
    /// The block it is about.
    pub(crate) block: String,
    /// The data centre, for a drill of one.
    pub(crate) data_centre: String,
    /// Stop every process instead of killing it.
    pub(crate) pause: bool,
    pub(crate) load: load::Wishes,
    /// Say what happens while it does.
    pub(crate) aloud: bool,
}

/// Runs a drill to its end.
pub(crate) async fn run(place: &Place, wishes: Wishes) -> Result<Record> {
    let tell = Teller { aloud: wishes.aloud };
    tell.say(format!("{} customers log in.", wishes.load.sessions));
    let load = Load::prepare(place, wishes.load.clone()).await?;
    tell.say(format!("{} have a session; the load begins.", load.customers.len()));
    let drilled = async {
        let scene = play(place, &wishes, &load, tell).await;
        // Whatever happened: nobody is left running, and the customers' record is complete.
        load.stop();
        scene
    };
    let (record, ran) = tokio::join!(drilled, load.run());
    ran?;
    let mut record = record?;
    let promises = load.promises_path();
    tell.say("Everything is checked.");
    let report = check::run(place, Some(&promises)).await?;
    record.judge(&report);
    let folder = place.file("drills");
    let before = figures::last(&folder, wishes.kind.as_str())?;
    keep(&folder, &record)?;
    record.compare(before);
    if report.outcome != Outcome::Ok {
        tell.say(report.text());
    }
    Ok(record)
}

async fn play(place: &Place, wishes: &Wishes, load: &Load, tell: Teller) -> Result<Record> {
    load.beat.store(true, Ordering::Relaxed);
    calm(load).await?;
    let mut scene = Scene::open(place, wishes, load, tell).await?;
    load.restart_figures();
    let outcome = scene.play().await;
    // The bank is put back even where the drill failed.
    let mended = scene.mend().await;
    outcome?;
    mended?;
    sleep(AFTERWARDS).await;
    Ok(scene.record())
}

/// Waits until nobody has seen an error for a while.
async fn calm(load: &Load) -> Result<()> {
    let deadline = Instant::now() + CALM_WITHIN;
    while Instant::now() < deadline {
        load.restart_figures();
        sleep(CALM_FOR).await;
        let seen = load.summary();
        if seen.errors_seen.is_empty() && seen.served > 0 {
            return Ok(());
        }
    }
    let seen = load.summary().text();
    let sentence = format!("The bank was not calm before the drill:\n{seen}");
    Err(Failure::new("DRILL-NOT-CALM", sentence).mend("./bulkhead status"))
}

fn keep(folder: &Path, record: &Record) -> Result<()> {
    make_directory(folder, 0o700)?;
    let name = format!("{}-{}.json", record.kind, record.began_at.unix_ms());
    let text = serde_json::to_string_pretty(record)
        .map_err(|error| Failure::new("OUTPUT", format!("{error}.")))?;
    write_private(&folder.join(name), &text)
}

/// Says what happens, if somebody listens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Teller {
    aloud: bool,
}

impl Teller {
    /// One who speaks.
    pub(crate) fn aloud() -> Self {
        Self { aloud: true }
    }

    pub(crate) fn say(self, text: impl std::fmt::Display) {
        if self.aloud {
            say(text);
        }
    }
}
