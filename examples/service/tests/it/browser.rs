//! The page, as a person sees it, in a headless Chromium.

use crate::support::etcd::Etcd;
use crate::support::http::Connection;
use crate::support::relay::Relay;
use crate::support::webdriver::Browser;
use crate::support::{Gate, many};
use rustix::process::Signal;
use serde_json::json;
use std::env;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// Lists texts that are hard to read.
const CONTRAST: &str = include_str!("support/contrast.js");

/// Where the pictures go: `GATEKEEPER_PICTURES`, or a folder for temporary files.
fn pictures() -> PathBuf {
    let folder =
        env::var_os("GATEKEEPER_PICTURES").map_or_else(|| env::temp_dir().join("gatekeeper"), PathBuf::from);
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn a_person_sees_a_reload_searches_it_and_rolls_it_back() {
    let Some(browser) = Browser::start(false) else { return };
    let gate = Gate::ready(&many(5_000, 400, 0), &[]);
    browser.resize(1_100, 900);
    browser.open(&gate.url());
    browser.until("#source-words", |text| text == "The list is good");
    browser.until("#size", |text| text == "5,000");
    assert_eq!(browser.text("#version"), "1");

    // A change, as soon as it is there.
    gate.change(&many(5_100, 400, 1));
    browser.until("#version", |text| text == "2");
    browser.until("#added-title", |text| text == "Added: 500");
    assert_eq!(browser.text("#removed-title"), "Removed: 400");
    assert_eq!(browser.text("#added-cut"), "100 of 500 are shown. A search looks through all.");

    // Its names, all of them.
    browser.type_into("#query", "host-399-");
    browser.until("#added", |text| text == "host-399-of-round-1.example");
    browser.until("#removed", |text| text == "host-399-of-round-0.example");
    assert_eq!(browser.text("#added-cut"), "1 of 500 match.");
    browser.picture(&pictures().join("search.png"));

    // A domain.
    browser.type_into("#domain", "mail.host-7-of-round-1.example\u{E007}");
    browser.until("#verdict", |text| {
        text.contains("mail.host-7-of-round-1.example is blocked: host-7-of-round-1.example is on the list")
    });
    browser.type_into("#domain", "fine.example");
    browser.click("#check button");
    browser.until("#verdict", |text| text == "✓ fine.example is not blocked (version 2).");
    browser.type_into("#domain", "<b>\u{E007}");
    browser.until("#verdict", |text| text.contains("'<' is no letter, digit, hyphen or dot"));

    // What these checks have cost.
    browser.until("#rate-total", |text| text == "3 checks, 1 blocked");
    assert_eq!(browser.text("#size-last"), "+500 −400");
    let beside_a_check = |selector: &str, is_so: fn(&str) -> bool| {
        // They are of the last ten seconds.
        browser.until(selector, |text| gate.get("/check/fine.example").status == 200 && is_so(text));
    };
    beside_a_check("#rate", |text| text.parse::<f64>().is_ok_and(|rate| rate > 0.0));
    beside_a_check("#p99", |text| text.starts_with("≤ "));
    beside_a_check("#p50", |text| text.starts_with("half of them in ≤ "));

    // Back to the first version, after a question.
    browser.click("[data-key='back-1']");
    browser.until("#confirm-title", |text| text == "Roll back to version 1?");
    browser.picture(&pictures().join("question.png"));
    browser.click("#confirm-no");
    assert_eq!(gate.status()["version"], 2);
    browser.click("[data-key='back-1']");
    browser.click("#confirm-yes");
    browser.until("#version", |text| text == "3");
    browser.until("#source-words", |text| text == "Rolled back to version 1, until the list changes again");
    browser.until("#size", |text| text == "5,000");
    assert_eq!(gate.get("/check/host-7-of-round-0.example").json()["blocked"], true);

    // An old change.
    browser.type_into("#query", " ");
    browser.click("[data-key='see-2']");
    browser.until("#change-title", |text| text == "What version 2 changed");
    browser.click("#newest");
    browser.until("#change-title", |text| text == "What changed last");
    assert_eq!(browser.run("return window.failed ?? null"), json!(null));
}

#[test]
fn a_refused_list_is_red_with_the_reason_and_runs_no_script() {
    let Some(browser) = Browser::start(true) else { return };
    let gate = Gate::ready(&many(1_000, 100, 0), &[]);
    browser.resize(1_100, 900);
    browser.open(&gate.url());
    browser.until("#source-words", |text| text == "The list is good");
    let colour = "return getComputedStyle(document.querySelector('#source')).color";
    let good = browser.run(colour);

    gate.write("a.example\n<img src=x onerror=\"window.failed=1\">.example\n");
    browser.until("#source-words", |text| text == "The last reload was refused. Version 1 stays in force.");
    let reason = browser.text("#source-reason");
    assert!(
        reason.contains("list.txt:2: not a domain:") && reason.contains("<img src=x onerror="),
        "{reason}"
    );
    // The colour fades in.
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert_ne!(browser.run(colour), good, "it is in another colour as well");
    assert_eq!(browser.run("return window.failed ?? null"), json!(null));
    assert_eq!(browser.run("return document.querySelectorAll('img').length"), json!(0));
    browser.picture(&pictures().join("refused-dark.png"));
    assert_eq!(browser.run(CONTRAST), json!([]), "too little contrast");

    // The button says what came of it.
    browser.click("#reload");
    browser.until("#action", |text| text == "Looked at the list. It is not good, and version 1 stays.");
    gate.write(&many(1_000, 100, 2));
    browser.until("#source-words", |text| text == "The list is good");
    assert_eq!(browser.text("#source-reason"), "");

    // And when the service is gone, the page says that.
    drop(gate);
    browser.until("#source-words", |text| text == "The service does not answer");
}

/// It once waited without an end for an answer, and stayed green.
#[test]
fn a_service_that_hangs_or_is_full_does_not_look_good() {
    let Some(browser) = Browser::start(false) else { return };
    let gate = Gate::ready(&many(100, 10, 0), &["--max-connections", "8", "--idle", "0.5"]);
    browser.resize(1_100, 900);
    browser.open(&gate.url());
    browser.until("#source-words", |text| text == "The list is good");
    gate.signal(Signal::STOP);
    browser.until("#source-words", |text| text == "The service does not answer");
    assert!(browser.text("#source-reason").contains("no answer in 5 s"));
    gate.signal(Signal::CONT);
    browser.until("#source-words", |text| text == "The list is good");
    assert_eq!(browser.text("#source-reason"), "");

    // Readers of changes take all places.
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut readers = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                let mut reader = Connection::open(gate.address);
                reader.request("GET", "/changes", &[], b"");
                if reader.head().status == 200 {
                    readers.push(reader);
                }
                thread::sleep(Duration::from_millis(5));
            }
        });
        let end = Over(&is_over);
        browser.until("#source-words", |text| text == "The service does not answer");
        assert_eq!(browser.text("#source-reason"), "too many connections: come back later");
        drop(end);
    });
    browser.until("#source-words", |text| text == "The list is good");
}

