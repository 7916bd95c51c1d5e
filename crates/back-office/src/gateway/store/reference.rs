//! Reference data: fees, products, billers, branches, and the version of each topic.

use common::Timestamp;
use common::money::Money;
use common::operation::OperationKind;
use common::wire::gateway::{Biller, Branch, FeeRule, Product};
use platform::StoreError;
use time::OffsetDateTime;
use tokio_postgres::Row;

use crate::ledger::store::currency;
use crate::statement::{self, Session};

/// The version of a topic, and when it changed last.
pub async fn version<S: Session>(session: &S, topic: &str) -> Result<(u64, Timestamp), StoreError> {
    let sql = "select version, changed_at from reference_topic where topic = $1";
    let row = statement::row(session, sql, &[&topic]).await?;
    let version: i64 = row.try_get("version")?;
    let changed_at: OffsetDateTime = row.try_get("changed_at")?;
    Ok((u64::try_from(version).unwrap_or(0), changed_at.into()))
}

/// The fee of a kind; `None` where there is none.
pub async fn fee<S: Session>(
    session: &S,
    kind: OperationKind,
) -> Result<Option<FeeRule>, StoreError> {
    let sql = "select kind, share_bp, least_minor, most_minor from fee_rule where kind = $1";
    let row = statement::maybe_row(session, sql, &[&kind.as_str()]).await?;
    row.as_ref().map(fee_rule).transpose()
}

/// All fees.
pub async fn fees<S: Session>(session: &S) -> Result<Vec<FeeRule>, StoreError> {
    let sql = "select kind, share_bp, least_minor, most_minor from fee_rule order by kind";
    let rows = statement::rows(session, sql, &[]).await?;
    rows.iter().map(fee_rule).collect()
}

/// A product, if it is offered.
pub async fn product<S: Session>(session: &S, id: &str) -> Result<Option<Product>, StoreError> {
    let sql = "select product_id, kind, name, currency, rate_bp, terms_months, least_minor,
            most_minor from product where product_id = $1 and offered";
    let row = statement::maybe_row(session, sql, &[&id]).await?;
    row.as_ref().map(product_of).transpose()
}

/// All products on offer.
pub async fn products<S: Session>(session: &S) -> Result<Vec<Product>, StoreError> {
    let sql = "select product_id, kind, name, currency, rate_bp, terms_months, least_minor,
            most_minor from product where offered order by product_id";
    let rows = statement::rows(session, sql, &[]).await?;
    rows.iter().map(product_of).collect()
}

/// A biller, if it takes payments.
pub async fn biller<S: Session>(session: &S, id: &str) -> Result<Option<Biller>, StoreError> {
    let sql = "select biller_id, name, category, reference_name, reference_digits from biller
        where biller_id = $1 and offered";
    let row = statement::maybe_row(session, sql, &[&id]).await?;
    row.as_ref().map(biller_of).transpose()
}

/// All billers that take payments.
pub async fn billers<S: Session>(session: &S) -> Result<Vec<Biller>, StoreError> {
    let sql = "select biller_id, name, category, reference_name, reference_digits from biller
        where offered order by biller_id";
    let rows = statement::rows(session, sql, &[]).await?;
    rows.iter().map(biller_of).collect()
}

/// All branches.
pub async fn branches<S: Session>(session: &S) -> Result<Vec<Branch>, StoreError> {
    let sql = "select branch_id, city, address, hours from branch order by branch_id";
    let rows = statement::rows(session, sql, &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(Branch {
                id: row.try_get("branch_id")?,
                city: row.try_get("city")?,
                address: row.try_get("address")?,
                hours: row.try_get("hours")?,
            })
        })
        .collect()
}

fn fee_rule(row: &Row) -> Result<FeeRule, StoreError> {
    let kind: &str = row.try_get("kind")?;
    let kind =
        OperationKind::parse(kind).ok_or(StoreError::Unreadable { what: "kind of operation" })?;
    Ok(FeeRule {
        kind,
        share_bp: not_negative(row, "share_bp")?,
        least_minor: row.try_get("least_minor")?,
        most_minor: row.try_get("most_minor")?,
    })
}

fn product_of(row: &Row) -> Result<Product, StoreError> {
    let currency = currency(row, "currency")?;
    let money = |column: &str| -> Result<Money, StoreError> {
        Ok(Money::from_minor(row.try_get(column)?, currency))
    };
    let months: Vec<i32> = row.try_get("terms_months")?;
    Ok(Product {
        id: row.try_get("product_id")?,
        kind: row.try_get("kind")?,
        name: row.try_get("name")?,
        currency,
        rate_bp: not_negative(row, "rate_bp")?,
        terms_months: months.into_iter().filter_map(|m| u32::try_from(m).ok()).collect(),
        least: money("least_minor")?,
        most: money("most_minor")?,
    })
}

fn biller_of(row: &Row) -> Result<Biller, StoreError> {
    Ok(Biller {
        id: row.try_get("biller_id")?,
        name: row.try_get("name")?,
        category: row.try_get("category")?,
        reference_name: row.try_get("reference_name")?,
        reference_digits: not_negative(row, "reference_digits")?,
    })
}

fn not_negative(row: &Row, column: &str) -> Result<u32, StoreError> {
    let value: i32 = row.try_get(column)?;
    u32::try_from(value).map_err(|_| StoreError::Unreadable { what: "number that is not negative" })
}
