//! What a person sees while something takes time: one line a step, with its seconds.
//!
//! On a terminal a line is completed in place; elsewhere every step is one plain line, written
//! when it is done. `NO_COLOR` is respected.

use std::env;
use std::fmt::Display;
use std::io::{IsTerminal, Write, stdout};

use tokio::time::Instant;

use crate::failure::Result;

/// Standard output.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    terminal: bool,
    colour: bool,
}

impl Default for Screen {
    fn default() -> Self {
        Self::new()
    }
}

/// Says a line.
pub fn say(text: impl Display) {
    write_out(&format!("{text}\n"));
}

impl Screen {
    /// Looks at what standard output is.
    pub fn new() -> Self {
        let terminal = stdout().is_terminal();
        let wanted = env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { terminal, colour: terminal && wanted }
    }

    /// Emphasised, where that is possible.
    pub fn strong(self, text: &str) -> String {
        if self.colour { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// In the colour of a state, where that is possible. The text carries the meaning.
    pub fn tinted(self, text: &str, tint: Tint) -> String {
        if self.colour { format!("\x1b[{}m{text}\x1b[0m", tint.code()) } else { text.to_owned() }
    }

    /// Does a step and says how long it took. The work returns a remark, which may be empty.
    pub async fn step<R: Display>(
        self,
        name: &str,
        work: impl Future<Output = Result<R>>,
    ) -> Result<()> {
        let began = Instant::now();
        if self.terminal {
            write_out(&format!("  … {name}"));
        }
        let outcome = work.await;
        let clear = if self.terminal { "\r\x1b[2K" } else { "" };
        match outcome {
            Ok(remark) => {
                let seconds = began.elapsed().as_secs_f32();
                let mark = self.tinted("✓", Tint::Good);
                let line = format!("{clear}  {mark} {seconds:5.1} s  {name}  {remark}");
                write_out(line.trim_end());
                write_out("\n");
                Ok(())
            }
            Err(failure) => {
                write_out(&format!("{clear}  {} {name}\n", self.tinted("✕", Tint::Bad)));
                Err(failure)
            }
        }
    }
}

/// How a state looks, beside its word and shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tint {
    /// As it should be.
    Good,
    /// Not quite, or on its way.
    Middling,
    /// Not as it should be.
    Bad,
    /// Beside the point.
    Faint,
}

impl Tint {
    fn code(self) -> &'static str {
        match self {
            Self::Good => "32",
            Self::Middling => "33",
            Self::Bad => "31",
            Self::Faint => "2",
        }
    }
}

/// A reader that has gone away (`bulkhead status | head`) is no error.
fn write_out(text: &str) {
    let mut out = stdout().lock();
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}
