//! Products, history, payees, reference data, the payee directory and bookings.

use back_office::foreign::{Booking, BookingAnswer, BookingKind};
use common::money::{Currency, Money};
use common::operation::RejectReason;
use common::wire::gateway::{
    ExchangeRate, PRODUCT_LISTS, PutCustomer, Reference, ResolvedPayee, RiskAnswer, RiskDecision,
    TransactionPage,
};
use platform::Clock;
use serde_json::{Value, json};
use uuid::Uuid;

use super::bench::{Bench, account_of, bench, bench_with, code, rub};
use super::orders::{order, own_transfer, transfer};

#[tokio::test]
async fn every_list_of_products_has_a_source() {
    let bench = bench().await;
    let anna = bench.customer(1, "Anna Petrova", 12_345).await;
    bench.account(1, Money::from_minor(100, Currency::Usd), 1).await;
    for name in PRODUCT_LISTS {
        let list = bench.products(name, 1).await.unwrap();
        assert_eq!(list.list, name);
        assert!(!list.items.is_empty(), "{name}");
    }
    let accounts = bench.accounts(1).await;
    assert_eq!(accounts.len(), 2);
    assert_eq!((&accounts[0].account, accounts[0].balance), (&anna, rub(12_345)));
    assert!(accounts[0].open);
    assert_eq!(code(bench.products("stamps", 1).await), "system-unknown");
    assert!(bench.products("accounts", 99).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_system_that_is_away_is_a_problem_and_not_an_error() {
    let away = |config: &mut back_office::config::Config| {
        let url = "http://127.0.0.1:1".to_owned();
        config.peers.insert("loans".to_owned(), platform::config::Peer::at(url));
    };
    let bench = bench_with(away, Clock::system()).await;
    assert_eq!(code(bench.products("loans", 1).await), "back-office-unavailable");
    assert!(bench.products("insurance", 1).await.is_ok());
}

async fn page(bench: &Bench, account: &str, rest: &str) -> Result<TransactionPage, String> {
    let path = format!("/v1/accounts/{account}/transactions?generation=1&{rest}");
    bench.get(&path).await.map_err(|error| error.problem().unwrap().code.clone())
}

#[tokio::test]
async fn history_comes_in_pages_newest_first() {
    let bench = bench().await;
    let anna = bench.customer(1, "Anna Petrova", 100_000).await;
    let second = bench.account(1, rub(0), 2).await;
    let boris = bench.customer(2, "Boris Kim", 0).await;
    for n in 0..5 {
        bench.execute(&order(1, &format!("k{n}"), own_transfer(&anna, &second, rub(n + 1)))).await;
    }
    bench.execute(&order(1, "b", transfer(&anna, &boris, None, rub(1_000), rub(5)))).await;

    let (mut minors, mut cursor) = (Vec::new(), String::new());
    loop {
        let rest = format!("customer_id=1&limit=3{cursor}");
        let page = page(&bench, anna.as_str(), &rest).await.unwrap();
        assert!(page.items.len() <= 3);
        minors.extend(page.items.iter().map(|item| item.amount.minor()));
        match page.next {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(minors, [-5, -1_000, -5, -4, -3, -2, -1, 100_000]);

    let newest = page(&bench, anna.as_str(), "customer_id=1&limit=2").await.unwrap();
    assert_eq!(newest.items[0].counterparty, None, "the bank's own accounts are not shown");
    assert_eq!(newest.items[1].counterparty.as_deref(), Some("Boris K."));
    assert_eq!(newest.items[1].description, "For lunch");
    assert!(newest.items[1].operation_id.is_some());
    let received = page(&bench, boris.as_str(), "customer_id=2&limit=2").await.unwrap();
    assert_eq!(received.items[0].counterparty.as_deref(), Some("Anna P."));
    assert_eq!((received.items.len(), received.next), (1, None));
}

#[tokio::test]
async fn history_is_for_the_account_holder() {
    let bench = bench().await;
    let anna = bench.customer(1, "Anna Petrova", 100).await;
    bench.customer(2, "Boris Kim", 100).await;
    let refusals = [
        (anna.as_str(), "customer_id=2&limit=10", "account-unknown"),
        ("30102810000000000000", "customer_id=1&limit=10", "account-unknown"),
        ("40817810000000099001", "customer_id=1&limit=10", "account-unknown"),
        (anna.as_str(), "customer_id=1&limit=0", "invalid-query"),
        (anna.as_str(), "customer_id=1&limit=101", "invalid-query"),
        (anna.as_str(), "customer_id=1&limit=-1", "invalid-query"),
        (anna.as_str(), "customer_id=1&limit=1&cursor=x", "invalid-query"),
        (anna.as_str(), "customer_id=x&limit=1", "invalid-query"),
        ("123", "customer_id=1&limit=1", "invalid-query"),
    ];
    for (account, rest, expected) in refusals {
        let refused = page(&bench, account, rest).await.unwrap_err();
        assert_eq!(refused, expected, "{account} {rest}");
    }
}

async fn resolve(bench: &Bench, body: Value) -> Result<ResolvedPayee, String> {
    let answer = bench.post("/v1/payees/resolve", &body).await;
    answer.map_err(|error: platform::rpc::CallError| error.problem().unwrap().code.clone())
}

#[tokio::test]
async fn payees_are_found_by_phone_and_account() {
    let bench = bench().await;
    bench.customer(1, "Anna Petrova", 0).await;
    let boris = bench.customer(2, "Boris Kim", 0).await;
    let by = |key: &str, value: &str, currency: &str| {
        let mut body = json!({"customer_id": 1, "generation": 1, "currency": currency});
        body[key] = json!(value);
        body
    };
    let found = resolve(&bench, by("phone", "+79000000002", "RUB")).await.unwrap();
    assert_eq!((found.account.clone(), found.name.as_str()), (boris.clone(), "Boris K."));
    assert!(!found.own);
    let same = resolve(&bench, by("account", boris.as_str(), "RUB")).await.unwrap();
    assert_eq!(same, found);
    assert!(resolve(&bench, by("phone", "+79000000001", "RUB")).await.unwrap().own);
    for unknown in [
        by("phone", "+79000000002", "USD"),
        by("phone", "+79000000009", "RUB"),
        by("account", "40817810000000099001", "RUB"),
        by("account", "30102810000000000000", "RUB"),
    ] {
        assert_eq!(resolve(&bench, unknown).await.unwrap_err(), "payee-unknown");
    }
    let mut both = by("phone", "+79000000002", "RUB");
    both["account"] = json!(boris);
    assert_eq!(resolve(&bench, both).await.unwrap_err(), "invalid-request");
    let close = "update account set open = false where customer_id = 2";
    bench.db.client().await.batch_execute(close).await.unwrap();
    let closed = resolve(&bench, by("phone", "+79000000002", "RUB")).await;
    assert_eq!(closed.unwrap_err(), "payee-unknown");
}

#[tokio::test]
async fn the_directory_follows_the_router() {
    let bench = bench().await;
    let put = |revision, phone: &str, name: &str| PutCustomer {
        revision,
        phone: phone.parse().unwrap(),
        name: name.to_owned(),
    };
    let names = || async {
        let sql = "select coalesce(string_agg(customer_id || name || coalesce(phone, '-'), ' '
            order by customer_id), '') from customer";
        let row = bench.db.client().await.query_one(sql, &[]).await.unwrap();
        row.get::<_, String>(0)
    };
    bench.put_customer(1, &put(1, "+79000000001", "Anna")).await.unwrap();
    assert_eq!(bench.accounts(1).await[0].account, account_of(1, Currency::Rub, 1));
    bench.put_customer(1, &put(3, "+79000000003", "Anna P")).await.unwrap();
    // Older and repeated revisions change nothing.
    bench.put_customer(1, &put(2, "+79000000002", "Anna Old")).await.unwrap();
    bench.put_customer(1, &put(3, "+79000000009", "Anna Again")).await.unwrap();
    assert_eq!(names().await, "1Anna P+79000000003");
    assert_eq!(bench.accounts(1).await.len(), 1);
    // The router gave the number to somebody else; his change came first.
    bench.put_customer(2, &put(1, "+79000000003", "Boris")).await.unwrap();
    assert_eq!(names().await, "1Anna P- 2Boris+79000000003");
    let wrong = [(1, put(0, "+79000000001", "A")), (1, put(9, "+79000000001", " "))];
    for (id, put) in wrong {
        assert_eq!(code(bench.put_customer(id, &put).await), "invalid-request");
    }
    let nobody = put(1, "+79000000005", "A");
    assert_eq!(code(bench.put_customer(0, &nobody).await), "invalid-query");
    assert_eq!(code(bench.put_customer(u64::MAX, &nobody).await), "invalid-query");
}

#[tokio::test]
async fn two_customers_may_exchange_their_numbers_at_once() {
    let bench = bench().await;
    let phones = ["+79000000001", "+79000000002"];
    for revision in 1..=20_u64 {
        let put = |id: u64| PutCustomer {
            revision,
            phone: phones[usize::try_from((id + revision) % 2).unwrap()].parse().unwrap(),
            name: "Somebody".to_owned(),
        };
        let (one, other) = (put(1), put(2));
        let both = tokio::join!(bench.put_customer(1, &one), bench.put_customer(2, &other));
        assert!(both.0.is_ok() && both.1.is_ok(), "{both:?}");
    }
    let sql = "select count(*) from customer where phone is not null";
    assert_eq!(bench.count(sql).await, 2);
}

#[tokio::test]
async fn reference_data_is_versioned() {
    let bench = bench().await;
    for topic in ["rates", "branches", "products", "billers", "fees"] {
        let found: Reference<Value> = bench.get(&format!("/v1/reference/{topic}")).await.unwrap();
        assert!(found.version >= 1 && !found.items.is_empty(), "{topic}");
    }
    assert_eq!(code(bench.get::<Value>("/v1/reference/stamps").await), "not-found");
}

#[tokio::test]
async fn rates_move_by_themselves_and_only_as_fast_as_one_gateway() {
    let bench = bench_with(|config| config.gateway.rates_move_ms = 20, Clock::system()).await;
    let _other = bench.another().await;
    let moving = "update reference_topic set changed_at = now() where topic = 'rates'";
    let rates = || async {
        let rates: Reference<ExchangeRate> = bench.get("/v1/reference/rates").await.unwrap();
        assert_eq!(rates.items.len(), 6);
        rates
    };
    let before = rates().await;
    bench.db.client().await.batch_execute(moving).await.unwrap();
    testkit::eventually("the rates have moved", || async {
        let now = rates().await;
        now.version > before.version && now.items != before.items
    })
    .await;
    let steps = "select max(step) from currency_course";
    let versions = "select version from reference_topic where topic = 'rates'";
    let sql = format!("select ({versions}) - 1 - ({steps})");
    assert_eq!(bench.count(&sql).await, 0, "each version is one step");
}

#[tokio::test]
async fn risk_is_asked_of_its_system() {
    let bench = bench().await;
    let question = json!({"operation_id": Uuid::nil(), "customer_id": 1, "generation": 1,
        "kind": "own_transfer", "most": null, "payee": null});
    let answer: RiskAnswer = bench.post("/v1/risk/decisions", &question).await.unwrap();
    assert_eq!(answer.decision, RiskDecision::StepUp);
}

#[tokio::test]
async fn bookings_are_made_once_and_only_if_the_account_bears_them() {
    let bench = bench().await;
    let anna = bench.customer(1, "Anna Petrova", 1_000).await;
    let booking = |n: u8, minor, kind| Booking {
        booking_id: Uuid::from_bytes([n; 16]),
        account: anna.clone(),
        amount: rub(minor),
        kind,
        description: "Shop".to_owned(),
    };
    let refused = |reason| BookingAnswer::Refused { reason };
    let purchase = booking(1, 600, BookingKind::CardPurchase);
    for _ in 0..3 {
        assert_eq!(bench.book(&purchase).await.unwrap(), BookingAnswer::Booked);
    }
    assert_eq!(bench.balance(&anna).await, 400);
    let other = booking(1, 601, BookingKind::CardPurchase);
    assert_eq!(code(bench.book(&other).await), "idempotency-mismatch");
    let dear = booking(2, 401, BookingKind::CardPurchase);
    let answer = bench.book(&dear).await.unwrap();
    assert_eq!(answer, refused(RejectReason::InsufficientFunds));
    // What was refused may be tried again.
    bench.book(&booking(3, 1_000, BookingKind::IncomingTransfer)).await.unwrap();
    assert_eq!(bench.book(&dear).await.unwrap(), BookingAnswer::Booked);
    let mut nobody = booking(4, 1, BookingKind::Salary);
    nobody.account = account_of(99, Currency::Rub, 1);
    let answer = bench.book(&nobody).await.unwrap();
    assert_eq!(answer, refused(RejectReason::AccountUnknown));
    for wrong in [booking(5, 0, BookingKind::Salary), booking(5, -1, BookingKind::Salary)] {
        assert_eq!(code(bench.book(&wrong).await), "invalid-request");
    }
    bench.assert_books_are_right().await;
}

#[tokio::test]
async fn a_busy_gateway_says_when_to_come_back() {
    let narrow = |config: &mut back_office::config::Config| {
        config.gateway.orders_in_flight_max = 1;
        config.gateway.foreign_order_ms = 5_000;
    };
    let bench = bench_with(narrow, Clock::system()).await;
    let anna = bench.customer(1, "Anna Petrova", 100_000).await;
    bench.fakes.set(super::fake::Mood::HangsAfterEffect);
    let slow = order(1, "slow", super::orders::topup(&anna, rub(100)));
    let waiting = bench.execute(&slow);
    let refused = async {
        testkit::eventually("the order is under way", || async { !bench.fakes.calls().is_empty() })
            .await;
        let fence = json!({"customer_id": 1, "generation": 1});
        bench.post::<_, Value>("/v1/fence", &fence).await.unwrap_err()
    };
    let error = tokio::select! {
        error = refused => error,
        _ = waiting => panic!("the order ended first"),
    };
    let problem = error.problem().unwrap();
    assert_eq!((problem.status, problem.retry_after_ms), (429, Some(500)));
}