/// The page reads no changes. Other pages may, and a browser then says which event it has seen last.
#[test]
fn a_browser_that_comes_back_gets_one_delta_from_where_it_was() {
    let Some(browser) = Browser::start(false) else { return };
    let gate = Gate::ready(&many(100, 10, 0), &["--keep", "3"]);
    let relay = Relay::start(gate.address);
    browser.open(&format!("http://{}", relay.address));
    browser.run(
        "window.seen = []; window.source = new EventSource('/changes'); \
         for (const kind of ['all', 'delta']) source.addEventListener(kind, ({ data }) => { \
           const { from, version, why, removed } = JSON.parse(data); seen.push([kind, from ?? why, version, (removed ?? []).length]); \
         })",
    );
    let until_seen = |wanted: serde_json::Value| {
        gate.until("the browser has seen it", |_| browser.run("return seen") == wanted);
    };
    let all = json!(["all", "no last event was named", 1, 0]);
    until_seen(json!([all]));
    relay.cut();
    browser.until("#source-words", |text| text == "The service does not answer");
    for round in 1..=3 {
        gate.change(&many(100, 10, round));
    }
    relay.mend();
    let delta = json!(["delta", 1, 4, 10]);
    until_seen(json!([all, delta]));
    browser.until("#version", |text| text == "4");
    relay.cut();
    for round in 4..=9 {
        gate.change(&many(100, 10, round));
    }
    relay.mend();
    until_seen(json!([all, delta, ["all", "version 4 is not kept any more", 10, 0]]));
}

/// Each page once held one of the six connections that a browser has to a host, and the others waited for them.
#[test]
fn many_tabs_show_the_page() {
    let Some(browser) = Browser::start(false) else { return };
    let gate = Gate::ready(&many(100, 10, 0), &[]);
    let tabs = [(); 8].map(|()| {
        let tab = browser.new_tab();
        browser.open(&gate.url());
        browser.until("#source-words", |text| text == "The list is good");
        tab
    });
    gate.change(&many(100, 10, 1));
    for tab in tabs {
        browser.go_to_tab(&tab);
        browser.until("#version", |text| text == "2");
        assert_eq!(browser.text("#source-words"), "The list is good");
    }
}

