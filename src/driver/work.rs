//! Work that ends: within its time, with whoever waits for it, and without ending the program when it panics.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinError;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

use crate::aws;
use crate::checklist::Problem;

/// Why there is no result.
#[derive(Debug)]
pub(super) enum Unfinished {
    /// It panicked, and this is what it said.
    Panicked(String),
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

/// Runs `work` in its own task for at most `limit`. The work and its requests are aborted at the limit, or when this future is dropped.
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

/// Runs `work` like [`within`]; the time in which `is_paused` does not count.
///
/// # Errors
/// As there.
pub(super) async fn within_but_for<T: Send + 'static>(
    limit: Duration,
    mut is_paused: watch::Receiver<bool>,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, Unfinished> {
    let mut work = AbortOnDropHandle::new(tokio::spawn(work));
    let mut left = limit;
    loop {
        let begun = Instant::now();
        let runs = !*is_paused.borrow_and_update();
        let over = async { if runs { tokio::time::sleep(left).await } else { std::future::pending().await } };
        // The sender is gone, so nothing can pause the work any more.
        let changed = async {
            if is_paused.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            // The end of the time comes last: on a busy machine all three may be ready at once.
            biased;
            result = &mut work => return result.map_err(|error| Unfinished::Panicked(said_by(error))),
            () = changed => if runs { left = left.saturating_sub(begun.elapsed()) },
            () = over => return Err(Unfinished::TimedOut(limit)),
        }
    }
}

/// Runs `work` in its own task to the end, even if the caller stops waiting: a change under way must not be interrupted.
///
/// # Errors
/// The message of the panic that ended it.
pub(super) async fn to_its_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Result<T, String> {
    tokio::spawn(work).await.map_err(said_by)
}

/// Starts `work`, and aborts it when the handle is dropped.
pub(super) fn start(work: impl Future<Output = ()> + Send + 'static) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(work))
}

/// The message of a task that panicked or was cancelled.
pub(super) fn said_by(error: JoinError) -> String {
    let Ok(payload) = error.try_into_panic() else { return "it was cancelled".to_owned() };
    let said =
        payload.downcast_ref::<&str>().map(|text| (*text).to_owned()).or_else(|| payload.downcast_ref::<String>().cloned());
    said.unwrap_or_else(|| "it panicked without a message".to_owned())
}
