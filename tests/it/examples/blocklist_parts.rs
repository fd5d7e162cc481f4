//! The parts of `examples/blocklist` that decide something: what a domain is, what is listed, and what is consistent.

use std::collections::{BTreeSet, HashMap};

use proptest::prelude::*;

use check::Verdict::{self, Clear, Listed, Malformed};
use domain::NotADomain;
use ledger::{Consistent, Fault, Fingerprint, Ledger, ReaderLog, Wrong};
use list::{Difference, Domain, List};
use traffic::Address;

#[path = "../../../examples/blocklist/check.rs"]
mod check;
#[path = "../../../examples/blocklist/domain.rs"]
mod domain;
#[path = "../../../examples/blocklist/ledger.rs"]
mod ledger;
#[allow(dead_code, reason = "files are what the tests of the whole program read")]
#[path = "../../../examples/blocklist/list.rs"]
pub(crate) mod list;
#[allow(dead_code, reason = "the domains added by hand are the writer's affair")]
#[path = "../../../examples/blocklist/traffic.rs"]
mod traffic;

fn list(domains: &[&str]) -> List {
    List { domains: domains.iter().copied().map(Domain::from).collect() }
}

#[track_caller]
fn assert_parses(text: &str, expected: &str) {
    assert_eq!(domain::parse(text, &mut String::new()), Ok(expected));
}

#[track_caller]
fn assert_refused(text: &str, why: &NotADomain) {
    assert_eq!(domain::parse(text, &mut String::new()).as_ref(), Err(why));
}

#[test]
fn domains_come_in_one_form() {
    assert_parses("mailinator.com", "mailinator.com");
    assert_parses("MailInator.COM", "mailinator.com");
    assert_parses("mailinator.com.", "mailinator.com");
    assert_parses("0-1.xn--p1ai", "0-1.xn--p1ai");
    assert_parses("foto-en-el-Álbum.info", "foto-en-el-álbum.info");
    assert_parses("gmaıl.net", "gmaıl.net");
    let longest = format!("{}.{}", ["a"; 95].join("."), "b".repeat(63));
    assert_parses(&longest, &longest);
}

#[test]
fn what_is_no_domain_is_refused() {
    assert_refused("", &NotADomain::Empty);
    assert_refused(".", &NotADomain::Empty);
    assert_refused("localhost", &NotADomain::NoDot);
    assert_refused("a..example", &NotADomain::EmptyLabel);
    assert_refused(".example.com", &NotADomain::EmptyLabel);
    assert_refused("-a.example", &NotADomain::Hyphen);
    assert_refused("a-.example", &NotADomain::Hyphen);
    assert_refused("two words.example", &NotADomain::Character(' '));
    assert_refused("*.example.com", &NotADomain::Character('*'));
    assert_refused("under_score.example", &NotADomain::Character('_'));
    assert_refused("zero\u{200b}width.example", &NotADomain::Character('\u{200b}'));
    // In lower case it has a dot above the i, which is no letter: what was listed so could not be asked for.
    assert_refused("İstanbul.example", &NotADomain::Character('\u{307}'));
    assert_refused("192.0.2.1", &NotADomain::Number);
    assert_refused(&format!("{}.example", "a".repeat(64)), &NotADomain::LongLabel(64));
    let too_long = format!("a{}.{}", ["a"; 95].join("."), "b".repeat(63));
    assert_refused(&too_long, &NotADomain::LongName(254));
}

