//! The demo customers are loaded into every database that holds customers, once.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use futures_util::future::try_join_all;
use serde::Serialize;

use super::Ground;
use super::done::Done;
use crate::demo::{CUSTOMERS_MAX, customers, login_of};
use crate::failure::{Failure, Result};
use crate::place::write_private;
use crate::plan::Planner;
use crate::programs::Run;

/// A bank without a wish.
const USUAL: u64 = 1000;

/// How many there shall be.
pub(super) fn wanted(done: Done, wish: Option<u64>) -> Result<u64> {
    // What was begun is finished, whatever is asked for now.
    let begun = done.customers.max(done.customers_begun);
    match wish {
        None => Ok(if begun == 0 { USUAL } else { begun }),
        Some(wish) if wish > begun && done.customers_added => Err(Failure::new(
            "UP-CUSTOMERS",
            "Customers were added by command; more demo customers would collide with them.",
        )
        .mend("make reset && make up ARGS='--customers …'    # deletes the bank's data")),
        Some(wish) if (1..=CUSTOMERS_MAX).contains(&wish) => Ok(wish.max(begun)),
        Some(_) => Err(Failure::new(
            "UP-CUSTOMERS",
            format!("The demo has between 1 and {CUSTOMERS_MAX} customers."),
        )
        .mend("./bulkhead up --customers 1000")),
    }
}

/// Are there fewer?
pub(super) fn are_missing(done: Done, wanted: u64) -> bool {
    done.customers < wanted
}

/// Writes the list and lets every block load its part. Loading again changes nothing.
pub(super) async fn load(ground: &Ground, planner: &Planner<'_>, count: u64) -> Result<String> {
    let list = ground.place.file("run/customers.ndjson");
    write_list(ground, &list, count).map_err(|error| Failure::file(&list, &error))?;
    let runs: Vec<Run> = ground
        .topology
        .first_with(|programs| programs.customers.clone())
        .map(|(block, process, command)| {
            Ok(Run {
                command,
                arguments: vec![
                    "--config".to_owned(),
                    planner.config(&ground.writer(block, process)?.name).display().to_string(),
                    "--customers".to_owned(),
                    list.display().to_string(),
                ],
                name: format!("{}-customers", block.name),
                code: "UP-CUSTOMERS",
                purpose: format!("The demo customers could not be loaded into {}", block.name),
            })
        })
        .collect::<Result<_>>()?;
    try_join_all(runs.iter().map(|run| run.to_end(&ground.place))).await?;
    write_logins(ground, count)?;
    std::fs::remove_file(&list).map_err(|error| Failure::file(&list, &error))?;
    Ok(String::new())
}

fn write_list(ground: &Ground, path: &Path, count: u64) -> std::io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for customer in customers(&ground.topology, count) {
        serde_json::to_writer(&mut file, &customer)?;
        file.write_all(b"\n")?;
    }
    file.flush()
}

#[derive(Serialize)]
struct Logins<'a> {
    note: &'a str,
    logins: Vec<serde_json::Value>,
}

fn write_logins(ground: &Ground, count: u64) -> Result<()> {
    let broken =
        |error: serde_json::Error| Failure::new("UP-FILE", format!("demo-logins.json: {error}."));
    let logins = customers(&ground.topology, count)
        .map(|customer| serde_json::to_value(login_of(&customer)))
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(broken)?;
    let note = "Invented customers. They share sixteen passwords, hashed beforehand.";
    let text = serde_json::to_string_pretty(&Logins { note, logins }).map_err(broken)?;
    write_private(&ground.place.file("demo-logins.json"), &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bank_never_shrinks_and_an_absurd_wish_is_refused() {
        let fresh = Done::default();
        let large = Done { customers: 5000, ..fresh };
        let interrupted = Done { customers: 10, customers_begun: 700, ..fresh };
        let added = Done { customers_added: true, ..large };
        assert_eq!(wanted(fresh, None).unwrap(), 1000);
        assert_eq!(wanted(large, None).unwrap(), 5000);
        assert_eq!(wanted(large, Some(10)).unwrap(), 5000);
        assert_eq!(wanted(fresh, Some(10)).unwrap(), 10);
        assert_eq!(wanted(added, Some(5000)).unwrap(), 5000);
        assert_eq!(wanted(added, Some(5001)).unwrap_err().code(), "UP-CUSTOMERS");
        assert_eq!(wanted(interrupted, None).unwrap(), 700);
        assert!(!are_missing(large, 5000));
        assert!(are_missing(large, 5001));
        assert_eq!(wanted(fresh, Some(0)).unwrap_err().code(), "UP-CUSTOMERS");
        assert_eq!(wanted(fresh, Some(u64::MAX)).unwrap_err().code(), "UP-CUSTOMERS");
    }
}
