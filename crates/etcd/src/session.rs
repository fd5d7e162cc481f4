//! [`Session`]: follows etcd: a list, a watch, and again when one of them ends.

use crate::backoff::{Backoff, Chance};
use crate::client::{CallError, Client, Lines};
use crate::core::{Core, Published, Work};
use crate::error::{Failure, FailureKind, guarded};
use crate::shared::Shared;
use crate::state::{Confirmed, Fault};
use crate::status::Shown;
use crate::table::Table;
use crate::vigil::{Act, Vigil};
use crate::wire::{Line, Range};
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime};
use tokio::time;

/// Where ranges are asked for.
pub(crate) const RANGE: &str = "/v3/kv/range";
const WATCH: &str = "/v3/watch";

/// Follows etcd.
pub(crate) struct Session<C: Table> {
    pub(crate) client: Arc<Client>,
    pub(crate) core: Core<C>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) chance: Chance,
    pub(crate) backoff: Backoff,
    pub(crate) silence: Duration,
    pub(crate) check_every: Option<Duration>,
    /// Where to try next.
    pub(crate) endpoint: usize,
    /// All is to be listed before anything can be watched.
    pub(crate) needs_list: bool,
}

/// A question that is asked while the watch is listened to.
type Question = Pin<Box<dyn Future<Output = Answer> + Send>>;

struct Answer {
    act: Act,
    /// What was known when it was asked.
    known: u64,
    began: (Instant, SystemTime),
    range: Result<Range, CallError>,
}

/// What has happened.
enum Event {
    Line(Result<Vec<u8>, Failure>),
    Answer(Answer),
    Due,
    Asked,
}

impl<C: Table> Session<C> {
    /// Follows until it is stopped.
    pub(crate) async fn run(mut self) {
        let shared = Arc::clone(&self.shared);
        let mut stop = pin!(shared.stop.notified());
        loop {
            let failure = {
                let mut session = pin!(self.follow());
                let outcome = poll_fn(|context| {
                    if stop.as_mut().poll(context).is_ready() {
                        return Poll::Ready(None);
                    }
                    // What is half done is thrown away with the future. All that is known is listed anew.
                    match guarded(|| session.as_mut().poll(context)) {
                        Ok(poll) => poll.map(Some),
                        Err(message) => Poll::Ready(Some(Failure::new(FailureKind::Panic, message))),
                    }
                });
                outcome.await
            };
            let Some(failure) = failure else { return };
            let pause = self.failed(&failure);
            let mut pause = pin!(time::sleep(pause));
            let is_stopped = poll_fn(|context| {
                if stop.as_mut().poll(context).is_ready() {
                    return Poll::Ready(true);
                }
                pause.as_mut().poll(context).map(|()| false)
            });
            if is_stopped.await {
                return;
            }
        }
    }

    /// Enters a failure, and turns to the next endpoint. Returns how long to wait.
    fn failed(&mut self, failure: &Failure) -> Duration {
        match failure.kind {
            FailureKind::Compacted | FailureKind::Malformed | FailureKind::Panic => self.needs_list = true,
            // What the watch says of it, the client does not see.
            FailureKind::Forbidden => self.client.forget_token(),
            _ => {}
        }
        self.shared.change(|status| {
            status.failed += 1;
            if status.connected {
                (status.connected, status.since) = (false, SystemTime::now());
            }
        });
        self.shared.fail(failure);
        self.endpoint = (self.endpoint + 1) % self.client.endpoints();
        self.backoff.pause(&mut self.chance)
    }

    /// Follows until something fails.
    async fn follow(&mut self) -> Failure {
        loop {
            let result = self.turn().await;
            match result {
                // As good as any other end, and no reason to wait.
                Err(failure) if failure.kind == FailureKind::Compacted && !self.needs_list => {
                    self.needs_list = true;
                }
                Err(failure) => return failure,
                Ok(()) => {}
            }
        }
    }

    /// Lists if it must, and follows one watch. Returns when the watch is to be renewed.
    async fn turn(&mut self) -> Result<(), Failure> {
        let endpoint = self.endpoint;
        if self.needs_list {
            let is_first = self.shared.status().shown != Shown::Etcd;
            self.list(endpoint).await?;
            self.needs_list = false;
            self.shared.change(|status| {
                status.shown = Shown::Etcd;
                status.resyncs += u64::from(!is_first);
            });
        }
        let question = self.core.state.watch();
        let mut lines = self.client.stream(endpoint, WATCH, &question).await?;
        // The first one says that the watch is there.
        let client = Arc::clone(&self.client);
        let line = client.in_time("a watch", lines.next()).await?;
        self.line(&line).await?;
        self.shared.change(|status| {
            if !status.connected {
                (status.connected, status.since) = (true, SystemTime::now());
            }
            self.client.name(endpoint).clone_into(&mut status.endpoint);
            status.last_error = None;
        });
        self.listen(endpoint, &mut lines).await
    }

