//! The last words of `up`: what runs, where, how large it is, and what to try.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use tokio::time::Duration;

use super::Ground;
use super::admins;
use super::done::Done;
use crate::demo::{customers, login_of};
use crate::failure::Result;
use crate::plan::{Kind, Plan};
use crate::procs::Identity;
use crate::screen::{Screen, say};
use crate::supervisor::client::Supervisor;
use crate::topology::Role;
use crate::topology::ports::Listener;
use crate::view::look;

/// Says it all.
pub(super) async fn show(
    ground: &Ground,
    plan: &Plan,
    supervisor: &Supervisor,
    done: Done,
    took: Duration,
    screen: Screen,
) -> Result<()> {
    say("");
    let head = format!("The bank is ready, after {:.1} s.", took.as_secs_f32());
    say(screen.strong(&head));
    say("");
    row("Blocks", &blocks(ground));
    let bank = look(&ground.place).await?;
    let memory_kb: u64 = bank.processes.iter().map(|process| process.memory_kb).sum::<u64>()
        + Identity::memory_kb(supervisor.address().identity);
    row("Processes", &processes(ground, plan));
    row("Memory", &format!("{} MB, measured now", memory_kb / 1024));
    row("Data", &data(ground));
    row("Version", concat!("Bulkhead ", env!("CARGO_PKG_VERSION")));
    for (name, address) in addresses(ground) {
        row(&name, &address);
    }
    show_logins(ground, done);
    for (at, admin) in admins::read(&ground.place)?.iter().enumerate() {
        let text = format!("{}  {}", admin.name, admin.password);
        row(if at == 0 { "Operators" } else { "" }, &text);
    }
    show_next(ground);
    Ok(())
}

fn row(name: &str, text: &str) {
    say(format!("  {name:<11} {text}"));
}

fn blocks(ground: &Ground) -> String {
    let named = |block: &crate::topology::Block| format!("{} ({})", block.name, block.data_center);
    ground.topology.blocks.iter().map(named).collect::<Vec<_>>().join(" · ")
}

fn processes(ground: &Ground, plan: &Plan) -> String {
    let count = |kind: Kind| plan.units.iter().filter(|unit| unit.kind == kind).count();
    format!(
        "{} of our own, {} PostgreSQL {}, {} Redis {}",
        count(Kind::Service),
        count(Kind::Database),
        ground.tools.postgres_version,
        count(Kind::Redis),
        ground.tools.redis_version,
    )
}

fn data(ground: &Ground) -> String {
    let state = ground.place.state();
    let link = ground.place.file("data");
    let elsewhere = fs::read_link(&link).ok();
    let bytes = size_of(&state) + elsewhere.as_deref().map_or(0, size_of);
    let mut text = format!(".bulkhead/, {} MB on disk; stays until `make reset`", bytes >> 20);
    if let Some(elsewhere) = elsewhere {
        let _unfailing = write!(
            text,
            " (databases in {}: their user cannot enter this directory)",
            elsewhere.display()
        );
    }
    text
}

/// Space taken on disk, links not followed.
pub(crate) fn size_of(path: &Path) -> u64 {
    let Ok(found) = fs::symlink_metadata(path) else {
        return 0;
    };
    let own = found.blocks() * 512;
    if !found.is_dir() {
        return own;
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    own + entries.map(|entry| size_of(&entry.path())).sum::<u64>()
}

fn addresses(ground: &Ground) -> Vec<(String, String)> {
    let sources = ground.sources();
    let mut rows = Vec::new();
    if let Some(origin) = sources.bank_origin() {
        let what = if sources.page.is_some() { "open it in a browser" } else { "no page is built" };
        rows.push(("Bank".to_owned(), format!("{origin}  ({what})")));
    }
    if let Some(block) = ground.topology.block_of(Role::Router) {
        let leads = ground.servers.of(block).router();
        if let Some(ops) = sources.address_of(leads, Listener::Ops) {
            rows.push(("Operations".to_owned(), format!("{ops}  ({} leads)", leads.as_str())));
        }
    }
    for block in ground.topology.blocks.iter().filter(|block| block.role.serves_channels()) {
        let web = sources.public_url(block, Listener::Web);
        let mobile = sources.public_url(block, Listener::Mobile);
        rows.push((block.name.clone(), format!("{web}  mobile {mobile}")));
    }
    rows
}

fn show_logins(ground: &Ground, done: Done) {
    let mut logins = Vec::new();
    for home in ground.topology.homes() {
        let first = customers(&ground.topology, done.customers).find(|one| one.home == home.name);
        if let Some(customer) = first {
            let login = login_of(&customer);
            logins.push(format!("{}  {}  ({})", login.login, login.password, login.home));
        }
    }
    for (at, text) in logins.iter().enumerate() {
        row(if at == 0 { "Log in as" } else { "" }, text);
    }
    if !logins.is_empty() {
        let text = format!("all {}: .bulkhead/demo-logins.json", done.customers);
        row("", &text);
    }
}

fn show_next(ground: &Ground) {
    let Some(victim) = ground.topology.blocks.iter().rfind(|block| block.role == Role::Client)
    else {
        return;
    };
    let victim = &victim.name;
    say("");
    say("Three things to do next:");
    let rows = [
        (format!("./bulkhead kill {victim}"), "lose a block; the others do not notice"),
        ("./bulkhead status".to_owned(), "see what is left"),
        (format!("./bulkhead heal {victim}"), "bring it back"),
    ];
    for (command, text) in rows {
        say(format!("  {command:<28} {text}"));
    }
}
