//! Reads TwiML.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// The longest document that the carrier takes (error 11750).
pub(crate) const MAX_DOCUMENT_BYTES: usize = 64 * 1024;

/// A verb or a noun with what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Element {
    pub name: String,
    attributes: Vec<(String, String)>,
    pub text: String,
    pub children: Vec<Element>,
}

impl Element {
    /// Whether a business takes a call with this verb. One that only says something and hangs up turns it away.
    pub(crate) fn takes_the_call(&self) -> bool {
        !matches!(self.name.as_str(), "Say" | "Play" | "Hangup" | "Reject")
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    pub(crate) fn seconds(&self, name: &str) -> Option<f64> {
        self.attribute(name)?.parse().ok()
    }
}

/// The verbs of a document.
pub(crate) fn parse(document: &str) -> Result<Vec<Element>, String> {
    if document.len() > MAX_DOCUMENT_BYTES {
        return Err("the document is larger than 64 kB (11750)".to_owned());
    }
    let root = read(document).map_err(|error| format!("not XML (12100): {error}"))?;
    match root.children.into_iter().next() {
        Some(response) if response.name == "Response" => Ok(response.children),
        _ => Err("the root element is not Response (12100)".to_owned()),
    }
}

fn read(document: &str) -> Result<Element, String> {
    let mut reader = Reader::from_str(document);
    // The outermost entry stands for the document itself.
    let mut open = vec![Element::default()];
    let say = |error: quick_xml::Error| error.to_string();
    loop {
        match reader.read_event().map_err(say)? {
            Event::Start(tag) => open.push(element(&tag)?),
            Event::Empty(tag) => {
                let element = element(&tag)?;
                last(&mut open)?.children.push(element);
            }
            Event::End(_) => {
                let element = open.pop().ok_or("an end without a start")?;
                last(&mut open)?.children.push(element);
            }
            Event::Text(text) => {
                let text = text.decode().map_err(|error| error.to_string())?;
                last(&mut open)?.text.push_str(&text);
            }
            Event::CData(text) => {
                let text = text.decode().map_err(|error| error.to_string())?;
                last(&mut open)?.text.push_str(&text);
            }
            Event::GeneralRef(reference) => {
                let name = reference.decode().map_err(|error| error.to_string())?;
                let c = reference
                    .resolve_char_ref()
                    .map_err(say)?
                    .map(String::from)
                    .or_else(|| predefined(&name).map(str::to_owned))
                    .ok_or_else(|| format!("the entity {name} is not known"))?;
                last(&mut open)?.text.push_str(&c);
            }
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    if open.len() == 1 {
        open.pop().ok_or_else(|| "empty".to_owned())
    } else {
        Err("an element is not closed".to_owned())
    }
}

fn predefined(name: &str) -> Option<&'static str> {
    quick_xml::escape::resolve_predefined_entity(name)
}

fn last(open: &mut [Element]) -> Result<&mut Element, String> {
    open.last_mut()
        .ok_or_else(|| "an end without a start".to_owned())
}

fn element(tag: &BytesStart<'_>) -> Result<Element, String> {
    let utf8 = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut attributes = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|error| error.to_string())?;
        attributes.push((utf8(attribute.key.as_ref()), value.into_owned()));
    }
    Ok(Element {
        name: utf8(tag.name().as_ref()),
        attributes,
        ..Element::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_attributes_and_entities_are_read() {
        let verbs = parse(
            r#"<?xml version="1.0"?><!-- c --><Response><Say language="he-IL">a &amp; &#1513;</Say>
               <Record action="/x?a=1&amp;b=2" maxLength="60"/><Connect><Stream url="wss://a"/></Connect></Response>"#,
        )
        .expect("a document");
        let names: Vec<&str> = verbs.iter().map(|verb| verb.name.as_str()).collect();
        assert_eq!(names, ["Say", "Record", "Connect"]);
        assert_eq!(verbs[0].text, "a & ש");
        assert_eq!(verbs[1].attribute("action"), Some("/x?a=1&b=2"));
        assert_eq!(verbs[1].seconds("maxLength"), Some(60.0));
        assert_eq!(verbs[2].children[0].attribute("url"), Some("wss://a"));
    }

    #[rstest::rstest]
    #[case("")]
    #[case("hello")]
    #[case("<Response><Say></Response>")]
    #[case("<Response>")]
    #[case("<html></html>")]
    #[case("<Response>&nope;</Response>")]
    fn anything_else_is_an_error(#[case] document: &str) {
        assert!(parse(document).is_err());
    }
}
