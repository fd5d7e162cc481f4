//! What only the system's events do: look at once, look for nothing, and survive a flood.

use crate::support::{Home, NEVER, OFTEN, SETTLE, file, lines, shown, start, stopping, until, until_shown};
use readmostly_reload::{Content, Look, Origin, Reload};
use std::error::Error;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn what_happens_to_other_files_of_the_folder_is_no_reason_to_read() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let reloader = start(file(&path).poll(NEVER));
    for number in 0..200 {
        home.write("other", format!("{number}"));
        home.write(&format!("other-{number}"), "");
    }
    home.write("list", "b\n");
    until_shown(&reloader, "b");
    // One of a truncation, and one of a write.
    assert!(reloader.status().unchanged <= 2, "{:?}", reloader.status());
}

/// A log beside them had all files read for each of its lines.
#[test]
fn what_happens_to_a_file_of_the_folder_that_does_not_count_is_no_reason_to_read() {
    let home = Home::new();
    home.write("conf.d/1.conf", "a\n");
    let reload = Reload::folder(home.path("conf.d")).suffix(".conf").parse(lines);
    let reloader = start(reload.settle(SETTLE).poll(NEVER));
    for number in 0..200 {
        home.write("conf.d/log", format!("{number}"));
        home.write("conf.d/1.conf~", "");
        thread::sleep(SETTLE / 20);
    }
    home.write("conf.d/2.conf", "b\n");
    until_shown(&reloader, "a b");
    assert!(reloader.status().unchanged <= 2, "{:?}", reloader.status());
}

/// The kernel keeps 16,384 events, and then says that it has lost some.
#[test]
fn a_flood_of_events_hides_no_change() {
    let limit = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap_or_default();
    let limit: u32 = limit.trim().parse().unwrap_or(16_384);
    if limit > 200_000 {
        eprintln!("skipped: {limit} events are kept here");
        return;
    }
    let home = Home::new();
    let path = home.write("list", "a\n");
    let (parse, stop) = stopping();
    let reloader = start(Reload::file(&path).parse(parse).settle(SETTLE).poll(NEVER));
    home.write("list", "stop\n");
    stop.reached();
    // While nobody takes them. Two events that follow each other and are equal would be one.
    for number in 0..=limit {
        let name = if number % 2 == 0 { "even" } else { "odd" };
        fs::write(home.path(name), "").unwrap();
    }
    home.write("list", "b\n");
    stop.release();
    until_shown(&reloader, "b");
    // And it goes on after that.
    home.write("list", "c\n");
    until_shown(&reloader, "c");
}

/// A watch is there before the first look: what happens between that and the first sleep of the thread is an event.
#[test]
fn a_change_during_the_first_load_is_found() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let list = path.clone();
    let parse = move |content: &Content| {
        let lines = lines(content)?;
        if lines == ["a"] {
            fs::write(&list, "b\n").unwrap();
        }
        Ok::<_, readmostly_reload::Refused>(lines)
    };
    let reloader = start(Reload::file(&path).parse(parse).settle(SETTLE).poll(NEVER));
    until_shown(&reloader, "b");
}

#[test]
fn a_link_in_a_circle_is_an_error_and_no_hang() {
    let home = Home::new();
    home.write("real", "a\n");
    home.link("list", "real");
    let reloader = start(file(&home.path("list")).poll(NEVER));
    home.link("b", "list");
    home.link("list", "b");
    until("told", || !reloader.status().is_good());
    home.link("list", "real");
    until("good again", || reloader.status().is_good());
    assert_eq!(shown(&reloader), "a");
}

/// Where the system has no more of them, as in a container with many, the poll does it alone.
#[test]
fn the_poll_finds_what_no_event_tells() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let reloader = start(file(&path).poll(OFTEN).events(false));
    home.write("list", "b\n");
    until_shown(&reloader, "b");
    let without = start(file(&path).poll(NEVER).events(false));
    home.write("list", "c\n");
    until_shown(&reloader, "c");
    assert_eq!(shown(&without), "b", "neither a poll nor an event, and yet it has looked");
    assert!(without.now().is_good());
    assert_eq!(shown(&without), "c");
}

/// A large file that was touched all the time kept a processor busy.
#[test]
fn after_a_look_that_takes_long_the_thread_rests() {
    struct Slow(Arc<AtomicU32>);
    impl Origin for Slow {
        fn look(&mut self) -> Result<Look, Box<dyn Error + Send + Sync>> {
            thread::sleep(Duration::from_millis(20));
            Ok(match self.0.fetch_add(1, Ordering::Relaxed) {
                0 => Look::Content(Content::from_bytes("list", "a")),
                _ => Look::Unsettled(Duration::from_millis(1)),
            })
        }
    }
    let looks = Arc::new(AtomicU32::new(0));
    let reloader = start(Reload::source(Slow(Arc::clone(&looks))).parse(lines).poll(OFTEN));
    thread::sleep(Duration::from_secs(1));
    drop(reloader);
    // It is 200 ms from one to the next, and was 21.
    assert!((2..15).contains(&looks.load(Ordering::Relaxed)), "{looks:?}");

    let home = Home::new();
    let path = home.write("list", "0\n");
    let parses = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&parses);
    let parse = move |content: &Content| {
        counted.fetch_add(1, Ordering::Relaxed);
        thread::sleep(Duration::from_millis(20));
        lines(content)
    };
    let reloader = start(Reload::file(&path).parse(parse).settle(Duration::ZERO).poll(NEVER));
    let began = Instant::now();
    for number in 0.. {
        home.write("list", format!("{number}\n"));
        thread::sleep(Duration::from_millis(1));
        if began.elapsed() > Duration::from_secs(1) {
            break;
        }
    }
    drop(reloader);
    assert!((2..15).contains(&parses.load(Ordering::Relaxed)), "{parses:?}");
}

/// Each poll came five milliseconds late, since what ends a sleep was taken for an event of another file.
#[test]
fn a_poll_is_no_later_where_the_system_tells_of_changes() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let often = |events| start(file(&path).poll(Duration::from_millis(1)).events(events));
    let (told, polled) = (often(true), often(false));
    let before = told.status().unchanged;
    let from = polled.status().unchanged;
    until("there are many polls", || polled.status().unchanged >= from + 500);
    let polls = told.status().unchanged - before;
    assert!(polls > 250, "{polls} beside 500");
}
