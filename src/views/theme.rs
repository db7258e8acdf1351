//! Colours and glyphs: the only place that names them.
//!
//! Sixteen ANSI colours, no background, none of black, white or yellow for text: that reads on dark, light and solarized. Selection is
//! reverse video, and nothing is said by colour alone.

use jiff::Timestamp;
use ratatui::style::{Color, Modifier, Style};

use crate::checklist::{Confidence, Standing, Step};
use crate::wizard::Mode;

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Ordinary text.
    Text,
    /// What matters less: ages, ids, hints.
    Quiet,
    /// Headings and names.
    Strong,
    /// What is selected.
    Selected,
    /// It holds.
    Good,
    /// It does not hold.
    Bad,
    /// Somebody has to look.
    Attention,
    /// Time or progress.
    Progress,
    /// A page on the web.
    Link,
    /// A badge in the header.
    Badge,
    /// A key.
    Key,
}

/// Whether colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Sixteen ANSI colours.
    Ansi,
    /// Bold, dim, underlined and reverse only.
    Mono,
}

impl Theme {
    /// The style of `role`.
    #[must_use]
    pub fn style(self, role: Role) -> Style {
        let plain = Style::new();
        let coloured = |color| if self == Self::Ansi { plain.fg(color) } else { plain };
        match role {
            Role::Text => plain,
            Role::Quiet => plain.add_modifier(Modifier::DIM),
            Role::Strong | Role::Key => plain.add_modifier(Modifier::BOLD),
            Role::Selected | Role::Badge => plain.add_modifier(Modifier::REVERSED),
            Role::Good => coloured(Color::Green),
            Role::Bad => coloured(Color::Red).add_modifier(Modifier::BOLD),
            Role::Attention => coloured(Color::Magenta),
            Role::Progress => coloured(Color::Cyan),
            Role::Link => coloured(Color::Cyan).add_modifier(Modifier::UNDERLINED),
        }
    }
}

/// How a standing looks: a glyph, a word and what kind of news it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// One cell wide.
    pub glyph: &'static str,
    /// The word beside it.
    pub word: &'static str,
    /// Its colour, as far as colour helps.
    pub role: Role,
}

/// How a step looks. `None`: no check has answered yet.
#[must_use]
pub fn look(standing: Option<Standing>, confidence: Option<Confidence>) -> Look {
    let predicted = confidence == Some(Confidence::Predicted);
    let (glyph, word, role) = match standing {
        None => ("·", "checking", Role::Progress),
        Some(Standing::Met) if predicted => ("~", "met, predicted", Role::Good),
        Some(Standing::Met) => ("✓", "met", Role::Good),
        Some(Standing::Attested) => ("✎", "attested", Role::Good),
        Some(Standing::NeedsYou) => ("?", "needs you", Role::Attention),
        Some(Standing::Waiting) => ("…", "waiting", Role::Progress),
        Some(Standing::Unmet) if predicted => ("✗", "unmet, predicted", Role::Bad),
        Some(Standing::Unmet) => ("✗", "unmet", Role::Bad),
        Some(Standing::Unknown) => ("¿", "unknown", Role::Attention),
        Some(Standing::NotApplicable) => ("-", "does not apply", Role::Quiet),
    };
    Look { glyph, word, role }
}

/// How a step looks at `now`. Advice locks nothing: what it found is news to look at, not a failure.
#[must_use]
pub fn look_of(step: &Step, now: Timestamp) -> Look {
    let standing = step.standing(now);
    let look = look(standing, step.finding.as_ref().map(|finding| finding.confidence));
    match standing {
        Some(Standing::Unmet | Standing::NeedsYou) if !step.id.blocks() => {
            Look { glyph: "!", word: "to look at", role: Role::Attention }
        }
        Some(Standing::Met) if !step.id.blocks() => Look { word: "nothing found", ..look },
        _ => look,
    }
}

/// How the sign of a row is written. A review puts every one in brackets, so that it is told from a walk that can leave without colour.
#[must_use]
pub fn sign(glyph: &str, mode: Mode) -> String {
    match mode {
        Mode::Guided => glyph.to_owned(),
        Mode::Review => format!("({glyph})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr as _;

    #[test]
    fn every_standing_has_a_glyph_and_a_word_of_its_own() {
        use Standing::{Attested, Met, NeedsYou, NotApplicable, Unknown, Unmet, Waiting};
        let standings = [Met, Attested, NeedsYou, Waiting, Unmet, Unknown, NotApplicable];
        let looks: Vec<Look> = standings.map(|standing| look(Some(standing), Some(Confidence::Proven))).to_vec();
        for (at, one) in looks.iter().enumerate() {
            assert_eq!(one.glyph.width(), 1, "{one:?}");
            assert!(looks[at + 1..].iter().all(|other| other.glyph != one.glyph && other.word != one.word), "{one:?}");
        }
    }

    #[test]
    fn the_mono_theme_has_no_colour_and_no_theme_paints_a_background() {
        use Role::{Attention, Bad, Badge, Good, Key, Link, Progress, Quiet, Selected, Strong, Text};
        for role in [Text, Quiet, Strong, Selected, Good, Bad, Attention, Progress, Link, Badge, Key] {
            assert_eq!(Theme::Mono.style(role).fg, None);
            assert_eq!(Theme::Ansi.style(role).bg, None);
            assert!(!matches!(Theme::Ansi.style(role).fg, Some(Color::Black | Color::White | Color::Yellow)));
        }
    }
}
