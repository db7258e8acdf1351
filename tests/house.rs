//! What the documents for those who carry on say of the source is so: which floor imports which, which files there are, which Rust it takes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use leave_org::checklist::StepId;
use regex_lite::Regex;

/// The floor that imports nothing of the crate, and those from which on it is known.
const BESIDE: &str = "simulator";
const KNOWN_FROM: &str = "driver";

fn home() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(home().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The floors as `ARCHITECTURE.md` draws them, from the top down: a line names those that stand side by side, then says what they are.
fn floors() -> Vec<Vec<String>> {
    let text = read("ARCHITECTURE.md");
    let (_, drawing) = text.split_once("```floors\n").unwrap();
    let (drawing, _) = drawing.split_once("```").unwrap();
    let names = |line: &str| -> Vec<String> {
        let (names, _) = line.split_once("  ").unwrap_or((line, ""));
        names.split(", ").map(str::to_owned).collect()
    };
    drawing.lines().map(names).collect()
}

/// How high a module stands; one that stands nowhere has no height.
fn height(floors: &[Vec<String>], module: &str) -> Option<usize> {
    floors.iter().rev().position(|floor| floor.iter().any(|name| name == module))
}

fn may_import(floors: &[Vec<String>], from: &str, to: &str) -> bool {
    let height = |module| height(floors, module).unwrap_or_else(|| panic!("{module} stands on no floor of ARCHITECTURE.md"));
    match (from, to) {
        _ if from == to => true,
        (BESIDE, _) => false,
        (_, BESIDE) => height(from) >= height(KNOWN_FROM),
        _ => height(from) > height(to),
    }
}

/// Every file of the program with its text, tests and comments aside.
fn sources() -> Vec<(PathBuf, String)> {
    fn gather(folder: &Path, sources: &mut Vec<(PathBuf, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_test = path.file_stem().is_some_and(|name| name == "tests");
            if path.is_dir() && !is_test {
                gather(&path, sources);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !is_test {
                let text = std::fs::read_to_string(&path).unwrap();
                let program = text.split_once("#[cfg(test)]\nmod tests").map_or(text.as_str(), |(program, _)| program);
                let code: Vec<&str> = program.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
                sources.push((path.strip_prefix(home().join("src")).unwrap().to_owned(), code.join("\n")));
            }
        }
    }
    let mut sources = Vec::new();
    gather(&home().join("src"), &mut sources);
    sources
}

/// The modules of the crate that `code` names by `crate::`, alone or in braces.
fn named_in(code: &str) -> BTreeSet<String> {
    let path = Regex::new(r"\bcrate::(\w+|\{)").unwrap();
    let mut named = BTreeSet::new();
    for found in path.captures_iter(code) {
        let first = found.get(1).unwrap();
        if first.as_str() != "{" {
            named.insert(first.as_str().to_owned());
            continue;
        }
        let mut depth = 1;
        let mut begins = true;
        let list = &code[first.end()..];
        for (at, character) in list.char_indices() {
            match character {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => begins = true,
                _ if begins && !character.is_whitespace() => {
                    named.insert(list[at..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
                    begins = false;
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    named
}

#[test]
fn every_floor_imports_only_what_lies_below_it() {
    let floors = floors();
    let modules: BTreeSet<String> = read("src/lib.rs")
        .lines()
        .filter_map(|line| Some(line.strip_prefix("pub mod ")?.strip_suffix(';')?.to_owned()))
        .collect();
    assert!(modules.len() >= 12, "{modules:?}");
    for module in floors.iter().flatten() {
        assert!(modules.contains(module) || module == "main", "ARCHITECTURE.md draws a floor that is not there: {module}");
    }
    let mut upward = Vec::new();
    let mut seen = 0;
    for (path, code) in sources() {
        let floor = path.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        if floor == "lib" {
            continue;
        }
        for named in named_in(&code) {
            assert!(modules.contains(&named), "{}: crate::{named} is no module", path.display());
            seen += 1;
            if !may_import(&floors, floor, &named) {
                upward.push(format!("{} imports {named}", path.display()));
            }
        }
        // From the file that a floor begins with, `super` is the crate, and would be a way around.
        let begins = path.iter().count() == 1 || (path.iter().count() == 2 && path.ends_with("mod.rs"));
        assert!(!begins || !code.contains("\nuse super::"), "{} goes around by super", path.display());
    }
    assert!(seen > 100, "only {seen} imports were found");
    assert_eq!(upward, Vec::<String>::new());
}

#[test]
fn an_upward_import_is_seen() {
    let floors = floors();
    for (from, to) in [("checklist", "aws"), ("aws", "journal"), ("views", "tui"), ("tui", "plain"), ("simulator", "untrusted")] {
        assert!(!may_import(&floors, from, to), "{from} may import {to}");
    }
    assert!(!may_import(&floors, "wizard", BESIDE) && may_import(&floors, "driver", BESIDE));
    assert!(may_import(&floors, "tui", "views") && may_import(&floors, "views", "aws"));
    let code = "use crate::aws::ConnectOptions;\nuse crate::{\n    plain::{run, Turn},\n    tui,\n};\nlet _ = crate::untrusted::sanitize(x);";
    assert_eq!(named_in(code), ["aws", "plain", "tui", "untrusted"].map(str::to_owned).into());
}

/// Fields and variants are spared: most would only repeat their names. So are the facts, which the assets word, and what lies within a room.
#[test]
fn every_public_type_and_function_says_what_it_is() {
    let item = Regex::new(r"^\s*pub (const fn|async fn|fn|struct|enum|trait|const|static|type) \w").unwrap();
    let mut silent = Vec::new();
    for (path, _) in sources() {
        if path.starts_with("views") || path.starts_with("plain") || path.ends_with("facts.rs") || path.ends_with("damage.rs") {
            continue;
        }
        let text = std::fs::read_to_string(home().join("src").join(&path)).unwrap();
        let program = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        let is_attribute = |line: &&str| line.trim_start().starts_with("#[") && line.ends_with(']');
        let lines: Vec<&str> = program.lines().filter(|line| !is_attribute(line)).collect();
        for pair in lines.windows(2).filter(|pair| item.is_match(pair[1])) {
            let is_told = pair[0].trim_start().starts_with("///") || pair[0].trim() == ")]";
            if !is_told {
                silent.push(format!("{}: {}", path.display(), pair[1].trim()));
            }
        }
    }
    assert_eq!(silent, Vec::<String>::new());
}

/// The numbered lines under a heading of `ARCHITECTURE.md`.
fn numbered_under(heading: &str) -> Vec<String> {
    let text = read("ARCHITECTURE.md");
    let (_, section) = text.split_once(&format!("## {heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let is_numbered = |line: &&str| line.split_once(". ").is_some_and(|(number, _)| number.parse::<u32>().is_ok());
    section.lines().filter(is_numbered).map(str::to_owned).collect()
}

#[test]
fn the_road_of_a_step_is_ten_lines_of_names_that_are_there() {
    let road = numbered_under("The road of a step");
    assert_eq!(road.len(), 10);
    let pair = Regex::new(r"`(\w+)` in `([\w/.-]+)`").unwrap();
    for line in &road {
        let names: Vec<_> = pair.captures_iter(line).collect();
        assert!(!names.is_empty(), "{line}");
        for name in names {
            let defined = Regex::new(&format!(r"\b(fn|struct|enum) {}\b", &name[1])).unwrap();
            assert!(defined.is_match(&read(&name[2])), "{} is not in {}", &name[1], &name[2]);
        }
    }
}

#[test]
fn a_new_step_touches_the_files_that_are_listed_and_no_more_than_fourteen() {
    let path = Regex::new(r"^\d+\. `([\w/.-]+)`").unwrap();
    let listed: BTreeSet<String> =
        numbered_under("Adding a step").iter().map(|line| path.captures(line).unwrap()[1].to_owned()).collect();
    assert!(listed.len() <= 14, "{listed:?}");
    // Whatever names every step has to name the next one, too.
    let ids: Vec<[String; 2]> = StepId::ALL.map(|step| [step.as_str().to_owned(), format!("{step:?}")]).to_vec();
    let names_all = |text: &str| ids.iter().all(|names| names.iter().any(|name| text.contains(name)));
    let mut files = vec![home().join("README.md")];
    for folder in ["src", "assets", "tests", "benches"] {
        files.extend(files_in(&home().join(folder)));
    }
    for file in files {
        let name = file.strip_prefix(home()).unwrap().to_string_lossy().replace('\\', "/");
        let is_kept = ["snapshots", "journals"].iter().any(|folder| name.contains(folder)) || name == "tests/house.rs";
        if !is_kept && std::fs::read_to_string(&file).is_ok_and(|text| names_all(&text)) {
            assert!(listed.contains(&name), "{name} names every step, and ARCHITECTURE.md does not list it");
        }
    }
    for name in listed.iter().filter(|name| !name.ends_with('/')) {
        let text = std::fs::read_to_string(home().join(name)).unwrap();
        assert!(names_all(&text), "ARCHITECTURE.md lists {name}, which does not name every step");
    }
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_in(&path) } else { vec![path] }).collect()
}

#[test]
fn nobody_but_the_front_ends_asks_what_is_on_the_screen() {
    let of_the_screen = Regex::new(r"\b(Screen|Overlay|Pane)::|\bContext::of\b|\.(screen|overlay)\b").unwrap();
    let mut asked = Vec::new();
    let mut seen = 0;
    for (path, code) in sources() {
        let floor = path.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        for found in of_the_screen.find_iter(&code) {
            seen += 1;
            if !["wizard", "views", "tui", "plain"].contains(&floor) {
                asked.push(format!("{}: {}", path.display(), found.as_str()));
            }
        }
    }
    assert!(seen > 100, "only {seen} uses were found");
    assert_eq!(asked, Vec::<String>::new());
}

#[test]
fn every_file_that_a_document_names_is_there() {
    // Between backticks, or behind a link: something below a folder of this project, or a file of its root.
    let named =
        Regex::new(r"[`(]((?:\.ci|assets|benches|src|tests)/[\w./-]*|[A-Z][\w-]+\.(?:md|toml|lock)|LICENSE-\w+|\w+\.toml)[`)#]")
            .unwrap();
    let mut missing = Vec::new();
    for (document, at_least) in [("README.md", 8), ("ARCHITECTURE.md", 40), ("CONTRIBUTING.md", 8), ("CHANGELOG.md", 0)] {
        let text = read(document);
        let paths: BTreeSet<&str> = named.captures_iter(&text).map(|found| found.get(1).unwrap().as_str()).collect();
        assert!(paths.len() >= at_least, "{document} names only {paths:?}");
        let gone = paths.into_iter().filter(|path| !home().join(path).exists());
        missing.extend(gone.map(|path| format!("{document}: {path}")));
    }
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn the_documents_promise_the_rust_that_cargo_asks_for() {
    let manifest = read("Cargo.toml");
    let promised = manifest.lines().find_map(|line| line.strip_prefix("rust-version = \"")?.strip_suffix('"')).unwrap();
    for (document, says) in
        [("README.md", format!("[Rust](https://rustup.rs) {promised} or newer")), ("CONTRIBUTING.md", format!("Rust {promised}"))]
    {
        assert!(read(document).contains(&says), "{document} does not say: {says}");
    }
}
