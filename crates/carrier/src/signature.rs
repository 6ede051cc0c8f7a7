//! The signature on every webhook (`X-Twilio-Signature`): base64 of HMAC-SHA1, keyed with the account's primary auth
//! token, over the URL followed by every form parameter, sorted by name (Twilio, "Webhooks security").
//!
//! Facts that the official libraries settle where the documentation is silent: of a name that occurs several times
//! the *set* of values counts, sorted; the fragment of the URL, which carries the retry rules, is not signed; and the
//! sender is inconsistent about a port in the URL, so a signature over either form is accepted. Nothing signed bears a
//! time: whoever acts on a callback has to deduplicate it.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// The header that carries the signature.
pub const HEADER: &str = "X-Twilio-Signature";

/// The query parameter that carries the hash of a JSON body.
const BODY_HASH: &str = "bodySHA256";

/// Signs a webhook as the carrier does.
///
/// `url` is the public address exactly as the carrier was told, with its query; `params` are the decoded form fields
/// of a POST and empty for a GET.
#[must_use]
pub fn sign(auth_token: &str, url: &str, params: &[(String, String)]) -> String {
    STANDARD.encode(digest(auth_token, without_fragment(url), params))
}

/// Whether `signature` is that of this webhook. Takes the same time whether a wrong signature is nearly right or not.
#[must_use]
pub fn verify(auth_token: &str, url: &str, params: &[(String, String)], signature: &str) -> bool {
    let Ok(claimed) = STANDARD.decode(signature.trim()) else {
        return false;
    };
    // Every form is computed, none is skipped after a match.
    url_forms(without_fragment(url))
        .iter()
        .map(|form| digest(auth_token, form, params).ct_eq(&claimed))
        .fold(subtle::Choice::from(0), |found, equal| found | equal)
        .into()
}

/// Whether `signature` is that of a webhook with a JSON body: the URL's `bodySHA256` has to be the hexadecimal SHA-256
/// of the raw body, and the signature is over the URL alone.
#[must_use]
pub fn verify_body(auth_token: &str, url: &str, body: &[u8], signature: &str) -> bool {
    let Some(claimed) = body_hash_of(url) else {
        return false;
    };
    let actual = hex(&Sha256::digest(body));
    let same_body: bool = actual.as_bytes().ct_eq(claimed.as_bytes()).into();
    same_body & verify(auth_token, url, &[], signature)
}

fn digest(auth_token: &str, url: &str, params: &[(String, String)]) -> [u8; 20] {
    let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, value) in params {
        values.entry(name).or_default().insert(value);
    }
    let mut mac = Hmac::<Sha1>::new_from_slice(auth_token.as_bytes())
        .expect("HMAC takes a key of any length");
    mac.update(url.as_bytes());
    for (name, set) in values {
        for value in set {
            mac.update(name.as_bytes());
            mac.update(value.as_bytes());
        }
    }
    mac.finalize().into_bytes().into()
}

fn without_fragment(url: &str) -> &str {
    url.split_once('#').map_or(url, |(signed, _)| signed)
}

/// The URL as it stands, without its port, and with the port of its scheme. Works on the text, because re-serialising a
/// parsed URL would change what was signed (an empty path, for one).
fn url_forms(url: &str) -> Vec<String> {
    let mut forms = vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else {
        return forms;
    };
    let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let host_start = authority.rfind('@').map_or(0, |at| at + 1);
    // A colon inside the brackets of an IPv6 address is not that of a port.
    let after_bracket = authority.rfind(']').unwrap_or(host_start);
    match authority[after_bracket..].rfind(':') {
        Some(colon) => {
            let host = &authority[..after_bracket + colon];
            forms.push(format!("{scheme}://{host}{tail}"));
        }
        None => {
            let port = if scheme.eq_ignore_ascii_case("https") {
                443
            } else {
                80
            };
            forms.push(format!("{scheme}://{authority}:{port}{tail}"));
        }
    }
    forms
}

