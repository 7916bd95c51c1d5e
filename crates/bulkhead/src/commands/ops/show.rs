//! How it looks on the screen.

use std::collections::BTreeMap;

use common::placement::Placement;
use common::wire::archive::actions::ranges;
use common::wire::archive::{Approval, MoveView};
use common::wire::ops::{AuditEntry, AutomationView, DryRun, MoveBegun};

use super::{Operations, datacentre};
use crate::commands::print_json;
use crate::failure::{Failure, Result};
use crate::screen::say;

pub(super) fn session(operations: &Operations, json: bool) -> Result<()> {
    let session = operations.session();
    if json {
        return print_json(session);
    }
    say(format!("{} is logged in until {}.", session.name, session.expires_at));
    Ok(())
}

/// Lines of columns, each as wide as its widest cell.
pub(super) fn table(rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        say(cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

fn head(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Slices that are alike in one line.
pub(super) fn placements(rows: &[Placement]) {
    let mut alike: BTreeMap<Vec<String>, Vec<_>> = BTreeMap::new();
    for row in rows {
        let target = row.target.as_ref().map_or("-".to_owned(), ToString::to_string);
        let key = vec![
            row.home.to_string(),
            row.owner.to_string(),
            row.state.as_str().to_owned(),
            target,
            row.generation.to_string(),
            row.decided_by.clone(),
            row.reason.clone(),
        ];
        alike.entry(key).or_default().push(row.slice);
    }
    let words = ["home", "owner", "state", "target", "generation", "decided by", "why", "slices"];
    let lines = alike.into_iter().map(|(mut key, slices)| {
        key.push(ranges(&slices));
        key
    });
    table(&[head(&words)].into_iter().chain(lines).collect::<Vec<_>>());
}

/// A word as it is on the wire.
pub(super) fn word(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

pub(super) fn moves(all: &[MoveView]) {
    let words = ["move", "order", "home", "target", "slices", "state", "decided by", "why"];
    let line = |one: &MoveView| {
        vec![
            one.move_id.to_string(),
            word(&one.order),
            one.home.to_string(),
            one.target.to_string(),
            ranges(&one.slices),
            word(&one.state),
            one.decided_by.clone(),
            one.reason.clone(),
        ]
    };
    table(&[head(&words)].into_iter().chain(all.iter().map(line)).collect::<Vec<_>>());
}

pub(super) fn dry_run(dry: &DryRun) {
    let unknown = || "not known".to_owned();
    let owners: Vec<String> = dry.owners.iter().map(ToString::to_string).collect();
    let number = |value: Option<u64>| value.map_or_else(unknown, |value| value.to_string());
    let lag = dry.lag_ms.map_or("none".to_owned(), |ms| format!("{ms} ms"));
    let room = dry.measured_per_second.map_or_else(unknown, |rate| format!("{rate} requests/s"));
    let pair = |name: &str, value: String| vec![name.to_owned(), value];
    let mut rows = vec![
        pair("Slices", format!("{} of {}", ranges(&dry.slices), dry.home)),
        pair("From, to", format!("{} → {}", owners.join(", "), dry.target)),
        pair("Customers", format!("about {}", dry.customers)),
        pair("Open sessions", number(dry.sessions)),
        pair("Unfinished operations", number(dry.unfinished)),
        pair("Not yet in the archive", lag),
        pair("Room at the target", room),
    ];
    rows.extend(dry.differences.iter().map(|one| pair("Difference", word(one))));
    if let Some(action) = &dry.needs_approval {
        rows.push(pair("A second person approves", action.clone()));
    }
    rows.extend(dry.refused.iter().map(|why| pair("Not possible now", why.clone())));
    table(&rows);
}

pub(super) fn begun(begun: &MoveBegun) -> Result<()> {
    if let Some(why) = &begun.why {
        let text = format!("Nothing was moved: {}.", word(why));
        return Err(Failure::new("NOT-MOVED", text));
    }
    say(format!(
        "Move {}: slices {} of {} go to {}.",
        begun.move_id,
        ranges(&begun.slices),
        begun.home,
        begun.target,
    ));
    for one in &begun.refused {
        say(format!("Slice {} does not: {}.", one.slice.number(), word(&one.why)));
    }
    Ok(())
}

pub(super) fn approvals(all: &[Approval]) {
    let words = ["approval", "state", "action", "asked by", "approved by", "why"];
    let line = |one: &Approval| {
        vec![
            one.approval_id.to_string(),
            word(&one.state),
            one.action.clone(),
            one.author.clone(),
            one.approver.clone().unwrap_or_else(|| "-".to_owned()),
            one.reason.clone(),
        ]
    };
    table(&[head(&words)].into_iter().chain(all.iter().map(line)).collect::<Vec<_>>());
}

pub(super) fn audit(all: &[AuditEntry]) {
    let line = |one: &AuditEntry| {
        vec![one.at.to_string(), one.who.clone(), one.action.clone(), one.details.to_string()]
    };
    let words = ["when", "who", "what", "details"];
    table(&[head(&words)].into_iter().chain(all.iter().map(line)).collect::<Vec<_>>());
}

pub(super) fn automation(view: &AutomationView) {
    match &view.automation {
        None => say("The archive does not say whether automation may move."),
        Some(now) if now.held => {
            say(format!("Automation is held by {}.", now.held_by.as_deref().unwrap_or("somebody")));
        }
        Some(_) => say("Automation may move one dead block in ten minutes."),
    }
    for one in &view.vantage_points {
        let unwell: Vec<String> = one.unwell.iter().map(ToString::to_string).collect();
        let seen = if unwell.is_empty() { "all well".to_owned() } else { unwell.join(", ") };
        say(format!(
            "{} in {} sees ({} ms ago): {seen}",
            one.observer, one.data_center, one.ago_ms
        ));
    }
    for one in &view.lost {
        datacentre::show(one);
        say(format!("  ./bulkhead ops datacentre {}", one.data_center));
    }
    for one in &view.prepared {
        say(format!(
            "Prepared: {} looks dead, {} could take over ({}). Why not by itself: {}.",
            one.block,
            one.target,
            one.action,
            word(&one.why),
        ));
        say(format!(
            "  ./bulkhead ops move {} --to {} --forced --reason '…'",
            one.home, one.target
        ));
    }
}
