//! What a shell and its manual want to know: completions, and one page for the program with all its commands.

use std::io;

use clap::{Command, ValueEnum};
use clap_complete::Shell as Script;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::help::{self, Example};
use super::{Failure, READY, print};

/// The shells that completions are written for.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
}

/// Prints the completions.
pub(super) fn completions(shell: Shell, mut program: Command) -> Result<u8, Failure> {
    let name = program.get_name().to_owned();
    let mut write = |shell: Script, name: &str| {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut program, name, &mut script);
        String::from_utf8_lossy(&script).into_owned()
    };
    let script = match shell {
        Shell::Bash => {
            // For a name with a hyphen, clap_complete writes a script that completes nothing after a command. So it gets another name,
            // and only the line that says for whom the script completes gets the real one.
            let plain = name.replace('-', "_");
            write(Script::Bash, &plain).replace(&format!(" {plain}\n"), &format!(" {name}\n"))
        }
        Shell::Zsh => write(Script::Zsh, &name),
        Shell::Fish => write(Script::Fish, &name),
        Shell::Powershell => write(Script::PowerShell, &name),
    };
    print("The completions", script)?;
    Ok(READY)
}

/// Prints the man page.
pub(super) fn man(program: Command) -> Result<u8, Failure> {
    let page = page(program).map_err(|error| Failure::unexpected("The man page could not be written", &error))?;
    print("The man page", page)?;
    Ok(READY)
}

/// One page, in the order of man-pages(7): the program, its commands one section each, and what holds for all of them.
fn page(program: Command) -> io::Result<Vec<u8>> {
    // The commands' own pages would each say how to get help.
    let mut program = program
        .disable_help_subcommand(true)
        .subcommand_value_name("command")
        .mut_subcommands(|command| command.disable_help_flag(true));
    program.build();
    let commands: Vec<Command> = program.get_subcommands().cloned().collect();
    // The page has no date of its own, and an empty one would be left out, which moves what follows it.
    let man = Man::new(program).date(" ").manual("User Commands");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    let mut list = Roff::new();
    list.control("SH", ["COMMANDS"]);
    for command in &commands {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        list.control("TP", []).text([bold(command.get_name())]).text([roman(about)]);
    }
    list.to_writer(&mut page)?;
    for command in commands {
        section_of(command, &mut page)?;
    }
    common(&mut page)?;
    Ok(said_once(&page))
}

/// A command's own page, as one section of the program's.
fn section_of(command: Command, page: &mut Vec<u8>) -> io::Result<()> {
    let name = command.get_name().to_owned();
    let title = command.get_bin_name().unwrap_or(&name).to_uppercase();
    Roff::new().control("SH", [title.as_str()]).to_writer(page)?;
    let has_arguments = command.get_arguments().next().is_some();
    let man = Man::new(command);
    let mut own = Vec::new();
    man.render_synopsis_section(&mut own)?;
    man.render_description_section(&mut own)?;
    if has_arguments {
        man.render_options_section(&mut own)?;
    }
    let mut roff = Roff::new();
    roff.control("SH", ["EXAMPLES"]);
    show(help::examples(&name), &mut roff);
    roff.to_writer(&mut own)?;
    // Its sections lie one floor deeper here.
    for line in own.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_prefix(b".SH ") {
            Some(heading) => page.extend([b".SS ", heading].concat()),
            None => page.extend(line),
        }
    }
    Ok(())
}

/// What holds for all commands.
fn common(page: &mut Vec<u8>) -> io::Result<()> {
    let mut roff = Roff::new();
    roff.control("SH", ["EXIT STATUS"]);
    for (code, meaning) in help::EXIT_CODES {
        roff.control("TP", []).text([bold(code.to_string())]).text([roman(meaning)]);
    }
    roff.control("PP", []).text([roman(help::LOWEST_WINS)]);
    roff.control("SH", ["ENVIRONMENT"]);
    for (names, what) in help::ENVIRONMENT {
        roff.control("TP", []).text([bold(names)]).text([roman(what)]);
    }
    roff.control("PP", []).text([roman(help::CREDENTIALS)]);
    roff.control("SH", ["FILES"]);
    for (name, what) in help::FILES {
        roff.control("TP", []).text([bold(name)]).text([roman(what)]);
    }
    roff.control("SH", ["EXAMPLES"]);
    show(help::examples("leave-org"), &mut roff);
    roff.to_writer(page)
}

/// The page without what each of its parts begins with: how an apostrophe is written.
fn said_once(page: &[u8]) -> Vec<u8> {
    let lines = page.split_inclusive(|byte| *byte == b'\n').enumerate();
    let preamble = |line: &[u8]| line.starts_with(b".ie ") || line.starts_with(b".el ");
    lines.filter(|(at, line)| *at < 2 || !preamble(line)).flat_map(|(_, line)| line).copied().collect()
}

fn show(examples: &[Example], roff: &mut Roff) {
    for Example { line, does } in examples {
        roff.control("TP", []);
        roff.text([bold(line.replace("\\\n", "").split_whitespace().collect::<Vec<_>>().join(" "))]);
        roff.text([roman(*does)]);
    }
}
