//! The little XML that the query protocol needs: elements with text or children, escaped.

use quick_xml::escape::escape;

/// An element, written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Element(pub String);

impl Element {
    /// `<name>text</name>`.
    pub fn text(name: &str, text: impl AsRef<str>) -> Self {
        Self(format!("<{name}>{}</{name}>", escape(text.as_ref())))
    }

    /// `<name>…children…</name>`.
    pub fn new(name: &str, children: Vec<Self>) -> Self {
        let children: String = children.into_iter().map(|child| child.0).collect();
        Self(format!("<{name}>{children}</{name}>"))
    }

    /// A list as the query protocol writes it: `<name><member>…</member>…</name>`.
    pub fn list(name: &str, members: impl IntoIterator<Item = Vec<Self>>) -> Self {
        Self::new(name, members.into_iter().map(|children| Self::new("member", children)).collect())
    }

    /// A map as the query protocol writes it: `<name><entry><key/><value/></entry>…</name>`.
    pub fn map<K: AsRef<str>, V: AsRef<str>>(name: &str, entries: impl IntoIterator<Item = (K, V)>) -> Self {
        let entry = |(key, value): (K, V)| Self::new("entry", vec![Self::text("key", key), Self::text("value", value)]);
        Self::new(name, entries.into_iter().map(entry).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_lists_and_maps_have_their_frames() {
        let document = Element::new(
            "A",
            vec![Element::text("B", "<&>"), Element::list("C", [vec![Element::text("D", "1")]]), Element::map("E", [("k", "v")])],
        );
        assert_eq!(
            document.0,
            "<A><B>&lt;&amp;&gt;</B><C><member><D>1</D></member></C><E><entry><key>k</key><value>v</value></entry></E></A>"
        );
    }
}
