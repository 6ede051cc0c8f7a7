//! The parts of a `multipart/form-data` body (RFC 7578), as far as an upload needs them.

/// The named parts; file names are not kept.
pub(super) struct Form<'a>(Vec<(String, &'a [u8])>);

impl<'a> Form<'a> {
    /// Splits a body at the boundary that the content type names.
    pub(super) fn read(content_type: &str, body: &'a [u8]) -> Option<Self> {
        let boundary = content_type
            .split(';')
            .find_map(|part| part.trim().strip_prefix("boundary="))?
            .trim_matches('"');
        let delimiter = format!("--{boundary}");
        let mut parts = Vec::new();
        let mut rest = after(body, delimiter.as_bytes())?;
        let next = format!("\r\n{delimiter}");
        while !rest.starts_with(b"--") {
            let end = find(rest, next.as_bytes())?;
            let part = rest.get(..end)?.strip_prefix(b"\r\n")?;
            let split = find(part, b"\r\n\r\n")?;
            if let Some(name) = name_of(part.get(..split)?) {
                parts.push((name, part.get(split + 4..)?));
            }
            rest = rest.get(end + next.len()..)?;
        }
        Some(Self(parts))
    }

    pub(super) fn bytes(&self, name: &str) -> Option<&'a [u8]> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| *value)
    }

    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.bytes(name)
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

fn after<'a>(haystack: &'a [u8], needle: &[u8]) -> Option<&'a [u8]> {
    haystack.get(find(haystack, needle)? + needle.len()..)
}

fn name_of(headers: &[u8]) -> Option<String> {
    String::from_utf8_lossy(headers)
        .lines()
        .find(|line| {
            line.to_ascii_lowercase()
                .starts_with("content-disposition:")
        })?
        .split(';')
        .find_map(|part| part.trim().strip_prefix("name="))
        .map(|name| name.trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_by_name_and_keep_their_bytes() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\nContent-Type: audio/wav\r\n\r\n\
            RIFF\r\n--y\x00\r\n--x\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n--x--\r\n";
        let form = Form::read("multipart/form-data; boundary=\"x\"", body).expect("a form");
        assert_eq!(form.bytes("file"), Some(&b"RIFF\r\n--y\x00"[..]));
        assert_eq!(form.text("model"), Some("whisper-1"));
        assert_eq!(form.text("language"), None);
    }

    #[rstest::rstest]
    #[case("application/json", b"{}")]
    #[case("multipart/form-data; boundary=x", b"")]
    #[case("multipart/form-data; boundary=x", b"--x\r\nno end")]
    fn anything_else_is_no_form(#[case] content_type: &str, #[case] body: &[u8]) {
        assert!(Form::read(content_type, body).is_none());
    }
}
