//! The addresses that people sign up with.

use super::check::{self, Verdict};
use super::list::{Domain, List};

/// So many addresses are made up before the clock starts; every reader goes round them, each from another one.
const ADDRESSES: usize = 1 << 16;
/// Of the domains that are added by hand during the run, so many have people who sign up with them.
const ADDED_BY_HAND: usize = 64;

/// An address, and what the list that is loaded first has to say about it.
#[derive(Debug)]
pub(crate) struct Address {
    pub(crate) text: String,
    pub(crate) at_first: Verdict,
}

/// The `n`-th domain that is added by hand while the readers run. No real list holds it: `.example` is reserved.
pub(crate) fn added_by_hand(n: usize) -> String {
    format!("added-by-hand-{n}.example")
}

/// Makes up the stream of addresses: the same one for the same list, on each run.
pub(crate) fn addresses(list: &List) -> Vec<Address> {
    let mut random = Random(1);
    let mut scratch = String::new();
    let mut addresses = Vec::with_capacity(ADDRESSES);
    for _ in 0..ADDRESSES {
        let text = address(list, &mut random);
        let at_first = check::check(&text, &mut scratch, |domain| list.contains(domain));
        addresses.push(Address { text, at_first });
    }
    addresses
}

fn address(list: &List, random: &mut Random) -> String {
    let n = random.below(10_000);
    match random.below(100) {
        0..30 => format!("user{n}@{}", random.pick(&PROVIDERS)),
        30..59 => format!("user{n}@company-{}.example", random.below(100_000)),
        59..60 => format!("user{n}@{}", added_by_hand(random.below(ADDED_BY_HAND))),
        60..85 => format!("user{n}@{}", listed(list, random)),
        85..93 => format!("user{n}@mx{}.mail.{}", n % 10, listed(list, random)),
        93..97 => format!("USER{n}@{}", listed(list, random).to_uppercase()),
        _ => (*random.pick(&NONSENSE)).to_owned(),
    }
}

fn listed<'a>(list: &'a List, random: &mut Random) -> &'a Domain {
    random.pick(&list.domains)
}

/// Where most honest addresses come from.
const PROVIDERS: [&str; 8] = [
    "gmail.com",
    "outlook.com",
    "yahoo.co.jp",
    "icloud.com",
    "proton.me",
    "students.uni-example.ac.uk",
    "Post.Example.De",
    "bücher.example",
];

/// What else arrives in the field of a form that asks for an address.
const NONSENSE: [&str; 10] = [
    "",
    "@",
    "no at sign",
    "nobody@",
    "@nowhere.example",
    "two@signs@mail.example",
    "dots@mail..example",
    "blank@mail example.com",
    "number@192.0.2.1",
    "test@localhost",
];

/// Steele, Lea and Flood's `SplitMix64`: enough for a mix that is the same on each run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("it is below a usize")
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}
