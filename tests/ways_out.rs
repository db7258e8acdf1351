//! Every way out gives the terminal back: quitting, signals, the shell in between, and what is not a terminal at all.

use std::process::Command;

use crate::terminal::Terminal;

const SIZE: (u16, u16) = (100, 30);

fn demo() -> Terminal {
    let mut terminal = Terminal::start(&["demo", "ready"], SIZE, &[]);
    terminal.wait_for("a member of organization");
    terminal
}

fn signal(terminal: &Terminal, name: &str) {
    let status = Command::new("kill").args([name, &terminal.pid().to_string()]).status().unwrap();
    assert!(status.success());
}

cases! {
    keys_end_the_walk_and_the_terminal_is_as_it_was:
        q("q", 9);
        control_c("\u{3}", 130);
}

fn keys_end_the_walk_and_the_terminal_is_as_it_was(keys: &str, code: u32) {
    let mut terminal = demo();
    terminal.send(keys);
    assert_eq!(terminal.end(), code);
    assert!(terminal.is_given_back());
}

cases! {
    signals_end_the_walk_and_the_terminal_is_as_it_was:
        interrupt("-INT", 130);
        terminate("-TERM", 130);
        hang_up("-HUP", 129);
}

fn signals_end_the_walk_and_the_terminal_is_as_it_was(name: &str, code: u32) {
    let mut terminal = demo();
    signal(&terminal, name);
    assert_eq!(terminal.end(), code);
    assert!(terminal.is_given_back());
}

#[test]
fn a_terminal_that_vanishes_ends_the_walk_without_a_crash() {
    let mut terminal = demo();
    assert_eq!(terminal.vanish(), 129);
}

#[test]
fn nothing_is_typed_into_a_window_that_is_too_small_to_show_it() {
    let mut terminal = demo();
    terminal.resize(40, 10);
    terminal.wait_for("This window is too small.");
    // Enter would go on to the checklist, if it were taken.
    terminal.send("\r");
    terminal.resize(100, 30);
    terminal.wait_for("Where is it going?");
    terminal.send("q");
    assert_eq!(terminal.end(), 9);
}

#[test]
fn control_z_gives_the_terminal_to_the_shell_and_fg_brings_the_walk_back() {
    let script =
        format!("stty -a > before; {} demo ready; stty -a > stopped; fg; echo ended with $?", env!("CARGO_BIN_EXE_leave-org"));
    let mut terminal = Terminal::start_program("/bin/bash".as_ref(), &["--norc", "--noprofile", "-i"], SIZE, &[("PS1", "$ ")]);
    terminal.send(&format!("{script}\r"));
    terminal.wait_for("a member of organization");
    // Stopped, the shell goes on with the rest of the line, which brings the walk back; it draws itself anew.
    let drawn = terminal.frames();
    terminal.send("\u{1a}");
    terminal.wait_for_more_frames(drawn);
    terminal.send("q");
    terminal.wait_for("ended with 9");
    terminal.send("cmp before stopped && echo the same\r");
    terminal.wait_until("the modes to be the same", |screen| screen.lines().any(|line| line.trim() == "the same"));
    terminal.send("exit\r");
    terminal.end();
}

#[test]
fn any_size_of_window_is_survived() {
    let mut terminal = demo();
    for (cols, rows) in [(80, 24), (60, 16), (59, 16), (5, 2), (1, 1), (200, 60), (120, 40)] {
        terminal.resize(cols, rows);
    }
    terminal.wait_for("a member of organization");
    terminal.resize(40, 10);
    terminal.wait_for("This window is too small.");
    terminal.send("q");
    assert_eq!(terminal.end(), 9);
}

#[test]
fn without_colours_the_selection_still_shows() {
    let mut terminal = Terminal::start(&["demo", "ready"], SIZE, &[("NO_COLOR", "1")]);
    terminal.wait_for("a member of organization");
    terminal.press("\r", "10 of 11 settled");
    let screen = terminal.state();
    let (rows, cols) = (screen.size().0.get(), screen.size().1.get());
    let cells = (0..rows).flat_map(|row| (0..cols).map(move |col| (row, col))).filter_map(|(row, col)| screen.cell(row, col));
    let (mut reversed, mut coloured) = (0, 0);
    for cell in cells {
        reversed += usize::from(cell.inverse());
        coloured += usize::from(cell.fgcolor() != vt100::Color::Default);
    }
    assert!(reversed > 20, "the selected row is not in reverse video");
    assert_eq!(coloured, 0);
}
