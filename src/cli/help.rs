//! What every help ends with: examples, exit codes and, in the main help, what is heeded of the environment.
//!
//! `--help` and the man page are made of the same tables. A command needs one entry in [`COMMANDS`] and nothing else.

use std::fmt::Write as _;

use clap::Command;

/// A command line worth knowing.
pub(super) struct Example {
    /// The line as it is typed.
    pub line: &'static str,
    /// What it does.
    pub does: &'static str,
}

/// What a command's help tells beyond its options.
struct Words {
    command: &'static str,
    examples: &'static [Example],
    codes: &'static [u8],
}

const fn example(line: &'static str, does: &'static str) -> Example {
    Example { line, does }
}

/// The exit codes: a public contract.
pub(super) const EXIT_CODES: [(u8, &str); 12] = [
    (0, "ready, left, or already standalone"),
    (1, "unexpected error"),
    (2, "usage"),
    (3, "no usable credentials, or identity could not be established"),
    (4, "something is unmet"),
    (5, "something waits for time"),
    (6, "a person must look (needs-you or unknown)"),
    (7, "AWS refused the leave"),
    (8, "the outcome of the leave is unknown"),
    (9, "quit without leaving"),
    (129, "terminal lost"),
    (130, "interrupted"),
];

/// How several codes become one.
pub(super) const LOWEST_WINS: &str = "When several hold, the lowest of 4, 5 and 6 wins.";

/// For commands that only do what they were asked to.
const DONE_OR_NOT: &[u8] = &[0, 1, 2];

/// What is heeded of the environment, beyond what the AWS SDK heeds to find credentials.
pub(super) const ENVIRONMENT: [(&str, &str); 10] = [
    ("AWS_DEFAULT_PROFILE, AWS_PROFILE", "the profile, where --profile names none; the first that is set"),
    ("AWS_REGION", "the region; it decides which partition of AWS is asked"),
    ("AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE", "the files that hold the profiles"),
    ("AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_<SERVICE>", "what answers instead of AWS; always shown"),
    ("AWS_CA_BUNDLE", "the certificates to trust, as PEM"),
    ("HTTPS_PROXY, HTTP_PROXY, NO_PROXY", "the way to AWS"),
    ("NO_COLOR", "no colours, unless --color asks for them"),
    ("TERM", "\"dumb\" means line by line, as --plain; it, \"linux\" and \"vt...\" mean ASCII"),
    ("LC_ALL, LC_CTYPE, LANG", "the first that is set: a charset other than UTF-8 means ASCII alone"),
    ("XDG_STATE_HOME", "where the journal is kept, in the folder leave-org"),
];

/// The files that are read and written, for the man page.
pub(super) const FILES: [(&str, &str); 2] = [
    ("~/.aws/config, ~/.aws/credentials", "The profiles, read as every AWS tool reads them."),
    (
        "~/.local/state/leave-org/<account-id>.jsonl",
        "The journal of an account: what was found, said, confirmed, sent and answered. It holds no credentials.",
    ),
];

/// What comes after [`ENVIRONMENT`].
pub(super) const CREDENTIALS: &str = "Credentials are found the way every AWS tool finds them.";

const PROGRAM: Words = Words {
    command: "leave-org",
    examples: &[
        example("leave-org demo", "Walk the whole road on a practice account first"),
        example("leave-org check --profile deal", "See what is missing; nothing is changed"),
        example("leave-org --profile deal", "Be guided through the leave"),
        example("leave-org --profile deal --management-profile owner", "The same, with what only the owner can see"),
        example("leave-org --profile deal --plain", "The same, line by line: for a screen reader"),
    ],
    codes: &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 129, 130],
};

const COMMANDS: &[Words] = &[
    Words {
        command: "review",
        examples: &[
            example("leave-org review --profile deal", "Look at every step; the account cannot leave from here"),
            example("leave-org review --profile deal --color never", "The same without colours"),
        ],
        codes: &[0, 1, 2, 3, 4, 5, 6, 8, 129, 130],
    },
    Words {
        command: "check",
        examples: &[
            example("leave-org check --profile deal", "Read the report here"),
            example("leave-org check --profile deal --format json --output deal.json", "Keep it for a program"),
            example("leave-org check --profile deal --format html --output deal.html", "A page for those who want to see it"),
            example("leave-org check --profile deal --format markdown --redact", "For a ticket that strangers can read"),
            example("leave-org check --step support-plan --step payment-method", "Ask about two steps alone"),
            example("leave-org check --timeout 10", "Do not wait long for an answer"),
        ],
        codes: &[0, 1, 2, 3, 4, 5, 6, 8, 130],
    },
    Words {
        command: "request",
        examples: &[
            example("leave-org request --profile deal", "Read what would be asked of the owner"),
            example("leave-org request --profile deal --output owner.md", "Keep it for a mail or a ticket"),
            example(
                "leave-org request --profile deal --management-profile owner",
                "Do not ask what the owner's own credentials tell",
            ),
        ],
        codes: &[0, 1, 2, 3, 130],
    },
    Words {
        command: "demo",
        examples: &[
            example("leave-org demo", "An account with several steps open; `o` puts them right"),
            example("leave-org demo scp-denies", "An organization whose policy forbids leaving"),
            example("leave-org demo everything-wrong --review", "Everything that can be wrong, unable to leave"),
            example("leave-org demo --list", "All scenarios, a line each"),
        ],
        codes: PROGRAM.codes,
    },
    Words {
        command: "simulate",
        examples: &[
            example("leave-org simulate", "Serve the usual practice account and print what to set"),
            example("leave-org simulate throttled --listen 127.0.0.1:0", "An AWS that has no time, on a free port"),
            example("leave-org simulate ready --log requests.jsonl", "Keep what was asked and answered"),
        ],
        codes: DONE_OR_NOT,
    },
    Words {
        command: "policy",
        examples: &[
            example("leave-org policy check", "What `check` and `review` need"),
            example("leave-org policy leave > leave.json", "What the guided leave needs, in a file"),
            example(
                "aws iam create-policy --policy-name LeaveOrgCheck \\\n    --policy-document \"$(leave-org policy check)\"",
                "Make it a managed policy of the account",
            ),
        ],
        codes: DONE_OR_NOT,
    },
    Words {
        command: "journal",
        examples: &[
            example("leave-org journal", "Read the only journal there is, or see which there are"),
            example("leave-org journal 412098765432 | less", "Read that of one account"),
        ],
        codes: DONE_OR_NOT,
    },
    Words {
        command: "completions",
        examples: &[
            example("source <(leave-org completions bash)", "In ~/.bashrc"),
            example("source <(leave-org completions zsh)", "In ~/.zshrc, after compinit"),
            example("leave-org completions fish > ~/.config/fish/completions/leave-org.fish", "Once, for fish"),
            example("leave-org completions powershell | Out-String | Invoke-Expression", "In the PowerShell profile"),
        ],
        codes: DONE_OR_NOT,
    },
    Words {
        command: "man",
        examples: &[
            example("leave-org man | man -l -", "Read it now"),
            example("leave-org man > ~/.local/share/man/man1/leave-org.1", "Keep it, for `man leave-org`"),
        ],
        codes: DONE_OR_NOT,
    },
];

