//! How far the archive was followed: the last batch of each stream, in one life of the archive.

use common::incarnation::StreamId;
use common::{BlockName, Incarnation, Timestamp};
use platform::StoreError;
use platform::pg::{GenericClient, Sql, Transaction};
use time::OffsetDateTime;
use tokio_postgres::Row;

/// Where the cursor stands.
#[derive(Clone, Debug, Default)]
pub struct Followed {
    /// The life of the archive that it is of; absent before anything was followed.
    pub archive: Option<Incarnation>,
    /// The last batch of each stream.
    pub cursor: Vec<(StreamId, u64)>,
    /// When everything that the archive had was last followed.
    pub all_at: Option<Timestamp>,
}

/// The cursor.
pub async fn read(db: &impl GenericClient) -> Result<Followed, StoreError> {
    let unreadable = || StoreError::Unreadable { what: "cursor over the archive" };
    let Some(row) = db.row_opt("select archive, all_at from following", &[]).await? else {
        return Ok(Followed::default());
    };
    let archive: String = row.get("archive");
    let stream = |row: &Row| {
        let (block, incarnation): (String, String) = (row.get("block"), row.get("incarnation"));
        let stream = StreamId {
            block: BlockName::try_from(block).map_err(|_| unreadable())?,
            incarnation: incarnation.parse().map_err(|_| unreadable())?,
        };
        Ok((stream, row.get::<_, i64>("batch").cast_unsigned()))
    };
    let streams = db.rows("select block, incarnation, batch from followed", &[]).await?;
    Ok(Followed {
        archive: Some(archive.parse().map_err(|_| unreadable())?),
        cursor: streams.iter().map(stream).collect::<Result<_, StoreError>>()?,
        all_at: row.get::<_, Option<OffsetDateTime>>("all_at").map(Timestamp::from),
    })
}

/// Puts the cursor where the archive says that it stands. `all_at`: that was all for now.
pub async fn put(
    tx: &Transaction<'_>,
    archive: &Incarnation,
    cursor: &[(StreamId, u64)],
    all_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    let sql = "
        insert into following (archive, all_at) values ($1, $2)
        on conflict on constraint following_pkey do update set archive = excluded.archive,
            all_at = coalesce(excluded.all_at, following.all_at)";
    tx.run(sql, &[&archive.to_string(), &all_at.map(OffsetDateTime::from)]).await?;
    let blocks: Vec<&str> = cursor.iter().map(|(stream, _)| stream.block.as_str()).collect();
    let lives: Vec<String> =
        cursor.iter().map(|(stream, _)| stream.incarnation.to_string()).collect();
    let batches: Vec<i64> = cursor.iter().map(|(_, batch)| batch.cast_signed()).collect();
    let sql = "
        insert into followed (block, incarnation, batch)
        select * from unnest($1::text[], $2::text[], $3::bigint[])
        on conflict on constraint followed_pkey do update set batch = excluded.batch";
    tx.run(sql, &[&blocks, &lives, &batches]).await?;
    Ok(())
}

/// Begins anew: another life of the archive, whose verdicts are new.
pub async fn forget(tx: &Transaction<'_>) -> Result<(), StoreError> {
    tx.run("delete from followed", &[]).await?;
    tx.run("delete from following", &[]).await?;
    Ok(())
}
