//! Password hashing on a bounded pool: argon2id costs a core for tens of milliseconds, so only so
//! many run and wait; the rest is refused at once and comes back later.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use common::problem::{Code, Refusal};
use platform::Failure;
use platform::config::ConfigError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config;

/// The pool.
pub struct Passwords {
    /// Places to compute.
    computing: Arc<Semaphore>,
    /// Places to compute or to wait for it.
    admitted: Arc<Semaphore>,
    /// A hash of nobody's password, with the same parameters: what a decoy is checked against.
    nobody: String,
}

/// A place in the queue, taken before anything is used up for the request.
pub struct Place(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

impl Passwords {
    /// A pool of the configured size.
    pub fn new(config: &config::Passwords) -> Result<Self, ConfigError> {
        let nobody = hash(&platform::random::token())
            .map_err(|error| ConfigError::Inconsistent(format!("passwords: {error}")))?;
        Ok(Self {
            computing: Arc::new(Semaphore::new(config.at_once)),
            admitted: Arc::new(Semaphore::new(config.at_once + config.queue_max)),
            nobody,
        })
    }

    /// A place, or a refusal with the time after which to try again.
    pub fn place(&self) -> Result<Place, Refusal> {
        let permit = self.admitted.clone().try_acquire_owned();
        permit.map(Place).map_err(|_| Refusal::new(Code::Busy).retry_after_ms(1_000))
    }

    /// Is `password` the one behind `hash`? Without a hash the answer is no, after the same work.
    pub async fn verify(
        &self,
        _place: &Place,
        password: String,
        known: Option<&str>,
    ) -> Result<bool, Failure> {
        let exists = known.is_some();
        let against = known.unwrap_or(&self.nobody).to_owned();
        let right = self
            .compute(move || {
                PasswordHash::new(&against).is_ok_and(|against| {
                    Argon2::default().verify_password(password.as_bytes(), &against).is_ok()
                })
            })
            .await?;
        Ok(right && exists)
    }

    /// The hash of a new password.
    pub async fn hash(&self, _place: &Place, password: String) -> Result<String, Failure> {
        let hashed = self.compute(move || hash(&password)).await?;
        hashed.map_err(|error| Failure::Broken(format!("a password cannot be hashed: {error}")))
    }

    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let stopped = |_| Failure::from(Code::NotReady);
        let _turn = self.computing.acquire().await.map_err(stopped)?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Failure::Broken(format!("password hashing ended: {error}")))
    }
}

/// argon2id with the library's defaults, which are OWASP's: 19 MiB, two passes, one lane.
fn hash(password: &str) -> Result<String, argon2::password_hash::Error> {
    let hash: PasswordHash = Argon2::default().hash_password(password.as_bytes())?;
    Ok(hash.to_string())
}