/// Adds to every command's help what this module knows of it.
pub(super) fn complete(program: Command) -> Command {
    let mut after = after(&PROGRAM);
    let _ = write!(after, "\n\n{}\n", heading("Environment"));
    for (names, what) in ENVIRONMENT {
        let _ = writeln!(after, "  {names}\n      {what}");
    }
    after.push_str(CREDENTIALS);
    program.after_long_help(after).mut_subcommands(|command| match words_of(command.get_name()) {
        Some(words) => command.after_long_help(self::after(words)),
        None => command,
    })
}

/// The examples of the program, or of one of its commands.
pub(super) fn examples(command: &str) -> &'static [Example] {
    words_of(command).map_or(&[], |words| words.examples)
}

fn words_of(command: &str) -> Option<&'static Words> {
    std::iter::once(&PROGRAM).chain(COMMANDS).find(|words| words.command == command)
}

fn after(words: &Words) -> String {
    let mut text = format!("{}\n", heading("Examples"));
    for Example { line, does } in words.examples {
        let _ = writeln!(text, "  {line}\n      {does}");
    }
    let _ = write!(text, "\n{}", heading("Exit codes"));
    for (code, meaning) in EXIT_CODES.into_iter().filter(|(code, _)| words.codes.contains(code)) {
        // Who cannot say that an account is not ready does not mean by 0 that it is.
        let meaning = if code == 0 && !words.codes.contains(&4) { "done" } else { meaning };
        let _ = write!(text, "\n  {code:>3}  {meaning}");
    }
    if words.codes.contains(&4) {
        let _ = write!(text, "\n{LOWEST_WINS}");
    }
    text
}

/// A heading as clap sets its own; clap takes the style out where none is wanted.
fn heading(text: &str) -> String {
    let style = clap::builder::Styles::styled().get_header().to_owned();
    format!("{style}{text}:{style:#}")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::super::Cli;
    use super::*;

    /// The calls of this program in a line of a shell.
    fn calls(line: &str) -> Vec<Vec<&str>> {
        line.split(['|', '>', '(', ')'])
            .map(|part| part.split_whitespace().collect::<Vec<_>>())
            .filter(|words| words.first() == Some(&"leave-org"))
            .collect()
    }

    #[test]
    fn every_example_is_understood_and_is_about_its_command() {
        for words in std::iter::once(&PROGRAM).chain(COMMANDS) {
            assert!(!words.examples.is_empty(), "{}", words.command);
            for example in words.examples {
                let calls = calls(example.line);
                assert!(!calls.is_empty(), "no call in {}", example.line);
                for call in calls {
                    let matches = super::super::command().try_get_matches_from(&call);
                    let matches = matches.unwrap_or_else(|error| panic!("{}: {error}", example.line));
                    let about = matches.subcommand_name().unwrap_or("leave-org");
                    assert!(about == words.command || words.command == "leave-org", "{} tells of {about}", words.command);
                }
            }
        }
    }

    #[test]
    fn every_command_has_its_words_and_no_words_are_of_a_command_that_is_gone() {
        let commands: Vec<String> = Cli::command().get_subcommands().map(|command| command.get_name().to_owned()).collect();
        let described: Vec<&str> = COMMANDS.iter().map(|words| words.command).collect();
        assert_eq!(commands, described);
    }

    #[test]
    fn nothing_is_wider_than_eighty_columns() {
        let mut program = super::super::command();
        program.build();
        let all = std::iter::once(&program).chain(program.get_subcommands());
        for text in all.filter_map(Command::get_after_long_help) {
            for line in text.to_string().lines() {
                assert!(line.chars().count() <= 80, "{line}");
            }
        }
    }

    #[test]
    fn the_program_and_its_commands_follow_claps_own_rules() {
        super::super::command().debug_assert();
    }
}
