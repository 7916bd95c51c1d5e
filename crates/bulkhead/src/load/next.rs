//! The decision of the reference client (`web/api-client/src/core/next.ts`) in Rust: what happened
//! to a call → what to do next. Pure; its contract is the table of `web/api-client/cases`.
//!
//! One round is at most three sends: the block, the same block once more, then whichever block the
//! router names. After a round the call is suspended and sent once in a while, ever more seldom.
//! Where that is another block than before, it first takes the session up; if that fails, it has
//! cost an attempt, and the call has not been sent.

use serde::{Deserialize, Serialize};

/// The client's numbers; the table of cases repeats them.
pub(crate) mod limits {
    /// Sends in a round.
    pub(crate) const ATTEMPTS_MAX: u32 = 3;
    /// Repetitions that all calls of a client together may have open.
    pub(crate) const QUOTA_MAX: u32 = 10;
    /// The first pause lasts up to this long, the next ones up to twice as long each.
    pub(crate) const BACKOFF_BASE_MS: u64 = 400;
    /// No pause lasts longer.
    pub(crate) const BACKOFF_MAX_MS: u64 = 5_000;
    /// How often a call waits for an order that is being worked on.
    pub(crate) const WAITS_MAX: u32 = 20;
    /// A longer `Retry-After` is told to the customer instead of being waited for.
    pub(crate) const PATIENCE_MS: u64 = 15_000;
    /// How often a suspended call tries again before it is given up.
    pub(crate) const PROBES_MAX: u32 = 6;
    /// A suspended call rests at least this long.
    pub(crate) const PROBE_FLOOR_MS: u64 = 500;
    /// On top of it up to this long, then twice as long each time.
    pub(crate) const PROBE_BASE_MS: u64 = 500;
    /// While the device has no network: look again after this, unless woken earlier.
    pub(crate) const OFFLINE_MS: u64 = 30_000;
}

use self::limits::{
    ATTEMPTS_MAX, BACKOFF_BASE_MS, BACKOFF_MAX_MS, OFFLINE_MS, PATIENCE_MS, PROBE_BASE_MS,
    PROBE_FLOOR_MS, PROBES_MAX, QUOTA_MAX, WAITS_MAX,
};

/// How a call is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    /// Sent or answered; nothing is wrong.
    Connected,
    /// Waiting to send it to the same block again.
    Retrying,
    /// Asking the router which block serves the customer now.
    Rerouting,
    /// Nothing is sent for a while.
    Suspended,
    /// Given up.
    Failed,
}

/// What is known of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    pub(crate) phase: Phase,
    pub(crate) attempt: u32,
    pub(crate) waits: u32,
    pub(crate) probes: u32,
    pub(crate) routed: bool,
    /// Must the session be taken up at the block before the call is sent there?
    pub(crate) resume: bool,
    pub(crate) repeatable: bool,
    pub(crate) quota: u32,
}

/// What the server says comes next (`Bulkhead-Next`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Word {
    Retry,
    Route,
    Reauthenticate,
    Ask,
    Stop,
}

/// What can happen to a call. `random` is drawn by the shell: 0–999. `moved`: has the session yet
/// to be taken up at the block that is known now?
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Event {
    Start {
        #[serde(default)]
        moved: bool,
    },
    Answer(Answer),
    /// The connection broke or, `late`, the time ran out.
    Lost {
        #[serde(default)]
        offline: bool,
        #[serde(default)]
        late: bool,
        random: u64,
    },
    Routed {
        #[serde(default)]
        moved: Option<bool>,
    },
    Unrouted {
        #[serde(default)]
        moved: Option<bool>,
    },
    Resumed,
    /// The block has not taken the session up: it said why, or, without a status, did not answer.
    Unresumed {
        #[serde(default)]
        status: Option<u16>,
        #[serde(default)]
        next: Option<Word>,
        #[serde(default)]
        retry_after_ms: Option<u64>,
        #[serde(default)]
        late: bool,
        random: u64,
    },
    Timer {
        #[serde(default)]
        moved: Option<bool>,
    },
    Wake,
}

/// An answer, as far as it decides.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) next: Option<Word>,
    #[serde(default)]
    pub(crate) code: Option<String>,
    #[serde(default)]
    pub(crate) retry_after_ms: Option<u64>,
    pub(crate) random: u64,
}

/// Why a call is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Because {
    Ask,
    Stop,
    Reauthenticate,
    Later,
    Unknown,
    Unreachable,
}

/// What the shell does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Action {
    Send,
    Resume,
    Route,
    Wait { ms: u64 },
    Deliver,
    GiveUp { because: Because },
}

