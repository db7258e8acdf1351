//! What goes into the wizard and what comes out of it.
//!
//! Facts are in the past tense; effects are orders. Neither holds anything that does I/O by itself.

use super::{Command, Key, KeyPress, Text};
use crate::checklist::{Problem, StepId};
use crate::departure::{self, DepartureId, Event};

/// What is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copied {
    Link,
    Command,
}

/// A profile that could be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileChoice {
    /// Its name, as the configuration files spell it.
    pub name: String,
    /// Where its credentials come from, in a few words.
    pub source: String,
}

/// Something that happened.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "most of them are events")]
pub enum Message {
    Of(DepartureId, Event),
    Pressed(KeyPress),
    /// The person said what a key would mean.
    Commanded(Command),
    /// They chose this line of the list that is shown.
    Chosen(usize),
    StepChosen(StepId),
    /// They wrote this into the focused field, in place of what stood there, and handed it in.
    Written(String),
    Pasted(String),
    /// More keys came in one breath than anybody types, and were dropped.
    Poured,
    ProfilesListed(Result<Vec<ProfileChoice>, Problem>),
    /// The profiles that may be the owner's were read.
    OwnerProfilesListed(Result<Vec<ProfileChoice>, Problem>),
    /// A page was opened, or could not be; either way in words.
    LinkOpened(Result<Text, Text>),
    Copied(Copied),
    SignInEnded(Result<Text, Text>),
    /// The report was written to this path, or not.
    ReportSaved(Result<Text, Text>),
    Interrupted,
    InputEnded,
    TerminalLost,
}

impl Message {
    /// Whether it may have been said before the present screen could be seen, and is dropped then. Quitting is never dropped.
    pub(crate) fn can_be_ahead(&self) -> bool {
        match self {
            Self::Pressed(press) => !matches!(press.key, Key::Control('c' | 'z')),
            Self::Commanded(command) => !matches!(command, Command::Interrupt | Command::Suspend),
            Self::Chosen(_) | Self::StepChosen(_) | Self::Written(_) | Self::Pasted(_) => true,
            Self::Of(..)
            | Self::Poured
            | Self::ProfilesListed(_)
            | Self::OwnerProfilesListed(_)
            | Self::LinkOpened(_)
            | Self::Copied(_)
            | Self::SignInEnded(_)
            | Self::ReportSaved(_)
            | Self::Interrupted
            | Self::InputEnded
            | Self::TerminalLost => false,
        }
    }
}

/// Something to do.
#[derive(Debug)]
pub enum Effect {
    Of(DepartureId, departure::Effect),
    /// Read the profiles on this machine; answer [`Message::ProfilesListed`].
    ListProfiles,
    /// Read the profiles that may be the owner's; answer [`Message::OwnerProfilesListed`].
    ListOwnerProfiles,
    /// Open a page; answer [`Message::LinkOpened`].
    OpenLink(String),
    /// Hand a text to the terminal's clipboard; answer [`Message::Copied`].
    Copy(Copied, String),
    /// Run the sign-in command with the screen out of the way; answer [`Message::SignInEnded`].
    SignIn(Vec<String>),
    /// Write the report of this departure; answer [`Message::ReportSaved`].
    SaveReport(DepartureId),
    /// Forget every key that was pressed before the present screen could be seen.
    DiscardTypeAhead,
    /// Give the terminal back to the shell until the person returns.
    Suspend,
    Quit,
}
