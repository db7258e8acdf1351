//! Words for a person, in two voices: a screen has keys to press, and line by line there are words to type.

/// The same words as they are shown and as they are said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    pub shown: String,
    /// What is said line by line.
    pub said: String,
}

impl Text {
    /// Where the two voices have nothing in common; an empty one is silent.
    pub fn voices(shown: impl Into<String>, said: impl Into<String>) -> Self {
        Self { shown: shown.into(), said: said.into() }
    }

    pub(crate) fn and(mut self, more: impl Into<Self>) -> Self {
        let more = more.into();
        self.shown.push_str(&more.shown);
        self.said.push_str(&more.said);
        self
    }
}

impl<T: Into<String>> From<T> for Text {
    fn from(text: T) -> Self {
        let text = text.into();
        Self { said: text.clone(), shown: text }
    }
}

/// A text of our own with its keys in backticks. A screen shows “press a”, where “type a” is said; what is said otherwise stands behind a bar:
/// “press Enter|type leave”.
pub(crate) fn keyed(template: &str) -> Text {
    template.split('`').enumerate().fold(Text::default(), |text, (at, part)| {
        if at % 2 == 0 {
            return text.and(part);
        }
        text.and(match (part.split_once('|'), part.split_once(' ')) {
            (Some((shown, said)), _) => Text::voices(shown, said),
            (None, Some(("press", key))) => Text::voices(part, format!("type {key}")),
            (None, Some(("Press", key))) => Text::voices(part, format!("Type {key}")),
            (None, _) => part.into(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_names_keys_to_press_where_words_to_type_are_said() {
        for (template, shown, said) in [
            ("Then `press a` to go on.", "Then press a to go on.", "Then type a to go on."),
            ("`Press m`: it can tell more.", "Press m: it can tell more.", "Type m: it can tell more."),
            ("Or `press Enter|type begin` to begin.", "Or press Enter to begin.", "Or type begin to begin."),
            ("No key is pressed.", "No key is pressed.", "No key is pressed."),
        ] {
            assert_eq!(keyed(template), Text::voices(shown, said));
        }
    }
}
