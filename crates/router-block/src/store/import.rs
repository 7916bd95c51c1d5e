//! A whole directory at once: COPY into a staging table, then what is new into the directory.

use platform::StoreError;
use sqlx::PgConnection;
use sqlx::postgres::PgCopyIn;

use super::customers::Profile;

/// Makes the staging table, which ends with the transaction.
pub async fn prepare(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query(
        "create temporary table arriving (
             customer_id bigint not null, login text not null, phone text not null,
             name text not null, home text not null, cohort text not null
         ) on commit drop",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Opens the staging table for lines made by [`line`].
pub async fn open(
    connection: &mut PgConnection,
) -> Result<PgCopyIn<&mut PgConnection>, StoreError> {
    let copy = connection
        .copy_in_raw("copy arriving (customer_id, login, phone, name, home, cohort) from stdin")
        .await?;
    Ok(copy)
}

/// Appends a customer in PostgreSQL's text format of COPY.
pub fn line(out: &mut Vec<u8>, id: u64, profile: &Profile, home: &str) {
    out.extend_from_slice(id.to_string().as_bytes());
    let Profile { login, phone, name, cohort } = profile;
    for field in [login, phone.as_str(), name, home, cohort.as_str()] {
        out.push(b'\t');
        for byte in field.bytes() {
            match byte {
                b'\\' => out.extend_from_slice(b"\\\\"),
                b'\t' => out.extend_from_slice(b"\\t"),
                b'\n' => out.extend_from_slice(b"\\n"),
                b'\r' => out.extend_from_slice(b"\\r"),
                other => out.push(other),
            }
        }
    }
    out.push(b'\n');
}

/// Takes over those whose id is new, with the feed's lock held; says how many. They count as
/// settled: blocks and back office import the same file. The next id lies above all.
pub async fn merge(connection: &mut PgConnection) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "with added as (
             insert into customer
                 (customer_id, login, phone, name, home, cohort, state, settled_revision)
             select customer_id, login, phone, name, home, cohort, 'active', 1 from arriving
             on conflict (customer_id) do nothing
             returning customer_id, login, phone, home, cohort)
         insert into customer_change (customer_id, login, phone, home, cohort)
         select customer_id, login, phone, home, cohort from added",
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "select setval(pg_get_serial_sequence('customer', 'customer_id'),
                       greatest((select max(customer_id) from customer),
                                nextval(pg_get_serial_sequence('customer', 'customer_id')) - 1),
                       true)
          where exists (select 1 from arriving)",
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}