/// The state after, and what to do; nothing where the event does not matter.
pub(crate) type Step = (State, Option<Action>);

impl State {
    /// A call that has not been sent.
    pub(crate) fn fresh(repeatable: bool, quota: u32) -> Self {
        let phase = Phase::Connected;
        Self {
            phase,
            attempt: 0,
            waits: 0,
            probes: 0,
            routed: false,
            resume: false,
            repeatable,
            quota,
        }
    }

    /// What to do now.
    pub(crate) fn next(self, event: &Event) -> Step {
        match event {
            Event::Start { moved: true } => {
                Self { phase: Phase::Rerouting, resume: true, ..self }.go_on()
            }
            Event::Start { moved: false } => {
                Self { phase: Phase::Connected, attempt: 0, ..self }.go_on()
            }
            Event::Answer(answer) => self.answered(answer),
            Event::Lost { .. } if !self.repeatable => self.fail(Because::Unknown),
            Event::Lost { offline, late, random } => self.failing(*offline, *late, *random),
            Event::Routed { moved } if self.phase == Phase::Rerouting => {
                Self { resume: moved.unwrap_or(false), ..self }.go_on()
            }
            // A router that is away is no reason to leave the block that was known last.
            Event::Unrouted { moved } if self.phase == Phase::Rerouting => {
                Self { resume: moved.unwrap_or(self.resume), ..self }.go_on()
            }
            Event::Resumed if self.resume => Self { resume: false, ..self }.go_on(),
            Event::Unresumed { status, next, retry_after_ms, late, random } if self.resume => {
                let state = Self { attempt: self.attempt + 1, ..self };
                match status {
                    None => state.failing(false, *late, *random),
                    Some(status) => {
                        let word = next.or_else(|| by_status(*status));
                        state.unresumed(word, retry_after_ms.unwrap_or(0), *late, *random)
                    }
                }
            }
            Event::Timer { moved } => Self { resume: moved.unwrap_or(self.resume), ..self }.timer(),
            Event::Wake if self.phase == Phase::Suspended => self.timer(),
            Event::Routed { .. }
            | Event::Unrouted { .. }
            | Event::Resumed
            | Event::Unresumed { .. }
            | Event::Wake => (self, None),
        }
    }

    /// The call itself has not been sent: whatever it is about, going on is safe.
    fn unresumed(self, word: Option<Word>, after: u64, late: bool, random: u64) -> Step {
        let word = match word {
            None => return self.failing(false, late, random),
            Some(word @ (Word::Retry | Word::Route)) => word,
            Some(_) => return self.give_up(Because::Reauthenticate),
        };
        if self.is_spent() || after > PATIENCE_MS {
            return self.suspend(random, after);
        }
        let paid = self.paid();
        if word == Word::Route && after == 0 && !self.routed {
            let state = Self { phase: Phase::Rerouting, routed: true, ..paid };
            return (state, Some(Action::Route));
        }
        let ms = after + backoff(self.attempt, random);
        let routes = word == Word::Route;
        let phase = if routes { Phase::Rerouting } else { Phase::Retrying };
        Self { routed: self.routed || routes, ..paid }.pause(phase, ms)
    }

    fn answered(self, answer: &Answer) -> Step {
        if (200..300).contains(&answer.status) || answer.status == 304 {
            let quota = QUOTA_MAX.min(self.quota + 1);
            let state = Self { phase: Phase::Connected, quota, ..self };
            return (state, Some(Action::Deliver));
        }
        match answer.next.or_else(|| by_status(answer.status)) {
            Some(Word::Retry) => self.retry(answer),
            Some(Word::Route) => self.route(answer),
            Some(Word::Ask) => self.give_up(Because::Ask),
            Some(Word::Reauthenticate) => self.give_up(Because::Reauthenticate),
            Some(Word::Stop) => self.give_up(Because::Stop),
            None if !self.repeatable => self.fail(Because::Unknown),
            None => self.failing(false, false, answer.random),
        }
    }

    fn retry(self, answer: &Answer) -> Step {
        let after = answer.retry_after_ms.unwrap_or(0);
        if in_progress(answer) {
            if self.waits >= WAITS_MAX {
                return self.give_up(Because::Later);
            }
            let waits = self.waits + 1;
            let ms = after + backoff(waits, answer.random);
            // Waiting for the first request costs no attempt.
            let state = Self { attempt: self.attempt.saturating_sub(1), waits, ..self };
            return state.pause(Phase::Retrying, ms);
        }
        if !self.repeatable && leaves_open(answer.status) {
            return self.fail(Because::Unknown);
        }
        if self.is_spent() || after > PATIENCE_MS {
            return self.give_up(Because::Later);
        }
        let ms = after + backoff(self.attempt, answer.random);
        self.paid().pause(Phase::Retrying, ms)
    }

