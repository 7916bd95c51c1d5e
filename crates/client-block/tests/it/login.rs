//! Logging in: tickets, passwords, devices, codes.

use common::problem::ProblemDocument;
use common::ticket::{Holder, TicketKey};
use common::{Generation, Revision};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::bank::{
    ANNA, ANNAS_PHONE, BLOCK, BORIS, Bank, PASSWORD, Process, cheap_hash, device_secret, name,
    secret,
};
use crate::client::{Client, Reply};

/// An attempt on the mobile channel without a device.
async fn attempt(process: &Process, ticket: &str, password: &str) -> Reply {
    let body = json!({ "ticket": ticket, "password": password });
    process.phone().post("/v1/sessions", &body).await
}

fn annas(bank: &Bank) -> String {
    bank.ticket(Holder::Customer(ANNA))
}

/// Begins a login on a new device and gives the path for its code.
async fn challenged(bank: &Bank, client: &Client) -> (String, Value) {
    let body = json!({ "ticket": annas(bank), "password": PASSWORD });
    let reply = client.post("/v1/sessions", &body).await;
    assert_eq!(reply.status, 202, "{}", reply.text);
    let needed = reply.json();
    let id = needed["challenge_id"].as_str().unwrap();
    (format!("/v1/sessions/challenges/{id}"), needed)
}

#[tokio::test]
async fn a_known_device_needs_no_code_and_a_new_one_does() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let reply = bank.log_in(&process, ANNA).await;
    let session = reply.ok();
    assert_eq!(session["name"], "Anna Petrova");
    assert_eq!(session["device_token"], json!(null), "the device is known");
    assert_eq!(reply.header("cache-control"), "no-store");
    assert!(reply.cookies().is_empty(), "a mobile application has no cookies");
    let token = session["token"].as_str().unwrap();
    process.bearer(token).get("/v1/accounts").await.ok();

    let (path, needed) = challenged(&bank, &process.phone()).await;
    assert_eq!((&needed["sent_to"], &needed["sent"]), (&json!("•• 0001"), &json!(true)));
    let code = json!({ "code": bank.messages.code(ANNAS_PHONE) });
    let opened = process.phone().post(&path, &code).await;
    assert_eq!(opened.status, 201, "{}", opened.text);
    let session = opened.json();
    let list = process.bearer(session["token"].as_str().unwrap()).get("/v1/sessions").await.ok();
    assert_eq!(list["items"].as_array().unwrap().len(), 2);

    // The device that proved itself is known from now on; the code is used up.
    assert_eq!(process.phone().post(&path, &code).await.code(), "code-expired");
    let body = json!({
        "ticket": annas(&bank), "password": PASSWORD, "device_token": session["device_token"],
    });
    assert_eq!(process.phone().post("/v1/sessions", &body).await.status, 201);
    let foreign = json!({
        "ticket": bank.ticket(Holder::Customer(BORIS)), "password": PASSWORD,
        "device_token": device_secret(ANNA),
    });
    let reply = process.phone().post("/v1/sessions", &foreign).await;
    assert_eq!(reply.status, 202, "another customer's device is a new one");
}

#[tokio::test]
async fn a_browser_gets_cookies_and_no_secret_in_the_body() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let page = Client::page(process.web);
    let (path, _) = challenged(&bank, &page).await;
    let code = json!({ "code": bank.messages.code(ANNAS_PHONE) });
    let reply = process.phone().post(&path, &code).await;
    assert_eq!(reply.code(), "code-expired", "a challenge belongs to its channel");
    let reply = page.post(&path, &code).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    let body = reply.json();
    assert_eq!((&body["token"], &body["device_token"]), (&Value::Null, &Value::Null));
    let cookies = reply.cookies();
    let names: Vec<&str> = cookies.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["__Secure-bulkhead-session", "__Secure-bulkhead-device"]);
    let ages = [12 * 3_600, 365 * 24 * 3_600];
    for ((_, line), age) in cookies.iter().zip(ages) {
        for attribute in [
            "Domain=my.bank.localhost",
            "Path=/",
            "HttpOnly",
            "Secure",
            "SameSite=Strict",
            &format!("Max-Age={age}"),
        ] {
            let found = line.split("; ").any(|part| part == attribute);
            assert!(found, "{attribute} in {line}");
        }
    }
    let pairs: Vec<&str> = cookies.iter().map(|(_, l)| l.split(';').next().unwrap()).collect();
    let known = Client::page(process.web).with("cookie", &pairs.join("; "));
    known.get("/v1/accounts").await.ok();
    let body = json!({ "ticket": annas(&bank), "password": PASSWORD });
    let again = known.post("/v1/sessions", &body).await;
    assert_eq!(again.status, 201, "the device's cookie stands for the code");
    assert_eq!(again.cookies().len(), 1, "and stays as it is");
    let ended = known.delete("/v1/sessions/current").await;
    assert_eq!(ended.status, 204);
    assert!(ended.cookies()[0].1.contains("Max-Age=0"), "{:?}", ended.cookies());
    assert_eq!(known.get("/v1/accounts").await.status, 401);
}

