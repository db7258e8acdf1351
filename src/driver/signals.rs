//! What the system says to the program: stop, end, the terminal is gone. Both front ends hear it as messages.

use std::io;

use crate::wizard::Message;

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT: Ctrl-C, where the terminal makes a signal of it.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// SIGHUP: the terminal is gone.
    HangUp,
}

impl From<Signal> for Message {
    fn from(signal: Signal) -> Self {
        match signal {
            Signal::Interrupt | Signal::Terminate => Self::Interrupted,
            Signal::HangUp => Self::TerminalLost,
        }
    }
}

/// The signals that end a walk.
#[cfg(unix)]
pub struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the system does not let it.
    pub fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.hang_up.recv() => Signal::HangUp,
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }

    /// Waits until somebody ends this program, by another way than Ctrl-C.
    pub(super) async fn ended(&mut self) {
        tokio::select! {
            _ = self.hang_up.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    pub(super) fn forget_interrupts(&mut self) {
        let mut waker = std::task::Context::from_waker(std::task::Waker::noop());
        while self.interrupt.poll_recv(&mut waker).is_ready() {}
    }
}

#[cfg(not(unix))]
pub struct Signals;

#[cfg(not(unix))]
impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the system does not let it.
    pub fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    /// Waits for the next one.
    pub async fn next(&mut self) -> Signal {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Signal::Interrupt,
            Err(_) => std::future::pending().await,
        }
    }

    pub(super) async fn ended(&mut self) {
        std::future::pending().await
    }

    pub(super) fn forget_interrupts(&mut self) {}
}

/// Hears that the shell brought the program back after it was stopped.
#[cfg(unix)]
pub struct Continued(tokio::signal::unix::Signal);

#[cfg(unix)]
impl Continued {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the system does not let it.
    pub fn listen() -> io::Result<Self> {
        let number = signal_hook::consts::SIGCONT;
        Ok(Self(tokio::signal::unix::signal(tokio::signal::unix::SignalKind::from_raw(number))?))
    }

    /// Waits for it.
    pub async fn next(&mut self) {
        self.0.recv().await;
    }
}

/// Nobody stops a program here.
#[cfg(not(unix))]
pub struct Continued;

#[cfg(not(unix))]
impl Continued {
    /// Listens from now on.
    ///
    /// # Errors
    /// Never.
    pub fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    /// Waits for ever.
    pub async fn next(&mut self) {
        std::future::pending().await
    }
}
