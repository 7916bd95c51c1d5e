use common::wire::router::DirectoryEntry;
use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::eventually;

use crate::bank::{Bank, Reply, Router, new_customer};

async fn create(router: &Router, body: &Value) -> Reply {
    router.ops(Method::POST, "/ops/v1/customers", body).await
}

fn entry(reply: &Reply) -> DirectoryEntry {
    serde_json::from_str(&reply.text).unwrap()
}

#[tokio::test]
async fn a_new_customer_is_known_everywhere() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    let body = json!({
        "login": "Anna.Petrova", "phone": "+7 900 000-00-01", "name": "Anna Petrova",
        "password": "long enough", "cohort": "regular",
    });
    let reply = create(&router, &body).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text);
    let made = entry(&reply);
    assert_eq!((made.login.as_str(), made.phone.as_str()), ("anna.petrova", "+79000000001"));
    assert!(made.settled);
    let id = made.customer_id.0;
    let told = bank.peers[made.home.as_str()].told(id);
    let expected = json!({
        "revision": 1, "login": "anna.petrova", "phone": "+79000000001", "name": "Anna Petrova",
        "password": "long enough",
    });
    assert_eq!(told, [expected]);
    let expected = json!({ "revision": 1, "phone": "+79000000001", "name": "Anna Petrova" });
    assert_eq!(bank.peers["gateway"].told(id), [expected]);
    let read = router.ops(Method::GET, &format!("/ops/v1/customers/{id}"), &json!(null)).await;
    assert_eq!(entry(&read), made);
    // The password is nowhere in the router's database.
    let client = bank.db.client().await;
    let row =
        client.query_one("select row_to_json(customer)::text from customer", &[]).await.unwrap();
    assert!(!row.get::<_, String>(0).contains("long enough"));
}

#[tokio::test]
async fn the_same_wish_again_is_the_same_customer() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    let wish = new_customer("anna.petrova", "+79000000001");
    let first = entry(&create(&router, &wish).await);
    let again = create(&router, &wish).await;
    assert_eq!((again.status, entry(&again)), (StatusCode::OK, first));
    let other_login = new_customer("boris.volkov", "+79000000001");
    let other_phone = new_customer("Anna.Petrova", "+79000000002");
    let mut other_name = wish.clone();
    other_name["name"] = json!("Anna Sidorova");
    for (wish, code) in
        [(other_login, "phone-taken"), (other_phone, "login-taken"), (other_name, "login-taken")]
    {
        let reply = create(&router, &wish).await;
        assert_eq!((reply.status, reply.code()), (StatusCode::CONFLICT, code.into()));
    }
}

#[tokio::test]
async fn the_same_wish_twice_at_once_is_one_customer() {
    let bank = Bank::new().await;
    let (here, there) = (bank.router().await, bank.router().await);
    for round in 0..5 {
        let wish = new_customer(&format!("anna.{round}"), &format!("+7900000000{round}"));
        let rival = new_customer(&format!("anna.{round}"), &format!("+7900000001{round}"));
        let wishes = [&wish, &wish, &rival, &wish];
        let replies = join_all(wishes.iter().enumerate().map(|(n, wish)| {
            let router = if n % 2 == 0 { &here } else { &there };
            create(router, wish)
        }))
        .await;
        let mut ids = std::collections::BTreeSet::new();
        let mut created = 0;
        for reply in &replies {
            match reply.status {
                StatusCode::CREATED => created += 1,
                StatusCode::OK => {}
                _ => {
                    assert_eq!(reply.code(), "login-taken", "{}", reply.text);
                    continue;
                }
            }
            ids.insert(entry(reply).customer_id);
        }
        assert_eq!((ids.len(), created), (1, 1), "round {round}");
    }
}

