//! Events come in by themselves while they are switched on, and are booked at the gateway.

use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use back_office::foreign::{Booking, BookingAnswer};
use common::problem::Code;
use common::wire::systems::Incoming;
use platform::Tasks;
use platform::config::Peer;
use platform::rpc::Request;
use serde_json::Value;
use testkit::eventually;

use super::simulation::{Simulation, WITHIN};

type Booked = Arc<Mutex<Vec<Booking>>>;

async fn book(State(booked): State<Booked>, Json(booking): Json<Booking>) -> Json<BookingAnswer> {
    booked.lock().unwrap().push(booking);
    Json(BookingAnswer::Booked)
}

async fn switch(simulation: &Simulation, per_minute: u32) {
    let request = Request::put("/control/v1/incoming", &Incoming { per_minute });
    let now: Incoming = simulation.control().call(request, WITHIN).await.unwrap();
    assert_eq!(now.per_minute, per_minute);
}

#[tokio::test]
async fn events_happen_to_customers_with_cards_while_switched_on() {
    let tasks = Tasks::new();
    let booked = Booked::default();
    let mut simulation = Simulation::start().await;
    let gateway = platform::http::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let url = format!("http://{}", gateway.address);
    simulation.config.peers.insert("gateway".to_owned(), Peer::at(url));
    let routes = Router::new().route("/v1/bookings", post(book)).with_state(booked.clone());
    platform::http::serve(&tasks, gateway, routes, &simulation.config.http);
    simulation.give_card(7).await;

    let simulation = simulation.restart().await;
    let count = || booked.lock().unwrap().len();
    assert_eq!(count(), 0, "off until switched on");
    switch(&simulation, 6_000).await;
    eventually("events are booked", || async { count() >= 3 }).await;

    // Remembered over a restart, until it is switched off.
    let simulation = simulation.restart().await;
    let before = count();
    eventually("events go on", || async { count() > before }).await;
    switch(&simulation, 0).await;
    let all = booked.lock().unwrap().clone();
    let account = "40817810000000007001";
    assert!(all.iter().all(|booking| booking.account.as_str() == account));
    assert!(all.iter().all(|booking| booking.amount.is_positive()));

    let request = Request::put("/control/v1/incoming", &Incoming { per_minute: 60_001 });
    let error = simulation.control().call::<Value, _>(request, WITHIN).await.unwrap_err();
    assert!(error.is_refusal(Code::InvalidRequest), "{error}");
    assert!(tasks.stop(WITHIN).await);
}
