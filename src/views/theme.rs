//! Colours and glyphs: the only place that names them.
//!
//! Of the sixteen ANSI colours red, green, magenta and cyan, and no background: they read on dark, light and solarized, where black, white
//! and the bright ones are shades of the background and yellow fades on white. Selection is reverse video, and nothing is said by colour
//! or by dimming alone.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use ratatui::style::{Color, Modifier, Style};

use crate::checklist::{Confidence, Standing, Step};
use crate::departure::Mode;

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Text,
    /// What matters less: ages, ids, hints.
    Quiet,
    Strong,
    Selected,
    Good,
    Bad,
    Attention,
    Progress,
    Link,
    Badge,
    Key,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Palette {
    /// Colours of the terminal's own.
    Ansi,
    /// Bold, dim, underlined and reverse only.
    Mono,
}

/// Which characters the program itself writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyphs {
    /// Signs, lines and quotation marks as they should be.
    Unicode,
    /// ASCII alone. What people named their things stays as it is.
    Ascii,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    pub palette: Palette,
    pub glyphs: Glyphs,
}

impl Theme {
    pub const ANSI: Self = Self { palette: Palette::Ansi, glyphs: Glyphs::Unicode };
    pub const MONO: Self = Self { palette: Palette::Mono, glyphs: Glyphs::Unicode };

    /// The style of `role`. Without colour, what does not hold and what somebody has to look at is bold; the rest of it a glyph and a
    /// word say.
    pub(crate) fn style(self, role: Role) -> Style {
        let plain = Style::new();
        let coloured = |color| if self.palette == Palette::Ansi { plain.fg(color) } else { plain };
        match role {
            Role::Text => plain,
            Role::Quiet => plain.add_modifier(Modifier::DIM),
            Role::Strong | Role::Key => plain.add_modifier(Modifier::BOLD),
            Role::Selected | Role::Badge => plain.add_modifier(Modifier::REVERSED),
            Role::Good => coloured(Color::Green),
            Role::Bad => coloured(Color::Red).add_modifier(Modifier::BOLD),
            Role::Attention if self.palette == Palette::Mono => plain.add_modifier(Modifier::BOLD),
            Role::Attention => coloured(Color::Magenta),
            Role::Progress => coloured(Color::Cyan),
            Role::Link => coloured(Color::Cyan).add_modifier(Modifier::UNDERLINED),
        }
    }

    /// Puts a finished picture into the glyphs of this theme, cell by cell, so that no width changes.
    pub fn translate(self, picture: &mut Buffer) {
        if self.glyphs == Glyphs::Unicode {
            return;
        }
        let area = picture.area;
        for position in area.positions() {
            let symbol = picture[position].symbol();
            if symbol == "…" {
                write_ellipsis(picture, position);
            } else if let Some(ascii) = ascii(symbol) {
                picture[position].set_symbol(ascii);
            }
        }
    }
}

/// Three dots where there is room for them and a gap behind, one where there is not.
fn write_ellipsis(picture: &mut Buffer, Position { x, y }: Position) {
    let is_blank = |x: u16| x >= picture.area.right() || picture[(x, y)].symbol() == " ";
    let dots = if x + 2 < picture.area.right() && (x + 1..=x + 3).all(is_blank) { 3 } else { 1 };
    for x in x..x + dots {
        picture[(x, y)].set_symbol(".");
    }
}

/// What stands for a glyph of this program where there is only ASCII; `None` for everything else.
pub(crate) fn ascii(glyph: &str) -> Option<&'static str> {
    Some(match glyph {
        "✓" | "╭" | "╮" | "╰" | "╯" => "+",
        "✎" => "@",
        "✗" => "x",
        "¿" | "┃" => "#",
        "·" | "•" => "*",
        "…" => ".",
        "▸" | "→" => ">",
        "↑" => "^",
        "↓" => "v",
        "─" => "-",
        "│" => "|",
        "“" | "”" => "\"",
        // What the program puts in place of characters that could do harm.
        "\u{FFFD}" => "?",
        _ => return None,
    })
}

/// `text` for a terminal that has nothing but ASCII. What people named their things stays as it is.
pub(crate) fn in_ascii(text: &str) -> String {
    let each = text.chars().map(|character| match ascii(character.encode_utf8(&mut [0; 4])) {
        _ if character == '…' => "...".to_owned(),
        ascii => ascii.map_or_else(|| character.to_string(), str::to_owned),
    });
    each.collect()
}

/// How a standing looks: a glyph, a word and what kind of news it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StandingStyle {
    pub glyph: &'static str,
    pub word: &'static str,
    pub role: Role,
}

