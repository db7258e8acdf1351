//! Samples and how they are told.

use std::fmt;
use std::time::Duration;

/// What one measurement came to.
pub struct Row {
    /// The figures.
    pub measured: String,
    /// Whether the target is met.
    pub verdict: Verdict,
    /// What the rest of the time, or the room, goes to.
    pub rest: String,
}

/// Whether a target is met. Medians decide; the worst is told beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Met,
    Missed,
    /// This system does not tell.
    NotMeasured,
}

impl Verdict {
    pub fn of(met: bool) -> Self {
        if met { Self::Met } else { Self::Missed }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Met => "yes",
            Self::Missed => "**no**",
            Self::NotMeasured => "not measured",
        })
    }
}

impl Row {
    /// For a system that does not tell.
    pub fn not_measured() -> Self {
        Self { measured: "–".to_owned(), verdict: Verdict::NotMeasured, rest: "only Linux tells it in /proc".to_owned() }
    }
}

/// What was measured again and again, in order of size.
pub struct Samples<T>(Vec<T>);

impl<T: Ord> Samples<T> {
    /// Measures `times` times.
    pub fn take(times: usize, measure: impl FnMut(usize) -> T) -> Self {
        let mut samples: Vec<T> = (0..times).map(measure).collect();
        samples.sort_unstable();
        Self(samples)
    }

    pub fn median(&self) -> &T {
        &self.0[self.0.len() / 2]
    }

    pub fn worst(&self) -> &T {
        &self.0[self.0.len() - 1]
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    pub fn all(&self, holds: impl Fn(&T) -> bool) -> bool {
        self.0.iter().all(holds)
    }
}

impl Samples<Duration> {
    /// The median, and the worst of how many.
    pub fn told(&self) -> String {
        format!("{} (worst of {}: {})", ms(*self.median()), self.0.len(), ms(*self.worst()))
    }
}

/// A time in milliseconds, as exactly as it matters.
pub fn ms(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1_000.0;
    if ms < 10.0 { format!("{ms:.2} ms") } else { format!("{ms:.0} ms") }
}

/// Bytes in megabytes of a million.
pub fn mb(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "one digit behind the point is shown")]
    let mb = bytes as f64 / 1_000_000.0;
    format!("{mb:.1} MB")
}
