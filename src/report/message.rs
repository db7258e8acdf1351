//! Writes a message that reads well as plain text and as Markdown: wrapped paragraphs, numbered items, commands that can be pasted.
//!
//! It knows how a message looks, and nothing of what it says.

use std::fmt::Write as _;

use serde_json::Value;
use textwrap::Options;

use super::in_lines;
use crate::checklist::texts;

/// Lines of prose end before this column.
const WIDTH: usize = 78;

/// Where the text of a numbered item begins.
const INDENT: &str = "   ";

/// A message in the making.
#[derive(Debug, Default)]
pub(super) struct Message {
    text: String,
    indent: &'static str,
}

impl Message {
    /// The line that mail programs show in their lists. It stays one line, however long it is.
    pub(super) fn subject(&mut self, template: &str, values: &Value) {
        let filled = texts::fill(template, values);
        self.block(&filled);
    }

    /// A paragraph, unless it comes out empty.
    pub(super) fn paragraph(&mut self, template: &str, values: &Value) {
        let words = texts::fill(template, values);
        if !words.is_empty() {
            let wrapped = wrap(&words, self.indent, self.indent);
            self.block(&wrapped);
        }
    }

    pub(super) fn paragraphs(&mut self, templates: &[String], values: &Value) {
        for template in templates {
            self.paragraph(template, values);
        }
    }

    pub(super) fn heading(&mut self, template: &str, values: &Value) {
        let words = texts::fill(template, values);
        let underline = "-".repeat(words.chars().count());
        self.block(&format!("{words}\n{underline}"));
    }

    /// The title of a numbered item. What follows belongs to the item, until its end.
    pub(super) fn item(&mut self, number: usize, template: &str, values: &Value) {
        let title = wrap(&texts::fill(template, values), &format!("{number}. "), INDENT);
        self.block(&title);
        self.indent = INDENT;
    }

    /// What follows belongs to no item.
    pub(super) fn end_item(&mut self) {
        self.indent = "";
    }

    /// Commands, unless there are none.
    pub(super) fn commands(&mut self, lines: &str) {
        self.fenced("sh", lines);
    }

    /// What goes into a file.
    pub(super) fn data(&mut self, lines: &str) {
        self.fenced("json", lines);
    }

    /// A line across the page.
    pub(super) fn rule(&mut self) {
        self.block("* * *");
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    fn fenced(&mut self, language: &str, lines: &str) {
        if lines.is_empty() {
            return;
        }
        let indent = self.indent;
        let lines = format!("```{language}\n{lines}\n```");
        let indented: Vec<String> = lines.lines().map(|line| format!("{indent}{line}")).collect();
        self.block(&indented.join("\n"));
    }

    fn block(&mut self, lines: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        let _ = writeln!(self.text, "{lines}");
    }
}

fn wrap(words: &str, first: &str, rest: &str) -> String {
    in_lines(words, Options::new(WIDTH).initial_indent(first).subsequent_indent(rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn prose_is_wrapped_and_what_is_copied_is_not() {
        let mut message = Message::default();
        let arn = format!("arn:aws:iam::123456789012:role/{}", "long-name/".repeat(10));
        message.item(1, "Look at this", &json!({}));
        message.paragraph("{{ words }} {{ arn }}", &json!({ "words": "some words ".repeat(12), "arn": arn }));
        message.commands(&format!("aws one {arn}\n  aws two"));
        message.commands("");
        message.end_item();
        message.paragraph("{% if nothing %}x{% endif %}", &json!({ "nothing": null }));
        message.paragraph("The end.", &json!({}));
        let text = message.finish();
        assert!(text.contains(&arn) && text.contains(&format!("   ```sh\n   aws one {arn}\n     aws two\n   ```\n")), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH || line.contains(&arn)), "{text}");
        assert!(text.starts_with("1. Look at this\n\n   some words") && text.ends_with("```\n\nThe end.\n"), "{text}");
    }
}
