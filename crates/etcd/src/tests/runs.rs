//! Random runs: etcd writes and compacts, connections are lost, answers come late, and each version is held to the history.

use super::fake::{CLUSTER, Fake, PREFIX, Stream};
use crate::backoff::Chance;
use crate::core::{Core, Decoding, Work};
use crate::decoder::Decoder;
use crate::state::{Confirmed, Fault, Seen, State};
use crate::wire::{Header, Prefix, Range, Watched};
use readmostly::CowMap;
use std::collections::BTreeMap;
use std::env;
use std::sync::Arc;

type Map = CowMap<String, u64>;

/// A follower of the fake, without a thread.
struct Run {
    seed: u64,
    chance: Chance,
    etcd: Fake,
    core: Core<Map>,
    stream: Option<Stream>,
    needs_list: bool,
    /// It is restored from backups, and was since it was proven last.
    restores: bool,
    is_restored: bool,
    /// The last election that a proof has told of.
    term: u64,
    /// What was known when it was asked, and the answer, which comes later.
    answer: Option<(Seen, Range)>,
    /// How many percent of the values are bad.
    bad: u64,
    /// The versions that the transactions have led to, and the revisions of those.
    shown: Vec<(u64, u64)>,
    /// How often each of these has happened, to know that all have.
    seen: BTreeMap<&'static str, u64>,
}

impl Run {
    fn new(seed: u64) -> Self {
        let key = Box::new(|name: &str| Ok(name.to_owned()));
        let value = Box::new(|_: &String, value: &[u8]| Ok(std::str::from_utf8(value)?.parse()?));
        let decoder = Decoder::new(key, value, PREFIX.len());
        let core = Core::new(Arc::default(), State::new(Prefix::new(PREFIX.to_owned())), decoder);
        let mut chance = Chance::of(seed);
        let bad = if chance.below(2) == 0 { 0 } else { 15 };
        Self {
            seed,
            chance,
            etcd: Fake::new(),
            core,
            stream: None,
            needs_list: true,
            restores: seed % 2 == 1,
            is_restored: false,
            term: 0,
            answer: None,
            bad,
            shown: Vec::new(),
            seen: BTreeMap::new(),
        }
    }

    fn count(&mut self, what: &'static str) {
        *self.seen.entry(what).or_default() += 1;
    }

    fn publish(&mut self, mut work: Work<Map>) -> usize {
        let published = self.core.publish(&mut work).expect("nobody else writes").expect("nothing panics");
        assert_eq!(published.version, self.core.target.version());
        published.changes
    }

    /// The table is what etcd had at the revision that is known.
    fn check(&self) {
        if self.is_restored {
            // It is what the lost history was, until it is known that it is lost.
            return;
        }
        let known = self.core.state.known();
        let (table, state) = (self.core.target.snapshot(), self.etcd.state(known));
        let (rejected, first) = self.core.decoder.rejected();
        let names: Vec<_> = first.iter().map(|rejected| &*rejected.name).collect();
        assert_eq!(rejected, names.len());
        for (name, value) in &state {
            let shown = table.get(name).map(u64::to_string);
            if value == "bad" {
                assert!(names.contains(&&**name), "seed {}: {name} is not listed at {known}", self.seed);
                let values = self.etcd.values(name, known);
                // It may be a good value of a history that is lost.
                let is_old =
                    shown.as_ref().is_none_or(|shown| values.contains(shown)) || self.etcd.was_restored();
                assert!(is_old, "seed {}: {name} is {shown:?} at {known}, and was {values:?}", self.seed);
            } else {
                assert_eq!(shown.as_ref(), Some(value), "seed {}: {name} at {known}", self.seed);
                assert!(!names.contains(&&**name), "seed {}: {name} is listed at {known}", self.seed);
            }
        }
        let is_left = |name: &&String| !state.contains_key(*name);
        assert_eq!(table.keys().find(is_left), None, "seed {}: at {known} it is gone", self.seed);
    }

    /// The table is what etcd has at the revision that is known, where all values are good.
    fn is_right(&self) -> bool {
        let (table, state) = (self.core.target.snapshot(), self.etcd.state(self.core.state.known()));
        let table = table.iter().map(|(name, value)| (name.clone(), value.to_string()));
        table.collect::<BTreeMap<_, _>>() == state
    }