fn body_hash_of(url: &str) -> Option<String> {
    let (_, query) = without_fragment(url).split_once('?')?;
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == BODY_HASH)
        .map(|(_, value)| value.into_owned())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "12345";
    const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";

    fn form(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn official() -> Vec<(String, String)> {
        form(&[
            ("CallSid", "CA1234567890ABCDE"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
            ("To", "+18005551212"),
            ("Caller", "+14158675309"),
        ])
    }

    #[rstest::rstest]
    #[case::plain(URL, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")]
    #[case::port_443(
        "https://mycompany.com:443/myapp.php?foo=1&bar=2",
        "kvajT1Ptam85bY51eRf/AJRuM3w="
    )]
    #[case::port_80(
        "http://mycompany.com:80/myapp.php?foo=1&bar=2",
        "0ZXoZLH/DfblKGATFgpif+LLRf4="
    )]
    #[case::fragment(
        "https://mycompany.com/myapp.php?foo=1&bar=2#rc=5&rp=all",
        "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    )]
    fn official_vectors_are_reproduced(#[case] url: &str, #[case] expected: &str) {
        assert_eq!(sign(TOKEN, url, &official()), expected);
        assert!(verify(TOKEN, url, &official(), expected));
    }

    #[test]
    fn the_older_official_vector_is_reproduced() {
        let params = form(&[
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+12349013030"),
            ("Digits", "1234"),
            ("From", "+12349013030"),
            ("To", "+18005551212"),
        ]);
        assert_eq!(sign(TOKEN, URL, &params), "0/KCTR6DLpKmkAf8muzZqo1nDgQ=");
    }

    #[rstest::rstest]
    #[case::signed_with_the_port(URL, "kvajT1Ptam85bY51eRf/AJRuM3w=")]
    #[case::signed_without_the_port(
        "https://mycompany.com:443/myapp.php?foo=1&bar=2",
        "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    )]
    #[case::http(
        "http://mycompany.com/myapp.php?foo=1&bar=2",
        "0ZXoZLH/DfblKGATFgpif+LLRf4="
    )]
    #[case::white_space_around(URL, " RSOYDt4T1cUTdK1PDd93/VVr8B8=\n")]
    fn either_form_of_the_port_is_accepted(#[case] url: &str, #[case] signature: &str) {
        assert!(verify(TOKEN, url, &official(), signature));
    }

    #[test]
    fn a_value_that_occurs_twice_counts_once() {
        let params = form(&[
            ("Sid", "CA123"),
            ("SidAccount", "AC123"),
            ("Digits", "5678"),
            ("Digits", "1234"),
            ("Digits", "1234"),
        ]);
        assert_eq!(sign(TOKEN, URL, &params), "IK+Dwps556ElfBT0I3Rgjkr1wJU=");
    }

    #[test]
    fn a_json_body_is_bound_by_its_hash() {
        let body = br#"{"property": "value", "boolean": true}"#;
        let hash = hex(&Sha256::digest(body));
        assert!(hash.starts_with("0a1ff763") && hash.ends_with("6620"));
        let url = format!("{URL}&bodySHA256={hash}");
        let signature = "a9nBmqA0ju/hNViExpshrM61xv4=";
        assert!(verify_body(TOKEN, &url, body, signature));
        assert!(!verify_body(TOKEN, &url, b"{}", signature));
        assert!(!verify_body(TOKEN, URL, body, signature));
    }

    #[rstest::rstest]
    #[case::wrong("AAAADt4T1cUTdK1PDd93/VVr8B8=")]
    #[case::empty("")]
    #[case::not_base64("%%%")]
    #[case::prefix("RSOYDt4T")]
    fn anything_else_is_refused(#[case] signature: &str) {
        assert!(!verify(TOKEN, URL, &official(), signature));
    }

    #[test]
    fn every_part_is_covered() {
        let signature = sign(TOKEN, URL, &official());
        assert!(!verify("54321", URL, &official(), &signature));
        assert!(!verify(
            TOKEN,
            &format!("{URL}&x=1"),
            &official(),
            &signature
        ));
        let mut more = official();
        more.push(("AnsweredBy".to_owned(), "human".to_owned()));
        assert!(!verify(TOKEN, URL, &more, &signature));
    }

    #[rstest::rstest]
    #[case("https://a.example", "https://a.example:443")]
    #[case("https://a.example?x=1", "https://a.example:443?x=1")]
    #[case("http://[::1]:8080/p", "http://[::1]/p")]
    #[case("http://[::1]/p", "http://[::1]:80/p")]
    #[case("https://user:pass@a.example:8443/p", "https://user:pass@a.example/p")]
    #[case("https://user:pass@a.example/p", "https://user:pass@a.example:443/p")]
    fn the_other_form_of_a_url(#[case] url: &str, #[case] other: &str) {
        assert_eq!(url_forms(url), [url.to_owned(), other.to_owned()]);
    }
}