#[tokio::test]
async fn codes_count_down_and_expire() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let phone = process.phone();
    let (path, _) = challenged(&bank, &phone).await;
    let right = bank.messages.code(ANNAS_PHONE);
    let wrong = if right == "000000" { "000001" } else { "000000" };
    for left in (0..5).rev() {
        let problem = phone.post(&path, &json!({ "code": wrong })).await.problem();
        assert_eq!((problem.code.as_str(), problem.attempts_left), ("code-wrong", Some(left)));
    }
    let reply = phone.post(&path, &json!({ "code": right })).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (422, "code-expired"));

    let (path, _) = challenged(&bank, &phone).await;
    bank.clock.advance_ms(300_000);
    let code = json!({ "code": bank.messages.code(ANNAS_PHONE) });
    assert_eq!(phone.post(&path, &code).await.code(), "code-expired");
    let nobodys = "/v1/sessions/challenges/00000000-0000-4000-8000-000000000000";
    assert_eq!(phone.post(nobodys, &code).await.code(), "code-expired");
    assert_eq!(bank.number("select count(*) from session").await, 0);

    bank.messages.go_away().await;
    let (_, needed) = challenged(&bank, &phone).await;
    assert_eq!(needed["sent"], false, "said, and the customer tries again");
}

#[tokio::test]
async fn tickets_open_one_attempt_here_and_now() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let holder = Holder::Customer(ANNA);
    let used = annas(&bank);
    assert_eq!(attempt(&process, &used, PASSWORD).await.status, 202);
    let expired = bank.ticket_with(holder, |t| t.issued_at = t.issued_at.plus_ms(-60_001));
    let future = bank.ticket_with(holder, |t| t.issued_at = t.issued_at.plus_s(6));
    let last_moment = bank.ticket_with(holder, |t| t.issued_at = t.issued_at.plus_s(-60));
    let mut altered = annas(&bank).into_bytes();
    altered[40] = if altered[40] == b'A' { b'B' } else { b'A' };
    let altered = String::from_utf8(altered).unwrap();
    let client_2 = TicketKey::new(name("client-2"), &secret("client-2"));
    let key = TicketKey::new(name(BLOCK), &secret(BLOCK));
    let foreign = client_2.seal(&key.open(&annas(&bank), bank.clock.now()).unwrap(), [7; 12]);
    let renamed = foreign.replace("client-2", BLOCK);
    let rows = [
        (used.as_str(), 401, "ticket-used"),
        (&expired, 401, "ticket-expired"),
        (&future, 401, "ticket-expired"),
        (&foreign, 421, "ticket-foreign"),
        (&altered, 401, "ticket-invalid"),
        (&renamed, 401, "ticket-invalid"),
        ("", 401, "ticket-invalid"),
        ("garbage", 401, "ticket-invalid"),
        ("v1.client-1.AAAA", 401, "ticket-invalid"),
        ("v1.клиент.\u{0}", 421, "ticket-foreign"),
    ];
    for (ticket, status, code) in rows {
        let reply = attempt(&process, ticket, PASSWORD).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (status, code), "{ticket}");
        assert_eq!(reply.header("bulkhead-next"), "route");
    }
    assert_eq!(attempt(&process, &last_moment, PASSWORD).await.status, 202);
    let guard = "select count(*) from login_guard where failures > 0";
    assert_eq!(bank.number(guard).await, 0, "none of these counts as a guess");
}

#[tokio::test]
async fn a_ticket_is_used_once_even_at_two_processes_at_once() {
    let bank = Bank::new().await;
    let (one, two) = (bank.process().await, bank.process().await);
    let ticket = annas(&bank);
    let replies =
        join_all((0..8).map(|n| attempt(if n % 2 == 0 { &one } else { &two }, &ticket, PASSWORD)))
            .await;
    let opened = replies.iter().filter(|reply| reply.status == 202).count();
    assert_eq!(opened, 1);
    let used = replies.iter().filter(|reply| reply.status == 401);
    assert!(used.map(Reply::code).all(|code| code == "ticket-used"));
}

