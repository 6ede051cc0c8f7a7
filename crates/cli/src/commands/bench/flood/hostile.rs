use std::time::Duration;

use rand::Rng as _;
use rand::seq::IndexedRandom as _;
use reqwest::{Client, Method};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::Url;

use super::super::board::kinds::Target;

/// What is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Attack {
    /// A callback that the carrier did not sign.
    ForgedCallback,
    /// A body that is no JSON.
    BrokenJson,
    /// JSON of the wrong shape.
    WrongShape,
    /// A body of some megabytes.
    LargeBody,
    /// More headers than anyone needs.
    Headers,
    /// A body that does not come.
    SlowBody,
    /// A key that was never given out.
    ForgedKey,
    /// Another tenant's lead.
    ForeignLead,
    /// A cursor that was never given out.
    ForgedCursor,
    /// SQL where a name is searched for.
    Injection,
    /// A way out of the console's files.
    Escape,
}

pub(super) const ATTACKS: [Attack; 11] = [
    Attack::ForgedCallback,
    Attack::BrokenJson,
    Attack::WrongShape,
    Attack::LargeBody,
    Attack::Headers,
    Attack::SlowBody,
    Attack::ForgedKey,
    Attack::ForeignLead,
    Attack::ForgedCursor,
    Attack::Injection,
    Attack::Escape,
];

/// A body larger than any endpoint but the import takes.
const LARGE: usize = 4 << 20;
/// How long an attacker waits with a body that does not come.
const WAITS: Duration = Duration::from_secs(90);

impl Attack {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::ForgedCallback => "forged callback",
            Self::BrokenJson => "broken JSON",
            Self::WrongShape => "wrong shape",
            Self::LargeBody => "large body",
            Self::Headers => "many headers",
            Self::SlowBody => "slow body",
            Self::ForgedKey => "forged key",
            Self::ForeignLead => "another's lead",
            Self::ForgedCursor => "forged cursor",
            Self::Injection => "SQL in a search",
            Self::Escape => "way out of the files",
        }
    }

    /// Whether the gateway may answer so; none is a connection that it closed.
    pub(super) fn may_be_answered(self, status: Option<u16>) -> bool {
        let expected: &[u16] = match self {
            Self::ForgedCallback => &[403],
            Self::BrokenJson | Self::WrongShape => &[400, 422],
            Self::LargeBody => &[413],
            Self::Headers => &[400, 413, 431],
            Self::SlowBody => &[408],
            Self::ForgedKey => &[401],
            Self::ForeignLead | Self::Escape => &[404],
            Self::ForgedCursor => &[400, 422],
            Self::Injection => &[200],
        };
        match status {
            Some(status) => status == 503 || expected.contains(&status),
            // What has been read no further may also be hung up on.
            None => matches!(self, Self::LargeBody | Self::Headers | Self::SlowBody),
        }
    }

    /// Tries it on `target`, as one who has a key of `own`; answers the status, none when the connection was closed.
    ///
    /// # Errors
    /// When the attempt itself could not be made.
    pub(super) async fn try_on(
        self,
        client: &Client,
        gateway: &str,
        own: &Target,
        target: &Target,
    ) -> anyhow::Result<Option<u16>> {
        if self == Self::SlowBody {
            return slow_body(gateway).await;
        }
        let at = |path: &str| Url::parse(&format!("{gateway}{path}"));
        let lead = target.board.some.choose(&mut rand::rng());
        let lead = lead.map(|(lead, _)| lead.0).unwrap_or_default();
        let post = |url| own.request(client, Method::POST, url);
        let get = |url| own.request(client, Method::GET, url);
        let request = match self {
            Self::ForgedCallback => {
                let attempt = format!("{:032x}", rand::rng().random::<u128>());
                let url = at(&format!("/webhooks/twilio/status/{attempt}"))?;
                client
                    .post(url)
                    .header("X-Twilio-Signature", "c2lnbmVkIGJ5IG5vYm9keQ==")
                    .form(&[("CallSid", "CA1"), ("CallStatus", "completed")])
            }
            Self::BrokenJson => post(at("/api/leads")?)
                .header("Content-Type", "application/json")
                .body(r#"{"first_name": "#),
            Self::WrongShape => post(at("/api/outbound/bulk-enqueue")?)
                .json(&json!({ "lead_ids": { "all": true }, "concurrency": -1 })),
            Self::LargeBody => post(at("/api/leads")?)
                .header("Content-Type", "application/json")
                .body(vec![b' '; LARGE]),
            Self::Headers => (0..300).fold(get(at("/api/leads")?), |request, place| {
                request.header(format!("X-Header-{place}"), "x".repeat(1_000))
            }),
            Self::ForgedKey => client
                .get(at("/api/leads")?)
                .bearer_auth("cb_0000000000000000"),
            Self::ForeignLead => get(at(&format!("/api/leads/{lead}"))?),
            Self::ForgedCursor => get(at("/api/leads?cursor=AAAA%27%3B--")?),
            Self::Injection => get(at(
                "/api/leads?q=%27%20OR%201%3D1%3B%20DROP%20TABLE%20leads%3B%20--",
            )?),
            Self::Escape | Self::SlowBody => get(at("/assets/..%2f..%2f..%2fetc%2fpasswd")?),
        };
        match request.send().await {
            Ok(answer) => Ok(Some(answer.status().as_u16())),
            Err(error) if error.is_builder() || error.is_timeout() => Err(error.into()),
            Err(_) => Ok(None),
        }
    }
}

/// Announces a body and sends one byte of it; answers the status, none when it was hung up on.
async fn slow_body(gateway: &str) -> anyhow::Result<Option<u16>> {
    let url = Url::parse(gateway)?;
    let mut stream = TcpStream::connect(url.authority()).await?;
    let head = format!(
        "POST /api/auth/login HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{",
        url.authority()
    );
    stream.write_all(head.as_bytes()).await?;
    let mut answer = vec![0; 64];
    let read = tokio::time::timeout(WAITS, stream.read(&mut answer)).await?;
    let Ok(read @ 1..) = read else {
        return Ok(None);
    };
    let line = String::from_utf8_lossy(&answer[..read]);
    Ok(line
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok()))
}
