//! Administrators: a password and a code open a session. Sessions are in the database, and in this
//! process's memory, so that a router over a standby, which cannot be written, lets them in too.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use common::Timestamp;
use common::fingerprint::sha256;
use common::problem::{Code, Refusal};
use common::wire::ops::{LogIn, LoggedIn};
use platform::failure::chain;
use platform::service::Fatal;
use platform::totp::Secret;
use platform::{Failure, random};
use serde::Deserialize;
use serde_json::json;
use sqlx::PgPool;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::shared::Shared;
use crate::store::administrators::{self, Administrator};

/// Passwords that are computed at once: each costs a core for tens of milliseconds.
const AT_ONCE: usize = 2;

/// The sessions that this process has opened or met, and its part in guessing.
pub struct Sessions {
    known: Mutex<HashMap<[u8; 32], (String, Timestamp)>>,
    /// Steps of codes that were taken here: what the database cannot note while it is a standby.
    steps: Mutex<HashMap<String, i64>>,
    computing: Semaphore,
}

impl Default for Sessions {
    fn default() -> Self {
        Self {
            known: Mutex::default(),
            steps: Mutex::default(),
            computing: Semaphore::new(AT_ONCE),
        }
    }
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens a session. A name that nobody has costs the same and is refused like a wrong password.
pub async fn log_in(shared: &Shared, wish: &LogIn) -> Result<LoggedIn, Failure> {
    let now = shared.now();
    let name = wish.name.trim().to_lowercase();
    let wait = shared.keys.take(&("administrator", name.as_str()), now);
    wait.map_err(|wait| Refusal::new(Code::TooManyRequests).retry_after_ms(wait.0))?;
    let mut connection = shared.db.acquire().await?;
    let found = administrators::find(&mut connection, &name).await?;
    drop(connection);
    if let Some(until) = found.as_ref().and_then(|found| found.locked_until)
        && until > now
    {
        let ms = u64::try_from(until.ms_since(now)).unwrap_or(0);
        return Err(Refusal::new(Code::LoginLocked).retry_after_ms(ms).into());
    }
    let right = is_right(shared, found.as_ref(), &wish.password).await?;
    let known = found.filter(|_| right).and_then(|found| {
        let secret = Secret::parse(&found.totp_secret).ok()?;
        Some((secret.step_of(&wish.code, now.unix_ms())?, found.used_step))
    });
    let Some((step, used)) = known else {
        count_wrong(shared, &name, now).await;
        return Err(Code::CredentialsWrong.into());
    };
    // Who knows both has not guessed; the code was only used before.
    if step <= used || !take_step(shared, &name, step) {
        return Err(Code::CredentialsWrong.into());
    }
    open(shared, name, step, now).await
}

/// A code opens one session, here too while the database cannot be written.
fn take_step(shared: &Shared, name: &str, step: i64) -> bool {
    let mut steps = locked(&shared.sessions.steps);
    let taken = steps.get(name).is_none_or(|used| *used < step);
    if taken {
        steps.insert(name.to_owned(), step);
    }
    taken
}

async fn is_right(
    shared: &Shared,
    found: Option<&Administrator>,
    password: &str,
) -> Result<bool, Failure> {
    let exists = found.is_some();
    let known = found.map_or_else(|| nobody().to_owned(), |found| found.password_hash.clone());
    let password = password.to_owned();
    let stopped = |_| Failure::from(Code::NotReady);
    let _turn = shared.sessions.computing.acquire().await.map_err(stopped)?;
    let right = tokio::task::spawn_blocking(move || verifies(&known, &password)).await;
    let right = right.map_err(|error| Failure::Broken(format!("hashing ended: {error}")))?;
    Ok(right && exists)
}

/// A hash of nobody's password, with the same parameters.
fn nobody() -> &'static str {
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$\
     YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE"
}