/// A browser takes both for ways through the path of an address.
#[test]
fn dots_alone_are_no_domain() {
    let Some(browser) = Browser::start(false) else { return };
    let gate = Gate::ready(&many(100, 10, 0), &[]);
    browser.open(&gate.url());
    for domain in [".", "..", "..."] {
        browser.type_into("#domain", "fine.example\u{E007}");
        browser.until("#verdict", |text| text.starts_with("✓ fine.example"));
        browser.type_into("#domain", &format!("{domain}\u{E007}"));
        browser.until("#verdict", |text| text == "No answer: not a domain: nothing stands before a dot");
    }
}

/// It once said that the service cannot be reached, or that there is no token.
#[test]
fn a_token_that_no_service_has_is_said_to_be_none() {
    let Some(browser) = Browser::start(false) else { return };
    let gate = Gate::ready(&many(100, 10, 0), &["--token", "a-token-of-the-tests"]);
    browser.open(&gate.url());
    browser.until("#source-words", |text| text == "The list is good");
    for bad in ["a-token-€-of-the-tests", "a-token-ü-of-the-tests", "a token of the tests"] {
        browser.type_into("#token", "a-wrong-token");
        browser.click("#reload");
        browser.until("#action", |text| text == "Not done: the token is not the one of this service");
        browser.type_into("#token", bad);
        browser.click("#reload");
        browser.until("#action", |text| text == "Not done: a token is of ASCII, and has no space");
    }
    browser.type_into("#token", " a-token-of-the-tests ");
    browser.click("#reload");
    browser.until("#action", |text| text == "Looked at the list. Version 1 is in force.");
}

/// It once was said to have added and removed nothing.
#[test]
fn a_change_that_cannot_be_shown_has_no_counts() {
    let Some(browser) = Browser::start(false) else { return };
    let gate = Gate::ready(&many(100, 10, 0), &["--keep", "0"]);
    browser.open(&gate.url());
    browser.until("#source-words", |text| text == "The list is good");
    gate.change(&many(100, 10, 1));
    browser.until("#change-facts", |text| {
        text == "This change cannot be shown: the version before 2 is not kept any more"
    });
    assert_eq!(
        (browser.text("#added-title"), browser.text("#removed-title")),
        ("Added".into(), "Removed".into())
    );
    assert_eq!(browser.text("#size-last"), "+10 −10");
}

/// The question once stayed, and the answer rolled back to what another run had under the same number.
#[test]
fn a_question_about_an_old_version_does_not_outlive_the_run() {
    let Some(browser) = Browser::start(false) else { return };
    let gates = ["a", "b"].map(|name| {
        let gate = Gate::ready(&format!("{name}.example\n"), &[]);
        gate.change(&format!("{name}.example\nnew.example\n"));
        gate
    });
    let relay = Relay::start(gates[0].address);
    browser.open(&format!("http://{}", relay.address));
    browser.until("#version", |text| text == "2");
    browser.click("[data-key='back-1']");
    browser.until("#confirm-title", |text| text == "Roll back to version 1?");
    relay.cut();
    relay.lead_to(gates[1].address);
    relay.mend();
    browser.until("#action", |text| {
        text == "Not done: the service was started again, and its versions are others."
    });
    assert_eq!(browser.run("return document.querySelector('#confirm').open"), json!(false));

    // The answer may come before the page has seen the other run.
    browser.click("[data-key='back-1']");
    browser.run("wanted.run = '00000000'");
    browser.click("#confirm-yes");
    browser
        .until("#action", |text| text.starts_with("Not done: the version is of another run of the service"));
    assert_eq!(gates[1].status()["version"], 2);
    browser.click("[data-key='back-1']");
    browser.click("#confirm-yes");
    browser.until("#action", |text| text == "Version 3 is in force. It has what version 1 had.");
}

/// Tells of the end, also of that by a panic.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn on_a_phone_nothing_is_wider_than_the_screen() {
    let Some(browser) = Browser::start(false) else { return };
    let label = "a".repeat(63);
    let long = format!("{label}.{label}.{label}.example\n");
    let gate = Gate::ready(&many(2_000, 150, 0), &[]);
    gate.change(&(many(2_000, 150, 1) + &long));
    for width in [320, 390] {
        browser.resize(width, 844);
        browser.open(&gate.url());
        browser.until("#source-words", |text| text == "The list is good");
        browser.type_into("#query", "aaaa");
        browser.until("#added", |text| text.contains(&label));
        browser.type_into("#domain", &format!("x.{}\u{E007}", long.trim()));
        browser.until("#verdict", |text| text.contains("is blocked"));
        let wide = browser.run("return document.documentElement.scrollWidth");
        assert_eq!(wide, json!(width), "there is something wider than {width} pixels");
        let small = browser.run(
            "return [...document.querySelectorAll('button, input')].filter(e => e.offsetParent && e.getBoundingClientRect().height < 44).map(e => e.id)",
        );
        assert_eq!(small, json!([]), "too small for a finger");
    }
    browser.picture(&pictures().join("phone.png"));
}

