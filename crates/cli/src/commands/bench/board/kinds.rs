use anyhow::Context as _;
use rand::Rng as _;
use rand::seq::IndexedRandom as _;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use storage::bench::board::{Board, NAMES, STATUSES};
use url::Url;

/// What people look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Kind {
    /// The first page of all leads.
    First,
    /// A page of a column.
    Column,
    /// A page that is far down.
    Deep,
    /// Two or three filters at once.
    Filtered,
    /// A tag that few have.
    Tag,
    /// A first and a last name.
    Name,
    /// A first name that many have, in one column.
    Common,
    /// A number as people write it, or five digits of one.
    Phone,
    /// The board's columns with their counts.
    Counts,
    /// What happened with a lead.
    Timeline,
}

/// What the limit is for: pages of leads, the board's counts, a lead's timeline.
pub(in super::super) const LOOKS: &[Kind] = &[
    Kind::First,
    Kind::Column,
    Kind::Deep,
    Kind::Counts,
    Kind::Timeline,
];

/// What few leads have, found among all.
pub(in super::super) const SEARCHES: &[Kind] = &[
    Kind::Filtered,
    Kind::Tag,
    Kind::Name,
    Kind::Common,
    Kind::Phone,
];

impl Kind {
    pub(in super::super) const fn name(self) -> &'static str {
        match self {
            Self::First => "first page",
            Self::Column => "column",
            Self::Deep => "deep page",
            Self::Filtered => "filtered",
            Self::Tag => "by tag",
            Self::Name => "full name",
            Self::Common => "first name",
            Self::Phone => "phone",
            Self::Counts => "counts",
            Self::Timeline => "timeline",
        }
    }
}

/// A business whose board is looked at.
#[derive(Debug, Clone)]
pub(in super::super) struct Target {
    pub(in super::super) board: Board,
    key: String,
    /// Cursors of pages that are far down.
    deep: Vec<String>,
}

impl Target {
    pub(in super::super) const fn new(board: Board, key: String) -> Self {
        Self {
            board,
            key,
            deep: Vec::new(),
        }
    }

    /// A request as this business.
    pub(in super::super) fn request(
        &self,
        client: &Client,
        method: Method,
        url: Url,
    ) -> RequestBuilder {
        client.request(method, url).bearer_auth(&self.key)
    }

    /// Finds places far down: a cursor names a lead of the board, whichever list it was given for.
    pub(in super::super) async fn look_deep(
        &mut self,
        client: &Client,
        gateway: &str,
    ) -> anyhow::Result<()> {
        for month in ["2026-10", "2026-07", "2026-04", "2026-01"] {
            let mut url = Url::parse(&format!("{gateway}/api/leads"))?;
            url.query_pairs_mut()
                .append_pair("limit", "1")
                .append_pair("last_contact_to", &format!("{month}-15T00:00:00Z"));
            let asked = self.request(client, Method::GET, url);
            let page: Value = asked.send().await?.json().await?;
            self.deep
                .extend(page["next_cursor"].as_str().map(ToOwned::to_owned));
        }
        self.deep
            .first()
            .context("the gateway has no page far down")
            .map(drop)
    }

    /// The address of something of a kind.
    pub(in super::super) fn url(&self, gateway: &str, kind: Kind) -> anyhow::Result<Url> {
        let mut random = rand::rng();
        let path = match kind {
            Kind::Counts => "lead-statuses".to_owned(),
            Kind::Timeline => {
                let (lead, _) = pick(&self.board.some)?;
                format!("leads/{lead}/timeline")
            }
            _ => "leads".to_owned(),
        };
        let mut url = Url::parse(&format!("{gateway}/api/{path}"))?;
        let [first, last] = NAMES;
        let status = *pick(&STATUSES)?;
        let pairs: Vec<(&str, String)> = match kind {
            Kind::First | Kind::Counts | Kind::Timeline => Vec::new(),
            Kind::Column => vec![("status", status.to_owned())],
            Kind::Deep => vec![("cursor", pick(&self.deep)?.clone())],
            Kind::Filtered => {
                let owner = pick(&self.board.owners)?;
                let list = pick(&self.board.lists)?;
                let all = [
                    ("status", status.to_owned()),
                    ("list_id", list.to_string()),
                    ("owner_user_id", owner.to_string()),
                    ("never_contacted", random.random_bool(0.5).to_string()),
                ];
                let several = random.random_range(2..=3);
                all.choose_multiple(&mut random, several).cloned().collect()
            }
            Kind::Tag => vec![("tag", "rare".to_owned())],
            Kind::Name => vec![("q", format!("{} {}", pick(first)?, pick(last)?))],
            Kind::Common => vec![
                ("q", (*pick(first)?).to_owned()),
                ("status", status.to_owned()),
            ],
            Kind::Phone => {
                let (_, number) = pick(&self.board.some)?;
                let local = number.replace("+972", "0");
                let (network, rest) = local.split_at(3);
                let q = match random.random_bool(0.5) {
                    true => format!("{network}-{rest}"),
                    false => rest.chars().skip(1).take(5).collect(),
                };
                vec![("q", q)]
            }
        };
        if !pairs.is_empty() {
            url.query_pairs_mut().extend_pairs(pairs);
        }
        Ok(url)
    }
}

fn pick<T>(from: &[T]) -> anyhow::Result<&T> {
    from.choose(&mut rand::rng()).context("there is nothing")
}
