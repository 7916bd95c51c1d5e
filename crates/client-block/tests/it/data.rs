//! Who the customers are and what they have.

use common::fingerprint::sha256;
use common::placement::Placement;
use common::wire::gateway::{Account, Card, ResolvedPayee};
use common::{Currency, CustomerId, Money};
use serde_json::{Value, json};

use crate::bank::{
    ANNA, ANNAS_PHONE, BLOCK, BORIS, BORIS_PHONE, Bank, account, cheap_hash, device_secret,
};
use crate::stand_in::StandIn;

/// Tells the block of its customers, their devices, the register and the reference data.
pub(crate) async fn insert(bank: &Bank, rows: &[Placement]) {
    let client = bank.db.client().await;
    for row in rows {
        let sql = "
            insert into placement (home, slice, generation, owner, owner_since, state,
                sessions_from_generation, revision, reason, decided_by)
            values ($1, $2, 1, $1, 1, 'active', 0, 1, '', 'test') on conflict do nothing";
        let slice = i16::from(row.slice.number());
        client.execute(sql, &[&row.home.as_str(), &slice]).await.unwrap();
    }
    for (customer, phone, login, name) in
        [(ANNA, ANNAS_PHONE, "anna", "Anna Petrova"), (BORIS, BORIS_PHONE, "boris", "Boris Kim")]
    {
        let slice = i16::from(common::SliceId::of(customer).number());
        let id = customer.as_i64();
        let sql = "
            insert into customer (customer_id, home, slice, revision, login, phone, name,
                password_hash)
            values ($1, $2, $3, 1, $4, $5, $6, $7)";
        client
            .execute(sql, &[&id, &BLOCK, &slice, &login, &phone, &name, &cheap_hash()])
            .await
            .unwrap();
        let secret = sha256(device_secret(customer).as_bytes()).to_vec();
        let sql = "
            insert into device (device_id, customer_id, secret_hash, name, created_at)
            values (gen_random_uuid(), $1, $2, 'telephone', now())";
        client.execute(sql, &[&id, &secret]).await.unwrap();
    }
    for (topic, items) in reference() {
        let sql = "
            insert into reference (topic, version, as_of, items, checked_at)
            values ($1, 1, '2026-01-01', $2::text::jsonb, '2026-01-01')";
        client.execute(sql, &[&topic, &items.to_string()]).await.unwrap();
    }
}

/// Tells the back office who they are, and gives it the same reference data.
pub(crate) fn fill(gateway: &StandIn) {
    let mut books = gateway.books();
    let own = |customer: CustomerId, currency, n, minor| Account {
        account: account(customer, currency, n).parse().unwrap(),
        name: format!("Account {n}"),
        balance: Money::from_minor(minor, currency),
        held: Vec::new(),
        open: true,
    };
    let annas = vec![
        own(ANNA, Currency::Rub, 1, 1_000_000),
        own(ANNA, Currency::Rub, 2, 100_000),
        own(ANNA, Currency::Usd, 1, 50_000),
    ];
    let card = |id: &str, customer| Card {
        id: id.to_owned(),
        name: "Classic".to_owned(),
        last4: "4242".to_owned(),
        account: account(customer, Currency::Rub, 1).parse().unwrap(),
        frozen: false,
        expires: "2030-01".to_owned(),
    };
    books.accounts.insert(ANNA, annas);
    books.accounts.insert(BORIS, vec![own(BORIS, Currency::Rub, 1, 10_000)]);
    books.cards.insert(ANNA, vec![card("card-anna", ANNA)]);
    books.cards.insert(BORIS, vec![card("card-boris", BORIS)]);
    let boris = ResolvedPayee {
        account: account(BORIS, Currency::Rub, 1).parse().unwrap(),
        name: "Boris K.".to_owned(),
        own: false,
    };
    books.payees.insert(boris.account.to_string(), boris.clone());
    books.payees.insert(BORIS_PHONE.to_owned(), boris);
    for (topic, items) in reference() {
        let reference = json!({ "version": 1, "as_of": "2026-01-01T00:00:00Z", "items": items });
        books.reference.insert(topic, reference);
    }
}

fn reference() -> [(&'static str, Value); 5] {
    let rub = |amount: &str| json!({ "amount": amount, "currency": "RUB" });
    let fee = |kind: &str, share_bp: u32| {
        json!({
            "kind": kind, "share_bp": share_bp, "least_minor": 0, "most_minor": 100_000,
        })
    };
    let deposit = json!({
        "id": "d-1", "kind": "deposit", "name": "Safe", "currency": "RUB", "rate_bp": 1_500,
        "terms_months": [3, 6, 12], "least": rub("1000.00"), "most": rub("100000.00"),
    });
    let loan = json!({
        "id": "l-1", "kind": "loan", "name": "Loan", "currency": "RUB", "rate_bp": 2_500,
        "terms_months": [12], "least": rub("1000.00"), "most": rub("100000.00"),
    });
    let biller = json!({
        "id": "b-1", "name": "Electricity", "category": "utilities",
        "reference_name": "Contract", "reference_digits": 10,
    });
    let branch = json!({
        "id": "br-1", "city": "Tver", "address": "Mira 1", "hours": "9 to 18",
    });
    [
        (
            "rates",
            json!([
                { "sell": "RUB", "buy": "USD", "rate": "0.010000" },
                { "sell": "USD", "buy": "RUB", "rate": "90.000000" },
            ]),
        ),
        ("branches", json!([branch])),
        ("products", json!([deposit, loan])),
        ("billers", json!([biller])),
        ("fees", json!([fee("customer_transfer", 100), fee("bill_payment", 50)])),
    ]
}
