//! What is true of every stop of a walk at whatever size it is drawn, so that pictures of one size are enough.
//!
//! A stop is held against itself, drawn so large that nothing has to give way. In every smaller window that the program takes, what
//! counts is in sight and no word is cut. Few words stand here: which ones a screen uses, the large picture says.

use std::collections::BTreeSet;

use leave_org::checklist::{Destination, texts};
use leave_org::views::SMALLEST;
use leave_org::wizard::{Command, ContactStage, Context, Model, Overlay, Screen, bindings};
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthChar as _;

use super::stage::{row, rows};

/// Windows that the program takes: the smallest, each side of a width at which a layout changes, what people have, and a large one.
const LARGE_ENOUGH: [(u16, u16); 8] = [(60, 16), (61, 17), (79, 20), (80, 24), (99, 30), (100, 30), (120, 40), (200, 60)];
/// Windows that are too small.
const TOO_SMALL: [(u16, u16); 8] = [(0, 0), (0, 24), (80, 0), (1, 1), (5, 2), (20, 5), (59, 16), (80, 15)];
/// Windows in which nothing has to give way. In the low ones, some screens say the same in fewer words.
const VAST: [(u16, u16); 7] = [(240, 60), (180, 28), (180, 24), (180, 20), (180, 18), (180, 16), (130, 16)];
/// Colours that read on a dark, a light and a coloured background alike.
const SAFE: [Color; 5] = [Color::Reset, Color::Red, Color::Green, Color::Magenta, Color::Cyan];
/// What is said only where not everything fits.
const AND_MORE: &str = "and more, in a taller window";

/// Draws a stop at every size, and holds each picture against those of the vast windows.
pub fn hold(model: &Model, stop: &str, draw: impl Fn((u16, u16)) -> Buffer) {
    let vast = VAST.map(|size| Picture::of(&draw(size)));
    let words = vast.iter().flat_map(Picture::strips).flat_map(|strip| strip.words.iter().cloned());
    let known: BTreeSet<String> = words.chain(words_of(AND_MORE)).collect();
    let wanted = what_counts(model, &vast[0]);
    for size in LARGE_ENOUGH {
        let buffer = draw(size);
        let picture = Picture::of(&buffer);
        let mut faults = Vec::new();
        let out_of_sight = wanted.iter().filter(|sentence| !picture.says(sentence));
        faults.extend(out_of_sight.map(|sentence| format!("not in sight: {}", sentence.join(" "))));
        if !is_same_or_cut(&all_words(&picture.header), &all_words(&vast[0].header)) {
            faults.push("the header says something else".to_owned());
        }
        let words = picture.columns.iter().flatten().chain(&picture.footer).flat_map(|strip| &strip.words);
        let cut = words.filter(|word| !is_count(word) && !known.contains(*word));
        faults.extend(cut.map(|word| format!("cut, or no word of a large window: {word}")));
        if !vast[0].links().contains(&picture.links()) {
            faults.push(format!("not whole: {}", picture.links()));
        }
        let rules = picture.rules.iter().filter(|rule| !rule.ends_with(['─', '╮', '╯']));
        faults.extend(rules.map(|rule| format!("cut: {rule}")));
        let is_safe = |cell: &Cell| cell.bg == Color::Reset && SAFE.contains(&cell.fg);
        faults.extend(buffer.content().iter().find(|cell| !is_safe(cell)).map(|cell| format!("not everybody can read {cell:?}")));
        assert!(faults.is_empty(), "{}\n{stop}, at {size:?}:\n{}", faults.join("\n"), rows(&buffer));
    }
    for size in TOO_SMALL {
        let buffer = draw(size);
        let shown = words_of(&rows(&buffer));
        // So much room its longest word takes.
        if size.0 >= 9 && size.1 >= 5 {
            let (width, height) = SMALLEST;
            let says = words_of(&format!("This window is too small leave org needs {width} by {height} cells"));
            assert!(shown.starts_with(&says), "{stop}, at {size:?}:\n{}", rows(&buffer));
        }
    }
}

