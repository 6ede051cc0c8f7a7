//! Every operation of the document, asked by one business with whatever another has. The requests are made of the document
//! that the gateway serves, so an operation that is added later is tried without being named here.

mod ids;
mod operations;

use reqwest::Method;
use serde_json::{Value, json};
use storage::users::Role;
use testkit::Business;

use crate::support::World;
use ids::{Ids, Whose};
use operations::{Attack, Named, Operation, Request};

const OURS: &str = "of-ours-5";
const THEIRS: &str = "of-theirs-7";

/// What a business sees of itself there has no words in it: numbers only, or the stream that `events.rs` listens to.
const WORDLESS: [&str; 4] = [
    "/api/events",
    "/api/leads/{id}/why",
    "/api/outbound_calls/counts",
    "/api/whatsapp/sessions",
];

/// What works on the session of who asks, whichever business is named; a key has none.
const OF_A_SESSION: [&str; 4] = [
    "/api/auth/",
    "/api/notifications",
    "/api/push/",
    "/api/users/me",
];

/// What is above the businesses, where nobody of one has a say.
const ABOVE: &str = "/api/admin/";

/// Answers sound, which the seed has none of.
const SOUND: &str = "/api/calls/{sid}/recording";

/// Two businesses that have a row in every table, and what each calls its own.
struct Neighbours {
    world: World,
    ours: Business,
    theirs: Business,
    ids: Ids,
    operations: Vec<Operation>,
}

/// An answer; the body of a stream is left alone, as it does not end.
#[derive(Debug)]
struct Answer {
    status: u16,
    text: String,
}

impl Neighbours {
    async fn settle_in() -> Self {
        let world = World::start().await;
        let business = || {
            testkit::business(&world.operator)
                .with_leads(2)
                .with_user(Role::Admin)
                .with_api_key(Role::Owner)
        };
        let (ours, theirs) = (business().await, business().await);
        for (business, mark) in [(&ours, OURS), (&theirs, THEIRS)] {
            world.database.fill(business.id, mark).await;
            let recorded = world.media.path().join(format!("{mark}.wav"));
            std::fs::write(recorded, mark).expect("written");
        }
        let (_, document) = world.api(&ours).get("/api/openapi.json").await;
        Self {
            ids: Ids::read(&world, &ours, &theirs).await,
            operations: operations::all(&document),
            world,
            ours,
            theirs,
        }
    }

    async fn send(
        &self,
        by: &Business,
        operation: &Operation,
        request: &Request,
        headers: &[(&str, String)],
    ) -> Answer {
        let api = self.world.api(by);
        let mut sending = api
            .request(operation.method.clone(), &request.path)
            .query(&request.query);
        for (name, value) in headers {
            sending = sending.header(*name, value);
        }
        let sending = match &request.body {
            None => sending,
            Some(Value::String(text)) => sending.body(text.clone()),
            Some(body) => sending.json(body),
        };
        let answer = sending.send().await.expect("an answer");
        let status = answer.status().as_u16();
        let media_type = answer.headers().get("content-type").cloned();
        let is_stream =
            media_type.is_some_and(|found| found.as_bytes().starts_with(b"text/event-stream"));
        let text = if is_stream {
            String::new()
        } else {
            answer.text().await.expect("a body")
        };
        let answer = Answer { status, text };
        let what = operation.name();
        assert!(status < 500, "{what}: {answer:?}");
        if by.id == self.ours.id {
            self.assert_shows_nothing_of_theirs(&what, request, &answer);
        }
        answer
    }

    /// The operations that only read.
    fn reading(&self) -> impl Iterator<Item = &Operation> {
        let operations = self.operations.iter();
        operations.filter(|operation| {
            let is_of_a_business =
                !is_of_a_session(operation) && !operation.path.starts_with(ABOVE);
            operation.method == Method::GET && is_of_a_business
        })
    }