/// The problem without what differs from request to request.
fn shape(reply: &Reply) -> (u16, Vec<String>, ProblemDocument) {
    let mut headers: Vec<String> = reply
        .headers
        .iter()
        .filter(|(name, _)| *name != "date")
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    headers.sort();
    let problem = ProblemDocument { trace_id: None, ..reply.problem() };
    (reply.status.as_u16(), headers, problem)
}

#[tokio::test]
async fn a_decoy_is_told_what_a_customer_is_told() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let customer = || bank.ticket(Holder::Customer(ANNA));
    let decoy = || bank.ticket(Holder::Decoy(4_711));
    let mut waits = Vec::new();
    for round in 0..8 {
        let real = attempt(&process, &customer(), "wrong password").await;
        let fake = attempt(&process, &decoy(), "wrong password").await;
        assert_eq!(shape(&real), shape(&fake), "round {round}");
        assert_eq!(real.text.len(), fake.text.len());
        assert_eq!(real.code(), "credentials-wrong", "round {round}");
        if round < 4 {
            continue;
        }
        // From the fifth on nobody may try for a while, and each time for longer.
        let real = attempt(&process, &customer(), PASSWORD).await;
        let fake = attempt(&process, &decoy(), PASSWORD).await;
        assert_eq!(shape(&real), shape(&fake), "round {round}");
        let problem = real.problem();
        assert_eq!((real.status.as_u16(), problem.code.as_str()), (429, "login-locked"));
        let wait = problem.retry_after_ms.unwrap();
        assert_eq!(real.header("retry-after"), (wait / 1_000).to_string());
        waits.push(wait);
        bank.clock.advance_ms(i64::try_from(wait).unwrap());
    }
    assert_eq!(waits, [30_000, 60_000, 120_000, 240_000]);
    assert_eq!(attempt(&process, &customer(), PASSWORD).await.status, 202, "the wait is over");
    assert_eq!(attempt(&process, &decoy(), PASSWORD).await.code(), "credentials-wrong");
    // And the right password has forgiven the wrong ones.
    assert_eq!(attempt(&process, &customer(), "wrong").await.code(), "credentials-wrong");
    assert_eq!(attempt(&process, &customer(), PASSWORD).await.status, 202);
    // Another unknown login is another subject.
    let other = bank.ticket(Holder::Decoy(4_712));
    assert_eq!(attempt(&process, &other, "x").await.code(), "credentials-wrong");
}

#[tokio::test]
async fn many_guesses_at_once_are_no_more_than_many_in_a_row() {
    let bank = Bank::new().await;
    let (one, two) = (bank.process().await, bank.process().await);
    for holder in [Holder::Customer(ANNA), Holder::Decoy(4_711)] {
        let guesses = (0..30).map(|n| {
            let ticket = bank.ticket(holder);
            let process = if n % 2 == 0 { &one } else { &two };
            async move { attempt(process, &ticket, "a guess").await.code() }
        });
        let codes = join_all(guesses).await;
        let judged = codes.iter().filter(|code| *code == "credentials-wrong").count();
        let locked = codes.iter().filter(|code| *code == "login-locked").count();
        assert_eq!((judged, locked), (5, 25), "{holder:?}: {codes:?}");
    }
}

#[tokio::test]
async fn a_full_hashing_pool_refuses_and_spares_the_ticket() {
    let bank = Bank::new().await;
    // A hash that keeps the one place busy for a while.
    let process = bank
        .process_with(|config| {
            config.passwords.at_once = 1;
            config.passwords.queue_max = 0;
        })
        .await;
    let place = process.block.passwords.place().unwrap();
    let ticket = annas(&bank);
    for _ in 0..3 {
        let reply = attempt(&process, &ticket, PASSWORD).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (503, "busy"));
        assert_eq!(reply.header("retry-after"), "1");
        assert_eq!(reply.header("bulkhead-next"), "retry");
    }
    let guard = "select count(*) from login_guard where failures > 0";
    assert_eq!(bank.number(guard).await, 0);
    drop(place);
    assert_eq!(attempt(&process, &ticket, PASSWORD).await.status, 202);
}

