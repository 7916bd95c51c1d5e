//! Each fault is what it says, on new connections and on those that are open.

use std::time::Duration;

use back_office::foreign::{CustomerItems, Order, OrderAnswer, items_path};
use back_office::systems::System;
use common::wire::systems::{SystemMode, SystemStatus};
use common::{Currency, CustomerId, Money};
use platform::rpc::{CallError, Request};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::simulation::{Simulation, WITHIN, place};

fn freeze() -> Order {
    Order::CardFreeze { card_id: "card-1".to_owned() }
}

fn deposit() -> Order {
    Order::DepositOpen {
        product_id: "deposit-steady-rub".to_owned(),
        amount: Money::from_minor(5_000_000, Currency::Rub),
        rate_bp: 1_450,
        term_months: 6,
        from_account: "40817810000000001001".parse().unwrap(),
    }
}

async fn items(simulation: &Simulation, system: System) -> Result<CustomerItems, CallError> {
    let request = Request::get(items_path(CustomerId(1)));
    simulation.system(system).call(request, WITHIN).await
}

async fn frozen(simulation: &Simulation) -> bool {
    let cards = items(simulation, System::Cards).await.unwrap();
    cards.items[0]["frozen"].as_bool().unwrap()
}

fn failing(percent: u8, after_effect_percent: u8) -> SystemMode {
    SystemMode::Failing { percent, after_effect_percent }
}

#[tokio::test]
async fn a_system_that_is_down_refuses_connections_and_cuts_those_it_had() {
    let simulation = Simulation::start().await;
    let address = simulation.systems.address(System::Cards).unwrap();
    let mut open = TcpStream::connect(address).await.unwrap();
    open.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut answer = [0; 15];
    open.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200 OK");

    simulation.switch(System::Cards, SystemMode::Down).await;
    let refused = TcpStream::connect(address).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    let mut rest = Vec::new();
    let cut = tokio::time::timeout(WITHIN, open.read_to_end(&mut rest)).await;
    assert!(cut.is_ok(), "the open connection lives on");
    let error = items(&simulation, System::Cards).await.unwrap_err();
    assert!(matches!(error, CallError::NotSent { .. }), "{error}");
    // The others do not notice, and the process is alive.
    items(&simulation, System::Loans).await.unwrap();

    simulation.switch(System::Cards, SystemMode::Up).await;
    items(&simulation, System::Cards).await.unwrap();
    assert_eq!(simulation.systems.address(System::Cards), Some(address));
}

#[tokio::test]
async fn a_hanging_system_accepts_and_stays_silent() {
    let simulation = Simulation::start().await;
    let peer = simulation.system(System::Loans);
    let ask = || Request::get(items_path(CustomerId(1)));
    // Warms a connection that is kept alive, so that the fault meets an old one.
    let _up: CustomerItems = peer.call(ask(), WITHIN).await.unwrap();
    simulation.switch(System::Loans, SystemMode::Hanging).await;
    let short = Duration::from_millis(200);
    let old = peer.call::<CustomerItems, _>(ask(), short).await.unwrap_err();
    assert!(matches!(old, CallError::TimedOut { .. }), "{old}");

    let address = simulation.systems.address(System::Loans).unwrap();
    let mut new = TcpStream::connect(address).await.unwrap();
    new.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut answer = [0; 1];
    let silent = tokio::time::timeout(short, new.read(&mut answer)).await;
    assert!(silent.is_err(), "somebody answered");

    simulation.switch(System::Loans, SystemMode::Up).await;
    let _up: CustomerItems = peer.call(ask(), WITHIN).await.unwrap();
}

#[tokio::test]
async fn a_slow_system_answers_late_and_acts_at_once() {
    let simulation = Simulation::start().await;
    let mode = SystemMode::Slow { median_ms: 40, p99_ms: 80 };
    simulation.switch(System::Insurance, mode).await;
    let mut late = 0;
    for _ in 0..20 {
        let before = Instant::now();
        items(&simulation, System::Insurance).await.unwrap();
        late += u32::from(before.elapsed() >= Duration::from_millis(40));
    }
    // About half; fewer than three of twenty happen once in five thousand runs.
    assert!(late >= 3, "{late} of 20 were late");

    simulation.give_card(1).await;
    let minute = SystemMode::Slow { median_ms: 60_000, p99_ms: 60_000 };
    simulation.switch(System::Cards, minute).await;
    let request = Request::post("/v1/orders", &place("slow", freeze()));
    let short = Duration::from_millis(300);
    let cards = simulation.system(System::Cards);
    let lost = cards.call::<OrderAnswer, _>(request, short).await;
    assert!(matches!(lost.unwrap_err(), CallError::TimedOut { .. }));
    simulation.switch(System::Cards, SystemMode::Up).await;
    assert!(frozen(&simulation).await);
}

#[tokio::test]
async fn a_failure_before_the_effect_has_none() {
    let simulation = Simulation::start().await;
    simulation.give_card(1).await;
    simulation.switch(System::Cards, failing(100, 0)).await;
    let mut kinds = [0, 0];
    for _ in 0..40 {
        match simulation.order(System::Cards, &place("k", freeze())).await {
            Err(CallError::NotOurs { status: 500, .. }) => kinds[0] += 1,
            Err(CallError::Lost { .. }) => kinds[1] += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(kinds[0] > 0 && kinds[1] > 0, "errors and broken: {kinds:?}");
    simulation.switch(System::Cards, SystemMode::Up).await;
    assert!(!frozen(&simulation).await);
    assert_eq!(simulation.count("sys_cards.taken_order").await, 0);
}

#[tokio::test]
async fn a_failure_after_the_effect_is_found_by_asking_again() {
    let simulation = Simulation::start().await;
    simulation.switch(System::Deposits, failing(100, 100)).await;
    let order = place("k", deposit());
    for _ in 0..3 {
        let lost = simulation.order(System::Deposits, &order).await;
        assert!(lost.is_err(), "{lost:?}");
    }
    assert_eq!(simulation.count("sys_deposits.deposit").await, 1, "it took effect");
    simulation.switch(System::Deposits, SystemMode::Up).await;
    let answer = simulation.order(System::Deposits, &order).await.unwrap();
    let OrderAnswer::Done { reference, .. } = answer else { panic!("{answer:?}") };
    let found = items(&simulation, System::Deposits).await.unwrap().items;
    assert_eq!(found.len(), 1, "opened once");
    assert_eq!(found[0]["id"], reference.as_str());
    assert_eq!(found[0]["balance"]["amount"], "50000.00");
}

#[tokio::test]
async fn modes_survive_a_restart() {
    let simulation = Simulation::start().await;
    simulation.switch(System::Cards, SystemMode::Down).await;
    simulation.switch(System::Taxes, failing(30, 10)).await;
    let simulation = simulation.restart().await;
    let request = Request::get("/control/v1/systems");
    let all: Vec<SystemStatus> = simulation.control().call(request, WITHIN).await.unwrap();
    let mode = |system: System| {
        let found = all.iter().find(|status| status.system == system.name());
        found.unwrap().mode
    };
    assert_eq!(all.len(), System::ALL.len());
    assert_eq!(mode(System::Cards), SystemMode::Down);
    assert_eq!(mode(System::Taxes), failing(30, 10));
    assert_eq!(mode(System::Loans), SystemMode::Up);
    items(&simulation, System::Cards).await.unwrap_err();
    // Not the process's fault: it is ready.
    let ready = Request::get("/readyz");
    testkit::eventually("the process is ready", || async {
        let control = simulation.control();
        control.call::<(), _>(ready.clone(), WITHIN).await.is_ok()
    })
    .await;
}
