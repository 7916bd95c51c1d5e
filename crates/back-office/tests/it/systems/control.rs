//! The control API: modes that cannot be, messages.

use back_office::systems::System;
use common::problem::Code;
use common::wire::systems::{Message, SendMessage, SystemMode, SystemStatus};
use platform::rpc::Request;
use serde_json::{Value, json};
use uuid::Uuid;

use super::simulation::{Simulation, WITHIN};

fn slow(median_ms: u32, p99_ms: u32) -> Value {
    json!(SystemMode::Slow { median_ms, p99_ms })
}

fn failing(percent: u8, after_effect_percent: u8) -> Value {
    let mode = SystemMode::Failing { percent, after_effect_percent };
    json!(mode)
}

#[tokio::test]
async fn a_mode_that_cannot_be_is_refused_and_nothing_changes() {
    let simulation = Simulation::start().await;
    let half = json!({"mode": "slow", "median_ms": 10});
    let cases = [
        ("cards", json!({"mode": "off"}), Code::InvalidJson),
        ("cards", half, Code::InvalidJson),
        ("cards", slow(10, 9), Code::InvalidRequest),
        ("cards", slow(1, 60_001), Code::InvalidRequest),
        ("cards", failing(101, 0), Code::InvalidRequest),
        ("cards", failing(1, 101), Code::InvalidRequest),
        ("nothing", json!({"mode": "up"}), Code::SystemUnknown),
    ];
    for (system, mode, code) in cases {
        let request = Request::put(format!("/control/v1/systems/{system}"), &mode);
        let error = simulation.control().call::<Value, _>(request, WITHIN).await.unwrap_err();
        assert!(error.is_refusal(code), "{mode}: {error}");
    }
    let request = Request::get("/control/v1/systems/cards");
    let status: SystemStatus = simulation.control().call(request, WITHIN).await.unwrap();
    assert_eq!(serde_json::to_value(status.mode).unwrap(), json!({"mode": "up"}));
    assert_eq!(simulation.count("sys_cards.setting").await, 0);
}

#[tokio::test]
async fn messages_are_sent_once_and_read_newest_first() {
    let simulation = Simulation::start().await;
    let block = simulation.system_as("client-1", System::Messages);
    let send = |number: u128, phone: &str, text: &str| SendMessage {
        message_id: Uuid::from_u128(number),
        phone: phone.parse().unwrap(),
        text: text.to_owned(),
    };
    let (anna, boris) = ("+79000000001", "+79000000002");
    for message in [
        send(1, anna, "first"),
        send(2, boris, "other"),
        send(3, anna, "second"),
        send(1, anna, "first again"),
    ] {
        let request = Request::post_with_id("/v1/messages", &message);
        block.call::<(), _>(request, WITHIN).await.unwrap();
    }
    let read = |query: Value| {
        let request = Request::get("/control/v1/messages").query(&query);
        let control = simulation.control();
        async move {
            let found: Vec<Message> = control.call(request, WITHIN).await.unwrap();
            found.into_iter().map(|message| message.text).collect::<Vec<_>>()
        }
    };
    assert_eq!(read(json!({ "phone": anna })).await, ["second", "first"]);
    assert_eq!(read(json!({ "phone": anna, "limit": 1 })).await, ["second"]);
    assert_eq!(read(json!({})).await, ["second", "other", "first"]);
    let long = send(9, anna, &"x".repeat(1_001));
    let request = Request::post_with_id("/v1/messages", &long);
    let error = block.call::<(), _>(request, WITHIN).await.unwrap_err();
    assert!(error.is_refusal(Code::InvalidRequest), "{error}");
}