#[tokio::test]
async fn customers_go_where_there_is_room() {
    let bank = Bank::new().await;
    let mut config = bank.config();
    config.capacity.blocks.insert("client-1".to_owned(), 2);
    config.capacity.blocks.insert("client-2".to_owned(), 3);
    config.capacity.blocks.insert("pilot".to_owned(), 1);
    let router = Router::start(config, &bank.clock).await;
    let mut homes = Vec::new();
    for n in 0..5 {
        let wish = new_customer(&format!("customer.{n}"), &format!("+7900000000{n}"));
        homes.push(entry(&create(&router, &wish).await).home.to_string());
    }
    homes.sort();
    assert_eq!(homes, ["client-1", "client-1", "client-2", "client-2", "client-2"]);
    let mut wish = new_customer("one.more", "+79000000009");
    let reply = create(&router, &wish).await;
    assert_eq!((reply.status, reply.code()), (StatusCode::SERVICE_UNAVAILABLE, "no-room".into()));
    wish["cohort"] = json!("staff");
    assert_eq!(entry(&create(&router, &wish).await).home.as_str(), "pilot");
    let mut wish = new_customer("another", "+79000000010");
    wish["cohort"] = json!("loyal");
    assert_eq!(create(&router, &wish).await.code(), "no-room");
    let blocks = router.ops(Method::GET, "/ops/v1/blocks", &json!(null)).await.json();
    let counts: Vec<(&str, u64)> = blocks["blocks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| (b["id"].as_str().unwrap(), b["customers"].as_u64().unwrap()))
        .collect();
    let expected = [("client-1", 2), ("client-2", 3), ("guest-1", 0), ("guest-2", 0), ("pilot", 1)];
    assert_eq!(counts, expected);
}

#[tokio::test]
async fn without_his_home_block_nobody_is_created() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    let homes = ["client-1", "client-2"];
    for home in homes {
        bank.peers[home].go_away().await;
    }
    let wish = new_customer("anna.petrova", "+79000000001");
    let reply = create(&router, &wish).await;
    assert_eq!(reply.code(), "back-office-unavailable", "{}", reply.text);
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    let client = bank.db.client().await;
    let count = client.query_one("select count(*) from customer", &[]).await.unwrap();
    assert_eq!(count.get::<_, i64>(0), 0, "nothing was changed");
    for home in homes {
        bank.peers[home].come_back().await;
        bank.peers[home].refuse_with(Some(common::problem::Code::NotReady));
    }
    assert_eq!(create(&router, &wish).await.code(), "back-office-unavailable");
    for home in homes {
        bank.peers[home].refuse_with(None);
    }
    assert_eq!(create(&router, &wish).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_creation_whose_answer_was_lost_goes_on_under_its_id() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    // What a request leaves behind when the block's answer was lost.
    let client = bank.db.client().await;
    client
        .batch_execute(
            "insert into customer (login, phone, name, home, cohort, state)
             values ('anna.petrova', '+79000000001', 'Anna Petrova', 'pilot', 'regular',
                     'reserved')",
        )
        .await
        .unwrap();
    let read = router.ops(Method::GET, "/ops/v1/customers/1", &json!(null)).await;
    assert_eq!(read.code(), "customer-unknown");
    assert!(router.running.shared.index.find("anna.petrova").is_none());
    let rival = new_customer("anna.petrova", "+79000000002");
    assert_eq!(create(&router, &rival).await.code(), "login-taken");
    let reply = create(&router, &new_customer("anna.petrova", "+79000000001")).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text);
    let made = entry(&reply);
    assert_eq!((made.customer_id.0, made.home.as_str()), (1, "pilot"));
    assert_eq!(bank.peers["pilot"].told(1).len(), 1);
    router.login("anna.petrova").await;
}

/// A wish with one field that cannot be; the code it gets and the field that is named.
fn bad_wishes() -> Vec<(Value, &'static str, Option<&'static str>)> {
    let good = new_customer("anna.petrova", "+79000000001");
    let with = |field: &str, value: Value| {
        let mut body = good.clone();
        body[field] = value;
        body
    };
    let mut cases = vec![
        (with("phone", json!("79000000001")), "invalid-json", None),
        (with("phone", json!(79_000_000_001_u64)), "invalid-json", None),
        (with("cohort", json!("king")), "invalid-json", None),
        (with("home", json!("client-1")), "invalid-json", None),
        (json!({ "login": "anna.petrova" }), "invalid-json", None),
        (json!([]), "invalid-json", None),
    ];
    let long = "a".repeat(141);
    for (field, value) in [
        ("login", "ab"),
        ("login", &long[..65]),
        ("login", "+79000000001"),
        ("login", "анна"),
        ("login", "a'; drop"),
        ("name", " "),
        ("name", &long),
        ("name", "A\u{7}"),
        ("password", "123456789"),
        ("password", &long[..129]),
    ] {
        cases.push((with(field, json!(value)), "invalid-request", Some(field)));
    }
    cases
}

