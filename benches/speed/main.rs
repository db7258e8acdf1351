//! How fast and how small the program is: `cargo bench`, or `cargo bench -- WORD` for the rows that have the word in their name.
//!
//! It measures the program from the outside (in a terminal, through /proc, with the practice AWS at the other end of every call) and the
//! library from the inside, and prints one Markdown table with the machine. Nothing fails here: a busy machine is no mistake.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark is a test: what goes wrong should stop it, and its result is what it prints"
)]

mod chain;
mod figures;
mod frames;
mod measurements;
mod practice;
mod program;

use std::process::Command;

use figures::Row;

/// One line of the table.
struct Measurement {
    /// What is measured. The README has the same words.
    what: &'static str,
    /// What it should be.
    target: &'static str,
    /// Measures it.
    measure: fn() -> Row,
}

const MEASUREMENTS: [Measurement; 13] = [
    Measurement { what: "First frame, from exec", target: "within 50 ms", measure: measurements::first_frame },
    Measurement { what: "First network answer, from exec", target: "after the first frame", measure: measurements::first_answer },
    Measurement { what: "Full check in the library", target: "chain + 30 ms", measure: measurements::check_in_library },
    Measurement { what: "`leave-org check`, from exec to exit", target: "chain + 30 ms", measure: measurements::check_from_exec },
    Measurement { what: "`leave-org check`, 10,000 roles and users", target: "chain + 30 ms", measure: measurements::check_many },
    Measurement { what: "Frame of the checklist, everything wrong", target: "under 1 ms at 200×60", measure: frames::checklist },
    Measurement { what: "Frame of the longest evidence", target: "under 1 ms at 200×60", measure: frames::evidence },
    Measurement { what: "Frame of the confirmation", target: "under 1 ms at 200×60", measure: frames::confirmation },
    Measurement { what: "CPU used while idle, in 10 s", target: "under 10 ms", measure: measurements::idle },
    Measurement { what: "Peak memory of `leave-org review`", target: "under 32 MB", measure: measurements::memory_of_review },
    Measurement { what: "Peak memory of `leave-org check`", target: "under 32 MB", measure: measurements::memory_of_check },
    Measurement { what: "Peak memory, 10,000 roles and users", target: "under 32 MB", measure: measurements::memory_many },
    Measurement { what: "Size of the program", target: "under 14 MB", measure: measurements::size },
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // Cargo says so when it benches, and does not when it tests: then there is nothing to do here.
    if !arguments.iter().any(|argument| argument == "--bench") {
        println!("Run it with cargo bench.");
        return;
    }
    let words: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |measurement: &&Measurement| {
        let name = measurement.what.to_lowercase();
        words.is_empty() || words.iter().any(|word| name.contains(&word.to_lowercase()))
    };
    println!("| What | Target | Measured | Met | What the rest goes to |\n|---|---|---|---|---|");
    for measurement in MEASUREMENTS.iter().filter(wanted) {
        let Row { measured, verdict, rest } = (measurement.measure)();
        println!("| {} | {} | {measured} | {verdict} | {rest} |", measurement.what, measurement.target);
    }
    println!("\n{}", machine());
}

/// What it was measured on.
fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let model = read("/proc/cpuinfo")
        .lines()
        .find_map(|line| line.strip_prefix("model name").map(|rest| rest.trim_start_matches([' ', '\t', ':']).to_owned()))
        .unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = read("/proc/sys/kernel/osrelease");
    let load = read("/proc/loadavg").split(' ').next().unwrap_or_default().to_owned();
    let rustc =
        Command::new("rustc").arg("--version").output().map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    format!(
        "{model}, {cores} cores, {} {}, {}; load {load} at the end.",
        std::env::consts::OS,
        kernel.trim(),
        rustc.unwrap_or_default().trim(),
    )
}