    /// So that the next request may use the same key.
    async fn forget_keys(&self) {
        let forget = format!(
            "DELETE FROM idempotency_keys WHERE business_id = {}",
            self.ours.id
        );
        self.world.database.execute(&forget).await;
    }

    /// What the request itself said may be said back.
    fn assert_shows_nothing_of_theirs(&self, what: &str, request: &Request, answer: &Answer) {
        let text = without(&answer.text, &request.sent);
        let numbers = self
            .theirs
            .phones
            .iter()
            .chain([&self.theirs.caller_number]);
        for mark in numbers.map(String::as_str).chain([THEIRS]) {
            assert!(
                !text.contains(mark.trim_start_matches('+')),
                "{what} {} shows {mark}: {answer:?}",
                request.path
            );
        }
    }

    /// All that the other business has.
    async fn their_rows(&self) -> Vec<(String, Vec<Value>)> {
        let mut rows = Vec::new();
        for table in self.world.database.tenant_tables().await {
            let found = self.world.database.rows_of(self.theirs.id, &table).await;
            rows.push((table.name, found));
        }
        rows
    }

    async fn assert_untouched(&self, before: &[(String, Vec<Value>)]) {
        for (before, after) in before.iter().zip(self.their_rows().await) {
            assert_eq!(before, &after, "{} has changed", before.0);
        }
    }
}

fn is_of_a_session(operation: &Operation) -> bool {
    let mut prefixes = OF_A_SESSION.iter();
    prefixes.any(|prefix| operation.path.starts_with(prefix))
}

/// The text without what was sent.
fn without(text: &str, sent: &[Value]) -> String {
    let texts = sent.iter().filter_map(Value::as_str);
    texts.fold(text.to_owned(), |text, sent| text.replace(sent, "…"))
}

/// What an answer says, whichever ids it was asked for.
fn anonymous(answer: &Answer, sent: &[Value]) -> Value {
    fn hide(value: &mut Value, sent: &[Value]) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| hide(item, sent)),
            Value::Object(fields) => fields.values_mut().for_each(|field| hide(field, sent)),
            Value::String(text) => *text = without(text, sent),
            _ if sent.contains(value) => *value = json!("…"),
            _ => {}
        }
    }
    let mut said = serde_json::from_str(&answer.text).unwrap_or_else(|_| json!(answer.text));
    hide(&mut said, sent);
    said
}

/// Whether the answer refuses for the id itself: what refuses for anything else has proven nothing.
fn is_about_the_id(attack: &Attack, answer: &Answer) -> bool {
    let named = match (&attack.named, attack.by_path) {
        (_, true) | (Named::Nothing, false) => return [403, 404].contains(&answer.status),
        (Named::Query(name), false) => name.clone(),
        (Named::Field(at), false) => at.join("."),
    };
    let said: Value = serde_json::from_str(&answer.text).unwrap_or_default();
    let mut fields = said["errors"].as_array().into_iter().flatten();
    match answer.status {
        // A filter that finds nobody.
        422 if said["code"] == "nothing_to_call" => true,
        422 => fields.any(|error| {
            error["field"]
                .as_str()
                .is_some_and(|field| field.starts_with(&named))
        }),
        // Of a list that has to be whole.
        409 => said["code"] == "version_conflict",
        status => [200, 403, 404].contains(&status),
    }
}

