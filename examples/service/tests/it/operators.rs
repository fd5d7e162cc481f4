//! What operators look at.

use crate::support::{Gate, SAMPLE};
use gatekeeper::metrics::{Metrics, Verdict};
use std::collections::HashMap;
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn the_metrics_are_such_as_prometheus_reads() {
    let gate = Gate::ready(SAMPLE, &[]);
    gate.get("/check/ads.example");
    gate.get("/check/fine.example");
    gate.get("/check/-");
    gate.post("/check", &[], "a.example\nads.example");
    let answer = gate.get("/metrics");
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let text = answer.text();
    assert!(text.ends_with('\n'));
    let mut kinds = HashMap::new();
    let mut values = HashMap::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(kinds.insert(name.to_owned(), kind.to_owned()).is_none(), "{name} has two types");
        } else if !line.starts_with("# HELP ") {
            let (name, value) = line.rsplit_once(' ').unwrap();
            let base = name.split('{').next().unwrap();
            let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| {
                let family = base.strip_suffix(end)?;
                (kinds.get(family)? == "histogram").then_some(family)
            });
            assert!(kinds.contains_key(family.unwrap_or(base)), "{line} has no type before it");
            assert!(
                values.insert(name.to_owned(), value.parse::<f64>().unwrap()).is_none(),
                "{name} is there twice"
            );
        }
    }
    for (name, value) in [
        ("gatekeeper_checks_total{verdict=\"blocked\"}", 2.0),
        ("gatekeeper_checks_total{verdict=\"clear\"}", 2.0),
        ("gatekeeper_checks_total{verdict=\"malformed\"}", 1.0),
        ("gatekeeper_requests_total{route=\"/check/{domain}\",code=\"2xx\"}", 2.0),
        ("gatekeeper_requests_total{route=\"/check/{domain}\",code=\"4xx\"}", 1.0),
        ("gatekeeper_check_duration_seconds_count", 4.0),
        ("gatekeeper_check_duration_seconds_bucket{le=\"+Inf\"}", 4.0),
        ("gatekeeper_domains", 3.0),
        ("gatekeeper_table_version", 1.0),
        ("gatekeeper_last_reload_successful", 1.0),
        ("gatekeeper_reloads_applied_total", 1.0),
    ] {
        assert_eq!(values.get(name), Some(&value), "{name} in {text}");
    }
    let buckets: Vec<f64> = text
        .lines()
        .filter_map(|line| line.strip_prefix("gatekeeper_check_duration_seconds_bucket")?.rsplit_once(' '))
        .map(|(_, count)| count.parse().unwrap())
        .collect();
    assert!(buckets.is_sorted(), "{buckets:?}");
}

#[test]
fn the_page_loads_nothing_from_elsewhere() {
    let gate = Gate::ready(SAMPLE, &[]);
    let page = gate.get("/");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    for (path, kind) in
        [("/page.css", "text/css; charset=utf-8"), ("/page.js", "text/javascript; charset=utf-8")]
    {
        let part = gate.get(path);
        assert_eq!((part.status, part.header("content-type")), (200, Some(kind)));
        assert_eq!(part.header("x-content-type-options"), Some("nosniff"));
        assert!(!part.text().contains("//cdn") && !part.text().contains("https://"), "{path}");
    }
    let script = gate.get("/page.js").text();
    for unsafe_way in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
        assert!(!script.contains(unsafe_way), "{unsafe_way}");
    }
}

/// The counts of now once were taken before those of then, which may be replaced by later ones: less than nothing was left.
#[test]
fn no_count_of_the_last_seconds_is_less_than_nothing() {
    let (metrics, start) = (Metrics::default(), Instant::now());
    let goes_on = || start.elapsed() < Duration::from_secs(2);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while goes_on() {
                    metrics.checks(Verdict::Clear, 1);
                    metrics.tick();
                }
            });
        }
        while goes_on() {
            assert!(metrics.recent().per_second >= 0.0);
        }
    });
}