/// What has to be in sight in the smallest window, in words that follow each other.
fn what_counts(model: &Model, vast: &Picture) -> Vec<Vec<String>> {
    let mut sentences = Vec::new();
    // What just happened; how far the gate is; the first key, and those for help and quitting.
    if let Some(notice) = &model.notice {
        sentences.push(words_of(&notice.text().shown));
    }
    if matches!(model.screen, Screen::Checklist) {
        let (settled, all) = model.departure.checklist.progress(model.departure.now);
        sentences.push(words_of(&format!("{settled} of {all}")));
    }
    let is_last = |command| matches!(command, Command::Help | Command::Quit);
    let keys = || bindings(Context::of(model)).filter(|binding| binding.in_footer && (binding.applies)(model));
    let first = keys().find(|binding| !is_last(binding.command));
    let last = keys().filter(|binding| is_last(binding.command));
    sentences.extend(first.into_iter().chain(last).map(|binding| words_of(&format!("{} {}", binding.shown, binding.label))));
    // What is selected, and what is typed.
    sentences.extend(vast.columns.iter().flatten().filter(|strip| strip.is_reversed).map(|strip| strip.words.clone()));
    if matches!(model.screen, Screen::Account) && model.overlay.is_none() && model.departure.connection_problem().is_none() {
        sentences.push(words_of("Where is it going?"));
        sentences.extend(Destination::ALL.map(|destination| words_of(&texts::destination(destination).label)));
    }
    // What a screen begins with, or where it has come to.
    let text = vast.columns.last().unwrap();
    match reading(model) {
        Reading::FromTheTop => sentences.extend(text.first().map(|strip| strip.words.clone())),
        Reading::ToTheEnd => sentences.extend(text.iter().rev().take(2).map(|strip| strip.words.clone())),
        Reading::AroundWhatIsSelected => {}
    }
    sentences
}

/// Which part of a text is shown where not all of it fits.
enum Reading {
    FromTheTop,
    ToTheEnd,
    AroundWhatIsSelected,
}

fn reading(model: &Model) -> Reading {
    let scroll = match &model.overlay {
        Some(Overlay::Help { scroll } | Overlay::Evidence { scroll } | Overlay::Changes { scroll, .. }) => *scroll,
        Some(Overlay::Phone(check)) => check.scroll,
        Some(Overlay::Note { .. } | Overlay::Code { .. } | Overlay::Owner(_) | Overlay::SignIn(_) | Overlay::Quit) => 0,
        None => model.scroll,
    };
    if scroll > 0 {
        return Reading::AroundWhatIsSelected;
    }
    if model.overlay.is_some() {
        return Reading::FromTheTop;
    }
    match &model.screen {
        Screen::Contact(form) if form.stage == ContactStage::Filling => Reading::AroundWhatIsSelected,
        Screen::Account if model.departure.connection_problem().is_none() => Reading::AroundWhatIsSelected,
        Screen::Confirm(_) => Reading::AroundWhatIsSelected,
        Screen::Leave if model.departure.leave.is_under_way() && !model.departure.leave.can_be_stopped() => Reading::ToTheEnd,
        _ => Reading::FromTheTop,
    }
}

/// A picture, taken apart. What an overlay lies on is no part of it.
struct Picture {
    header: Vec<Strip>,
    /// The body, or the overlay; two of them where the panes stand side by side. Empty rows are left out.
    columns: Vec<Vec<Strip>>,
    footer: Vec<Strip>,
    /// The lines across.
    rules: Vec<String>,
}

/// Cells of one row that are read together.
struct Strip {
    words: Vec<String>,
    /// Links and commands, which are broken at the edge so that they can be selected whole.
    link: String,
    is_reversed: bool,
}