#[test]
fn a_page_of_etcd_shows_its_revision_and_is_red_while_it_is_away() {
    let Some(mut etcd) = Etcd::start() else { return };
    let Some(browser) = Browser::start(false) else { return };
    let copy = tempfile::tempdir().unwrap();
    let options =
        ["--etcd", &etcd.url(), "--prefix", "/blocked/", "--last-good", copy.path().to_str().unwrap()];
    etcd.put("/blocked/ads.example");
    let gate = Gate::start(None, &options);
    browser.resize(1_100, 900);
    browser.open(&gate.url());
    let colour = "return document.getAnimations().length ? null : getComputedStyle(document.querySelector('#source')).color";
    let colour = || {
        let mut now = json!(null);
        gate.until("the colour has faded in", |_| {
            now = browser.run(colour);
            now.is_string()
        });
        now
    };
    browser.until("#source-words", |text| text == "Follows etcd: the list is good");
    let good = colour();
    assert!(browser.text("#file").starts_with("/blocked/ in etcd at http://"));

    // A change, as soon as it is there; and nothing of what is done in etcd can be done here.
    let revision = etcd.put("/blocked/new.example");
    browser.until("#added", |text| text == "new.example");
    browser.until("#version-from", |text| text == format!("revision {revision} of etcd"));
    browser.until("#source-times", |text| {
        text.contains(&format!("Shows revision {revision} of etcd, known to be up to date"))
    });
    assert!(browser.text("#history").contains("from etcd"));
    let offered = "return [...document.querySelectorAll('#reload, [data-key^=back]')].filter(e => e.offsetParent).length";
    assert_eq!(browser.run(offered), json!(0));
    browser.picture(&pictures().join("etcd.png"));

    // A key that is refused, in a third colour.
    etcd.put("/blocked/No.Domain");
    browser.until("#source-words", |text| text == "Follows etcd. 1 key is refused, and the others count.");
    assert!(browser.text("#source-reason").starts_with("No.Domain: write it as no.domain"));
    let refused = colour();
    browser.picture(&pictures().join("etcd-refused.png"));
    etcd.change(&["del", "/blocked/No.Domain"]);

    etcd.kill();
    browser.until("#source-words", |text| text == "etcd is away. The last good list answers: version 2.");
    browser.until("#source-reason", |text| text.contains("refused"));
    let away = colour();
    assert!(good != away && good != refused && refused != away, "{good} {refused} {away}");
    browser.type_into("#domain", "mail.new.example\u{E007}");
    browser.until("#verdict", |text| text.contains("is blocked: new.example is on the list (version 2)"));
    assert_eq!(browser.run(CONTRAST), json!([]), "too little contrast");
    browser.picture(&pictures().join("etcd-away.png"));

    // A service that starts while etcd is away says that it has a copy.
    drop(gate);
    let gate = Gate::start(None, &options);
    browser.open(&gate.url());
    browser.until("#source-words", |text| text == "etcd is away. The last good copy answers: version 1.");
    assert!(browser.text("#source-times").contains("The copy was written"));
    browser.picture(&pictures().join("etcd-copy.png"));
    etcd.run();
    browser.until("#source-words", |text| text == "Follows etcd: the list is good");
    assert_eq!(browser.text("#source-reason"), "");
}

#[test]
fn everything_that_can_be_used_has_a_name_and_is_reached_by_the_keyboard() {
    let Some(browser) = Browser::start(false) else { return };
    let gate = Gate::ready(&many(100, 10, 0), &["--token", "a-token-of-the-tests"]);
    gate.change(&many(100, 10, 1));
    browser.resize(1_100, 900);
    browser.open(&gate.url());
    browser.until("#source-words", |text| text == "The list is good");
    browser.until("#history", |text| text.contains("Roll back"));
    let nameless = browser.run(
        "return [...document.querySelectorAll('button, input, a, svg, section, table')].filter(e => \
         !(e.getAttribute('aria-label') || e.getAttribute('aria-labelledby') || e.textContent.trim() || (e.labels && e.labels.length))).map(e => e.outerHTML)",
    );
    assert_eq!(nameless, json!([]));
    // Without the token nothing happens, and with it the rollback does.
    browser.click("#reload");
    browser.until("#action", |text| text == "Not done: a token is needed: Authorization: Bearer …");
    browser.type_into("#token", "a-token-of-the-tests");
    browser.run("document.querySelector(\"[data-key='back-1']\").focus()");
    browser.keys("\u{E007}");
    browser.until("#confirm-title", |text| text == "Roll back to version 1?");
    browser.keys("\u{E004}\u{E007}");
    browser.until("#action", |text| text == "Version 3 is in force. It has what version 1 had.");
    assert_eq!(browser.run(CONTRAST), json!([]), "too little contrast");
}
