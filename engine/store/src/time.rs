//! Times as the ledger's tables keep them: whole milliseconds since 1970, UTC.

use std::time::Duration;

use jiff::Timestamp;

use crate::error::StoreError;

/// A time read from the database.
pub(crate) fn from_ms(ms: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(ms).map_err(|_| StoreError::Record(format!("the time {ms}")))
}

/// Then plus a duration, or the end of time.
pub(crate) fn after(then: Timestamp, duration: Duration) -> Timestamp {
    then.checked_add(duration).unwrap_or(Timestamp::MAX)
}

/// Whole milliseconds of a duration.
pub(crate) fn whole_ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Whole microseconds of a duration.
pub(crate) fn whole_us(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
