//! Sources that are no files: closures, with and without a thread.

use crate::support::{OFTEN, lines, shown, start, until, until_shown};
use readmostly_reload::{Content, FailureKind, Look, Origin, Refused, Reload};
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A server that answers with an `ETag`.
#[derive(Clone)]
struct Server(Arc<Mutex<(u32, Result<&'static str, &'static str>)>>);

impl Server {
    fn new(content: &'static str) -> Self {
        Self(Arc::new(Mutex::new((1, Ok(content)))))
    }

    fn says(&self, answer: Result<&'static str, &'static str>) {
        let mut now = self.0.lock().unwrap();
        *now = (now.0 + u32::from(answer.is_ok()), answer);
    }

    /// What a client does that sends the tag of what it has.
    fn client(&self) -> impl FnMut() -> Result<Option<Content>, String> + Send + 'static {
        let (server, mut tag) = (self.clone(), None);
        move || {
            let (version, answer) = *server.0.lock().unwrap();
            let content = answer.map_err(String::from)?;
            if tag == Some(version) {
                return Ok(None);
            }
            tag = Some(version);
            Ok(Some(Content::from_bytes("https://lists.example/list", content)))
        }
    }
}

#[test]
fn a_source_that_says_unchanged_is_believed() {
    let server = Server::new("a\n");
    let reloader = start(Reload::source(server.client()).parse(lines));
    assert_eq!((reloader.now().unchanged, reloader.now().unchanged), (1, 2));
    server.says(Ok("b\n"));
    assert_eq!(reloader.now().applied, 2);
    assert_eq!(shown(&reloader), "b");
    // A refused content that is unchanged is still refused.
    server.says(Ok("not good\n"));
    let refused = reloader.now();
    assert_eq!(refused.last_error.as_ref().map(|failure| failure.line), Some(Some(1)));
    assert_eq!(reloader.now().last_error, refused.last_error);
    // Not to be reached, and back with what was refused before: refused, and for that.
    let good = server.0.lock().unwrap().0;
    server.says(Err("503 Service Unavailable"));
    let failure = reloader.now().last_error.expect("an error");
    assert_eq!(failure.to_string(), "the source: 503 Service Unavailable");
    *server.0.lock().unwrap() = (good, Ok("not good\n"));
    assert_eq!(reloader.now().last_error, refused.last_error);
    assert_eq!(reloader.status().failed, 2);
}

#[test]
fn an_outage_is_told_and_over_when_the_source_says_unchanged() {
    let server = Server::new("a\n");
    let reloader = start(Reload::source(server.client()).parse(lines).poll(OFTEN));
    server.says(Err("503"));
    until("told", || !reloader.status().is_good());
    let failed = reloader.status().failed;
    let checked = reloader.status().checked_at;
    until("looked again", || reloader.status().checked_at > checked);
    assert_eq!((reloader.status().failed, failed), (1, 1), "an outage counts once");
    server.0.lock().unwrap().1 = Ok("a\n");
    until("good again", || reloader.status().is_good());
    server.says(Ok("b\n"));
    until_shown(&reloader, "b");
}

#[test]
fn a_source_that_says_unchanged_at_first_is_an_error() {
    let source = || Ok::<_, Refused>(None);
    let error = Reload::source(source).parse(lines).into(Arc::<crate::support::Set>::default()).unwrap_err();
    assert_eq!(error.to_string(), "the source: says that it is unchanged, but has never said what it is");
}

#[test]
fn the_limit_holds_for_every_source() {
    let source = || Ok::<_, Refused>(Some(Content::from_bytes("big", "0123456789")));
    let of =
        |limit| Reload::source(source).parse(lines).limit(limit).into(Arc::<crate::support::Set>::default());
    let error = of(9).unwrap_err();
    assert_eq!(error.failure.kind, FailureKind::TooLarge);
    assert_eq!(error.to_string(), "big: has 10 bytes, and the limit is 9: raise the limit");
    assert!(of(10).is_ok());
}

/// An origin of one's own, which is not at rest for its first looks.
struct Restless(u32);

impl Origin for Restless {
    fn look(&mut self) -> Result<Look, Box<dyn Error + Send + Sync>> {
        self.0 += 1;
        Ok(match self.0 {
            1 | 3 => Look::Unsettled(Duration::from_millis(1)),
            2 => Look::Content(Content::from_bytes("list", "a")),
            _ => Look::Content(Content::from_bytes("list", "b")),
        })
    }

    fn name(&self) -> String {
        "restless".into()
    }
}

#[test]
fn a_loop_of_ones_own_is_told_when_to_look_again() {
    let reloader = start(Reload::source(Restless(0)).parse(lines));
    assert_eq!(shown(&reloader), "a");
    assert_eq!(reloader.look(), Some(Duration::from_millis(1)));
    assert_eq!(shown(&reloader), "a");
    assert_eq!(reloader.look(), None);
    assert_eq!(shown(&reloader), "b");
}

/// A source that asks for a look at once kept a processor busy.
#[test]
fn a_source_that_asks_for_the_next_look_at_once_gets_it_a_millisecond_later() {
    struct Hasty(u32);
    impl Origin for Hasty {
        fn look(&mut self) -> Result<Look, Box<dyn Error + Send + Sync>> {
            self.0 += 1;
            Ok(if self.0 == 1 {
                Look::Content(Content::from_bytes("list", "a"))
            } else {
                Look::Unsettled(Duration::ZERO)
            })
        }
    }
    let reloader = start(Reload::source(Hasty(0)).parse(lines));
    assert_eq!(reloader.look(), Some(Duration::from_millis(1)));
}

/// From a task of any executor: nothing here needs a thread of the reload's.
#[test]
fn a_watch_of_the_status_is_a_future() {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};
    let server = Server::new("a\n");
    let reloader = start(Reload::source(server.client()).parse(lines));
    let mut watch = reloader.watch_status();
    let mut changed = pin!(watch.changed());
    let mut context = Context::from_waker(Waker::noop());
    assert!(changed.as_mut().poll(&mut context).is_pending());
    server.says(Ok("b\n"));
    assert_eq!(reloader.look(), None);
    let Poll::Ready(update) = changed.as_mut().poll(&mut context) else { panic!("it is ready") };
    assert_eq!(update.new.applied, 2);
}
