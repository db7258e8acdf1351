//! A question to the person, and what their line means. Pure: it neither prints nor presses anything.

use crate::checklist::StepId;
use crate::wizard::{Command, Message};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// What a key would mean on the screen.
    Do(Command),
    Choose(usize),
    Select(StepId),
    /// Writes this into what is asked for, and hands it in.
    Write(String),
    Help,
    List,
    Locked,
    Again,
    Nothing,
}

impl Act {
    /// What the model is told for it, if anything.
    pub fn message(&self) -> Option<Message> {
        match self {
            Self::Do(command) => Some(Message::Commanded(*command)),
            Self::Choose(at) => Some(Message::Chosen(*at)),
            Self::Select(step) => Some(Message::StepChosen(*step)),
            Self::Write(line) => Some(Message::Written(line.clone())),
            Self::Help | Self::List | Self::Locked | Self::Again | Self::Nothing => None,
        }
    }
}

/// How to treat a line that is not one of the question's choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Free {
    No,
    Answer,
    /// Like [`Self::Answer`], but only `?` asks for help.
    AnyAnswer,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The short word for it: a letter, a number or one word.
    pub word: String,
    /// What it does, in a few words; it can be said instead of the short word.
    pub label: String,
    pub act: Act,
    /// Whether it is named with the question; the help names every one.
    pub is_named: bool,
}

impl Choice {
    /// A choice that is named with its question.
    pub fn new(word: impl Into<String>, label: impl Into<String>, act: Act) -> Self {
        Self { word: word.into(), label: label.into(), act, is_named: true }
    }

    /// The same, named by the help alone.
    pub fn unnamed(mut self) -> Self {
        self.is_named = false;
        self
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub asks: String,
    pub choices: Vec<Choice>,
    /// What any other line is.
    pub free: Free,
    /// What Enter alone does: always the harmless thing.
    pub default: Choice,
    pub care: Strictness,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// An answer of AWS or of this machine is awaited.
    Wait,
    /// What lies on top has been told, and is put away.
    PutAway,
    Ask(Question),
}

/// How carefully a question is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// It only looks. The beginning of a label is enough, and so is what was typed before the question was asked.
    Looks,
    /// It says or sends something. Only whole words count, and only what was typed after it was asked.
    Acts,
    /// The same, and the answer has to pass through the hands: a paste is none.
    ByHand,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    Act(Act),
    /// Several things, or nothing; in words.
    Unclear(String),
}

impl Question {
    /// A question that only looks, and knows no other answers than its choices.
    pub fn new(asks: impl Into<String>, choices: Vec<Choice>, default: Choice) -> Self {
        Self { asks: asks.into(), choices, free: Free::No, default, care: Strictness::Looks }
    }

    /// The same, which takes other answers, too, and this much care.
    pub fn with(self, free: Free, care: Strictness) -> Self {
        Self { free, care, ..self }
    }

    /// What `line` means as an answer.
    pub fn understand(&self, line: &str) -> Meaning {
        if line.is_empty() {
            return Meaning::Act(self.default.act.clone());
        }
        let said = line.to_lowercase();
        // A capital letter is a word of its own; a name may be another one's number.
        let exactly = |choice: &&Choice| choice.word == line || choice.label == line;
        let wholly = |choice: &&Choice| choice.word.to_lowercase() == said || choice.label.to_lowercase() == said;
        let begins = |choice: &&Choice| {
            choice.is_named && (choice.label.to_lowercase().starts_with(&said) || choice.word.to_lowercase().starts_with(&said))
        };
        let mut meant = self.meant(exactly);
        if meant.is_empty() {
            meant = self.meant(wholly);
        }
        if meant.is_empty() && (said == "?" || said == "help" && self.free != Free::AnyAnswer) {
            return Meaning::Act(Act::Help);
        }
        if meant.is_empty() && self.free != Free::No {
            return Meaning::Act(Act::Write(line.to_owned()));
        }
        if meant.is_empty() && self.care == Strictness::Looks {
            meant = self.meant(begins);
        }
        match meant.as_slice() {
            [one] => Meaning::Act(one.act.clone()),
            [] => Meaning::Unclear(format!("“{line}” means nothing here. Type ? to hear what can be said.")),
            several => {
                let labels: Vec<String> = several.iter().map(|choice| format!("{} ({})", choice.label, choice.word)).collect();
                Meaning::Unclear(format!("“{line}” can mean: {}. Which one?", labels.join(", ")))
            }
        }
    }

