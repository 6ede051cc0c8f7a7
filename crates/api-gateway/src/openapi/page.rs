//! The document as a page for people: no script, nothing from elsewhere, so it is read where there is no network.

mod html;
mod operation;
mod schema;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use html::{Html, text};
use operation::Operation;

use crate::problem::Code;

const STYLE: &str = include_str!("page/style.css");

/// The page, and the policy under which browsers show it.
pub(super) struct Page {
    pub(super) html: String,
    pub(super) policy: String,
}

/// Makes the page.
pub(super) fn render(document: &Value) -> Page {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    let mut html = Html::default();
    page(&mut html, document);
    Page {
        html: html.finish(),
        policy: format!(
            "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
    }
}

fn page(html: &mut Html, document: &Value) {
    let title = text(&document["info"]["title"]);
    html.raw("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">");
    html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    html.raw("<meta name=\"color-scheme\" content=\"light dark\">");
    html.element("title", &format!("{title} API"));
    html.raw("<style>").raw(STYLE).raw("</style></head><body>");
    html.raw("<a class=\"skip\" href=\"#main\">To the operations</a>");
    head(html, document, title);
    let operations = Operation::all(document);
    let tags: Vec<&Value> = document["tags"].as_array().into_iter().flatten().collect();
    navigation(html, &tags, &operations);
    html.raw("<main id=\"main\">");
    for tag in tags {
        html.raw("<section>")
            .element("h2", text(&tag["name"]))
            .prose(&tag["description"]);
        for operation in operations.iter().filter(|operation| operation.has_tag(tag)) {
            operation.article(html, &document["components"]);
        }
        html.raw("</section>");
    }
    problems(html);
    schemas(html, &document["components"]["schemas"]);
    html.raw("</main></body></html>\n");
}

fn head(html: &mut Html, document: &Value, title: &str) {
    let version = text(&document["info"]["version"]);
    html.raw("<header>")
        .element("h1", &format!("{title} API {version}"));
    html.prose(&document["info"]["description"]);
    html.raw("<p>The same for programs: <a href=\"/api/openapi.json\">OpenAPI ");
    html.escaped(text(&document["openapi"]))
        .raw("</a>.</p></header>");
}

fn navigation(html: &mut Html, tags: &[&Value], operations: &[Operation<'_>]) {
    html.raw("<nav aria-label=\"Operations\">");
    for tag in tags {
        html.raw("<details>")
            .element("summary", text(&tag["name"]))
            .raw("<ul>");
        for operation in operations.iter().filter(|operation| operation.has_tag(tag)) {
            html.raw("<li>");
            operation.link(html);
            html.raw("</li>");
        }
        html.raw("</ul></details>");
    }
    html.raw("<ul><li><a href=\"#problems\">Problems</a></li><li><a href=\"#schemas\">Schemas</a></li></ul></nav>");
}

fn problems(html: &mut Html) {
    html.raw("<section><h2 id=\"problems\">Problems</h2>");
    html.raw(
        "<p>Errors are <code>application/problem+json</code> with a stable <code>code</code>.</p>",
    );
    html.table(&["Code", "Status", "What it says"]);
    for code in Code::ALL {
        html.raw("<tr id=\"problem-").escaped(code.as_str());
        html.raw("\"><th scope=\"row\">")
            .element("code", code.as_str());
        html.raw("</th>").element("td", code.status().as_str());
        html.element("td", code.title()).raw("</tr>");
    }
    html.end_table().raw("</section>");
}

fn schemas(html: &mut Html, schemas: &Value) {
    html.raw("<section><h2 id=\"schemas\">Schemas</h2>");
    for (name, schema) in schemas.as_object().into_iter().flatten() {
        html.raw("<article id=\"schema-")
            .escaped(name)
            .raw("\">")
            .element("h3", name);
        html.prose(&schema["description"]);
        schema::known(html, schema);
        schema::fields(html, schema);
        html.raw("</article>");
    }
    html.raw("</section>");
}
