//! `router-block import`: a whole directory from a file, one customer a line.
//!
//! One transaction: all lines or none. Customers whose id is known are left as they are, so a
//! second run changes nothing. Home blocks and back office import the same file themselves.

use std::path::{Path, PathBuf};

use common::wire::router::Cohort;
use common::{BlockName, Phone};
use platform::StoreError;
use serde::Deserialize;
use sqlx::PgPool;
use tokio::fs::File;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use super::input;
use crate::store::customers::Profile;
use crate::store::{changes, import, without_time_limit};

/// Why a file was not imported. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error("{} cannot be read", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        #[source]
        source: std::io::Error,
    },
    /// A line is not a customer.
    #[error("line {line} is not a customer: {reason}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The database failed, or two customers share a login or a phone.
    #[error("the directory could not be written")]
    Store(#[from] StoreError),
}

/// What an import did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Lines in the file.
    pub lines: u64,
    /// Customers who were new.
    pub added: u64,
}

#[derive(Deserialize)]
struct Line {
    customer_id: u64,
    login: String,
    phone: Phone,
    name: String,
    home: BlockName,
    #[serde(default)]
    cohort: Cohort,
}

/// Imports `path`; lines are sent in pieces of `chunk_bytes`.
pub async fn import(db: &PgPool, path: &Path, chunk_bytes: usize) -> Result<Imported, ImportError> {
    let unreadable = |source| ImportError::File { path: path.to_owned(), source };
    let file = File::open(path).await.map_err(unreadable)?;
    let mut input = BufReader::with_capacity(chunk_bytes, file).lines();
    let mut tx = db.begin().await.map_err(StoreError::from)?;
    without_time_limit(&mut tx).await?;
    import::prepare(&mut tx).await?;
    let mut lines = 0;
    let mut chunk = Vec::with_capacity(chunk_bytes);
    let mut copy = import::open(&mut tx).await?;
    while let Some(text) = input.next_line().await.map_err(unreadable)? {
        lines += 1;
        if text.trim().is_empty() {
            continue;
        }
        append(&mut chunk, lines, &text)?;
        if chunk.len() >= chunk_bytes {
            copy.send(chunk.as_slice()).await.map_err(StoreError::from)?;
            chunk.clear();
        }
    }
    copy.send(chunk.as_slice()).await.map_err(StoreError::from)?;
    copy.finish().await.map_err(StoreError::from)?;
    changes::lock(&mut tx).await?;
    let added = import::merge(&mut tx).await?;
    tx.commit().await.map_err(StoreError::from)?;
    let lines = u64::try_from(lines).unwrap_or(u64::MAX);
    Ok(Imported { lines, added })
}

fn append(chunk: &mut Vec<u8>, number: usize, text: &str) -> Result<(), ImportError> {
    let wrong = |reason: String| ImportError::Line { line: number, reason };
    let line: Line = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
    if !(1..=u64::from(u32::MAX)).contains(&line.customer_id) {
        return Err(wrong("customer_id is dense from 1 and below 2^32".to_owned()));
    }
    let login = input::login(&line.login)
        .ok_or_else(|| wrong(format!("login must be {}", input::LOGIN_RULE)))?;
    if !input::is_name(&line.name) {
        return Err(wrong("name must have 1 to 140 characters".to_owned()));
    }
    let profile = Profile { login, phone: line.phone, name: line.name, cohort: line.cohort };
    import::line(chunk, line.customer_id, &profile, line.home.as_str());
    Ok(())
}
