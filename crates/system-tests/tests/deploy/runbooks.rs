//! Each alert has a page that says what it means, how to look and what to do; and no page is about an alert that is gone.

use std::collections::BTreeSet;
use std::fs;

use testkit::Database;

use crate::manifests::{Manifests, items, root, text};

/// The pages, each with its name.
fn pages() -> Vec<(String, String)> {
    let files = fs::read_dir(root().join("deploy/runbooks")).expect("deploy/runbooks");
    let pages = files.map(|file| {
        let path = file.expect("a page").path();
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        (name, fs::read_to_string(&path).expect("it can be read"))
    });
    pages.filter(|(name, _)| name != "README").collect()
}

#[test]
fn every_alert_has_its_page() {
    let manifests = Manifests::rendered("production");
    let rules = manifests
        .of_kind("PrometheusRule")
        .flat_map(|rule| items(&rule["spec"]["groups"]));
    let alerts: BTreeSet<_> = rules
        .flat_map(|group| items(&group["rules"]))
        .map(|rule| {
            let name = text(&rule["alert"]);
            assert_eq!(
                rule["annotations"]["runbook"],
                format!("deploy/runbooks/{name}.md")
            );
            assert!(
                ["page", "ticket"].contains(&text(&rule["labels"]["severity"])),
                "{name}"
            );
            name.to_owned()
        })
        .collect();
    let pages = pages().into_iter().map(|(name, _)| name).collect();
    assert_eq!(alerts, pages);
}

#[test]
fn every_page_says_what_it_means_how_to_look_and_what_to_do() {
    for (name, page) in pages() {
        let chapters: Vec<_> = page
            .lines()
            .filter(|line| line.starts_with("## "))
            .collect();
        assert_eq!(
            chapters,
            ["## What it means", "## How to look", "## What to do"],
            "{name}"
        );
    }
}

#[tokio::test]
async fn every_statement_of_a_page_is_understood_by_the_database() {
    let database = Database::create().await;
    let mut statements = 0;
    for (_, page) in pages() {
        for block in page.split("```sql\n").skip(1) {
            let statement = block.split("```").next().unwrap_or_default();
            database.execute(statement).await;
            statements += 1;
        }
    }
    assert!(statements > 10, "{statements} statements");
}
