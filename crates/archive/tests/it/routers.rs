//! Which router leads, and that an older one is not obeyed (protocol §3).

use common::Generation;
use common::leading::RouterRow;
use common::wire::archive::{Automation, PromoteRouter, PutAutomation};
use platform::probe::Watched;
use platform::rpc::{CallError, Request};
use serde_json::{Value, json};
use testkit::openapi::samples;

use super::bench::{Bench, PATIENCE, Said, bench, bench_with, code, name};

fn wish(leader: &str, expected: u64) -> PromoteRouter {
    PromoteRouter {
        leader: name(leader),
        expected: Generation(expected),
        reason: "the router burned".to_owned(),
        decided_by: "anna".to_owned(),
    }
}

async fn promote(bench: &Bench, leader: &str, expected: u64) -> Result<RouterRow, CallError> {
    bench.post("router-backup", "/v1/router", &wish(leader, expected)).await
}

/// A switch that changes nothing, by a router that knows a generation.
async fn switch(bench: &Bench, service: &str, generation: Option<u64>) -> Result<Value, CallError> {
    let wish = PutAutomation {
        held: false,
        limit_lifted_until: None,
        reason: "a test".to_owned(),
        decided_by: "anna".to_owned(),
        approval: None,
    };
    let request = Request::put("/v1/automation", &wish).by_router(generation.map(Generation));
    bench.peer(service, service).call(request, PATIENCE).await
}

#[tokio::test]
async fn a_router_is_promoted_by_compare_and_set() {
    let bench = bench().await;
    let first: RouterRow = bench.get("client-1", "/v1/router").await.unwrap();
    assert_eq!((first.generation, first.leader.as_str()), (Generation(1), "router"));
    assert_eq!(bench.register().await.router, Some(first));
    let second = promote(&bench, "router-backup", 1).await.unwrap();
    assert_eq!((second.generation, second.decided_by.as_str()), (Generation(2), "anna"));
    assert_eq!(bench.register().await.router.as_ref(), Some(&second));
    // Asked again, because the answer was lost: nothing more is done.
    assert_eq!(promote(&bench, "router-backup", 1).await.unwrap(), second);
    assert_eq!(promote(&bench, "router-backup", 2).await.unwrap(), second);
    let late = promote(&bench, "router", 1).await;
    assert_eq!(code(late), "router-superseded");
    assert_eq!(promote(&bench, "router", 2).await.unwrap().generation, Generation(3));
    assert_eq!(bench.count("select count(*) from router_history").await, 3);
    let audited = "select count(*) from audit where action = 'promote router'";
    assert_eq!(bench.count(audited).await, 2);
    let said: Said = bench.post("router", "/v1/router", &wish("client-1", 3)).await;
    assert_eq!(code(said), "invalid-request");
    let nameless = PromoteRouter { reason: String::new(), ..wish("router", 3) };
    let said: Said = bench.post("router", "/v1/router", &nameless).await;
    assert_eq!(code(said), "invalid-request");
}

#[tokio::test]
async fn a_router_of_an_older_generation_is_refused() {
    let bench = bench().await;
    switch(&bench, "router", Some(1)).await.unwrap();
    promote(&bench, "router-backup", 1).await.unwrap();
    let said = switch(&bench, "router", Some(1)).await;
    let error = said.unwrap_err();
    let detail = &error.problem().unwrap().detail;
    assert!(detail.starts_with("router-backup leads since generation 2"), "{detail}");
    assert_eq!(code(switch(&bench, "router", None).await), "router-superseded");
    let step = samples("archive").into_iter().find(|one| one.operation == "step").unwrap();
    let step: Value = serde_json::from_slice(step.body.unwrap().as_ref()).unwrap();
    let step = Request::post("/v1/moves", &step).by_router(Some(Generation(1)));
    let said: Said = bench.peer("router", "router").call(step, PATIENCE).await;
    assert_eq!(code(said), "router-superseded");
    switch(&bench, "router-backup", Some(2)).await.unwrap();
    // Whoever starts the bank is no router.
    switch(&bench, "launcher", None).await.unwrap();
    let _: Automation = bench.get("router", "/v1/automation").await.unwrap();
}

#[tokio::test]
async fn a_database_is_looked_at_where_it_was_promoted() {
    let bench = bench_with(|config| {
        let database = "127.0.0.1:1".parse().ok();
        config.probe.blocks.insert(name("client-1"), Watched { urls: Vec::new(), database });
    })
    .await;
    let moved = |block: &str| json!({ "block": block, "at": "127.0.0.1:2" });
    let path = "/internal/v1/sights/database";
    let _: Value = bench.put("launcher", path, &moved("client-1")).await.unwrap();
    let said: Said = bench.put("launcher", path, &moved("client-2")).await;
    assert_eq!(code(said), "not-found");
}
