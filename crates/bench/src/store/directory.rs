//! The router's directory: rows as `router-block import` writes them, quickly.

use super::Session;
use crate::failure::{Attempting as _, Result};

/// The register of one home block that serves its own customers, as at a first start.
const PLACEMENTS: &str = "
    insert into placement (home, slice, generation, owner, owner_since, state,
        sessions_from_generation, revision, reason, decided_by)
    select 'client-1', slice, 1, 'client-1', 1, 'active', 0, 1, 'first start', 'bench'
    from generate_series(0, 63) slice";

/// Constraints are taken away and put back, and the rows are not logged: both only for the sake
/// of a short preparation.
const WITHOUT_INDEXES: &str = "
    alter table customer set unlogged;
    alter table customer drop constraint customer_login_unique,
        drop constraint customer_phone_unique, drop constraint customer_pkey";

const CUSTOMERS: &str = "
    insert into customer (customer_id, login, phone, name, home, cohort, state, settled_revision)
    select id, 'customer.' || id, '+79' || lpad(id::text, 9, '0'), 'Customer ' || id, 'client-1',
        'regular', 'active', 1
    from generate_series(1, $1::bigint) id";

const WITH_INDEXES: &str = "
    alter table customer add constraint customer_pkey primary key (customer_id),
        add constraint customer_login_unique unique (login),
        add constraint customer_phone_unique unique (phone);
    analyze customer";

impl Session {
    /// Writes the register.
    pub(crate) async fn place(&self) -> Result<()> {
        self.client.execute(PLACEMENTS, &[]).await.attempting("writing the register")?;
        Ok(())
    }

    /// Writes customers 1 to `count`.
    pub(crate) async fn fill_directory(&self, count: u64) -> Result<()> {
        let count = i64::try_from(count).attempting("counting customers")?;
        self.batch(WITHOUT_INDEXES).await?;
        self.client.execute(CUSTOMERS, &[&count]).await.attempting("writing customers")?;
        self.batch(WITH_INDEXES).await
    }
}