    fn route(self, answer: &Answer) -> Step {
        if !self.repeatable && leaves_open(answer.status) {
            return self.fail(Because::Unknown);
        }
        if self.is_spent() {
            return self.suspend(answer.random, 0);
        }
        let after = answer.retry_after_ms.unwrap_or(0);
        if after > PATIENCE_MS {
            return self.give_up(Because::Later);
        }
        let routed = Self { routed: true, ..self.paid() };
        if after == 0 && !self.routed {
            return (Self { phase: Phase::Rerouting, ..routed }, Some(Action::Route));
        }
        let ms = after + backoff(self.attempt, answer.random);
        routed.pause(Phase::Rerouting, ms)
    }

    /// The block does not answer, and what was sent may be sent again.
    fn failing(self, offline: bool, late: bool, random: u64) -> Step {
        if offline {
            let state = Self { attempt: ATTEMPTS_MAX, ..self };
            return state.pause(Phase::Suspended, OFFLINE_MS);
        }
        if self.is_spent() {
            return self.suspend(random, 0);
        }
        let ms = backoff(self.attempt, random);
        // One that is silent would keep him waiting once more: the router is asked first.
        if self.attempt == 1 && !self.routed && !late {
            return self.paid().pause(Phase::Retrying, ms);
        }
        if self.routed {
            return self.paid().pause(Phase::Rerouting, ms);
        }
        let state = Self { phase: Phase::Rerouting, routed: true, ..self.paid() };
        (state, Some(Action::Route))
    }

    fn timer(self) -> Step {
        match self.phase {
            Phase::Retrying => self.go_on(),
            Phase::Rerouting => (self, Some(Action::Route)),
            Phase::Suspended => {
                // One send is left of the round: a probe, to where the router points now.
                let (phase, attempt) = (Phase::Rerouting, ATTEMPTS_MAX - 1);
                (Self { phase, attempt, routed: true, ..self }, Some(Action::Route))
            }
            Phase::Connected | Phase::Failed => (self, None),
        }
    }

    fn go_on(self) -> Step {
        if self.resume {
            return (self, Some(Action::Resume));
        }
        (Self { attempt: self.attempt + 1, ..self }, Some(Action::Send))
    }

    fn suspend(self, random: u64, after: u64) -> Step {
        if self.probes >= PROBES_MAX {
            return self.fail(Because::Unreachable);
        }
        let probes = self.probes + 1;
        let ms = after.max(PROBE_FLOOR_MS) + jitter(PROBE_BASE_MS, probes, random, u64::MAX);
        Self { probes, ..self }.pause(Phase::Suspended, ms)
    }

    fn is_spent(&self) -> bool {
        self.attempt >= ATTEMPTS_MAX || self.quota == 0
    }

    fn paid(self) -> Self {
        Self { quota: self.quota.saturating_sub(1), ..self }
    }

    fn pause(self, phase: Phase, ms: u64) -> Step {
        (Self { phase, ..self }, Some(Action::Wait { ms }))
    }

    fn give_up(self, because: Because) -> Step {
        (Self { phase: Phase::Connected, ..self }, Some(Action::GiveUp { because }))
    }

    fn fail(self, because: Because) -> Step {
        (Self { phase: Phase::Failed, ..self }, Some(Action::GiveUp { because }))
    }
}

/// What a status means where the server does not say what comes next; none: as if nothing came.
fn by_status(status: u16) -> Option<Word> {
    match status {
        401 => Some(Word::Reauthenticate),
        409 | 429 => Some(Word::Retry),
        421 => Some(Word::Route),
        500.. => None,
        _ => Some(Word::Stop),
    }
}

/// The first request under this key is being worked on.
fn in_progress(answer: &Answer) -> bool {
    match &answer.code {
        Some(code) => code == "idempotency-in-progress",
        None => answer.status == 409,
    }
}

/// An answer that leaves open whether the request took effect.
fn leaves_open(status: u16) -> bool {
    matches!(status, 500 | 502 | 504)
}

fn backoff(nth: u32, random: u64) -> u64 {
    jitter(BACKOFF_BASE_MS, nth, random, BACKOFF_MAX_MS)
}

/// Full jitter: anything between nothing and the n-th pause.
fn jitter(base_ms: u64, nth: u32, random: u64, longest_ms: u64) -> u64 {
    let pause = longest_ms.min(base_ms.saturating_mul(1 << nth.saturating_sub(1).min(20)));
    pause * random / 1_000
}

#[cfg(test)]
#[path = "tests/next.rs"]
mod tests;
