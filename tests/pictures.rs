//! The pictures in the README, drawn from the running program. A picture that no longer matches fails; a command in
//! CONTRIBUTING.md draws all of them anew.

use std::fmt::Write as _;
use std::path::Path;

use crate::finish_here::select;
use crate::guided_leave::{FIELD, ID, SEVERAL_OPEN, reach_checklist, reach_typed_id, type_digits};
use crate::terminal::Terminal;

/// Two panes fit side by side, and the letters stay legible in the width that a README has.
const COLS: u16 = 110;

fn demo(scenario: &str, rows: u16) -> Terminal {
    let mut terminal = Terminal::start(&["demo", scenario], (COLS, rows), &[]);
    terminal.wait_for("Enter go to the checklist");
    terminal
}

#[test]
fn the_picture_of_the_checklist_is_what_the_program_shows() {
    let mut terminal = demo("several-open", 32);
    reach_checklist(&mut terminal);
    // The text of this step holds no time of day.
    select(&mut terminal, "Delegated administrator", 7);
    hold_against("checklist.svg", "The checklist of an account that cannot leave yet", &terminal);
}

#[test]
fn the_picture_of_an_error_is_what_the_program_shows() {
    let mut terminal = demo("everything-wrong", 36);
    reach_checklist(&mut terminal);
    // One step is asked again by itself, and counts down to it.
    terminal.wait_until("the last answer", |screen| !screen.contains("again in") && !screen.contains("checking"));
    select(&mut terminal, "Support plan", 3);
    terminal.press("r", "Tried twice");
    hold_against("error.svg", "A check that AWS did not allow, and what can be done about it", &terminal);
}

#[test]
fn the_picture_of_the_confirmation_is_what_the_program_shows() {
    let mut terminal = demo("several-open", 32);
    reach_checklist(&mut terminal);
    for title in SEVERAL_OPEN {
        terminal.wait_until(title, |screen| screen.contains(&format!("│ {title}")));
        terminal.press("o", "In the practice console:");
        terminal.press("r", &format!("{title} is settled"));
    }
    terminal.wait_for("Leaving is unlocked");
    // What there is to say here needs less room.
    terminal.resize(COLS, 22);
    reach_typed_id(&mut terminal);
    type_digits(&mut terminal, &ID[..7]);
    terminal.wait_for(&format!("{FIELD} 4120-987"));
    hold_against("confirm.svg", "The last screen before the leave, with the account id half typed", &terminal);
}

fn hold_against(name: &str, title: &str, terminal: &Terminal) {
    let drawn = svg(terminal.state(), title);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/pictures").join(name);
    if std::env::var_os("LEAVE_ORG_DRAW_PICTURES").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &drawn).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let difference = kept.lines().zip(drawn.lines()).find(|(kept, drawn)| kept != drawn);
    assert!(
        kept == drawn,
        "{name} no longer shows the program; CONTRIBUTING.md says how to draw it anew. The first difference: {difference:#?}\n{}",
        terminal.screen()
    );
}

// ---- A screen as SVG -------------------------------------------------------------------------------------------------------------

/// A cell, in the units of the picture.
const WIDTH: usize = 9;
const HEIGHT: usize = 20;
const MARGIN: usize = 14;
/// From the top of a cell down to the line on which letters stand.
const BASELINE: usize = 15;

/// Its own paper, so that it reads on a light page and on a dark one; the edge shows where the page is as dark.
const HEAD: &str = "<style>\
    text{font:15px ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono','DejaVu Sans Mono',monospace;fill:#d7dae0}\
    rect{fill:#d7dae0}path{stroke:#d7dae0;fill:none}.paper{fill:#1d2129;stroke:#565d6b}.m{text-anchor:middle}.b{font-weight:bold}\
    .d{opacity:.68}.u{text-decoration:underline}.c1{fill:#ff8b84}.c2{fill:#7ee787}.c4{fill:#8ab8ff}.c5{fill:#dcb4ff}.c6{fill:#7fdbe6}\
    .r{fill:#1d2129}</style>";