#[test]
fn a_domain_lists_what_is_below_it() {
    let listed = list(&["deep.sub.example", "listed.com", "álbum.info"]);
    let verdict = |address: &str| check::check(address, &mut String::new(), |domain| listed.contains(domain));
    let cases: &[(&str, Verdict)] = &[
        ("a@listed.com", Listed),
        ("a@LISTED.Com", Listed),
        ("a@listed.com.", Listed),
        ("a@b.c.listed.com", Listed),
        ("a@ÁLBUM.INFO", Listed),
        ("\"quoted @ sign\"@listed.com", Listed),
        ("a@deep.sub.example", Listed),
        ("a@sub.example", Clear),
        ("a@unlisted.com", Clear),
        ("a@listed.com.example", Clear),
        ("listed.com@clear.example", Clear),
        ("", Malformed),
        ("@", Malformed),
        ("listed.com", Malformed),
        ("@listed.com", Malformed),
        ("a@", Malformed),
        ("a@com", Malformed),
        ("a@@listed.com", Malformed),
        ("a@b@listed.com", Malformed),
        ("a b@listed.com", Malformed),
        ("a@listed..com", Malformed),
        ("a@192.0.2.1", Malformed),
    ];
    for &(address, expected) in cases {
        assert_eq!(verdict(address), expected, "{address:?}");
    }
}

proptest! {
    /// Two lists differ as sets do, and the difference makes the one the other.
    #[test]
    fn a_difference_is_that_of_sets(old in domains(), new in domains()) {
        let as_list = |set: &BTreeSet<String>| List { domains: set.iter().map(|domain| domain.as_str().into()).collect() };
        let (mut before, after) = (as_list(&old), as_list(&new));
        let difference = before.difference_to(&after);
        prop_assert!(difference.added.iter().map(|domain| &**domain).eq(new.difference(&old)));
        prop_assert!(difference.removed.iter().map(|domain| &**domain).eq(old.difference(&new)));
        before.apply(difference);
        prop_assert_eq!(before.domains, after.domains);
    }
}

fn domains() -> impl Strategy<Value = BTreeSet<String>> {
    prop::collection::btree_set("[a-d]{1,2}\\.[a-c]", 0..20)
}

/// Three versions: a list, one more domain, and a reload that brings `new.example` and takes `old.example`.
struct Story {
    ledger: Ledger,
    addresses: Vec<Address>,
    whole: [Fingerprint; 3],
}

impl Story {
    fn new() -> Self {
        let (before, after) =
            (list(&["kept.example", "old.example"]), list(&["kept.example", "new.example"]));
        let mut ledger = Ledger::open(&before);
        ledger.add("by-hand.example".into());
        ledger.reload(&after, &before.difference_to(&after));
        let whole = [
            &["old.example", "kept.example"][..],
            &["by-hand.example", "kept.example", "old.example"],
            &["new.example", "kept.example", "by-hand.example"],
        ];
        let address = |text: &str, at_first| Address { text: text.to_owned(), at_first };
        let addresses = vec![
            address("a@old.example", Listed),
            address("a@new.example", Clear),
            address("a@by-hand.example", Clear),
            address("a@kept.example", Listed),
            address("nonsense", Malformed),
        ];
        Self { ledger, addresses, whole: whole.map(|domains| Fingerprint::of(&list(domains).domains)) }
    }

    fn saw(&self, versions: impl IntoIterator<Item = usize>) -> ReaderLog {
        let seen = versions.into_iter().map(|number| (number as u64, self.whole[number])).collect();
        ReaderLog { seen, changed: HashMap::new() }
    }

    fn saw_all(&self) -> ReaderLog {
        self.saw(0..3)
    }

    /// What is wrong when a reader with a good log and one with this log come together.
    #[track_caller]
    fn assert_wrong(&self, log: ReaderLog, expected: Wrong) {
        let faults = self.ledger.judge(&[self.saw_all(), log], &self.addresses);
        assert_eq!(faults, Err(vec![Fault { reader: 1, what: expected }]));
    }

    #[track_caller]
    fn assert_wrong_answer(&self, index: usize, version: u64, verdict: Verdict) {
        let log = ReaderLog { changed: HashMap::from([(index, (version, verdict))]), ..self.saw_all() };
        let address = self.addresses[index].text.clone();
        self.assert_wrong(log, Wrong::Answer { address, version, verdict });
    }
}

