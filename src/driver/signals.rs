//! What the system says to the program: stop, end, the terminal is gone. Both front ends hear it as messages.

use std::io;
#[cfg(unix)]
use std::task::Poll;

use crate::wizard::Message;

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT: Ctrl-C, where the terminal makes a signal of it.
    Interrupt,
    /// SIGTERM, or another whose default is to end the program where it stands, with the terminal raw.
    Terminate,
    /// SIGHUP: the terminal is gone.
    HangUp,
}

impl Signal {
    /// Ends this program as the signal does where nobody listens.
    pub fn end_the_program(self) -> ! {
        #[cfg(unix)]
        {
            use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
            let number = match self {
                Self::Interrupt => SIGINT,
                Self::Terminate => SIGTERM,
                Self::HangUp => SIGHUP,
            };
            let _ = signal_hook::low_level::emulate_default_handler(number);
        }
        std::process::exit(130)
    }
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
    terminate: Vec<tokio::signal::unix::Signal>,
    hang_up: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the system does not let it.
    pub fn listen() -> io::Result<Self> {
        use signal_hook::consts::{SIGPROF, SIGVTALRM, SIGXCPU};
        use tokio::signal::unix::{SignalKind, signal};
        let by_name = [SignalKind::terminate(), SignalKind::quit(), SignalKind::alarm()];
        let of_users = [SignalKind::user_defined1(), SignalKind::user_defined2()];
        let of_limits = [SIGXCPU, SIGVTALRM, SIGPROF].map(SignalKind::from_raw);
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: [&by_name[..], &of_users, &of_limits].concat().into_iter().map(signal).collect::<io::Result<_>>()?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.hang_up.recv() => Signal::HangUp,
            _ = self.interrupt.recv() => Signal::Interrupt,
            () = any_of(&mut self.terminate) => Signal::Terminate,
        }
    }

    /// Waits until somebody ends this program, by another way than Ctrl-C.
    pub(super) async fn ended(&mut self) -> Signal {
        tokio::select! {
            _ = self.hang_up.recv() => Signal::HangUp,
            () = any_of(&mut self.terminate) => Signal::Terminate,
        }
    }

    pub(super) fn forget_interrupts(&mut self) {
        let mut waker = std::task::Context::from_waker(std::task::Waker::noop());
        while self.interrupt.poll_recv(&mut waker).is_ready() {}
    }
}

#[cfg(unix)]
async fn any_of(signals: &mut [tokio::signal::unix::Signal]) {
    std::future::poll_fn(|context| {
        let came = signals.iter_mut().any(|signal| signal.poll_recv(context).is_ready());
        if came { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// Lets a write beyond the size that the system allows for a file fail, as one to a full disk does, in place of ending the program.
///
/// # Errors
/// When the system does not let it.
pub fn survive_file_limits() -> io::Result<()> {
    // What is started from here gets the default again. Nobody looks at the flag: the write says it.
    #[cfg(unix)]
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, std::sync::Arc::default())?;
    Ok(())
}

#[cfg(not(unix))]
/// Nothing ends this program but its own end.
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