impl Picture {
    fn of(buffer: &Buffer) -> Self {
        let width = usize::from(buffer.area.width);
        let rows: Vec<&[Cell]> = buffer.content().chunks(width).collect();
        let is_rule = |cells: &[Cell]| cells[0].symbol() == "─";
        let upper = rows.iter().position(|cells| is_rule(cells)).unwrap();
        let lower = rows.iter().rposition(|cells| is_rule(cells)).unwrap();
        let mut rules: Vec<String> = rows.iter().filter(|cells| is_rule(cells)).map(|cells| row(cells)).collect();
        let strips = |rows: &[&[Cell]]| rows.iter().map(|cells| Strip::of(cells)).filter(|strip| !strip.is_empty()).collect();
        let body: Vec<&[Cell]> = rows[upper + 1..lower].iter().filter(|cells| !is_rule(cells)).copied().collect();
        let column = |symbol: &str| body.iter().find_map(|cells| cells.iter().position(|cell| cell.symbol() == symbol));
        let (left, right) = (column("╭"), column("╮"));
        let columns = if let (Some(left), Some(right)) = (left, right) {
            let is_border = |cells: &[Cell]| matches!(cells[left].symbol(), "╭" | "╰");
            let overlay = body.iter().map(|cells| &cells[left..=right]);
            rules.extend(overlay.filter(|cells| matches!(cells[0].symbol(), "╭" | "╰")).map(row));
            let inner: Vec<&[Cell]> =
                body.iter().filter(|cells| cells[left].symbol() == "│").map(|cells| &cells[left + 1..right]).collect();
            let title = body.iter().find(|cells| is_border(cells)).map(|cells| Strip::of(&cells[left..=right]));
            let mut lines: Vec<Strip> = strips(&inner);
            lines.insert(0, title.unwrap());
            vec![lines]
        } else if let Some(bar) = (0..width).find(|at| body.iter().all(|cells| matches!(cells[*at].symbol(), "│" | "┃"))) {
            let (left, right): (Vec<&[Cell]>, Vec<&[Cell]>) = body.iter().map(|cells| (&cells[..bar], &cells[bar + 1..])).unzip();
            vec![strips(&left), strips(&right)]
        } else {
            vec![strips(&body)]
        };
        Self { header: strips(&rows[..upper]), columns, footer: strips(&rows[lower + 1..]), rules }
    }

    fn parts(&self) -> impl Iterator<Item = &Vec<Strip>> {
        [&self.header, &self.footer].into_iter().chain(&self.columns)
    }

    fn strips(&self) -> impl Iterator<Item = &Strip> {
        self.parts().flatten()
    }

    /// Whether these words stand somewhere, one after the other, wherever the rows are broken.
    fn says(&self, sentence: &[String]) -> bool {
        sentence.is_empty() || self.parts().any(|part| all_words(part).windows(sentence.len()).any(|words| words == sentence))
    }

    fn links(&self) -> String {
        self.strips().map(|strip| strip.link.as_str()).collect()
    }
}

impl Strip {
    fn of(cells: &[Cell]) -> Self {
        let is_link = |cell: &Cell| cell.modifier.contains(Modifier::UNDERLINED);
        let words = if cells.iter().any(is_link) {
            let mut text = cells.to_vec();
            for cell in text.iter_mut().filter(|cell| is_link(cell)) {
                cell.set_symbol(" ");
            }
            words_of(&row(&text))
        } else {
            words_of(&row(cells))
        };
        Self {
            words,
            link: cells.iter().filter(|cell| is_link(cell)).map(Cell::symbol).collect(),
            is_reversed: cells.iter().any(|cell| cell.modifier.contains(Modifier::REVERSED)),
        }
    }

    fn is_empty(&self) -> bool {
        self.words.is_empty() && self.link.is_empty()
    }
}

fn all_words(strips: &[Strip]) -> Vec<String> {
    strips.iter().flat_map(|strip| strip.words.iter().cloned()).collect()
}

/// Whether the header says which account and organization this is, as whom and where, and that it is a practice or a review. A name that
/// is longer than the window may end in an ellipsis.
fn is_same_or_cut(words: &[String], whole: &[String]) -> bool {
    let is_same =
        |(word, whole): (&String, &String)| word == whole || word.strip_suffix('…').is_some_and(|stem| whole.starts_with(stem));
    words.len() == whole.len() && words.iter().zip(whole).all(is_same)
}

/// Letters and digits that stand together. An ellipsis belongs to the word that it cuts; what is two cells wide may be broken anywhere.
fn words_of(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for character in text.chars() {
        let is_wide = character.width() == Some(2);
        let joins = character.is_alphanumeric() || character.width() == Some(0);
        let cuts = character == '…' && words.last().is_some_and(|word| !word.is_empty());
        if (!joins && !cuts) || is_wide {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| joins || cuts) {
            word.push(character);
        }
        if cuts || is_wide {
            words.push(String::new());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether this only counts something: how much more there is depends on the size.
fn is_count(word: &str) -> bool {
    word.len() <= 3 && word.bytes().all(|byte| byte.is_ascii_digit())
}
