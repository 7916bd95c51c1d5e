//! `client-block import`: takes in the customers of a file whose home is this block. For a bank
//! that moves in, and for the demonstration. Running it again changes nothing.

use std::io::{BufRead as _, BufReader};
use std::path::Path;

use common::{BlockName, CustomerId, Generation, Phone, SliceId, order_key};
use platform::pg::Db;
use platform::service::Fatal;
use serde::Deserialize;

use crate::app::entities;
use crate::config::Config;
use crate::store::import::{self as table, Told};

/// A line of the file.
#[derive(Debug, Deserialize)]
pub struct Line {
    /// The directory's id.
    pub customer_id: CustomerId,
    /// Lower case.
    pub login: String,
    /// In international form.
    pub phone: Phone,
    /// First and last name.
    pub name: String,
    /// The block where he belongs.
    pub home: BlockName,
    /// argon2id, in PHC format.
    pub password_hash: String,
}

impl Line {
    /// His slice.
    pub fn slice(&self) -> SliceId {
        SliceId::of(self.customer_id)
    }
}

/// How many lines are sent at once.
const CHUNK: usize = 5_000;

/// Imports; gives the number of customers that were new.
pub async fn run(config: &Config, file: &Path) -> Result<u64, Fatal> {
    let me = config.block()?;
    let db = Db::new(&config.database, "import")?;
    let mut connection = db.connection().await?;
    let mut taken = 0;
    let mut chunk = Vec::with_capacity(CHUNK);
    for (number, line) in BufReader::new(std::fs::File::open(file)?).lines().enumerate() {
        let line: Line = serde_json::from_str(&line?)
            .map_err(|error| format!("line {}: {error}", number + 1))?;
        if line.home == me {
            chunk.push(line);
        }
        if chunk.len() == CHUNK {
            taken += table::customers(&mut connection, &chunk, &told(&chunk)).await?;
            chunk.clear();
        }
    }
    taken += table::customers(&mut connection, &chunk, &told(&chunk)).await?;
    Ok(taken)
}

/// What the archive is told of them.
fn told(lines: &[Line]) -> Told {
    let payloads = lines.iter().map(entities::imported).collect();
    let order_key = order_key::register(Generation(1), 1);
    Told { kind: entities::CUSTOMER, order_key, payloads }
}
