//! One-time codes: made and checked by this block, bound to what they confirm, never replicated.

use common::fingerprint::sha256_parts;
use common::problem::{Code, Refusal};
use common::wire::systems::SendMessage;
use common::{Phone, Timestamp};
use platform::rpc::Request;
use platform::{Failure, random};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::block::Block;
use crate::config::ms;

/// Six random digits.
pub fn make() -> String {
    format!("{:06}", random::below(1_000_000))
}

/// What is kept of a code: its hash together with what it confirms. A code for one operation or
/// one version of its terms fits no other.
pub fn hash(subject: Uuid, binding: &[u8], code: &str) -> [u8; 32] {
    sha256_parts(&[b"code.v1", subject.as_bytes(), binding, code.as_bytes()])
}

/// What became of an attempt.
#[derive(Debug)]
pub enum Attempt {
    /// The code is right.
    Right,
    /// It is not; so many attempts are left.
    Wrong {
        /// 0: the subject is dead.
        left: i32,
    },
}

/// Judges an attempt; `Err` when none is allowed any more.
pub fn judge(
    subject: Uuid,
    binding: &[u8],
    entered: &str,
    kept: &[u8],
    attempts_left: i32,
    live: bool,
) -> Result<Attempt, Refusal> {
    if !live || attempts_left <= 0 {
        return Err(Code::CodeExpired.into());
    }
    let same = hash(subject, binding, entered.trim()).as_slice().ct_eq(kept);
    if bool::from(same) {
        Ok(Attempt::Right)
    } else {
        Ok(Attempt::Wrong { left: attempts_left - 1 })
    }
}

/// The refusal after a wrong attempt.
pub fn wrong(left: i32) -> Failure {
    Refusal::new(Code::CodeWrong).attempts_left(u32::try_from(left).unwrap_or(0)).into()
}

/// Sends a text. Says whether the message system took it; without it nothing else fails, and the
/// customer can ask for another code.
pub async fn send(block: &Block, phone: &Phone, text: String) -> bool {
    let message = SendMessage { message_id: random::uuid(), phone: phone.clone(), text };
    let request = Request::post_with_id("/v1/messages", &message);
    let within = ms(block.config.messages.send_ms);
    let sent: Result<serde_json::Value, _> = block.messages.call(request, within).await;
    if let Err(error) = &sent {
        tracing::warn!(%error, "a code could not be sent");
        metrics::counter!("codes_unsent_total").increment(1);
    }
    sent.is_ok()
}

/// Until when a code made at `now` is good.
pub fn expires_at(now: Timestamp) -> Timestamp {
    now.plus_s(common::login::CODE_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_fits_only_what_it_was_made_for() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let kept = hash(one, b"terms", "123456");
        let right = |subject, binding: &[u8], code: &str| {
            matches!(judge(subject, binding, code, &kept, 1, true), Ok(Attempt::Right))
        };
        assert!(right(one, b"terms", " 123456 "));
        assert!(!right(one, b"terms", "123457"));
        assert!(!right(one, b"other terms", "123456"));
        assert!(!right(other, b"terms", "123456"));
        assert!(judge(one, b"terms", "123456", &kept, 0, true).is_err());
        assert!(judge(one, b"terms", "123456", &kept, 1, false).is_err());
    }
}
