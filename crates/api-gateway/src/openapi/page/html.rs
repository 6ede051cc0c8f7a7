use serde_json::Value;

/// A page as it is written. What is not markup of ours is escaped.
#[derive(Default)]
pub(super) struct Html(String);

impl Html {
    pub(super) fn finish(self) -> String {
        self.0
    }

    /// Markup.
    pub(super) fn raw(&mut self, markup: &str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// A text, within an element or an attribute.
    pub(super) fn escaped(&mut self, text: &str) -> &mut Self {
        for letter in text.chars() {
            match letter {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                other => self.0.push(other),
            }
        }
        self
    }

    /// An element that holds a text.
    pub(super) fn element(&mut self, name: &str, text: &str) -> &mut Self {
        self.raw("<").raw(name).raw(">").escaped(text);
        self.raw("</").raw(name).raw(">")
    }

    /// The beginning of a table.
    pub(super) fn table(&mut self, columns: &[&str]) -> &mut Self {
        self.raw("<div class=\"wide\"><table><thead><tr>");
        for column in columns {
            self.raw("<th scope=\"col\">").escaped(column).raw("</th>");
        }
        self.raw("</tr></thead><tbody>")
    }

    /// Its end.
    pub(super) fn end_table(&mut self) -> &mut Self {
        self.raw("</tbody></table></div>")
    }

    /// What the document says in Markdown: paragraphs, lists, and code between backticks.
    pub(super) fn prose(&mut self, said: &Value) -> &mut Self {
        for block in text(said)
            .split("\n\n")
            .filter(|block| !block.trim().is_empty())
        {
            if block.starts_with("- ") {
                self.raw("<ul>");
                for item in block.lines() {
                    self.raw("<li>")
                        .inline(item.trim_start_matches("- "))
                        .raw("</li>");
                }
                self.raw("</ul>");
            } else {
                self.raw("<p>").inline(block).raw("</p>");
            }
        }
        self
    }

    fn inline(&mut self, text: &str) -> &mut Self {
        for (place, part) in text.split('`').enumerate() {
            if place % 2 == 1 {
                self.element("code", part);
            } else {
                self.escaped(part);
            }
        }
        self
    }
}

/// A text of the document; empty where there is none.
pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
