//! The file of demo customers: one a line, as JSON. Made by `bulkhead`, read by every service.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use common::{CustomerId, Phone};
use serde::Deserialize;

/// What is taken from a line; the other fields are for others.
#[derive(Clone, Debug, Deserialize)]
pub struct Customer {
    /// Dense, from 1.
    pub customer_id: CustomerId,
    /// How he is found.
    pub phone: Phone,
    /// First and last name.
    pub name: String,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CustomersError {
    /// It cannot be read.
    #[error("{} cannot be read", .path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A line is not a customer.
    #[error("{}, line {line}: not a customer", .path.display())]
    NotACustomer {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

/// All customers of the file, by id.
pub fn read(path: &Path) -> Result<Vec<Customer>, CustomersError> {
    let unreadable = |source| CustomersError::Unreadable { path: path.to_owned(), source };
    let file = BufReader::new(File::open(path).map_err(unreadable)?);
    let mut customers: Vec<Customer> = Vec::new();
    for (at, line) in file.lines().enumerate() {
        let line = line.map_err(unreadable)?;
        if line.trim().is_empty() {
            continue;
        }
        let customer = serde_json::from_str(&line);
        customers.push(customer.map_err(|source| CustomersError::NotACustomer {
            path: path.to_owned(),
            line: at + 1,
            source,
        })?);
    }
    customers.sort_by_key(|customer| customer.customer_id);
    customers.dedup_by_key(|customer| customer.customer_id);
    Ok(customers)
}
