//! The pictures in the README, drawn cell by cell from the running program. A picture that no longer matches fails; the command in
//! the README's last section draws it anew.

use std::fmt::Write as _;
use std::path::Path;

use crate::terminal::Terminal;

const CELL: (usize, usize) = (9, 19);
const PAPER: &str = "#20242c";
const INK: &str = "#d7dae0";

#[test]
fn the_picture_of_the_checklist_is_what_the_program_shows() {
    let mut terminal = Terminal::start(&["demo"], (112, 32), &[]);
    terminal.wait_for("a member of organization");
    terminal.press("\r", "settled");
    terminal.wait_until("every answer", |screen| !screen.contains("checking"));
    // The first open step of the five that are documented; three further down is one whose text holds no date.
    terminal.press("jjjj", "The organization runs a service through this account");
    hold_against("checklist.svg", &svg(terminal.state()));
}

fn hold_against(name: &str, drawn: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/pictures").join(name);
    if std::env::var_os("LEAVE_ORG_DRAW_PICTURES").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, drawn).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == drawn, "{name} no longer shows the program; the README says how to draw it anew");
}

fn svg(screen: &vt100::Screen) -> String {
    let (rows, cols) = (screen.size().0.get(), screen.size().1.get());
    let (width, height) = (usize::from(cols) * CELL.0 + 24, usize::from(rows) * CELL.1 + 24);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" font-size=\"15\" fill=\"{INK}\">\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{PAPER}\"/>\n"
    );
    for row in 0..rows {
        for col in 0..cols {
            if let Some(cell) = screen.cell(row, col) {
                draw(&mut svg, cell, usize::from(row), usize::from(col));
            }
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// Every cell has its own place: no viewer's font can shift a line.
fn draw(svg: &mut String, cell: &vt100::Cell, row: usize, col: usize) {
    let (x, y) = (12 + col * CELL.0, 12 + row * CELL.1);
    if cell.inverse() {
        // One more than the cell, so that neighbours leave no seam.
        let (width, height) = (CELL.0 + 1, CELL.1);
        let _ = writeln!(svg, "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>");
    }
    let text = cell.contents();
    if text.trim().is_empty() {
        return;
    }
    let ink = if cell.inverse() { PAPER } else { colour(cell.fgcolor()) };
    let mut style = String::new();
    if ink != INK {
        let _ = write!(style, " fill=\"{ink}\"");
    }
    if cell.bold() {
        style.push_str(" font-weight=\"bold\"");
    }
    if cell.dim() {
        style.push_str(" opacity=\"0.6\"");
    }
    if cell.underline() {
        style.push_str(" text-decoration=\"underline\"");
    }
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let _ = writeln!(svg, "<text x=\"{x}\" y=\"{}\"{style}>{text}</text>", y + 14);
}

fn colour(colour: vt100::Color) -> &'static str {
    match colour {
        vt100::Color::Idx(1 | 9) => "#ff7b72",
        vt100::Color::Idx(2 | 10) => "#7ee787",
        vt100::Color::Idx(5 | 13) => "#d2a8ff",
        vt100::Color::Idx(6 | 14) => "#76d4e0",
        _ => INK,
    }
}