#[test]
fn readers_may_skip_versions_and_see_what_changed() {
    let story = Story::new();
    let mut log = story.saw_all();
    log.changed.extend([(0, (2, Clear)), (1, (2, Listed)), (2, (1, Listed))]);
    let judgement = story.ledger.judge(&[log, story.saw([0, 2]), story.saw([2])], &story.addresses);
    assert_eq!(judgement, Ok(Consistent { readers: 3, published: 3, seen: 6, answers: 3 }));
}

#[test]
fn a_version_that_nobody_published_is_found_out() {
    let story = Story::new();
    let mut log = story.saw_all();
    log.seen.push((7, story.whole[2]));
    let wrong = [Wrong::NeverPublished { number: 7 }, Wrong::Behind { last: Some(7) }];
    let faults = wrong.map(|what| Fault { reader: 0, what }).to_vec();
    assert_eq!(story.ledger.judge(&[log], &story.addresses), Err(faults));
}

#[test]
fn half_a_version_is_found_out() {
    let story = Story::new();
    for half in
        [&["kept.example", "by-hand.example"][..], &["kept.example", "old.example", "by-hand.example"]]
    {
        let seen = Fingerprint::of(&list(half).domains);
        let mut log = story.saw_all();
        log.seen[2].1 = seen;
        story.assert_wrong(log, Wrong::NotWhole { number: 2, published: story.whole[2], seen });
    }
}

#[test]
fn going_back_in_time_is_found_out() {
    let story = Story::new();
    story.assert_wrong(story.saw([1, 0, 2]), Wrong::Order { before: 1, after: 0 });
    story.assert_wrong(story.saw([0, 2, 2]), Wrong::Order { before: 2, after: 2 });
}

#[test]
fn a_reader_that_stays_behind_is_found_out() {
    let story = Story::new();
    story.assert_wrong(story.saw([0, 1]), Wrong::Behind { last: Some(1) });
    story.assert_wrong(story.saw([]), Wrong::Behind { last: None });
}

#[test]
fn a_wrong_answer_is_found_out() {
    let story = Story::new();
    story.assert_wrong_answer(0, 1, Clear);
    story.assert_wrong_answer(1, 1, Listed);
    story.assert_wrong_answer(2, 0, Listed);
    story.assert_wrong_answer(3, 2, Clear);
    story.assert_wrong_answer(3, 2, Malformed);
    story.assert_wrong_answer(4, 2, Listed);
}

#[test]
fn faults_say_which_reader_saw_what() {
    let story = Story::new();
    let shown = |what| Fault { reader: 3, what }.to_string();
    let [seen, published, _] = story.whole;
    assert_eq!(
        shown(Wrong::NeverPublished { number: 9 }),
        "reader 3: saw version 9, which was never published"
    );
    assert_eq!(
        shown(Wrong::NotWhole { number: 1, published, seen }),
        "reader 3: saw version 1 with 2 domains, published with 3"
    );
    assert_eq!(shown(Wrong::Order { before: 2, after: 1 }), "reader 3: saw version 1 after version 2");
}

#[test]
fn the_stream_holds_every_kind_of_address() {
    let listed = list(&["listed.com", "listed.org"]);
    let addresses = traffic::addresses(&listed);
    let again = traffic::addresses(&listed);
    assert!(addresses.iter().map(|address| &address.text).eq(again.iter().map(|address| &address.text)));

    let has = |verdict, part: &str| {
        addresses.iter().any(|address| address.at_first == verdict && address.text.contains(part))
    };
    assert!(has(Listed, "@listed.com"), "hits");
    assert!(has(Listed, ".mail.listed.org"), "subdomains");
    assert!(has(Listed, "@LISTED.COM"), "upper case");
    assert!(has(Clear, "@gmail.com"), "misses");
    assert!(has(Clear, &traffic::added_by_hand(0)), "domains that will be added");
    assert!(has(Malformed, "@nowhere.example"), "nonsense");
}

#[test]
fn the_difference_of_nothing_is_nothing() {
    let domains = list(&["a.example", "b.example"]);
    let Difference { added, removed } = domains.difference_to(&list(&["a.example", "b.example"]));
    assert!(added.is_empty() && removed.is_empty());
}
