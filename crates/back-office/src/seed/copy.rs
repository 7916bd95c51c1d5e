//! Rows in PostgreSQL's binary COPY format.
//!
//! Written here rather than with `tokio_postgres::binary_copy`: that one goes through a trait
//! object and a type check per value, which makes millions of rows several times slower.

use bytes::Bytes;
use time::Date;
use time::macros::date;

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// Flags and the length of the extension: none.
const HEADER_REST: &[u8] = &[0; 8];
const TRAILER: i16 = -1;
/// 2000-01-01, from which PostgreSQL counts, in Unix milliseconds.
const EPOCH_MS: i64 = 946_684_800_000;
const EPOCH: Date = date!(2000 - 01 - 01);
/// The version byte of `jsonb` on the wire.
const JSONB_VERSION: u8 = 1;

/// Rows of one table, to be sent as one COPY.
#[derive(Debug)]
pub(super) struct Rows {
    bytes: Vec<u8>,
    count: u64,
}

impl Rows {
    pub(super) fn new() -> Self {
        let mut bytes = Vec::with_capacity(1 << 16);
        bytes.extend_from_slice(SIGNATURE);
        bytes.extend_from_slice(HEADER_REST);
        Self { bytes, count: 0 }
    }

    /// Begins a row of so many values.
    pub(super) fn row(&mut self, columns: i16) -> &mut Self {
        self.bytes.extend_from_slice(&columns.to_be_bytes());
        self.count += 1;
        self
    }

    pub(super) fn text(&mut self, value: &str) -> &mut Self {
        self.value(value.as_bytes())
    }

    pub(super) fn int8(&mut self, value: i64) -> &mut Self {
        self.value(&value.to_be_bytes())
    }

    pub(super) fn int4(&mut self, value: i32) -> &mut Self {
        self.value(&value.to_be_bytes())
    }

    /// A `timestamptz` from Unix milliseconds.
    pub(super) fn at_ms(&mut self, unix_ms: i64) -> &mut Self {
        self.int8((unix_ms - EPOCH_MS) * 1_000)
    }

    pub(super) fn date(&mut self, date: Date) -> &mut Self {
        self.int4(date.to_julian_day() - EPOCH.to_julian_day())
    }

    /// A `jsonb` from its text.
    pub(super) fn jsonb(&mut self, text: &str) -> &mut Self {
        self.length(text.len() + 1);
        self.bytes.push(JSONB_VERSION);
        self.bytes.extend_from_slice(text.as_bytes());
        self
    }

    /// How many rows there are.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Everything, ready to be sent.
    pub(super) fn finish(mut self) -> Bytes {
        self.bytes.extend_from_slice(&TRAILER.to_be_bytes());
        self.bytes.into()
    }

    fn value(&mut self, bytes: &[u8]) -> &mut Self {
        self.length(bytes.len());
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// Demo values are far shorter than what a length can say.
    fn length(&mut self, length: usize) {
        let length = i32::try_from(length).unwrap_or(i32::MAX);
        self.bytes.extend_from_slice(&length.to_be_bytes());
    }
}
