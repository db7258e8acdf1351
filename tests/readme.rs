//! What the README shows of the program is what the program does.

use std::path::Path;

use regex_lite::Regex;

use crate::command_line::check;

/// `text` without what is another each time.
fn settled(text: &str) -> String {
    let text = Regex::new(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC").unwrap().replace_all(text, "0000-00-00 00:00 UTC").into_owned();
    Regex::new(r"127\.0\.0\.1:\d+").unwrap().replace_all(&text, "127.0.0.1:8471").into_owned()
}

#[test]
fn the_report_in_the_readme_is_a_real_one() {
    let beginning = "```console\n$ leave-org check\n";
    let answer = check("delegated-administrator", &[]);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(beginning).unwrap();
    let (shown, after) = rest.split_once("```\n").unwrap();
    if std::env::var_os("LEAVE_ORG_DRAW_PICTURES").is_some() {
        std::fs::write(&path, [before, beginning, &answer.stdout, "```\n", after].concat()).unwrap();
    } else {
        assert_eq!(settled(shown), settled(&answer.stdout));
    }
}

#[test]
fn the_table_of_speeds_in_the_readme_has_the_rows_and_targets_of_the_benchmark() {
    let read = |file: &str| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let benchmark = read("benches/speed/main.rs");
    let rows = Regex::new(r#"what: "([^"]+)",\s+target: "([^"]+)""#).unwrap();
    let measured: Vec<String> = rows.captures_iter(&benchmark).map(|row| format!("| {} | {} |", &row[1], &row[2])).collect();
    assert!(measured.len() > 10, "{measured:?}");
    let readme = read("README.md");
    let section = readme.split("\n## ").find(|section| section.starts_with("Speed\n")).unwrap();
    let table = section.lines().filter(|line| line.starts_with("| ")).skip(1);
    let shown: Vec<String> =
        table.map(|line| format!("|{} |", line.split('|').skip(1).take(2).collect::<Vec<_>>().join("|").trim_end())).collect();
    assert_eq!(shown, measured);
}
