//! SEALs as the archive has them.

use std::collections::BTreeMap;

use common::placement::moves::Seal;
use common::{BlockName, Generation, SliceId};
use platform::StoreError;
use platform::pg::Sql;

use super::{columns, incarnation, name, slice_number, slice_of};

/// The last SEALs of slices, by slice and block.
pub type Seals = BTreeMap<(BlockName, SliceId, BlockName), Seal>;

/// Every block's last SEAL of these slices.
pub async fn of_slices(
    db: &impl Sql,
    slices: &[(BlockName, SliceId)],
) -> Result<Seals, StoreError> {
    let sql = "
        select s.* from unnest($1::text[], $2::smallint[]) as wanted (home, slice)
        join seal s on s.home = wanted.home and s.slice = wanted.slice";
    let (homes, numbers) = columns(slices);
    let mut seals = Seals::new();
    for row in db.rows(sql, &[&homes, &numbers]).await? {
        let block = name(&row, "block")?;
        let seal = Seal {
            block: block.clone(),
            incarnation: incarnation(&row, "incarnation")?,
            generation: Generation::from_i64(row.get("generation")),
            voided: row.get("voided"),
        };
        seals.insert((name(&row, "home")?, slice_of(row.get("slice"))?, block), seal);
    }
    Ok(seals)
}

/// This is its writer's last SEAL of the slice.
pub async fn put(
    db: &impl Sql,
    (home, slice): &(BlockName, SliceId),
    seal: &Seal,
) -> Result<(), StoreError> {
    let sql = "
        insert into seal (home, slice, block, incarnation, generation, voided)
        values ($1, $2, $3, $4, $5, $6)
        on conflict on constraint seal_pkey do update set incarnation = excluded.incarnation,
            generation = excluded.generation, voided = excluded.voided";
    db.run(
        sql,
        &[
            &home.as_str(),
            &slice_number(*slice),
            &seal.block.as_str(),
            &seal.incarnation.to_string(),
            &seal.generation.as_i64(),
            &seal.voided,
        ],
    )
    .await?;
    Ok(())
}
