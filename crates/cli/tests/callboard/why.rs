use serde_json::json;
use storage::ServiceRole;
use testkit::Database;

use crate::on;

#[tokio::test]
async fn why_shows_every_gate_and_the_first_that_stops_the_lead() {
    let database = Database::create().await;
    let business = testkit::business(&database.db(ServiceRole::Operator))
        .with_leads(1)
        .await;
    let (id, lead) = (business.id.to_string(), business.leads[0].to_string());
    let ask = ["why", "--business", &id, "--lead", &lead];
    let asked = on(&database, &ask);
    assert_eq!((asked.status, asked.stderr.as_str()), (0, ""));
    assert!(asked.stdout.contains("STOPS   run"), "{}", asked.stdout);
    assert!(
        asked.stdout.ends_with(&format!(
            "lead {lead} is not dialled now: The lead is in no calling run\n"
        )),
        "{}",
        asked.stdout
    );

    let in_hebrew = [ask.as_slice(), &["--language", "he"]].concat();
    let asked = on(&database, &in_hebrew);
    let sentence = "הליד אינו נמצא באף סבב שיחות";
    assert!(asked.stdout.contains(sentence), "{}", asked.stdout);

    on(&database, &["run", "start", "--business", &id, "--all"]);
    // Two o'clock in Jerusalem.
    database
        .execute("UPDATE outbound_call_runs SET start_at = '2099-01-01T00:00:00Z'")
        .await;
    for (language, opens) in [
        ("en", "(opens on Thursday, 1 January 2099 at 02:00)"),
        ("he", "(ייפתח ביום חמישי, 1 בינואר 2099, בשעה 02:00)"),
    ] {
        let asked = on(
            &database,
            &[ask.as_slice(), &["--language", language]].concat(),
        );
        let line = asked.stdout.lines().find(|line| line.starts_with("STOPS"));
        let line = line.unwrap_or_default();
        assert!(line.ends_with(opens), "{}", asked.stdout);
    }
    database
        .execute(
            "UPDATE outbound_call_runs SET status = 'running', started_at = now(), start_at = NULL;
             UPDATE business_settings SET max_calls_per_day = 1, calling_windows = '{\"days\": {\"sun\": [[\"00:00\", \"24:00\"]],
                 \"mon\": [[\"00:00\", \"24:00\"]], \"tue\": [[\"00:00\", \"24:00\"]], \"wed\": [[\"00:00\", \"24:00\"]],
                 \"thu\": [[\"00:00\", \"24:00\"]], \"fri\": [[\"00:00\", \"24:00\"]], \"sat\": [[\"00:00\", \"24:00\"]]}}'",
        )
        .await;
    let ask = ["why", "--business", &id, "--lead", &lead, "--json"];
    let why = on(&database, &ask).json();
    assert_eq!(why["dialable"], true, "{why}");
    assert_eq!(why["gates"][0]["gate"], "deleted");
    assert_eq!(
        why["gates"][9],
        json!({ "gate": "daily_cap", "passed": true, "detail": "0 of 1 calls today" })
    );
}

#[tokio::test]
async fn a_lead_that_is_not_there_is_named() {
    let database = Database::create().await;
    let business = testkit::business(&database.db(ServiceRole::Operator)).await;
    let id = business.id.to_string();
    let asked = on(&database, &["why", "--business", &id, "--lead", "77"]);
    assert_eq!(asked.status, 1);
    assert!(
        asked.complaint().contains("has no lead 77"),
        "{}",
        asked.stderr
    );
}
