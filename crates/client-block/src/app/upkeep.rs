//! What a process of the block knows of the block's start and of the archive, in memory: it is
//! found out anew after every start (protocol §7).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use common::Incarnation;
use common::block::start::Phase;
use tokio::sync::Notify;
use tokio::time::Instant;

/// The state, and who wakes whom.
#[derive(Debug)]
pub struct Upkeep {
    state: Mutex<State>,
    worker: AtomicBool,
    relay: Notify,
    register: Notify,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    /// The life of the database that the phase is about.
    life: Option<Incarnation>,
    register_read: bool,
    recovering: bool,
    /// Everything that the archive had was followed since the start.
    followed: bool,
    /// Lines of the outbox below this are from before the start.
    tail: Option<i64>,
    /// When the archive last answered, or the process started.
    heard: Instant,
    started: Instant,
}

/// What has been found out.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// How far the start has come.
    pub phase: Phase,
    /// The register was read from the archive since the start.
    pub register_read: bool,
    /// Everything that the archive had was followed.
    pub followed: bool,
    /// Lines below this are from before the start.
    pub tail: Option<i64>,
    /// How long the archive has not answered, in milliseconds.
    pub archive_silent_ms: i64,
    /// How long the process runs, in milliseconds.
    pub runs_ms: i64,
}

impl Upkeep {
    /// At the start of a process. Without an archive there is nothing to find out.
    pub fn new(archive: bool) -> Self {
        let now = Instant::now();
        let state = State {
            phase: if archive { Phase::Quarantined } else { Phase::Serving },
            life: None,
            register_read: false,
            recovering: false,
            followed: !archive,
            tail: None,
            heard: now,
            started: now,
        };
        Self {
            state: Mutex::new(state),
            worker: AtomicBool::new(false),
            relay: Notify::new(),
            register: Notify::new(),
        }
    }

    /// This process is the worker: it finds the phase out, and does not follow another's.
    pub fn is_the_worker(&self) {
        self.worker.store(true, Ordering::Relaxed);
    }

    /// Is it the worker's process?
    pub fn works(&self) -> bool {
        self.worker.load(Ordering::Relaxed)
    }

    /// What has been found out.
    pub fn known(&self) -> Known {
        self.with(|state| Known {
            phase: state.phase,
            register_read: state.register_read,
            followed: state.followed,
            tail: state.tail,
            archive_silent_ms: age_ms(state.heard),
            runs_ms: age_ms(state.started),
        })
    }

    /// How far the start has come.
    pub fn phase(&self) -> Phase {
        self.with(|state| state.phase)
    }

    /// The start has come so far. Says what it was before, if that is news.
    pub fn set_phase(&self, phase: Phase) -> Option<Phase> {
        self.with(|state| {
            let before = std::mem::replace(&mut state.phase, phase);
            (before != phase).then_some(before)
        })
    }

    /// This is the life of the database. Another one than before begins like a start: says whether
    /// it is another.
    pub fn lives(&self, life: Option<Incarnation>, tail: Option<i64>) -> bool {
        self.with(|state| {
            if state.life == life {
                return false;
            }
            let before = std::mem::replace(&mut state.life, life);
            if before.is_some() {
                state.phase = Phase::Quarantined;
                state.followed = false;
            }
            state.register_read = false;
            state.tail = tail;
            state.started = Instant::now();
            true
        })
    }

    /// The archive has a new life: the register is to be read again, and all of the outbox is a
    /// tail to be exported.
    pub fn begin_anew(&self, tail: i64) {
        self.with(|state| {
            state.register_read = false;
            state.followed = false;
            state.tail = Some(tail);
        });
        self.read_register();
    }

    /// The archive has answered.
    pub fn archive_answered(&self) {
        self.with(|state| state.heard = Instant::now());
    }

    /// The register was read; does the archive still recover?
    pub fn register_read(&self, recovering: bool) {
        self.with(|state| {
            state.recovering = recovering;
            state.register_read |= !recovering;
        });
    }

    /// Did it recover when it was last asked?
    pub fn archive_recovers(&self) -> bool {
        self.with(|state| state.recovering)
    }

    /// Is everything followed that the archive had? Set by whoever follows.
    pub fn set_followed(&self, followed: bool) {
        self.with(|state| state.followed = followed);
    }

    /// Something was written: the relay looks at once.
    pub fn ship(&self) {
        self.relay.notify_one();
    }

    /// The register is read at once.
    pub fn read_register(&self) {
        self.register.notify_one();
    }

    /// Comes back when the relay is woken.
    pub async fn shipping_wanted(&self) {
        self.relay.notified().await;
    }

    /// Comes back when the register is to be read.
    pub async fn register_wanted(&self) {
        self.register.notified().await;
    }

    fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn age_ms(since: Instant) -> i64 {
    i64::try_from(since.elapsed().as_millis()).unwrap_or(i64::MAX)
}
