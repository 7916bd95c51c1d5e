//! Up, faults, healing, a second up, down.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::bank::{Bank, eventually, lives};

#[test]
fn a_bank_comes_up_is_broken_is_healed_and_goes_down() {
    let bank = Bank::new("lifecycle", 21_000);
    let said = bank.succeed(&["up", "--customers", "20"]);
    assert!(said.contains("The bank is ready"), "{said}");
    let all = bank.status();
    for name in ["client-1-database", "client-1-redis", "client-1-web", "client-1-worker"] {
        assert_eq!(all[name]["state"], "ready", "{name}");
        assert!(all[name]["memory_kb"].as_u64().unwrap() > 0, "{name}");
    }
    assert_eq!(all["client-1-web"]["channels"], serde_json::json!(["web"]));
    assert_eq!(all["client-1-web"]["data_center"], "dc-a");

    a_victim_stays_down_until_it_is_healed(&bank);
    a_frozen_database_answers_nobody(&bank);
    a_death_without_a_fault_is_repaired(&bank);
    a_fault_can_end_by_itself(&bank);
    a_second_up_changes_nothing(&bank);

    a_neighbour_finds_ports_of_its_own(&bank);

    let pids = bank.pids();
    bank.succeed(&["down"]);
    assert!(!pids.iter().any(|pid| lives(*pid)), "something outlived the bank");
    assert_eq!(bank.state_of("client-1-web"), "down");
    bank.fail(&["kill", "client-1"], "NOT-RUNNING");
    bank.succeed(&["down"]);
}

fn a_victim_stays_down_until_it_is_healed(bank: &Bank) {
    let worker = bank.pid_of("client-1-worker");
    let said = bank.succeed(&["kill", "client-1/web"]);
    assert!(said.contains("./bulkhead heal client-1/web"), "{said}");
    assert_eq!(bank.state_of("client-1-web"), "killed");
    bank.fail(&["wait", "ready", "--timeout", "1s"], "UP-NOT-READY");
    assert_eq!(bank.state_of("client-1-web"), "killed");
    bank.succeed(&["heal", "client-1/web"]);
    assert_eq!(bank.state_of("client-1-web"), "ready");
    assert_eq!(bank.pid_of("client-1-worker"), worker);

    bank.succeed(&["kill", "client-1"]);
    for name in ["client-1-database", "client-1-redis", "client-1-web", "client-1-worker"] {
        assert_eq!(bank.state_of(name), "killed", "{name}");
    }
    bank.succeed(&["heal", "--all"]);
    bank.succeed(&["wait", "ready"]);
    bank.fail(&["kill", "client-9"], "UNKNOWN-TARGET");
    bank.fail(&["slow", "client-1"], "NO-SUCH-FAULT");
}

fn a_frozen_database_answers_nobody(bank: &Bank) {
    bank.succeed(&["pause", "client-1/database"]);
    assert_eq!(bank.state_of("client-1-database"), "paused");
    let frozen = bank.pid_of("client-1-database");
    bank.succeed(&["heal", "client-1/database"]);
    assert_eq!(bank.state_of("client-1-database"), "ready");
    assert_eq!(bank.pid_of("client-1-database"), frozen);
    bank.succeed(&["stop", "client-1/database"]);
    assert_eq!(bank.state_of("client-1-database"), "stopped");
    bank.succeed(&["heal", "client-1"]);
}

fn a_death_without_a_fault_is_repaired(bank: &Bank) {
    let before = bank.pid_of("client-1-web");
    kill(Pid::from_raw(before), Signal::SIGKILL).unwrap();
    eventually("client-1-web is another process", || {
        let one = &bank.status()["client-1-web"];
        one["state"] == "ready" && one["pid"].as_i64() != Some(i64::from(before))
    });
    assert_eq!(bank.status()["client-1-web"]["deaths"], 1);
}

fn a_fault_can_end_by_itself(bank: &Bank) {
    bank.succeed(&["kill", "client-1/redis", "--for", "300ms"]);
    bank.wait_for("client-1-redis", "ready");
}

fn a_neighbour_finds_ports_of_its_own(bank: &Bank) {
    let neighbour = Bank::new("neighbour", 21_000);
    neighbour.succeed(&["up", "--customers", "5"]);
    let address = |bank: &Bank| bank.status()["client-1-web"]["address"].clone();
    assert_ne!(address(bank), address(&neighbour));
    neighbour.succeed(&["wait", "ready"]);
    bank.succeed(&["wait", "ready"]);
}

fn a_second_up_changes_nothing(bank: &Bank) {
    let before = bank.pids();
    bank.succeed(&["kill", "client-1/web"]);
    bank.succeed(&["up"]);
    let after = bank.pids();
    let changed = before.iter().zip(&after).filter(|(before, after)| before != after).count();
    assert_eq!(changed, 1, "only the victim is another process: {before:?} {after:?}");
}