fn verifies(hash: &str, password: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Counted where it can be; a standby cannot, and then the limit per name has to do.
async fn count_wrong(shared: &Shared, name: &str, now: Timestamp) {
    let free = shared.config.ops.free_attempts;
    let counted = async {
        let mut connection = shared.db.acquire().await?;
        administrators::wrong(&mut connection, name, free, now).await?;
        Ok::<(), Failure>(())
    };
    if let Err(failure) = counted.await {
        tracing::warn!(error = chain(&failure), "a wrong attempt could not be counted");
    }
}

async fn open(
    shared: &Shared,
    name: String,
    step: i64,
    now: Timestamp,
) -> Result<LoggedIn, Failure> {
    let token = random::token();
    let hash = sha256(token.as_bytes());
    let lasting = i64::try_from(shared.config.ops.session_ms).unwrap_or(i64::MAX);
    let expires_at = now.plus_ms(lasting);
    let stored = async {
        let mut tx = shared.db.begin().await?;
        if !administrators::take_step(&mut tx, &name, step).await? {
            return Ok(false);
        }
        administrators::open(&mut tx, &hash, &name, (now, expires_at)).await?;
        let details = json!({});
        administrators::audit(&mut tx, &name, "log in", &details, now).await?;
        tx.commit().await?;
        Ok::<bool, Failure>(true)
    };
    let within = Duration::from_millis(shared.config.database.acquire_timeout_ms);
    match timeout(within, stored).await {
        Ok(Ok(true)) => {}
        Ok(Ok(false)) => return Err(Code::CredentialsWrong.into()),
        Ok(Err(failure)) => {
            let error = chain(&failure);
            tracing::warn!(error, "a session is kept in memory only: the database takes nothing");
        }
        Err(_elapsed) => tracing::warn!("a session is kept in memory only: no database"),
    }
    remember(shared, hash, &name, expires_at, now);
    Ok(LoggedIn { token, name, expires_at })
}

fn remember(shared: &Shared, hash: [u8; 32], name: &str, expires_at: Timestamp, now: Timestamp) {
    let mut known = locked(&shared.sessions.known);
    known.retain(|_, (_, expires_at)| *expires_at > now);
    known.insert(hash, (name.to_owned(), expires_at));
}

/// Whose session a token is.
pub async fn who(shared: &Shared, token: &str) -> Result<String, Failure> {
    let (hash, now) = (sha256(token.as_bytes()), shared.now());
    let known = locked(&shared.sessions.known).get(&hash).cloned();
    let found = if known.is_some() {
        known
    } else {
        let mut connection = shared.db.acquire().await?;
        administrators::session(&mut connection, &hash).await?
    };
    let (name, expires_at) = found.ok_or(Code::Unauthenticated)?;
    if expires_at <= now {
        return Err(Code::Unauthenticated.into());
    }
    remember(shared, hash, &name, expires_at, now);
    Ok(name)
}

/// An administrator as a file names him.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
    password: String,
    /// Base 32.
    totp_secret: String,
}

/// Takes administrators over from a file, a JSON list. Who is as the file says stays untouched.
pub async fn import(db: &PgPool, file: &Path) -> Result<usize, Fatal> {
    let all: Vec<Named> = serde_json::from_slice(&tokio::fs::read(file).await?)?;
    let mut changed = 0;
    for one in all {
        let name = one.name.trim().to_lowercase();
        Secret::parse(&one.totp_secret)?;
        let mut connection = db.acquire().await?;
        let found = administrators::find(&mut connection, &name).await?;
        let same = found.is_some_and(|found| {
            found.totp_secret == one.totp_secret && verifies(&found.password_hash, &one.password)
        });
        if same {
            continue;
        }
        let hash = Argon2::default().hash_password(one.password.as_bytes())?.to_string();
        administrators::put(&mut connection, &name, &hash, &one.totp_secret).await?;
        changed += 1;
    }
    Ok(changed)
}
