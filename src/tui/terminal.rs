//! The terminal: taken over, and given back on every way out.
//!
//! Quit, error, a panic of the UI thread, signals, the shell in between: whatever happens, the terminal is as it was. A panic on a worker
//! thread is the driver's to report and never touches the screen.

use std::io::{self, Stdout, Write as _};
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use color_eyre::config::Theme;
use crossterm::clipboard::CopyToClipboard;
use crossterm::cursor::Show;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Rect, Size};
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};

/// The most cells that are drawn on, across and down. Nobody reads a larger window, and what a terminal says of its size can be anything:
/// 65535 by 65535 cells would not fit into any memory.
const LARGEST: Size = Size { width: 1024, height: 512 };

/// Whether the terminal is ours: only then is there something to give back.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The screen, for as long as it is ours.
#[must_use = "the terminal is given back when this is dropped"]
pub struct Screen {
    /// Never dropped: the library would write to a terminal that may be gone, and panic where that fails. We give back ourselves.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<Stdout>>>,
    /// The part of the window that is drawn on.
    area: Rect,
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
        let area = area().inspect_err(|_| give_back())?;
        let terminal = terminal(area).inspect_err(|_| give_back())?;
        Ok(Self { terminal, area })
    }

    /// Draws one frame. Terminals that know synchronised updates show it whole or not at all; the others ignore the marks.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame)) -> io::Result<()> {
        let area = area()?;
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        if area != self.area {
            self.terminal.resize(area)?;
            self.area = area;
        }
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
        self.area = area()?;
        self.terminal = terminal(self.area)?;
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

fn terminal(area: Rect) -> io::Result<ManuallyDrop<Terminal<CrosstermBackend<Stdout>>>> {
    let options = TerminalOptions { viewport: Viewport::Fixed(area) };
    Terminal::with_options(CrosstermBackend::new(io::stdout()), options).map(ManuallyDrop::new)
}

/// The part of the window to draw on, as large as it is now.
fn area() -> io::Result<Rect> {
    let (width, height) = crossterm::terminal::size()?;
    Ok(Rect::new(0, 0, width.min(LARGEST.width), height.min(LARGEST.height)))
}

/// Calls `tell` once the terminal has hung up, whoever was told so by a signal.
///
/// Only the first process of a session gets that signal; below a shell that ignores it, or a wrapper, nobody says anything. And the reader of
/// events would take the end of the terminal for keys that are about to come, and ask for them again at once, forever.
#[cfg(unix)]
pub fn when_hung_up(tell: impl FnOnce() + Send + 'static) {
    use rustix::event::{PollFd, PollFlags, poll};
    let wait = move || {
        let stdin = io::stdin();
        // Asked for nothing, it is silent about keys: what it tells is the end.
        let mut end = [PollFd::new(&stdin, PollFlags::empty())];
        while poll(&mut end, None) == Err(rustix::io::Errno::INTR) {}
        if end[0].revents().contains(PollFlags::HUP) {
            tell();
            read_nothing_more();
        }
    };
    // Without the thread there is still the signal.
    let _ = thread::Builder::new().name("hang-up".to_owned()).spawn(wait);
}

/// Puts a pipe that stays silent in the place of the terminal that is gone: the reader of events waits there, and burns no core while the
/// journal is written to its end.
#[cfg(unix)]
fn read_nothing_more() {
    if let Ok((silent, writer)) = io::pipe()
        && rustix::stdio::dup2_stdin(silent).is_ok()
    {
        std::mem::forget(writer);
    }
}

/// Nothing hangs up here.
#[cfg(not(unix))]
pub fn when_hung_up(_: impl FnOnce() + Send + 'static) {}

fn take_over() -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    // Where a terminal has no other screen, what stood there would show between the words.
    execute!(io::stdout(), EnterAlternateScreen, Clear(ClearType::All), EnableBracketedPaste).inspect_err(|_| give_back())
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
    // The report is not painted: it may end up in a file, or on a terminal whose colours nobody knows.
    let builder = color_eyre::config::HookBuilder::default().display_env_section(false).theme(Theme::new());
    let (panic_hook, error_hook) = builder.into_hooks();
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
