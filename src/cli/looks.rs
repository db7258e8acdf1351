//! What the command line and the environment say of the terminal: colours or none, all glyphs or ASCII alone.
//!
//! A pure function over them; nothing is asked of the terminal, whose answer could get among the keys.

use super::When;
use crate::views::theme::{Glyphs, Palette, Theme};

/// How the program looks, by `--color` and the environment.
pub(super) fn theme(color: When, environment: impl Fn(&str) -> Option<String>) -> Theme {
    // An empty variable is none, as for NO_COLOR and for the locale.
    let set = |name: &str| environment(name).filter(|value| !value.is_empty());
    let terminal = set("TERM").unwrap_or_default();
    let palette = match color {
        When::Never => Palette::Mono,
        When::Auto if set("NO_COLOR").is_some() || terminal == "dumb" => Palette::Mono,
        When::Always | When::Auto => Palette::Ansi,
    };
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
    // The console of Linux has a font of 256 or 512 glyphs, and a DEC terminal has none of ours.
    let is_simple = terminal == "linux" || terminal == "dumb" || terminal.starts_with("vt");
    let is_other_charset = locale.is_some_and(|locale| names_another_charset(&locale));
    let glyphs = if is_simple || is_other_charset { Glyphs::Ascii } else { Glyphs::Unicode };
    Theme { palette, glyphs }
}

/// Whether a locale, such as `de_DE.ISO-8859-1@euro`, names a character set other than UTF-8. The portable locale is ASCII.
fn names_another_charset(locale: &str) -> bool {
    let without_modifier = locale.split('@').next().unwrap_or_default();
    match without_modifier.split_once('.') {
        Some((_, charset)) => !is_utf_8(charset),
        None => ["C", "POSIX"].contains(&without_modifier),
    }
}

fn is_utf_8(charset: &str) -> bool {
    charset.eq_ignore_ascii_case("UTF-8") || charset.eq_ignore_ascii_case("UTF8")
}

#[cfg(test)]
mod tests {
    use super::*;

    const IN_COLOUR: Theme = Theme::ANSI;
    const WITHOUT: Theme = Theme::MONO;
    const ASCII: Theme = Theme { palette: Palette::Ansi, glyphs: Glyphs::Ascii };
    const ASCII_WITHOUT: Theme = Theme { palette: Palette::Mono, glyphs: Glyphs::Ascii };

    /// `--color`, the environment, and how it looks then.
    type Case<'a> = (When, &'a [(&'a str, &'a str)], Theme);

    #[test]
    fn the_environment_and_the_command_line_decide_how_it_looks() {
        use When::{Always, Auto, Never};
        let table: &[Case] = &[
            (Auto, &[], IN_COLOUR),
            (Auto, &[("TERM", "xterm-256color"), ("LANG", "en_US.UTF-8")], IN_COLOUR),
            // Colour.
            (Never, &[], WITHOUT),
            (Auto, &[("NO_COLOR", "1")], WITHOUT),
            (Auto, &[("NO_COLOR", "")], IN_COLOUR),
            (Always, &[("NO_COLOR", "1")], IN_COLOUR),
            (Auto, &[("TERM", "dumb")], ASCII_WITHOUT),
            (Always, &[("TERM", "dumb")], ASCII),
            // The terminal.
            (Auto, &[("TERM", "linux"), ("LANG", "en_US.UTF-8")], ASCII),
            (Auto, &[("TERM", "vt100")], ASCII),
            (Never, &[("TERM", "vt220")], ASCII_WITHOUT),
            (Auto, &[("TERM", "xterm")], IN_COLOUR),
            // The locale: the first that is there and not empty.
            (Auto, &[("LANG", "C")], ASCII),
            (Auto, &[("LANG", "POSIX")], ASCII),
            (Auto, &[("LANG", "C.UTF-8")], IN_COLOUR),
            (Auto, &[("LANG", "C.utf8")], IN_COLOUR),
            (Auto, &[("LANG", "de_DE.ISO-8859-1")], ASCII),
            (Auto, &[("LANG", "de_DE.ISO-8859-15@euro")], ASCII),
            (Auto, &[("LANG", "de_DE.UTF-8@euro")], IN_COLOUR),
            (Auto, &[("LANG", "ja_JP.eucJP")], ASCII),
            (Auto, &[("LANG", "de_DE")], IN_COLOUR),
            (Auto, &[("LC_CTYPE", "UTF-8"), ("LANG", "C")], IN_COLOUR),
            (Auto, &[("LC_CTYPE", "C"), ("LANG", "en_US.UTF-8")], ASCII),
            (Auto, &[("LC_ALL", "en_US.UTF-8"), ("LC_CTYPE", "C"), ("LANG", "C")], IN_COLOUR),
            (Auto, &[("LC_ALL", ""), ("LC_CTYPE", ""), ("LANG", "C")], ASCII),
            (Auto, &[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")], ASCII),
        ];
        for (color, environment, wanted) in table {
            let of = |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
            assert_eq!(theme(*color, of), *wanted, "{color:?} {environment:?}");
        }
    }
}
