//! Requests to addresses that strangers have chosen, made with the client that services make them with.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chassis::egress::{Egress, Refusal, refusal};
use chassis::http::guarded_client;
use chassis::settings::Environment;
use rstest::rstest;
use tokio::net::TcpListener;
use url::Url;

fn egress(environment: Environment, allow_loopback: bool) -> Egress {
    Egress::new(environment, allow_loopback).expect("allowed")
}

fn check(egress: &Egress, url: &str) -> Result<(), Refusal> {
    egress.check(&Url::parse(url).expect("a URL"))
}

#[rstest]
#[case::plain("http://127.0.0.1/hook")]
#[case::decimal("http://2130706433/")]
#[case::hex("http://0x7f000001/")]
#[case::hex_of_each("http://0x7f.0x0.0x0.0x1/")]
#[case::octal("http://0177.0.0.1/")]
#[case::octal_long("http://017700000001/")]
#[case::short("http://127.1/")]
#[case::trailing_dot("http://127.0.0.1./")]
#[case::full_width("http://１２７.０.０.１/")]
#[case::zero("http://0/")]
#[case::percent_encoded("http://%31%32%37.0.0.1/")]
#[case::metadata("http://169.254.169.254/latest/meta-data/")]
#[case::metadata_decimal("http://2852039166/")]
#[case::metadata_hex("http://0xa9fea9fe/")]
#[case::loopback_6("http://[::1]/")]
#[case::mapped("http://[::ffff:127.0.0.1]/")]
#[case::mapped_hex("http://[::ffff:7f00:1]/")]
#[case::nat64("http://[64:ff9b::127.0.0.1]/")]
#[case::six_to_four("http://[2002:7f00:1::]/")]
#[case::private("https://10.1.2.3/")]
#[case::private_192("https://192.168.0.1:8443/")]
fn literal_addresses_of_our_own_network_are_refused_in_every_form(#[case] url: &str) {
    let here = egress(Environment::Development, false);
    assert_eq!(check(&here, url), Err(Refusal::Address));
}

#[rstest]
#[case("https://example.com/hook", Ok(()))]
#[case("https://example.com:8443/hook?token=1", Ok(()))]
#[case("https://8.8.8.8/", Ok(()))]
#[case("http://example.com/", Err(Refusal::Insecure))]
#[case("ftp://example.com/", Err(Refusal::Scheme))]
#[case("file:///etc/passwd", Err(Refusal::Scheme))]
#[case("gopher://example.com/", Err(Refusal::Scheme))]
#[case("https://user@example.com/", Err(Refusal::Userinfo))]
#[case("https://user:pass@example.com/", Err(Refusal::Userinfo))]
#[case("https://:pass@example.com/", Err(Refusal::Userinfo))]
#[case("https://example.com:22/", Err(Refusal::Port))]
#[case("https://example.com:25/", Err(Refusal::Port))]
#[case("https://example.com:6000/", Err(Refusal::Port))]
#[case("https://example.com:6667/", Err(Refusal::Port))]
#[case("https://example.com:80/", Ok(()))]
fn production_takes_https_to_web_servers(#[case] url: &str, #[case] expected: Result<(), Refusal>) {
    assert_eq!(
        check(&egress(Environment::Production, false), url),
        expected
    );
}

#[test]
fn loopback_is_for_development_and_nothing_else_comes_with_it() {
    assert!(Egress::new(Environment::Production, true).is_err());
    let lenient = egress(Environment::Development, true);
    for url in ["http://127.0.0.1:9000/", "http://[::1]:9000/"] {
        assert_eq!(check(&lenient, url), Ok(()));
    }
    for url in [
        "http://10.0.0.1/",
        "http://169.254.169.254/",
        "http://0.0.0.0/",
        "http://[::ffff:127.0.0.1]/",
    ] {
        assert_eq!(check(&lenient, url), Err(Refusal::Address), "{url}");
    }
}

/// Something listens on loopback, and counts who comes.
async fn door() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let port = listener.local_addr().expect("bound").port();
    let visits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&visits);
    std::thread::spawn(move || {
        let listener = listener.into_std().expect("a listener");
        listener.set_nonblocking(false).expect("blocks");
        while listener.accept().is_ok() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    (port, visits)
}

#[rstest]
#[case::loopback(&["127.0.0.1"])]
#[case::loopback_6(&["::1", "::ffff:127.0.0.1"])]
#[case::all_private(&["10.0.0.1", "192.168.1.1", "169.254.169.254"])]
#[tokio::test]
async fn a_name_that_leads_into_our_own_network_is_not_connected_to(#[case] leads_to: &[&str]) {
    let (port, visits) = door().await;
    let addresses: Vec<IpAddr> = leads_to.iter().map(|it| it.parse().unwrap()).collect();
    let guarded = egress(Environment::Development, false)
        .with_lookup(move |_| std::future::ready(Ok(addresses.clone())));
    let url = format!("http://innocent.example:{port}/");
    assert_eq!(check(&guarded, &url), Ok(()), "the name tells nothing");
    let client = guarded_client(Duration::from_secs(5), &guarded).expect("a client");
    let error = client.get(&url).send().await.expect_err("refused");
    assert_eq!(refusal(&error), Some(Refusal::Address), "{error:?}");
    assert_eq!(visits.load(Ordering::SeqCst), 0);
}

/// The name is resolved once per connection, and what came out of that is what is connected to: a second answer that leads
/// elsewhere is looked at in its turn.
#[tokio::test]
async fn a_name_that_changes_its_mind_gains_nothing() {
    let (port, visits) = door().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let guarded = egress(Environment::Development, false).with_lookup(move |_| {
        // A public address at first (of a port at which nobody answers), loopback from then on.
        let first = counted.fetch_add(1, Ordering::SeqCst) == 0;
        let address: IpAddr = if first { "240.0.0.1" } else { "127.0.0.1" }
            .parse()
            .unwrap();
        std::future::ready(Ok(vec![address]))
    });
    let client = guarded_client(Duration::from_secs(5), &guarded).expect("a client");
    for _ in 0..3 {
        let url = format!("http://rebinding.example:{port}/");
        let error = client.get(&url).send().await.expect_err("refused");
        assert_eq!(refusal(&error), Some(Refusal::Address), "{error:?}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 3);
    assert_eq!(visits.load(Ordering::SeqCst), 0);
}

/// Without this, a client that connects to nothing at all would pass.
#[tokio::test]
async fn of_several_addresses_only_the_allowed_ones_are_connected_to() {
    let (port, visits) = door().await;
    let lenient = egress(Environment::Development, true).with_lookup(|_| {
        let both = ["10.255.255.1", "127.0.0.1"].map(|it| it.parse().unwrap());
        std::future::ready(Ok(both.to_vec()))
    });
    let client = guarded_client(Duration::from_secs(2), &lenient).expect("a client");
    let url = format!("http://both.example:{port}/");
    // The door opens and says nothing.
    client.get(&url).send().await.expect_err("no answer");
    assert_eq!(visits.load(Ordering::SeqCst), 1);
}
