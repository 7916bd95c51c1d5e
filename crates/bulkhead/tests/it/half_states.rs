//! `up` from whatever an accident left behind.

use std::fs;
use std::net::TcpListener;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::bank::{Bank, eventually, lives};

#[test]
fn a_bank_rises_from_every_accident() {
    let bank = Bank::new("accidents", 25_000);
    bank.succeed(&["up", "--customers", "10"]);

    // The supervisor alone is killed: its children end with it, or are ended.
    let before = bank.pids();
    send(before[0], Signal::SIGKILL);
    bank.succeed(&["up"]);
    assert!(!before.iter().any(|pid| lives(*pid)), "something of the old bank lives");

    // Everything is killed at once.
    for pid in bank.pids() {
        send(pid, Signal::SIGKILL);
    }
    bank.succeed(&["up"]);

    // A reboot: the pid in the lock file belongs to somebody else now, who must not be hurt.
    bank.succeed(&["down"]);
    let lock = bank.state().join("data/client-1/postmaster.pid");
    let mine = std::process::id();
    fs::write(&lock, format!("{mine}\n/nowhere\n0\n1\n\n127.0.0.1\n")).unwrap();
    bank.succeed(&["up"]);

    // A frozen bank goes down and up.
    bank.succeed(&["pause", "client-1"]);
    bank.succeed(&["down"]);
    bank.succeed(&["up"]);

    // The state directory is deleted under the running bank.
    let before = bank.pids();
    fs::remove_dir_all(bank.state()).unwrap();
    bank.succeed(&["up", "--customers", "10"]);
    eventually("the old bank is gone", || !before.iter().any(|pid| lives(*pid)));
}

#[test]
fn a_start_that_cannot_be_says_why_and_leaves_nothing() {
    let bank = Bank::new("refusals", 29_000);
    bank.fail(&["status"], "NOT-STARTED");
    bank.write_topology(29_000, "die");
    let said = bank.fail(&["up", "--customers", "10"], "UP-DIES");
    assert!(said.contains("this one never lives"), "{said}");
    assert!(!bank.state().join("run/supervisor.json").exists(), "{said}");

    // Interrupted on the way: everything that was started is stopped.
    let mut up = bank.start(&["up", "--customers", "10"]);
    let supervisor = bank.state().join("run/supervisor.json");
    eventually("a supervisor", || supervisor.exists() || up.try_wait().unwrap().is_some());
    send(i32::try_from(up.id()).unwrap(), Signal::SIGINT);
    assert!(!up.wait().unwrap().success());
    assert!(!supervisor.exists());

    bank.write_topology(29_000, "serve");
    bank.succeed(&["up", "--customers", "10"]);
    let redis = bank.status()["client-1-redis"]["address"].as_str().unwrap().to_owned();
    bank.succeed(&["down"]);
    let somebody_else = TcpListener::bind(&redis).unwrap();
    let said = bank.fail(&["up"], "UP-PORT-BUSY");
    assert!(said.contains("client-1 Redis") && said.contains("--base-port"), "{said}");
    drop(somebody_else);
    fs::write(bank.outer().join("my bank/deploy/topology.toml"), "blocks = 1").unwrap();
    bank.fail(&["up"], "UP-TOPOLOGY");
    bank.write_topology(29_000, "serve");
}

/// The process may have ended by itself just now.
fn send(pid: i32, signal: Signal) {
    let _gone = kill(Pid::from_raw(pid), signal);
}