#[tokio::test]
async fn another_business_s_ids_are_nobody_s_in_every_operation() {
    let town = Neighbours::settle_in().await;
    let before = town.their_rows().await;
    let (mut tried, mut wrong) = (0, Vec::new());
    for operation in &town.operations {
        for attack in operation.attacks() {
            let [nobodys, theirs] = [Whose::Nobodys, Whose::Theirs]
                .map(|whose| operation.request(&town.ids, &attack, whose));
            let unknown = town.send(&town.ours, operation, &nobodys, &[]).await;
            let refused = town.send(&town.ours, operation, &theirs, &[]).await;
            let what = format!("{} with {attack:?}", operation.name());
            if !is_about_the_id(&attack, &refused) {
                wrong.push(format!("{what}: {refused:?}"));
                continue;
            }
            // Word for word the answer for what does not exist: nothing tells that it exists elsewhere.
            assert_eq!(
                (refused.status, anonymous(&refused, &theirs.sent)),
                (unknown.status, anonymous(&unknown, &nobodys.sent)),
                "{what}"
            );
            tried += 1;
        }
    }
    assert!(wrong.is_empty(), "refused for something else: {wrong:#?}");
    assert!(
        tried > 40,
        "only {tried} requests were made of the document"
    );
    town.assert_untouched(&before).await;
}

/// Without this, a request that finds nothing anywhere would pass: what is asked for is there, and shows the mark.
#[tokio::test]
async fn a_business_reads_its_own_by_the_same_requests() {
    let town = Neighbours::settle_in().await;
    let ours = Attack::nothing();
    for operation in town.reading().filter(|operation| operation.path != SOUND) {
        let request = operation.request(&town.ids, &ours, Whose::Ours);
        let answer = town.send(&town.ours, operation, &request, &[]).await;
        assert_eq!(answer.status, 200, "{}: {answer:?}", operation.name());
        assert!(
            answer.text.contains(OURS) || WORDLESS.contains(&operation.path.as_str()),
            "{}: {answer:?}",
            operation.name()
        );
    }
}

#[tokio::test]
async fn another_business_named_in_the_header_is_nobody_s() {
    let town = Neighbours::settle_in().await;
    let before = town.their_rows().await;
    let header = [("X-Business-Id", town.theirs.id.to_string())];
    for operation in &town.operations {
        let request = operation.request(&town.ids, &Attack::nothing(), Whose::Ours);
        let answer = town.send(&town.ours, operation, &request, &header).await;
        let expected = if operation.path.starts_with(ABOVE) {
            403
        } else {
            404
        };
        if !is_of_a_session(operation) {
            assert_eq!(answer.status, expected, "{}: {answer:?}", operation.name());
        }
    }
    town.assert_untouched(&before).await;
}

/// A place in another's list, and the answer that another got under its key, are of no use here.
#[tokio::test]
async fn what_a_business_does_with_its_own_shows_and_changes_nothing_of_another() {
    let town = Neighbours::settle_in().await;
    let own = Attack::nothing();
    let mut cursors = Vec::new();
    for operation in town.reading().filter(|operation| operation.pages()) {
        let mut request = operation.request(&town.ids, &own, Whose::Ours);
        request.query.push(("limit".to_owned(), "1".to_owned()));
        let theirs = operation.request(&town.ids, &Attack::by_path(), Whose::Theirs);
        let first = Request {
            query: request.query.clone(),
            ..theirs
        };
        let page = town.send(&town.theirs, operation, &first, &[]).await;
        let page: Value = serde_json::from_str(&page.text).expect("JSON");
        if let Some(cursor) = page["next_cursor"].as_str() {
            request.query.push(("cursor".to_owned(), cursor.to_owned()));
            cursors.push((operation, request));
        }
    }
    assert!(
        cursors.len() > 3,
        "only {} lists have a second page",
        cursors.len()
    );
    let before = town.their_rows().await;
    for (operation, request) in cursors {
        town.send(&town.ours, operation, &request, &[]).await;
    }
    let key = [("Idempotency-Key", THEIRS.to_owned())];
    for operation in &town.operations {
        let request = operation.request(&town.ids, &own, Whose::Ours);
        let headers = if operation.takes_key { &key[..] } else { &[] };
        let answer = town.send(&town.ours, operation, &request, headers).await;
        assert!(
            !answer.text.contains("idempotency_key_reused"),
            "{}: {answer:?}",
            operation.name()
        );
        town.forget_keys().await;
    }
    town.assert_untouched(&before).await;
}
