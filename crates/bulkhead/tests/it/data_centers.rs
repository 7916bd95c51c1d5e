//! Two data centres: the link between them is cut and mended, one of them dies, the standby of a
//! database takes its place and the old primary comes back behind it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use tokio_postgres::{Client, Error, NoTls};

use crate::bank::{Bank, eventually};

#[test]
fn a_data_centre_is_cut_off_dies_and_its_database_lives_on() {
    let bank = Bank::of_two_data_centers("centers", 33_000);
    bank.succeed(&["up", "--customers", "10"]);
    let all = bank.status();
    for name in ["link-dc-a-dc-b", "client-1-database", "client-1-standby"] {
        assert_eq!(all[name]["state"], "ready", "{name}");
    }
    assert_eq!(all["client-1-standby"]["data_center"], "dc-b");

    a_cut_link_carries_nothing_until_it_is_healed(&bank);
    a_dead_data_centre_takes_nothing_else_with_it(&bank);
    a_commit_waits_for_the_standby_unless_the_primary_is_left_alone(&bank);
    a_promoted_standby_has_everything_and_stays_the_primary(&bank);
}

/// The address under which client-2 reaches client-1.
fn across(bank: &Bank) -> String {
    let config = bank.config("client-2");
    let url = config["peers"]["client-1"]["urls"][0].as_str().unwrap().to_owned();
    url.strip_prefix("http://").unwrap().to_owned()
}

fn asks(stream: &mut TcpStream) -> std::io::Result<String> {
    stream.set_read_timeout(Some(Duration::from_millis(500)))?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: x\r\n\r\n")?;
    let mut answer = [0; 12];
    stream.read_exact(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn is_answered(address: &str) -> bool {
    TcpStream::connect(address)
        .and_then(|mut stream| asks(&mut stream))
        .is_ok_and(|answer| answer == "HTTP/1.1 200")
}

fn a_cut_link_carries_nothing_until_it_is_healed(bank: &Bank) {
    let across = across(bank);
    assert!(is_answered(&across));
    let mut open = TcpStream::connect(&across).unwrap();
    eventually("the connection is through", || open.write_all(b"").is_ok());
    let said = bank.succeed(&["cut", "dc-b", "dc-a"]);
    assert!(said.contains("./bulkhead heal link-dc-a-dc-b"), "{said}");
    assert_eq!(bank.state_of("link-dc-a-dc-b"), "cut");
    assert_eq!(bank.state_of("client-1"), "ready", "both sides run on");
    eventually("new connections are refused", || TcpStream::connect(&across).is_err());
    asks(&mut open).unwrap_err();
    bank.succeed(&["heal", "link-dc-a-dc-b"]);
    // What was said meanwhile arrives late.
    let mut answer = [0; 12];
    open.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    open.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    eventually("it carries again", || is_answered(&across));

    let said = bank.succeed(&["isolate", "dc-b"]);
    assert!(said.contains("./bulkhead heal dc-b/links"), "{said}");
    assert_eq!(bank.state_of("link-dc-a-dc-b"), "cut");
    bank.succeed(&["heal", "--all"]);
    bank.fail(&["cut", "dc-a", "dc-c"], "UNKNOWN-TARGET");
    eventually("it carries again", || is_answered(&across));
}

fn a_dead_data_centre_takes_nothing_else_with_it(bank: &Bank) {
    let across = across(bank);
    bank.succeed(&["kill", "dc-a"]);
    for name in ["client-1", "client-1-database", "client-1-redis"] {
        assert_eq!(bank.state_of(name), "killed", "{name}");
    }
    for name in ["client-2", "client-2-redis", "client-1-standby", "link-dc-a-dc-b"] {
        assert_eq!(bank.state_of(name), "ready", "{name}");
    }
    eventually("whoever calls learns that he was not heard", || {
        TcpStream::connect(&across).is_err()
    });
    bank.succeed(&["heal", "dc-a"]);
    bank.succeed(&["wait", "ready"]);
    eventually("it is reached again", || is_answered(&across));
}

fn a_commit_waits_for_the_standby_unless_the_primary_is_left_alone(bank: &Bank) {
    // The standby was there all the time; the primary may still be recovering.
    let recovered = || async { tokio_postgres::connect(&url(bank), NoTls).await.is_ok() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(testkit::eventually("the primary takes writes", recovered));
    write(bank, "create table kept (what text)").unwrap();
    bank.succeed(&["kill", "client-1/standby"]);
    let late = on(bank, async |client| {
        let insert = client.batch_execute("insert into kept values ('late')");
        Ok(tokio::time::timeout(Duration::from_secs(1), insert).await.is_ok())
    });
    assert!(!late.unwrap(), "nobody is told that it is kept");
    let said = bank.succeed(&["alone", "client-1"]);
    assert!(said.contains("./bulkhead heal client-1"), "{said}");
    write(bank, "insert into kept values ('alone')").unwrap();
    bank.succeed(&["heal", "client-1"]);
    bank.fail(&["alone", "client-2"], "NO-STANDBY");
}

fn a_promoted_standby_has_everything_and_stays_the_primary(bank: &Bank) {
    write(bank, "insert into kept values ('before')").unwrap();
    let said = bank.succeed(&["promote", "client-1"]);
    assert!(said.contains("client-1-standby takes writes now"), "{said}");
    assert_eq!(bank.state_of("client-1-database"), "stopped");
    write(bank, "insert into kept values ('after')").unwrap();
    bank.fail(&["promote", "client-1"], "NO-STANDBY");

    // The old primary comes back as a copy of the new one, and never by itself.
    bank.succeed(&["heal", "--all"]);
    bank.succeed(&["wait", "ready"]);
    assert_eq!(bank.state_of("client-1-database"), "ready");
    write(bank, "insert into kept values ('both')").unwrap();
    bank.succeed(&["down"]);
    bank.succeed(&["up"]);
    write(bank, "insert into kept values ('again')").unwrap();

    // And back.
    bank.succeed(&["promote", "client-1"]);
    bank.succeed(&["up"]);
    let kept = read(bank, "select what from kept where what <> 'late' order by what");
    assert_eq!(kept, ["after", "again", "alone", "before", "both"]);
    assert_eq!(bank.state_of("client-1-standby"), "ready");
}

/// What the block's own processes are told of their database.
fn url(bank: &Bank) -> String {
    bank.config("client-1")["database"]["url"].as_str().unwrap().to_owned()
}

fn write(bank: &Bank, statements: &str) -> Result<(), Error> {
    on(bank, async |client| client.batch_execute(statements).await)
}

fn read(bank: &Bank, statement: &str) -> Vec<String> {
    let rows = on(bank, async |client| client.query(statement, &[]).await).unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

fn on<T>(bank: &Bank, work: impl AsyncFnOnce(&Client) -> Result<T, Error>) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&url(bank), NoTls).await?;
        tokio::select! {
            done = work(&client) => done,
            ended = connection => panic!("{ended:?}"),
        }
    })
}