fn svg(screen: &vt100::Screen, title: &str) -> String {
    let (rows, cols) = (screen.size().0.get(), screen.size().1.get());
    let (width, height) = (usize::from(cols) * WIDTH + 2 * MARGIN, usize::from(rows) * HEIGHT + 2 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\">\n\
         <title>{title}</title>\n{HEAD}\n\
         <rect class=\"paper\" x=\".5\" y=\".5\" width=\"{}\" height=\"{}\" rx=\"8\"/>\n",
        width - 1,
        height - 1
    );
    for row in 0..rows {
        let cells: Vec<&vt100::Cell> = (0..cols).map(|col| screen.cell(row, col).unwrap()).collect();
        draw_paper(&mut svg, &cells, usize::from(row));
        for run in runs(&cells) {
            draw(&mut svg, &run, usize::from(row));
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// What is drawn as one: cells side by side that look alike.
struct Run {
    col: usize,
    text: String,
    kind: Kind,
    classes: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// Letters, which every font has, all of one width.
    Letters,
    /// A sign, which a viewer may take from another font: it stands in the middle of its own cell.
    Sign,
    /// A piece of a rule or a frame.
    Line,
}

fn runs(cells: &[&vt100::Cell]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (col, cell) in cells.iter().enumerate() {
        let text = if cell.has_contents() { cell.contents() } else { " " };
        let kind = match text.chars().next() {
            Some('─' | '│' | '╭' | '╮' | '╰' | '╯') => Kind::Line,
            Some(' '..='~') => Kind::Letters,
            _ => Kind::Sign,
        };
        let classes = classes(cell);
        let joins = |run: &Run| {
            let is_next = run.col + run.text.chars().count() == col;
            let rules_on = kind == Kind::Line && text == "─" && run.text.ends_with('─');
            is_next && run.kind == kind && run.classes == classes && (kind == Kind::Letters || rules_on)
        };
        match runs.last_mut() {
            Some(run) if joins(run) => run.text.push_str(text),
            _ => runs.push(Run { col, text: text.to_owned(), kind, classes }),
        }
    }
    runs
}

/// The names of the styles of a cell.
fn classes(cell: &vt100::Cell) -> String {
    let colour = match cell.fgcolor() {
        vt100::Color::Idx(number) => format!("c{}", number % 8),
        vt100::Color::Default | vt100::Color::Rgb(..) => String::new(),
    };
    let colour = if cell.inverse() { "r".to_owned() } else { colour };
    let styles = [(cell.bold(), "b"), (cell.dim(), "d"), (cell.underline(), "u")];
    let named = styles.into_iter().filter(|(is_on, _)| *is_on).map(|(_, name)| name.to_owned());
    named.chain([colour]).filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" ")
}

/// What is behind reversed cells, without a seam between them.
fn draw_paper(svg: &mut String, cells: &[&vt100::Cell], row: usize) {
    let mut col = 0;
    for part in cells.chunk_by(|one, next| one.inverse() == next.inverse()) {
        if part[0].inverse() {
            let (x, y, width) = (MARGIN + col * WIDTH, MARGIN + row * HEIGHT, part.len() * WIDTH);
            let _ = writeln!(svg, "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{HEIGHT}\"/>");
        }
        col += part.len();
    }
}

fn draw(svg: &mut String, run: &Run, row: usize) {
    let (x, y) = (MARGIN + run.col * WIDTH, MARGIN + row * HEIGHT);
    let width = run.text.chars().count() * WIDTH;
    let class = |more: &str| {
        let classes = [more, &run.classes].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        if classes.is_empty() { String::new() } else { format!(" class=\"{classes}\"") }
    };
    match run.kind {
        Kind::Line => {
            let _ = writeln!(svg, "<path{} d=\"{}\"/>", class(""), line(&run.text, x, y, width));
        }
        Kind::Sign => {
            let (middle, y) = (x + WIDTH / 2, y + BASELINE);
            let _ = writeln!(svg, "<text{} x=\"{middle}.5\" y=\"{y}\">{}</text>", class("m"), run.text);
        }
        Kind::Letters => {
            // Words far apart are drawn apart: where a viewer's letters are wider or narrower, nothing adds up.
            let mut at = 0;
            for part in run.text.split("  ") {
                let words = part.trim();
                let length = words.len();
                if length > 0 {
                    let x = x + (at + part.find(words).unwrap_or(0)) * WIDTH;
                    let words = words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                    let (y, length) = (y + BASELINE, length * WIDTH);
                    let _ = writeln!(svg, "<text{} x=\"{x}\" y=\"{y}\" textLength=\"{length}\">{words}</text>", class(""));
                }
                at += part.len() + 2;
            }
        }
    }
}

/// A piece of a rule or a frame as a path, from edge to edge of its cells, so that no viewer leaves gaps.
fn line(text: &str, x: usize, y: usize, width: usize) -> String {
    let (right, bottom) = (x + width, y + HEIGHT);
    let (middle, half) = (format!("{}.5", x + WIDTH / 2), format!("{}.5", y + HEIGHT / 2));
    match text {
        "│" => format!("M{middle} {y}V{bottom}"),
        "╭" => format!("M{middle} {bottom}Q{middle} {half} {right} {half}"),
        "╮" => format!("M{middle} {bottom}Q{middle} {half} {x} {half}"),
        "╰" => format!("M{middle} {y}Q{middle} {half} {right} {half}"),
        "╯" => format!("M{middle} {y}Q{middle} {half} {x} {half}"),
        _ => format!("M{x} {half}H{right}"),
    }
}
