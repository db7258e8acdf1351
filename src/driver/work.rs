//! Work that ends: within its time, with whoever waits for it, and without taking the program down when it panics.

use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinError;
use tokio_util::task::AbortOnDropHandle;

use crate::aws;
use crate::checklist::Problem;

/// Why there is no result.
#[derive(Debug)]
pub(super) enum Unfinished {
    /// It panicked, and this is what it said.
    Panicked(String),
    /// It took longer than this.
    TimedOut(Duration),
}

impl Unfinished {
    /// The same as a problem of `operation`, seen at `at`.
    pub fn problem(&self, operation: &str, at: Timestamp) -> Problem {
        match self {
            Self::Panicked(said) => aws::internal_problem(operation, said, at),
            Self::TimedOut(limit) => aws::timed_out(operation, *limit, at),
        }
    }
}

/// Does `work` on a task of its own, for at most `limit`. Whoever stops waiting ends it, its requests included: at the limit, and when this
/// future is dropped.
///
/// # Errors
/// When it panicked, or did not end in time.
pub(super) async fn within<T: Send + 'static>(
    limit: Duration,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, Unfinished> {
    match tokio::time::timeout(limit, AbortOnDropHandle::new(tokio::spawn(work))).await {
        Ok(result) => result.map_err(|error| Unfinished::Panicked(said_by(error))),
        Err(_) => Err(Unfinished::TimedOut(limit)),
    }
}

/// Does `work` on a task of its own to its end, whoever waits for it: a change that is under way is not to be stopped.
///
/// # Errors
/// What the panic said that ended it.
pub(super) async fn to_its_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Result<T, String> {
    tokio::spawn(work).await.map_err(said_by)
}

/// Starts `work`. It ends with the handle.
pub(super) fn start(work: impl Future<Output = ()> + Send + 'static) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(work))
}

/// What a task said that did not end as it should.
pub(super) fn said_by(error: JoinError) -> String {
    let Ok(payload) = error.try_into_panic() else { return "it was cancelled".to_owned() };
    let said =
        payload.downcast_ref::<&str>().map(|text| (*text).to_owned()).or_else(|| payload.downcast_ref::<String>().cloned());
    said.unwrap_or_else(|| "it panicked without a message".to_owned())
}