/// How a step looks. `None`: no check has answered yet.
pub(crate) fn look(standing: Option<Standing>, confidence: Option<Confidence>) -> StandingStyle {
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
    StandingStyle { glyph, word, role }
}

pub const TO_LOOK_AT: &str = "!";

/// How a step looks at `now`. Advice locks nothing: what it found is news to look at, not a failure.
pub(crate) fn look_of(step: &Step, now: Timestamp) -> StandingStyle {
    let standing = step.standing(now);
    let look = look(standing, step.finding.as_ref().map(|finding| finding.confidence));
    match standing {
        Some(Standing::Unmet | Standing::NeedsYou) if !step.id.blocks() => {
            StandingStyle { glyph: TO_LOOK_AT, word: "to look at", role: Role::Attention }
        }
        Some(Standing::Met) if !step.id.blocks() => StandingStyle { word: "nothing found", ..look },
        _ => look,
    }
}

/// How the sign of a row is written. A review puts every one in brackets, so that it is told from a walk that can leave without colour.
pub(crate) fn sign(glyph: &str, mode: Mode) -> String {
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
        let looks: Vec<StandingStyle> = standings.map(|standing| look(Some(standing), Some(Confidence::Proven))).to_vec();
        for (at, one) in looks.iter().enumerate() {
            assert_eq!(one.glyph.width(), 1, "{one:?}");
            assert!(looks[at + 1..].iter().all(|other| other.glyph != one.glyph && other.word != one.word), "{one:?}");
        }
    }

    #[test]
    fn the_signs_of_a_row_are_as_different_in_ascii() {
        let standings = [Standing::Met, Standing::Attested, Standing::NeedsYou, Standing::Waiting, Standing::Unmet]
            .into_iter()
            .chain([Standing::Unknown, Standing::NotApplicable])
            .map(Some);
        let looks = standings.chain([None]).map(|standing| look(standing, None).glyph);
        let predicted = look(Some(Standing::Met), Some(Confidence::Predicted)).glyph;
        let signs: Vec<&str> = looks.chain([predicted, TO_LOOK_AT]).map(|glyph| ascii(glyph).unwrap_or(glyph)).collect();
        let unique: std::collections::BTreeSet<&&str> = signs.iter().collect();
        assert!(signs.iter().all(|sign| sign.len() == 1 && sign.is_ascii()), "{signs:?}");
        assert_eq!(unique.len(), signs.len(), "{signs:?}");
    }

    #[test]
    fn in_ascii_every_cell_keeps_its_place_and_names_stay_as_they_are() {
        let theme = Theme { glyphs: Glyphs::Ascii, ..Theme::MONO };
        for (written, shown) in [
            ("✓ ✎ ~ ? … ✗ ¿ · ! -", "+ @ ~ ? . x # * ! -"),
            ("╭─ “So” ─╮ ▸ ↑ ↓ → │┃", "+- \"So\" -+ > ^ v > |#"),
            ("is being read …", "is being read ..."),
            ("payments…  1234", "payments.  1234"),
            ("payments…   1234", "payments... 1234"),
            ("支払い本番 é e\u{301} ü", "支払い本番 é e\u{301} ü"),
        ] {
            let mut picture = Buffer::empty(ratatui::layout::Rect::new(0, 0, 24, 1));
            picture.set_string(0, 0, written, Style::new());
            let mut wanted = picture.clone();
            wanted.set_string(0, 0, shown, Style::new());
            theme.translate(&mut picture);
            assert_eq!(picture, wanted);
        }
    }

    #[test]
    fn the_mono_theme_has_no_colour_and_no_theme_paints_a_background() {
        use Role::{Attention, Bad, Badge, Good, Key, Link, Progress, Quiet, Selected, Strong, Text};
        for role in [Text, Quiet, Strong, Selected, Good, Bad, Attention, Progress, Link, Badge, Key] {
            assert_eq!(Theme::MONO.style(role).fg, None);
            for theme in [Theme::ANSI, Theme::MONO] {
                assert_eq!(theme.style(role).bg, None);
            }
            let safe = [None, Some(Color::Red), Some(Color::Green), Some(Color::Magenta), Some(Color::Cyan)];
            assert!(safe.contains(&Theme::ANSI.style(role).fg), "{role:?}");
        }
    }

    #[test]
    fn without_colour_what_somebody_has_to_act_on_still_stands_out() {
        use Role::{Attention, Bad, Badge, Link, Selected, Strong, Text};
        for role in [Selected, Badge, Bad, Attention, Link, Strong] {
            let told = Theme::MONO.style(role);
            // Some terminals do not know how to dim.
            assert_ne!(told.remove_modifier(Modifier::DIM), Theme::MONO.style(Text).remove_modifier(Modifier::DIM), "{role:?}");
        }
    }
}