    /// Listens to a watch, and has an eye on it.
    async fn listen(&mut self, endpoint: usize, lines: &mut Lines) -> Result<(), Failure> {
        let began = Instant::now();
        let mut vigil = Vigil::new(self.silence, began);
        vigil.check_at(self.next_check());
        let mut question: Option<Question> = None;
        let shared = Arc::clone(&self.shared);
        loop {
            let wanted = shared.progress(|_| {});
            vigil.known(self.core.state.known(), self.core.state.head(), wanted, Instant::now());
            let (due, act) = vigil.next();
            let event = {
                let mut line = pin!(lines.next());
                let mut asked = pin!(shared.asked.notified());
                // One question at a time. A new watch or a check need not wait for it.
                let waits = question.is_some() && matches!(act, Act::Probe | Act::Ask);
                let mut timer = pin!(time::sleep_until(due.into()));
                poll_fn(|context| {
                    if let Poll::Ready(line) = line.as_mut().poll(context) {
                        return Poll::Ready(Event::Line(line));
                    }
                    if let Some(Poll::Ready(answer)) =
                        question.as_mut().map(|question| question.as_mut().poll(context))
                    {
                        return Poll::Ready(Event::Answer(answer));
                    }
                    if asked.as_mut().poll(context).is_ready() {
                        return Poll::Ready(Event::Asked);
                    }
                    if !waits && timer.as_mut().poll(context).is_ready() {
                        return Poll::Ready(Event::Due);
                    }
                    Poll::Pending
                })
                .await
            };
            match event {
                Event::Line(line) => {
                    vigil.line(Instant::now());
                    self.line(&line?).await?;
                    self.backoff.reset();
                }
                Event::Answer(answer) => {
                    question = None;
                    self.answer(answer, &mut vigil)?;
                    self.backoff.reset();
                }
                Event::Asked => {}
                Event::Due => match act {
                    Act::Probe | Act::Ask => question = Some(self.question(endpoint, act)),
                    Act::Renew => return Ok(()),
                    Act::Check => {
                        let changes = self.list(endpoint).await?;
                        self.shared.change(|status| {
                            status.checks += 1;
                            status.repaired += changes as u64;
                        });
                        // Meanwhile nobody has listened.
                        vigil.line(Instant::now());
                        vigil.check_at(self.next_check());
                    }
                },
            }
        }
    }

    fn next_check(&mut self) -> Option<Instant> {
        let every = self.check_every?;
        Instant::now().checked_add(self.chance.around(every))
    }

    fn question(&self, endpoint: usize, act: Act) -> Question {
        let (known, question) = match act {
            Act::Ask => self.core.state.ask(),
            _ => (self.core.state.known(), self.core.state.prefix().probe()),
        };
        let (client, began) = (Arc::clone(&self.client), (Instant::now(), SystemTime::now()));
        Box::pin(async move {
            let range = client.call::<Range>(endpoint, RANGE, &question).await.map(|(range, _)| range);
            Answer { act, known, began, range }
        })
    }

    /// Takes the answer to a question.
    fn answer(&mut self, answer: Answer, vigil: &mut Vigil) -> Result<(), Failure> {
        let range = answer.range?;
        let now = Instant::now();
        let state = &mut self.core.state;
        if answer.act == Act::Ask {
            let owed = match state.confirm(answer.known, &range)? {
                Confirmed::Owed(revision) => Some(revision),
                Confirmed::Current | Confirmed::Overtaken => None,
            };
            vigil.answered(now, now - answer.began.0, owed);
        } else {
            state.header(range.header)?;
            if range.header.revision < answer.known {
                return Err(Fault::Behind(range.header.revision, answer.known).into());
            }
        }
        vigil.heard(now);
        let is_current = state.known() >= range.header.revision;
        self.told(is_current.then_some(answer.began.1));
        Ok(())
    }

    /// Reads all keys, and has the table be that. Returns how many entries that has changed.
    async fn list(&mut self, endpoint: usize) -> Result<usize, Failure> {
        let began = SystemTime::now();
        let mut listing = self.core.state.list();
        loop {
            let question = self.core.state.next_page(&listing);
            let (page, bytes) = self.client.call::<Range>(endpoint, RANGE, &question).await?;
            if self.core.state.page(&mut listing, page, bytes)? {
                break;
            }
        }
        let mut work = self.core.list(listing.into_list())?;
        let published = self.publish(&mut work).await?;
        self.told(Some(began));
        self.publish_rejected(&published);
        Ok(published.changes)
    }

    /// Takes a line of the watch.
    async fn line(&mut self, line: &[u8]) -> Result<(), Failure> {
        let line: Line = serde_json::from_slice(line).map_err(|error| {
            Failure::new(FailureKind::Malformed, format!("a message is none of etcd's: {error}"))
        })?;
        if let Some(refusal) = line.error {
            return Err(CallError::Answered(refusal).into());
        }
        let message = line.result.ok_or_else(|| {
            Failure::new(FailureKind::Malformed, "a message without a result is none of etcd's")
        })?;
        let is_created = message.created;
        for transaction in self.core.state.message(message)? {
            let mut work = self.core.transaction(transaction);
            let published = self.publish(&mut work).await?;
            self.shared.progress(|progress| {
                progress.published += u64::from(published.changes > 0);
                progress.revision = self.core.state.known();
            });
            self.publish_rejected(&published);
        }
        let is_current = !is_created && self.core.state.is_current();
        self.told(is_current.then(SystemTime::now));
        Ok(())
    }

    /// Publishes, as soon as nobody else writes to the container.
    async fn publish(&mut self, work: &mut Work<C>) -> Result<Published, Failure> {
        let published = loop {
            match self.core.publish(work) {
                Some(published) => break published?,
                // Others run on this thread.
                None => time::sleep(Duration::from_millis(1)).await,
            }
        };
        self.shared.progress(|progress| progress.version = published.version);
        Ok(published)
    }

    fn publish_rejected(&self, published: &Published) {
        if published.is_new_rejected {
            let (keys, first) = self.core.decoder.rejected();
            self.shared.change(|status| (status.rejected_keys, status.rejected) = (keys, first));
        }
    }

    /// Tells what is known. `current_at`: nothing was missing then.
    fn told(&self, current_at: Option<SystemTime>) {
        let (revision, newest) = (self.core.state.known(), self.core.state.head());
        self.shared.progress(|progress| {
            (progress.revision, progress.newest) = (revision, newest);
            progress.current_at = current_at.or(progress.current_at);
        });
    }
}
