//! The answers to checks.

use crate::support::events::Events;
use crate::support::{Gate, SAMPLE};
use serde_json::json;

#[test]
fn a_listed_domain_blocks_its_subdomains() {
    let gate = Gate::ready(SAMPLE, &[]);
    let check = |domain: &str| gate.get(&format!("/check/{domain}")).json();
    let blocked = |domain: &str, listed: &str| json!({ "domain": domain, "blocked": true, "listed": listed, "version": 1 });
    assert_eq!(check("listed.example"), blocked("listed.example", "listed.example"));
    assert_eq!(check("a.b.listed.example"), blocked("a.b.listed.example", "listed.example"));
    assert_eq!(
        check("notlisted.example"),
        json!({ "domain": "notlisted.example", "blocked": false, "version": 1 })
    );
    assert_eq!(check("example.org")["blocked"], false, "what is above a listed domain is not blocked");
}

#[test]
fn case_and_a_dot_at_the_end_make_no_difference() {
    let gate = Gate::ready(SAMPLE, &[]);
    for domain in ["mail.example.org", "MAIL.example.ORG.", "x.Mail.Example.Org"] {
        assert_eq!(gate.get(&format!("/check/{domain}")).json()["listed"], "mail.example.org");
    }
}

#[test]
fn a_domain_in_another_script_is_found_however_it_is_written() {
    let gate = Gate::ready("Büro.example\n", &[]);
    for domain in ["b%C3%BCro.example", "x.B%c3%9cro.example"] {
        assert_eq!(gate.get(&format!("/check/{domain}")).json()["listed"], "büro.example");
    }
}

/// Such names are in DNS, and were once no domains.
#[test]
fn a_name_with_an_underscore_is_blocked_by_what_is_above_it() {
    let gate = Gate::ready(SAMPLE, &[]);
    let check = |domain: &str| gate.get(&format!("/check/{domain}")).json();
    let answer = check("_DMARC.x_1.ads.example.");
    assert_eq!(answer["domain"], "_dmarc.x_1.ads.example");
    assert_eq!((&answer["blocked"], &answer["listed"]), (&json!(true), &json!("ads.example")));
    assert_eq!(check("_sip._tcp.fine.example")["blocked"], false);
    assert_eq!(check("ads_.example")["blocked"], false);
    for bad in ["_dmarc", "_dmarc..example", "_a.127.0.0.1", "_a.-b.example", "_a.b%20c.example"] {
        gate.get(&format!("/check/{bad}")).must_be(400, "not_a_domain", "not a domain");
    }
    gate.write("ads.example\n_dmarc.ads.example\n");
    gate.until("it is refused", |status| status["source"]["failure"]["line"] == 2);
}

/// A list once held names that could not be asked for: in lower case they were none.
#[test]
fn what_is_listed_can_be_asked_for() {
    let gate = Gate::ready("ÄRGER.example\nstraẞe.example\nΣΊΣΥΦΟΣ.example\n", &["--min-share", "0"]);
    let all = Events::open(gate.address, "/changes", None).expect("all");
    for listed in all.data["domains"].as_array().unwrap() {
        let answer = gate.post("/check", &[], listed.as_str().unwrap()).json();
        assert_eq!((&answer["blocked"], &answer["results"][0]["listed"]), (&json!(1), listed));
    }
    gate.get("/check/%C4%B0stanbul.example").must_be(400, "not_a_domain", "is no letter");
    gate.write("ads.example\nİstanbul.example\n");
    gate.until("it is refused", |status| status["source"]["failure"]["line"] == 2);
}

/// As the README says: bytes are compared.
#[test]
fn a_name_and_its_punycode_are_two() {
    let gate = Gate::ready("xn--bcher-kva.example\n", &[]);
    assert_eq!(gate.get("/check/XN--BCHER-KVA.example").json()["blocked"], true);
    assert_eq!(gate.get("/check/b%C3%BCcher.example").json()["blocked"], false);
}

#[test]
fn a_batch_is_answered_in_order_by_one_version() {
    let gate = Gate::ready(SAMPLE, &[]);
    let wanted = json!({
        "version": 1, "checked": 3, "blocked": 1, "malformed": 1, "limit": 10_000,
        "results": [
            { "domain": "x.ads.example", "blocked": true, "listed": "ads.example" },
            { "domain": "-.example", "error": "not_a_domain", "reason": "not a domain: a label starts or ends with a hyphen" },
            { "domain": "fine.example", "blocked": false },
        ],
    });
    for body in [
        r#" ["x.ads.example", "-.example", "fine.example"] "#,
        "x.ads.example\r\n-.example\n\n  fine.example\n",
        // As some editors begin a file.
        "\u{feff}x.ads.example\n-.example\nfine.example",
        "\u{feff}[\"x.ads.example\", \"-.example\", \"fine.example\"]",
    ] {
        let answer = gate.post("/check", &[], body);
        assert_eq!((answer.status, answer.json()), (200, wanted.clone()));
    }
}

#[test]
fn the_list_in_the_repository_is_good() {
    let list = concat!(env!("CARGO_MANIFEST_DIR"), "/../blocklist/data/disposable-email-domains-1.0.62.txt");
    let list = std::fs::read_to_string(list).unwrap();
    let gate = Gate::ready(&list, &[]);
    let size = gate.status()["size"].as_u64().unwrap();
    assert!(size > 100_000, "{size}");
    let listed = list.lines().nth(50_000).unwrap();
    assert_eq!(gate.get(&format!("/check/mail.{listed}")).json()["listed"], listed);
}
