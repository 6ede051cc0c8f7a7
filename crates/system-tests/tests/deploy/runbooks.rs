//! Each alert has a page that says what it means, how to look and what to do; and no page is about an alert that is gone.

use std::collections::BTreeSet;
use std::fs;

use crate::manifests::{Manifests, items, root, text};

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
    let pages: BTreeSet<_> = fs::read_dir(root().join("deploy/runbooks"))
        .expect("deploy/runbooks")
        .map(|page| {
            page.expect("a page")
                .path()
                .file_stem()
                .unwrap()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|page| page != "README")
        .collect();
    assert_eq!(alerts, pages);
}

#[test]
fn every_page_says_what_it_means_how_to_look_and_what_to_do() {
    for page in fs::read_dir(root().join("deploy/runbooks")).expect("deploy/runbooks") {
        let path = page.expect("a page").path();
        if path.file_stem().is_some_and(|name| name == "README") {
            continue;
        }
        let page = fs::read_to_string(&path).expect("it can be read");
        let chapters: Vec<_> = page
            .lines()
            .filter(|line| line.starts_with("## "))
            .collect();
        assert_eq!(
            chapters,
            ["## What it means", "## How to look", "## What to do"],
            "{}",
            path.display()
        );
    }
}