    fn list(&mut self) {
        let mut listing = self.core.state.list();
        loop {
            let mut question = self.core.state.next_page(&listing);
            // Or no table would have a second page.
            question["limit"] = (1 + self.chance.below(5)).into();
            let Some(page) = self.etcd.range(&question) else {
                self.count("a page was compacted");
                return;
            };
            // Meanwhile etcd goes on.
            self.some_writes(2);
            if self.chance.below(20) == 0 {
                self.etcd.compact(&mut self.chance);
            }
            if self.core.state.page(&mut listing, page, 1000).expect("it is in order") {
                break;
            }
        }
        let before = (self.core.state.known(), self.core.target.version());
        let mut decoding = Decoding::new(listing.into_list());
        while !self.core.decode(&mut decoding, || self.chance.below(4) > 0) {
            self.count("a list was decoded in parts");
        }
        let work = self.core.list(decoding).expect("nothing panics");
        let changes = self.publish(work);
        assert_eq!(self.core.target.version(), before.1 + u64::from(changes > 0));
        assert!(self.core.state.known() >= before.0);
        (self.needs_list, self.is_restored, self.answer) = (false, false, None);
        self.term = 0;
        self.check();
    }

    /// Asks whether the history is the one that is shown. Returns `true` if it is.
    fn prove(&mut self) -> bool {
        for proof in self.core.state.proofs() {
            let Some(answer) = self.etcd.range(&proof.question) else {
                self.count("what is known was compacted");
                (self.stream, self.needs_list) = (None, true);
                return false;
            };
            if let Err(fault) = self.core.state.proven(&proof, &answer) {
                assert!(self.is_restored, "seed {}: {fault}", self.seed);
                self.end(&fault);
                return false;
            }
        }
        let before = std::mem::replace(&mut self.term, self.etcd.header().raft_term);
        if self.is_restored && self.is_right() {
            self.count("a restore has changed nothing that is known");
            self.is_restored = false;
        } else if self.is_restored {
            // What is lost was of no key of the prefix, the elections were as many, and what has come instead is not newer than what is known.
            assert!(self.term >= before, "seed {}", self.seed);
            self.count("a restore was not seen");
            (self.stream, self.needs_list) = (None, true);
            return false;
        }
        true
    }

    fn some_writes(&mut self, most: u64) {
        for _ in 0..self.chance.below(most + 1) {
            self.etcd.write(&mut self.chance, self.bad);
        }
    }

    fn take(&mut self, message: Watched) -> Result<(), Fault> {
        let is_fragment = message.fragment;
        for transaction in self.core.state.message(message)? {
            let (revision, before) = (transaction.revision, self.core.target.version());
            assert!(revision > self.core.state.known(), "seed {}", self.seed);
            let work = self.core.transaction(transaction);
            let changes = self.publish(work);
            let after = self.core.target.version();
            assert_eq!(
                after,
                before + u64::from(changes > 0),
                "seed {}: one revision is one version",
                self.seed
            );
            self.shown.push((revision, after));
            self.check();
            if is_fragment {
                self.count("a fragment has completed a transaction");
            }
        }
        self.check();
        Ok(())
    }

    /// The cluster is set back, and goes on. All watches end.
    fn restore(&mut self) {
        if self.is_restored || self.etcd.revision() < 4 {
            return;
        }
        self.count("it was restored");
        (self.stream, self.answer, self.is_restored) = (None, None, true);
        self.etcd.restore(&mut self.chance);
    }

    fn step(&mut self) {
        match self.chance.below(100) {
            99 if self.restores => self.restore(),
            98 => self.etcd.elect(),
            0..40 => self.etcd.write(&mut self.chance, self.bad),
            40..44 if self.stream.take().is_some() => self.count("a connection was lost"),
            44..47 => self.etcd.compact(&mut self.chance),
            47..52 => {
                let (seen, question) = self.core.state.ask();
                self.answer = self.etcd.range(&question).map(|answer| (seen, answer));
            }
            52..58 => self.late_answer(),
            58..60 if !self.needs_list => {
                self.count("a check beside the watch");
                self.list();
            }
            60..62 if self.stream.is_some() => self.wrong_message(),
            _ => self.listen(),
        }
    }

