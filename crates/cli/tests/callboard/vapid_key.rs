use push::VapidKey;

use crate::run;

#[test]
fn a_key_pair_for_web_push_is_another_each_time() {
    let made = run(&["vapid-key", "--json"]).json();
    let text = |name: &str| made[name].as_str().expect("a text").to_owned();
    let key = VapidKey::parse(&text("private_key")).expect("a private key");
    assert_eq!(key.public_key(), text("public_key"));
    let again = run(&["vapid-key"]);
    assert!(
        again.stdout.starts_with("VAPID_PRIVATE_KEY="),
        "{}",
        again.stdout
    );
    assert!(!again.stdout.contains(&text("private_key")));
}
