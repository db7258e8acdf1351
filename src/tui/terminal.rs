//! The terminal: taken over, and given back on every way out.
//!
//! Quit, error, a panic of the UI thread, signals, the shell in between: whatever happens, the terminal is as it was. A panic on a worker
//! thread is the driver's to report and never touches the screen.

use std::io::{self, Stdout, Write as _};
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crossterm::clipboard::CopyToClipboard;
use crossterm::cursor::Show;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::{Frame, Terminal};

/// Whether the terminal is ours: only then is there something to give back.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The screen, for as long as it is ours.
#[must_use = "the terminal is given back when this is dropped"]
pub struct Screen {
    /// Never dropped: the library would write to a terminal that may be gone, and panic where that fails. We give back ourselves.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<Stdout>>>,
}

impl Screen {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// When there is no terminal, or it cannot be switched.
    pub fn take() -> io::Result<Self> {
        // Colour is decided by our theme. Left alone, the library answers NO_COLOR with a sequence that also wipes reverse and bold.
        crossterm::style::force_color_output(true);
        take_over()?;
        let terminal = Terminal::new(CrosstermBackend::new(io::stdout())).inspect_err(|_| give_back())?;
        Ok(Self { terminal: ManuallyDrop::new(terminal) })
    }

    /// Draws one frame. Terminals that know synchronised updates show it whole or not at all; the others ignore the marks.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame)) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(render)?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }

    /// Gives the terminal to `work` and takes it over again.
    ///
    /// # Errors
    /// When it cannot be taken over again.
    pub async fn lend<T>(&mut self, work: impl Future<Output = T>) -> io::Result<T> {
        give_back();
        let result = work.await;
        take_over()?;
        // A new terminal draws everything anew. Clearing the old one would ask for the cursor's place, and wait for an answer among the keys.
        self.terminal = ManuallyDrop::new(Terminal::new(CrosstermBackend::new(io::stdout()))?);
        Ok(result)
    }

    /// Hands `text` to the terminal's clipboard (OSC 52). Terminals that do not allow it say nothing.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        execute!(self.terminal.backend_mut(), CopyToClipboard::to_clipboard_from(text))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn take_over() -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste).inspect_err(|_| give_back())
}

/// Gives the terminal back. What cannot be said any more is not said: a vanished terminal must not turn into a panic.
fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let _ = execute!(io::stdout(), DisableBracketedPaste, LeaveAlternateScreen, Show);
    let _ = disable_raw_mode();
    let _ = io::stdout().flush();
}

/// Makes a panic give the terminal back first. To be called once, on the thread that draws.
///
/// # Errors
/// When another error hook is installed already.
pub fn install_hooks() -> color_eyre::Result<()> {
    let (panic_hook, error_hook) = color_eyre::config::HookBuilder::default().display_env_section(false).into_hooks();
    error_hook.install()?;
    let ui = thread::current().id();
    std::panic::set_hook(Box::new(move |panic| {
        if thread::current().id() == ui {
            give_back();
            // Writing may fail when the terminal is gone, and a second panic would abort.
            let _ = writeln!(io::stderr(), "{}", panic_hook.panic_report(panic));
        }
    }));
    Ok(())
}

/// Stops this process as the shell expects of Ctrl-Z, until it is brought back.
pub fn stop_until_continued() {
    #[cfg(unix)]
    let _ = signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP);
}