    fn late_answer(&mut self) {
        let Some((seen, answer)) = self.answer.take().filter(|_| !self.needs_list) else { return };
        let before = self.core.state.known();
        let confirmed = match self.core.state.confirm(seen, &answer) {
            Err(fault @ Fault::Restored) if self.is_restored => return self.end(&fault),
            confirmed => confirmed.expect("it is no older"),
        };
        match confirmed {
            Confirmed::Current if answer.header.revision > before => {
                self.count("an answer was ahead of the watch");
                assert_eq!(self.core.state.known(), answer.header.revision);
            }
            Confirmed::Current => self.count("an answer has told nothing new"),
            Confirmed::Overtaken => self.count("an answer came too late"),
            Confirmed::Owed(_) => {
                self.count("an answer has told of something missing");
                assert_eq!(self.core.state.known(), before);
            }
        }
        self.check();
    }

    /// What cannot be is not taken.
    fn wrong_message(&mut self) {
        let known = self.core.state.known();
        let message = match self.chance.below(3) {
            0 => self.etcd.again(known),
            1 => Some(Watched {
                header: Header { cluster_id: CLUSTER + 1, ..self.etcd.header() },
                ..Watched::default()
            }),
            _ => Some(Watched {
                canceled: true,
                cancel_reason: String::from("no leader"),
                ..Watched::default()
            }),
        };
        let Some(message) = message.filter(|_| !self.needs_list) else { return };
        // A transaction that is ahead of the watch, since a list has told of it, is passed over.
        if let Err(fault) = self.take(message) {
            self.end(&fault);
        }
        assert_eq!(self.core.state.known(), known);
        self.check();
    }

    fn listen(&mut self) {
        if self.needs_list {
            self.list();
            return;
        }
        let Some(stream) = &mut self.stream else {
            let question = self.core.state.watch();
            self.answer = None;
            let mut stream = Fake::watch(&question);
            let created = self.etcd.message(&mut stream, &mut self.chance).expect("it says that it is there");
            self.stream = Some(stream);
            self.take(created).expect("it begins");
            self.prove();
            return;
        };
        if let Some(message) = self.etcd.message(stream, &mut self.chance) {
            if let Err(fault) = self.take(message) {
                self.end(&fault);
            }
        }
    }

    /// Does what the session does.
    fn end(&mut self, fault: &Fault) {
        self.stream = None;
        self.count(match fault {
            Fault::Compacted => "compacted",
            Fault::Canceled(_) => "cancelled",
            Fault::OtherCluster => "another cluster",
            Fault::Disorder(_) => "disorder",
            Fault::Restored => "another history",
            Fault::Behind(..) => panic!("seed {}: {fault}", self.seed),
        });
        self.needs_list = matches!(fault, Fault::Compacted | Fault::Disorder(_) | Fault::Restored);
    }

    fn run(mut self) -> BTreeMap<&'static str, u64> {
        for _ in 0..250 {
            self.step();
        }
        // In the end all is known.
        let mut turns = 0;
        while self.core.state.known() < self.etcd.revision() {
            turns += 1;
            assert!(turns < 10_000, "seed {}: it never gets there", self.seed);
            self.listen();
            if self.stream.is_some() && self.chance.below(10) == 0 {
                let (known, question) = self.core.state.ask();
                self.answer = self.etcd.range(&question).map(|answer| (known, answer));
                self.late_answer();
            }
        }
        self.check();
        assert!(!self.is_restored);
        // Revisions and versions go up together.
        assert!(self.shown.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1));
        self.seen
    }
}

#[test]
fn each_version_is_what_etcd_had_at_its_revision() {
    let seeds = env::var("READMOSTLY_ETCD_SEEDS").map_or(2_000, |seeds| seeds.parse().expect("a number"));
    let mut seen = BTreeMap::<_, u64>::new();
    for seed in 0..seeds {
        for (what, times) in Run::new(seed).run() {
            *seen.entry(what).or_default() += times;
        }
    }
    eprintln!("{seen:?}");
    for what in [
        "a check beside the watch",
        "a connection was lost",
        "a fragment has completed a transaction",
        "a page was compacted",
        "an answer came too late",
        "an answer has told nothing new",
        "an answer has told of something missing",
        "an answer was ahead of the watch",
        "another cluster",
        "another history",
        "cancelled",
        "compacted",
        "disorder",
        "it was restored",
    ] {
        assert!(seen.get(what).is_some_and(|times| *times >= 10), "{what} has not happened often: {seen:?}");
    }
}