#[tokio::test]
async fn bad_wishes_are_refused_with_their_fields() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    for (body, code, field) in bad_wishes() {
        let reply = create(&router, &body).await;
        assert_eq!(reply.code(), code, "{body}: {}", reply.text);
        assert_eq!(reply.json()["errors"][0]["field"].as_str(), field, "{body}");
        assert!(!reply.text.contains("long enough"), "no password in an answer");
    }
    let client = bank.db.client().await;
    let count = client.query_one("select count(*) from customer", &[]).await.unwrap();
    assert_eq!(count.get::<_, i64>(0), 0);
}

#[tokio::test]
async fn a_new_login_and_phone_route_and_the_old_ones_do_not() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    let id = router.create("anna.petrova", "+79000000001").await;
    let ticket = router.login("anna.petrova").await.ticket;
    let path = |what: &str| format!("/ops/v1/customers/{id}/{what}");
    let login = json!({ "login": "Anna.Sidorova" });
    let reply = router.ops(Method::PUT, &path("login"), &login).await;
    assert_eq!((reply.status, entry(&reply).login.as_str()), (StatusCode::OK, "anna.sidorova"));
    let phone = json!({ "phone": "+7 900 000 00 02" });
    let reply = router.ops(Method::PUT, &path("phone"), &phone).await;
    assert_eq!((reply.status, entry(&reply).phone.as_str()), (StatusCode::OK, "+79000000002"));
    let home = entry(&reply).home;
    let real = async |key: &str| {
        let ticket = bank.open(&router.login(key).await);
        matches!(ticket.holder, common::ticket::Holder::Customer(found) if found.0 == id)
    };
    assert!(real("anna.sidorova").await && real("+79000000002").await);
    assert!(!real("anna.petrova").await && !real("+79000000001").await);
    let returned = router.route(&json!({ "ticket": ticket })).await.routed();
    assert_eq!(returned.block.id, home, "an old ticket outlives the login");
    let told = bank.peers[home.as_str()].last_told(id).unwrap();
    let expected = json!({
        "revision": 3, "login": "anna.sidorova", "phone": "+79000000002", "name": "Anna Petrova",
    });
    assert_eq!(told, expected);
    assert_eq!(bank.peers["gateway"].last_told(id).unwrap()["phone"], "+79000000002");
    // The same again changes nothing; the old ones are free for others.
    let again = router.ops(Method::PUT, &path("phone"), &phone).await;
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(bank.peers["gateway"].told(id).len(), 3);
    let other = router.create("anna.petrova", "+79000000001").await;
    for (what, body, code) in [
        ("login", json!({ "login": "anna.petrova" }), "login-taken"),
        ("phone", json!({ "phone": "+79000000001" }), "phone-taken"),
        ("login", json!({ "login": "x" }), "invalid-request"),
        ("phone", json!({ "phone": "x" }), "invalid-json"),
        ("login", json!({}), "invalid-json"),
    ] {
        let reply = router.ops(Method::PUT, &path(what), &body).await;
        assert_eq!(reply.code(), code, "{what} {body}");
    }
    assert_ne!(other, id);
    assert!(real("anna.sidorova").await && !real("anna.petrova").await);
    let nobody = router.ops(Method::PUT, "/ops/v1/customers/999/login", &login).await;
    assert_eq!((nobody.status, nobody.code()), (StatusCode::NOT_FOUND, "customer-unknown".into()));
}

#[tokio::test]
async fn two_customers_change_logins_at_once_and_one_wins() {
    let bank = Bank::new().await;
    let router = bank.router().await;
    let (anna, boris) =
        (router.create("anna", "+79000000001").await, router.create("boris", "+79000000002").await);
    let wish = json!({ "login": "the.best" });
    let replies = join_all([anna, boris].map(async |id| {
        let path = format!("/ops/v1/customers/{id}/login");
        router.ops(Method::PUT, &path, &wish).await
    }))
    .await;
    let won: Vec<_> = replies.iter().filter(|r| r.status == StatusCode::OK).collect();
    let lost: Vec<_> = replies.iter().filter(|r| r.code() == "login-taken").collect();
    assert_eq!((won.len(), lost.len()), (1, 1));
    let winner = entry(won[0]).customer_id;
    eventually("the index agrees", || async {
        let found = router.running.shared.index.find("the.best");
        found.is_some_and(|found| found.customer == winner)
    })
    .await;
}
