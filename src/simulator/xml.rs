//! The little XML that the query protocol needs: elements with text or children, escaped.

use quick_xml::escape::escape;

/// An element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Element {
    name: String,
    content: Content,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Content {
    Text(String),
    Children(Vec<Element>),
}

impl Element {
    /// `<name>text</name>`.
    pub fn text(name: &str, text: impl Into<String>) -> Self {
        Self { name: name.to_owned(), content: Content::Text(text.into()) }
    }

    /// `<name>…children…</name>`.
    pub fn new(name: &str, children: Vec<Self>) -> Self {
        Self { name: name.to_owned(), content: Content::Children(children) }
    }

    /// A list as the query protocol writes it: `<name><member>…</member>…</name>`.
    pub fn list(name: &str, members: impl IntoIterator<Item = Vec<Self>>) -> Self {
        Self::new(name, members.into_iter().map(|children| Self::new("member", children)).collect())
    }

    /// A map as the query protocol writes it: `<name><entry><key/><value/></entry>…</name>`.
    pub fn map<K: Into<String>, V: Into<String>>(name: &str, entries: impl IntoIterator<Item = (K, V)>) -> Self {
        let entry = |(key, value): (K, V)| Self::new("entry", vec![Self::text("key", key), Self::text("value", value)]);
        Self::new(name, entries.into_iter().map(entry).collect())
    }

    /// Appends the element to a document.
    pub fn write(&self, document: &mut String) {
        document.push('<');
        document.push_str(&self.name);
        document.push('>');
        match &self.content {
            Content::Text(text) => document.push_str(&escape(text.as_str())),
            Content::Children(children) => {
                for child in children {
                    child.write(document);
                }
            }
        }
        document.push_str("</");
        document.push_str(&self.name);
        document.push('>');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_lists_and_maps_have_their_frames() {
        let mut document = String::new();
        Element::new(
            "A",
            vec![Element::text("B", "<&>"), Element::list("C", [vec![Element::text("D", "1")]]), Element::map("E", [("k", "v")])],
        )
        .write(&mut document);
        assert_eq!(
            document,
            "<A><B>&lt;&amp;&gt;</B><C><member><D>1</D></member></C><E><entry><key>k</key><value>v</value></entry></E></A>"
        );
    }
}
