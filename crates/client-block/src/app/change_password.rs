//! A new password: proves the old one, ends every other session, opens this one anew.

use common::login::password_fault;
use common::problem::{Code, Refusal};
use platform::{Failure, random};

use super::guessing;
use super::loosen::{self, Loosening};
use super::sessions::authenticate::Authenticated;
use super::sessions::end;
use crate::block::Block;
use crate::store;

/// Changes the password. All sessions end, this one too: the client logs in with the new one.
pub async fn change_password(
    block: &Block,
    who: &Authenticated,
    current: String,
    new: String,
) -> Result<(), Failure> {
    if let Some(fault) = password_fault(&new) {
        return Err(Refusal::new(Code::InvalidRequest).field("new", fault).into());
    }
    let connection = block.db.connection().await?;
    let customer = store::customer::find(&connection, who.scope.customer).await?;
    let hashes = store::session::token_hashes(&connection, &who.scope).await?;
    drop(connection);
    let place = block.passwords.place()?;
    let subject = guessing::of_customer(who.scope.customer);
    count(block, &subject).await?;
    let known = customer.as_ref().map(|customer| customer.password_hash.as_str());
    if !block.passwords.verify(&place, current, known).await? {
        return Err(Code::CredentialsWrong.into());
    }
    guessing::forgive(block, &subject).await?;
    let hash = block.passwords.hash(&place, new).await?;
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    let generation = who.enter(block, &tx).await?;
    let (id, change) = (random::uuid(), Loosening::NewPassword { hash: &hash });
    loosen::intend(block, &tx, &who.scope, generation, (id, change)).await?;
    tx.commit().await?;
    drop(connection);
    loosen::settle(block, &who.scope, id).await?;
    end::forget(block, &hashes).await;
    Ok(())
}

/// Whoever has found an open session must not try passwords at will.
async fn count(block: &Block, subject: &str) -> Result<(), Failure> {
    let now = block.clock.now();
    let mut connection = block.db.connection().await?;
    let tx = connection.transaction().await?;
    let locked = guessing::count(&tx, subject, now).await?;
    tx.commit().await?;
    locked.map_or(Ok(()), |refusal| Err(refusal.into()))
}
