use common::problem::Code;
use reqwest::{Method, StatusCode};
use serde_json::json;
use testkit::eventually;

use crate::bank::{Bank, Router, new_customer};

#[tokio::test]
async fn the_payee_directory_is_told_when_it_comes_back() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    bank.peers["gateway"].go_away().await;
    let wish = new_customer("anna.petrova", "+79000000001");
    let reply = router.ops(Method::POST, "/ops/v1/customers", &wish).await;
    assert_eq!(reply.status, StatusCode::ACCEPTED, "{}", reply.text);
    assert_eq!(reply.json()["settled"], false);
    let id = reply.json()["customer_id"].as_u64().unwrap();
    router.login("anna.petrova").await;
    let path = format!("/ops/v1/customers/{id}");
    let settled =
        async || router.ops(Method::GET, &path, &json!(null)).await.json()["settled"] == true;
    assert!(!settled().await);
    bank.peers["gateway"].come_back().await;
    eventually("he is settled", settled).await;
    let told = bank.peers["gateway"].last_told(id).unwrap();
    assert_eq!(told["phone"], "+79000000001");
}

#[tokio::test]
async fn a_home_block_that_was_away_is_told_the_last_state_even_after_a_restart() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    let id = router.create("anna.petrova", "+79000000001").await;
    let home = router.login("anna.petrova").await.block.id.to_string();
    let peer = &bank.peers[home.as_str()];
    peer.go_away().await;
    for login in ["anna.one", "anna.two"] {
        let path = format!("/ops/v1/customers/{id}/login");
        let reply = router.ops(Method::PUT, &path, &json!({ "login": login })).await;
        assert_eq!(reply.status, StatusCode::ACCEPTED, "{}", reply.text);
    }
    router.stop().await;
    peer.come_back().await;
    let router = bank.router().await;
    let path = format!("/ops/v1/customers/{id}");
    eventually("he is settled", async || {
        router.ops(Method::GET, &path, &json!(null)).await.json()["settled"] == true
    })
    .await;
    let told = peer.last_told(id).unwrap();
    assert_eq!((told["revision"].as_u64(), told["login"].as_str()), (Some(3), Some("anna.two")));
    assert_eq!(told["password"], json!(null));
}

#[tokio::test]
async fn a_new_phone_is_told_later_to_a_home_block_that_is_away() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    let id = router.create("anna.petrova", "+79000000001").await;
    let home = router.login("anna.petrova").await.block.id.to_string();
    bank.peers[home.as_str()].go_away().await;
    let path = format!("/ops/v1/customers/{id}/phone");
    let reply = router.ops(Method::PUT, &path, &json!({ "phone": "+79000000002" })).await;
    assert_eq!(reply.status, StatusCode::ACCEPTED, "{}", reply.text);
    assert_eq!(reply.json()["settled"], false);
}

#[tokio::test]
async fn a_home_block_that_refuses_for_no_good_reason_is_our_fault() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    for peer in bank.peers.values() {
        peer.refuse_with(Some(Code::InvalidRequest));
    }
    let wish = new_customer("anna.petrova", "+79000000001");
    let reply = router.ops(Method::POST, "/ops/v1/customers", &wish).await;
    assert_eq!((reply.status, reply.code().as_str()), (500.try_into().unwrap(), "internal-error"));
    for peer in bank.peers.values() {
        peer.refuse_with(None);
    }
    router.create("anna.petrova", "+79000000001").await;
}

#[tokio::test]
async fn an_answer_that_is_late_is_not_waited_for() {
    let bank = Bank::new().await;
    let mut config = bank.config();
    config.http.request_deadline_ms = 0;
    let router = Router::start_unready(config, &bank.clock).await;
    let reply = router.ops(Method::GET, "/ops/v1/customers/1", &json!(null)).await;
    assert_eq!(reply.code(), "deadline-exceeded", "{}", reply.text);
}
