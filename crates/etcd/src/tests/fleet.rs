//! A fleet that loses etcd at one moment: how often it tries meanwhile, and how it comes back. By the clock of the simulation.

use crate::backoff::{Backoff, Chance};
use std::time::Duration;

const FOLLOWERS: u64 = 10_000;
/// The default of `Builder::longest_pause`.
const LONGEST: Duration = Duration::from_secs(10);

/// What etcd sees.
#[derive(Debug, PartialEq, Eq)]
struct Load {
    /// The tries in the first second, and the most in any second of the second half of the outage.
    tries: (usize, usize),
    /// The most connections in any tenth of a second after it.
    peak: usize,
    /// When half of them, 99 of 100 and all are back.
    back: [Duration; 3],
}

/// `fails_after`: how long a try takes to fail. `jitter`: a pause is a random part of the longest one, as it is.
fn outage(lasts: Duration, fails_after: Duration, jitter: bool) -> Load {
    let mut chance = Chance::of(1);
    let (mut tries, mut back) = (Vec::new(), Vec::new());
    for _ in 0..FOLLOWERS {
        let (mut backoff, mut now) = (Backoff::new(LONGEST), Duration::ZERO);
        for nth in 0_u32.. {
            let pause = backoff.pause(&mut chance);
            now += if jitter { pause } else { LONGEST.min(Duration::from_millis(100 << nth.min(20))) };
            if let Some(after) = now.checked_sub(lasts) {
                back.push(after);
                break;
            }
            tries.push(now);
            now += fails_after;
        }
    }
    back.sort_unstable();
    let most = |times: &[Duration], window: Duration| {
        let mut counts =
            vec![0; 1 + usize::try_from(lasts.max(LONGEST * 2).as_nanos() / window.as_nanos()).unwrap()];
        for time in times {
            counts[usize::try_from(time.as_nanos() / window.as_nanos()).unwrap()] += 1;
        }
        counts
    };
    let second = most(&tries, Duration::from_secs(1));
    let half = usize::try_from(lasts.as_secs() / 2).unwrap();
    let at = |per_mille: usize| back[(back.len() - 1) * per_mille / 1000];
    Load {
        tries: (second[0], second[half..].iter().copied().max().unwrap()),
        peak: most(&back, Duration::from_millis(100)).into_iter().max().unwrap(),
        back: [at(500), at(990), at(1000)],
    }
}

#[test]
fn ten_thousand_followers_come_back_spread_out() {
    for (lasts, fails_after) in [(1, 0), (10, 0), (60, 0), (60, 5)] {
        let [load, alike] = [true, false]
            .map(|jitter| outage(Duration::from_secs(lasts), Duration::from_secs(fails_after), jitter));
        // Without chance all would come at one moment.
        assert_eq!(alike.peak as u64, FOLLOWERS);
        eprintln!(
            "{FOLLOWERS} followers, {lasts} s without etcd, a try fails after {fails_after} s: {load:?}"
        );
        assert!(load.back[2] <= LONGEST + Duration::from_secs(fails_after));
        if lasts == 60 {
            // In a long outage each tries once in five seconds, and a tenth of a second sees few of them.
            assert!(load.tries.1 <= usize::try_from(FOLLOWERS).unwrap() / 4, "{load:?}");
            assert!(load.peak <= usize::try_from(FOLLOWERS).unwrap() / 25, "{load:?}");
        }
    }
}
