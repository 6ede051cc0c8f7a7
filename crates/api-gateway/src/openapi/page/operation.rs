use serde_json::Value;

use super::html::{Html, text};
use super::schema::{fields, kind, known};
use crate::problem::Code;

/// An operation, with where it is.
pub(super) struct Operation<'a> {
    path: &'a str,
    method: &'a str,
    says: &'a Value,
}

impl<'a> Operation<'a> {
    /// Every one, by address.
    pub(super) fn all(document: &'a Value) -> Vec<Self> {
        let paths = document["paths"].as_object().into_iter().flatten();
        let each = |(path, item): (&'a String, &'a Value)| {
            let methods = item.as_object().into_iter().flatten();
            methods.map(move |(method, says)| Self { path, method, says })
        };
        paths.flat_map(each).collect()
    }

    pub(super) fn has_tag(&self, tag: &Value) -> bool {
        self.says["tags"][0] == tag["name"]
    }

    pub(super) fn link(&self, html: &mut Html) {
        html.raw("<a href=\"#")
            .escaped(text(&self.says["operationId"]))
            .raw("\">");
        self.method(html);
        html.raw(" ").escaped(self.path).raw("</a>");
    }

    fn method(&self, html: &mut Html) {
        html.raw("<span class=\"method\">")
            .escaped(&self.method.to_uppercase())
            .raw("</span>");
    }

    /// All that there is to know of it.
    pub(super) fn article(&self, html: &mut Html, components: &Value) {
        let says = self.says;
        let id = text(&says["operationId"]);
        html.raw("<article id=\"")
            .escaped(id)
            .raw("\" aria-labelledby=\"")
            .escaped(id)
            .raw("-title\">");
        html.raw("<h3 id=\"")
            .escaped(id)
            .raw("-title\">")
            .escaped(text(&says["summary"]))
            .raw("</h3>");
        html.raw("<p class=\"address\">");
        self.method(html);
        html.raw(" ")
            .element("code", self.path)
            .raw("</p>")
            .prose(&says["description"]);
        self.authority(html);
        self.parameters(html);
        if let Some(content) = says["requestBody"]["content"].as_object() {
            html.element("h4", "Request");
            content
                .iter()
                .for_each(|(media_type, body)| shown(html, media_type, body));
        }
        html.element("h4", "Answers");
        for (status, response) in says["responses"].as_object().into_iter().flatten() {
            answer(html, status, response, components);
        }
        html.raw("</article>");
    }

    fn authority(&self, html: &mut Html) {
        match self.says["x-least-role"].as_str() {
            Some("none") => html.element("p", "Needs no sign-in."),
            Some(role) => html
                .raw("<p>Needs the role ")
                .element("code", role)
                .raw(" or higher.</p>"),
            None => html.element("p", "Signed by the carrier."),
        };
    }

    fn parameters(&self, html: &mut Html) {
        let parameters = self.says["parameters"].as_array();
        let Some(parameters) = parameters.filter(|all| !all.is_empty()) else {
            return;
        };
        html.element("h4", "Parameters");
        html.table(&["Name", "Where", "Type", "What it says"]);
        for parameter in parameters {
            html.raw("<tr><th scope=\"row\">")
                .element("code", text(&parameter["name"]));
            if parameter["required"] == true {
                html.raw(" <span class=\"needed\">required</span>");
            }
            html.raw("</th>")
                .element("td", text(&parameter["in"]))
                .raw("<td>");
            kind(html, &parameter["schema"]);
            html.raw("</td><td>").prose(&parameter["description"]);
            known(html, &parameter["schema"]);
            html.raw("</td></tr>");
        }
        html.end_table();
    }
}

fn answer(html: &mut Html, status: &str, response: &Value, components: &Value) {
    let shared = response["$ref"].as_str();
    let shared = shared.and_then(|path| components.pointer(path.strip_prefix("#/components")?));
    let response = shared.unwrap_or(response);
    html.element("h5", status);
    let problem = &response["content"]["application/problem+json"]["schema"];
    let codes = problem["allOf"][1]["properties"]["code"]["enum"].as_array();
    if let Some(codes) = codes {
        html.raw("<ul class=\"codes\">");
        for code in codes {
            let known = Code::ALL.iter().find(|known| known.as_str() == code);
            html.raw("<li><a href=\"#problem-").escaped(text(code));
            html.raw("\">").element("code", text(code)).raw("</a> ");
            html.escaped(known.map_or("", |known| known.title()))
                .raw("</li>");
        }
        html.raw("</ul>");
        return;
    }
    html.prose(&response["description"]);
    let content = response["content"].as_object().into_iter().flatten();
    content.for_each(|(media_type, body)| shown(html, media_type, body));
}

/// A body: its form and an example.
fn shown(html: &mut Html, media_type: &str, body: &Value) {
    html.raw("<p>").element("code", media_type).raw(" ");
    kind(html, &body["schema"]);
    html.raw("</p>");
    fields(html, &body["schema"]);
    let example = match &body["example"] {
        Value::Null => return,
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    };
    html.raw("<details><summary>Example</summary><pre tabindex=\"0\">");
    html.element("code", &example).raw("</pre></details>");
}