#[tokio::test]
async fn an_address_may_try_so_often_a_minute() {
    let bank = Bank::new().await;
    let own_redis = testkit::Redis::start().await;
    let process = bank
        .process_with(|config| {
            config.redis.url.clone_from(&own_redis.url);
            config.limits.logins_per_minute = 3;
        })
        .await;
    for _ in 0..3 {
        assert_eq!(attempt(&process, "garbage", "x").await.code(), "ticket-invalid");
    }
    let ticket = annas(&bank);
    let reply = attempt(&process, &ticket, PASSWORD).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (429, "too-many-requests"));
    assert_eq!(reply.header("retry-after"), "60");
    drop(own_redis);
    // Where Redis is gone nobody counts, and PostgreSQL still guards the password.
    assert_eq!(attempt(&process, &ticket, PASSWORD).await.status, 202);
}

#[tokio::test]
async fn what_the_ticket_knows_of_the_register_counts() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let newer = bank.ticket_with(Holder::Customer(ANNA), |ticket| {
        ticket.stamp.revision = Revision(2);
        ticket.stamp.generation = Generation(2);
    });
    let reply = attempt(&process, &newer, PASSWORD).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (503, "placement-behind"));
    assert_eq!(reply.header("bulkhead-next"), "route");
    assert_eq!(reply.header("retry-after"), "1");
}

#[tokio::test]
async fn a_new_password_ends_every_session() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let (here, there) = (bank.anna(&process).await, bank.browser(&process, ANNA).await);
    let change = |current: &str, new: &str| json!({ "current": current, "new": new });
    for (current, new, code) in [
        (PASSWORD, "short", "invalid-request"),
        (PASSWORD, &"x".repeat(129), "invalid-request"),
        (PASSWORD, "tab\tin the middle", "invalid-request"),
        ("wrong", "battery staple", "credentials-wrong"),
    ] {
        let reply = here.put("/v1/password", &change(current, new)).await;
        assert_eq!(reply.code(), code, "{new:?}");
    }
    there.get("/v1/accounts").await.ok();
    let reply = here.put("/v1/password", &change(PASSWORD, "battery staple")).await;
    assert_eq!(reply.status, 204, "{}", reply.text);
    for client in [&here, &there] {
        assert_eq!(client.get("/v1/accounts").await.code(), "session-expired");
    }
    assert_eq!(attempt(&process, &annas(&bank), PASSWORD).await.code(), "credentials-wrong");
    assert_eq!(attempt(&process, &annas(&bank), "battery staple").await.status, 202);
    let stored =
        "select count(*) from customer where password_hash like '$argon2id$v=19$m=19456,t=2,p=1$%'";
    assert_eq!(bank.number(stored).await, 1, "with the real parameters");
    assert!(cheap_hash().contains("m=8,"), "which the others have not");
    let told = "select count(*) from outbox where kind = 'customer' and payload ? 'password_hash'";
    assert_eq!(bank.number(told).await, 1);
}

#[tokio::test]
async fn guessing_with_somebodys_session_is_slowed_down_too() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    let anna = bank.anna(&process).await;
    let guess = json!({ "current": "a guess", "new": "battery staple" });
    for _ in 0..5 {
        let reply = anna.put("/v1/password", &guess).await;
        assert_eq!(reply.code(), "credentials-wrong");
    }
    let right = json!({ "current": PASSWORD, "new": "battery staple" });
    let reply = anna.put("/v1/password", &right).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (429, "login-locked"));
    assert_eq!(reply.header("retry-after"), "30");
    bank.clock.advance_ms(30_000);
    assert_eq!(anna.put("/v1/password", &right).await.status, 204);
}

#[tokio::test]
async fn names_of_devices_are_bounded() {
    let bank = Bank::new().await;
    let process = bank.process().await;
    for device in ["x".repeat(61), "a\u{0}b".to_owned(), "line\nbreak".to_owned()] {
        let body = json!({ "ticket": annas(&bank), "password": PASSWORD, "device_name": device });
        let reply = process.phone().post("/v1/sessions", &body).await;
        assert_eq!(reply.problem().errors[0].field, "device_name", "{device:?}");
    }
    let body = json!({ "ticket": annas(&bank), "password": PASSWORD, "surprise": 1 });
    let reply = process.phone().request(Method::POST, "/v1/sessions").json(&body).send().await;
    assert_eq!(reply.code(), "invalid-json");
}
