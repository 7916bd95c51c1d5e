//! Loosening: a compare-and-set on who serves the customer (I9, protocol §6). The verdict is stored
//! with what it permits, refusals too.

use common::archive::late::{Lateness, Writer};
use common::archive::loosening::{Verdict, decide};
use common::archive::seals::sealed_under;
use common::archive::stream::BatchKey;
use common::incarnation::ChainHash;
use common::problem::{Code, Refusal};
use common::wire::archive::{Loosen, Loosened};
use common::{Guards, SliceId};
use platform::Failure;

use super::batch::{Arrived, At, Change, Desk, Judged, Tells, change, lay_out, put_away};
use super::lives::enter;
use crate::archive::Archive;
use crate::store::{batch, loosening};

/// How often a loosening is begun anew when others were quicker.
const TRIES: usize = 4;

/// Decides over a loosening, or repeats what was decided.
pub async fn loosen(archive: &Archive, wish: &Loosen) -> Result<Loosened, Failure> {
    let refused = |detail: &str| Refusal::new(Code::InvalidRequest).detail(detail);
    if SliceId::of(wish.entity.customer_id) != wish.slice {
        return Err(refused("The customer is not of this slice.").into());
    }
    let change = change(wish.entity.clone()).ok_or_else(|| refused("`entity` cannot be read."))?;
    let event = Arrived {
        text: "",
        place: Some((wish.home.clone(), wish.slice)),
        generation: Some(wish.generation),
        customer: Some(wish.entity.customer_id),
        tells: Tells::Entity(change.clone()),
    };
    for _ in 0..TRIES {
        if let Some(verdict) = attempt(archive, wish, &change, &event).await? {
            return Ok(verdict);
        }
    }
    Err(Refusal::new(Code::Busy).retry_after_ms(archive.bounds.retry_after_ms).into())
}

/// Nothing, if somebody was quicker.
async fn attempt(
    archive: &Archive,
    wish: &Loosen,
    change: &Change,
    event: &Arrived<'_>,
) -> Result<Option<Loosened>, Failure> {
    let mut connection = archive.writing.connection().await?;
    let tx = connection.transaction().await?;
    let entered = enter(&tx).await?.must_have_recovered()?;
    let mut desk = lay_out(archive, &tx, &wish.stream, std::slice::from_ref(event)).await?;
    let said = |verdict| Loosened { life: entered.life, applied: verdict == Verdict::Applied };
    if let Some(verdict) = loosening::known(&tx, wish.change_id).await? {
        tx.commit().await?;
        return Ok(Some(said(verdict)));
    }
    let verdict = verdict(&desk, wish);
    let number = batch::number(&tx, &wish.stream).await?;
    let (of, now) = ((wish.entity.customer_id, number), archive.now());
    if !loosening::put(&tx, wish.change_id, of, verdict, now).await? {
        return Ok(None);
    }
    if verdict == Verdict::Applied {
        let place = (wish.home.clone(), wish.slice);
        let on_time = Judged { late: Lateness::OnTime, serving: wish.generation, asked: None };
        desk.take_in(change, wish.generation, &place, on_time);
        // It came in no batch.
        let key = BatchKey { batch: 0, previous: ChainHash::START, hash: ChainHash::START };
        if !put_away(archive, &tx, At { stream: &wish.stream, number, key }, &desk).await? {
            return Ok(None);
        }
    }
    tx.commit().await?;
    Ok(Some(said(verdict)))
}

fn verdict(desk: &Desk<'_>, wish: &Loosen) -> Verdict {
    let place = (wish.home.clone(), wish.slice);
    let Some(row) = desk.rows.get(&place) else { return Verdict::Refused };
    let known = desk.customers.get(&wish.entity.customer_id);
    if known.is_some_and(|known| known.place.0 != wish.home) {
        return Verdict::Refused;
    }
    let seal = desk.seals.get(&(place.0, place.1, wish.stream.block.clone()));
    let life = &wish.stream.incarnation;
    let writer = Writer {
        block: &wish.stream.block,
        incarnation: life,
        closed: desk.closed,
        generation: wish.generation,
        sealed: sealed_under(seal, life, wish.generation),
    };
    decide(row, &writer, known.and_then(|known| known.handed.as_ref()), Guards::ALL)
}