    /// The choices that `means` finds; of those that do the same, one.
    fn meant(&self, means: impl Fn(&&Choice) -> bool) -> Vec<&Choice> {
        let mut found: Vec<&Choice> = Vec::new();
        for choice in self.choices.iter().filter(means) {
            if found.iter().all(|other| other.act != choice.act) {
                found.push(choice);
            }
        }
        found
    }

    /// What can be said, as one sentence; `all` names everything.
    pub fn options(&self, all: bool) -> String {
        let named = self.choices.iter().filter(|choice| all || choice.is_named);
        let said: Vec<String> =
            named
                .map(|choice| {
                    if choice.word == choice.label { choice.word.clone() } else { format!("{} ({})", choice.label, choice.word) }
                })
                .collect();
        said.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question() -> Question {
        Question {
            asks: "What now?".into(),
            choices: vec![
                Choice::new("r", "check again", Act::Do(Command::Retry)),
                Choice::new("R", "check all", Act::Do(Command::RetryAll)),
                Choice::new("leave", "go on to the leave", Act::Do(Command::Open)),
                Choice::new("q", "quit", Act::Do(Command::Quit)),
            ],
            free: Free::No,
            default: Choice::new("", "check again", Act::Do(Command::Retry)),
            care: Strictness::Looks,
        }
    }

    #[test]
    fn a_letter_a_word_or_the_beginning_of_a_label_is_understood_and_nothing_is_guessed() {
        let means = |line: &str| match question().understand(line) {
            Meaning::Act(Act::Do(command)) => format!("{command:?}"),
            Meaning::Act(act) => format!("{act:?}"),
            Meaning::Unclear(why) => why,
        };
        for (line, meaning) in [
            ("", "Retry"),
            ("r", "Retry"),
            ("R", "RetryAll"),
            ("check all", "RetryAll"),
            ("Check Again", "Retry"),
            ("LEAVE", "Open"),
            ("go", "Open"),
            ("Q", "Quit"),
            ("?", "Help"),
            ("help", "Help"),
            ("check", "“check” can mean: check again (r), check all (R). Which one?"),
            ("yes", "“yes” means nothing here. Type ? to hear what can be said."),
        ] {
            assert_eq!(means(line), meaning, "{line:?}");
        }
    }

    #[test]
    fn what_is_written_freely_is_no_word_but_the_words_of_the_question_are() {
        let question =
            Question { free: Free::Answer, choices: vec![Choice::new("yes", "without a note", Act::Nothing)], ..question() };
        assert_eq!(question.understand("a card ending in 4242"), Meaning::Act(Act::Write("a card ending in 4242".to_owned())));
        assert_eq!(question.understand("Yes"), Meaning::Act(Act::Nothing));
        assert_eq!(question.understand("?"), Meaning::Act(Act::Help));
    }

    #[test]
    fn what_says_or_sends_something_is_answered_with_a_whole_word() {
        let yes = Choice::new("yes", "save it", Act::Do(Command::Save));
        let question = Question { choices: vec![yes], care: Strictness::Acts, ..question() };
        for line in ["s", "save", "ye", "i"] {
            assert!(matches!(question.understand(line), Meaning::Unclear(_)), "{line}");
        }
        assert_eq!(question.understand("save it"), Meaning::Act(Act::Do(Command::Save)));
    }

    #[test]
    fn a_name_that_is_the_number_of_another_one_is_asked_about() {
        let named = |number: &str, name: &str| Choice::new(number, name, Act::Choose(number.parse().unwrap()));
        let question = Question { choices: vec![named("1", "2"), named("2", "3")], ..question() };
        assert!(matches!(question.understand("2"), Meaning::Unclear(_)));
        assert_eq!(question.understand("1"), Meaning::Act(Act::Choose(1)));
    }
}
