//! [`Session`]: follows etcd: a list, a watch, and again when one of them ends.

use crate::backoff::{Backoff, Chance};
use crate::client::{CallError, Client, Lines, parsed};
use crate::core::{Core, Decoding, Published, Work};
use crate::error::{Failure, FailureKind, guarded};
use crate::lag::Heads;
use crate::shared::Shared;
use crate::state::{Confirmed, Listing, Seen};
use crate::status::Shown;
use crate::table::Table;
use crate::vigil::{Act, Vigil};
use crate::wire::{Line, Range};
use std::collections::VecDeque;
use std::future::{self, Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime};
use tokio::{task, time};

/// Where ranges are asked for.
pub(crate) const RANGE: &str = "/v3/kv/range";
const WATCH: &str = "/v3/watch";
/// Why the last good state stays.
const EMPTY: &str = "the prefix has no key that decodes, and the last good state has some, which stay until there is one: if \
                     the prefix is the right one and is to be empty, put a good key there, and remove it when it is followed";
/// How long the lines of a watch that are there already, or the entries of a list, may keep the thread from all else.
const TURN: Duration = Duration::from_millis(1);

/// Follows etcd.
pub(crate) struct Session<C: Table> {
    pub(crate) client: Arc<Client>,
    pub(crate) core: Core<C>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) chance: Chance,
    pub(crate) backoff: Backoff,
    pub(crate) silence: Duration,
    pub(crate) check_every: Option<Duration>,
    /// When the next check is. A connection that ends does not put it off.
    pub(crate) check_at: Option<Instant>,
    /// A start with an empty prefix may take all away that the last good state has.
    pub(crate) allows_empty: bool,
    /// Where to try next.
    pub(crate) endpoint: usize,
    /// And where after that, until one is good.
    pub(crate) round: VecDeque<usize>,
    /// All is to be listed before anything can be watched.
    pub(crate) needs_list: bool,
    /// How many watches in a row have not brought what there is.
    pub(crate) renewals: u32,
    pub(crate) heads: Heads,
}

/// A question that is asked while the watch is listened to.
type Question = Pin<Box<dyn Future<Output = Answer> + Send>>;

struct Answer {
    act: Act,
    seen: Seen,
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
        let mut stop = pin!(shared.stopped.notified());
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
                        Err(message) => {
                            let reason = format!("a panic: {message}");
                            Poll::Ready(Some(Failure::new(FailureKind::Panic, reason)))
                        }
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
            FailureKind::Compacted | FailureKind::Panic | FailureKind::Restored => self.needs_list = true,
            // What the watch says of it, the client does not see.
            FailureKind::Forbidden => self.client.forget_token(),
            _ => {}
        }
        self.shared.change(|status| {
            status.failed += 1;
            status.restores += u64::from(failure.kind == FailureKind::Restored);
            if status.connected {
                (status.connected, status.since) = (false, SystemTime::now());
            }
            // It keeps the time of the first one.
            let since = status.last_error.as_ref().map_or(failure.since, |before| before.since);
            status.last_error = Some(Failure { since, ..failure.clone() });
        });
        // Each is asked once before any is asked again.
        if self.round.is_empty() {
            self.round = self.client.from(self.endpoint + 1).into();
        }
        self.endpoint = self.round.pop_front().unwrap_or(self.endpoint);
        self.backoff.pause(&mut self.chance)
    }

    /// Follows until something fails.
    async fn follow(&mut self) -> Failure {
        loop {
            if let Err(failure) = self.turn().await {
                return failure;
            }
        }
    }

    /// Lists if it must, and follows one watch. Returns when the watch is to be renewed.
    async fn turn(&mut self) -> Result<(), Failure> {
        let endpoint = self.endpoint;
        if self.needs_list {
            let is_first = self.shared.status().shown != Shown::Etcd;
            self.list(endpoint, self.core.state.list()).await?;
            self.needs_list = false;
            self.check_at = self.next_check();
            self.shared.change(|status| {
                status.shown = Shown::Etcd;
                status.resyncs += u64::from(!is_first);
            });
        }
        let question = self.core.state.watch();
        let mut lines = self.client.stream(endpoint, WATCH, &question).await?;
        // The first one says that the watch is there.
        let client = Arc::clone(&self.client);
        let line = client.in_time(endpoint, "a watch", lines.next()).await?;
        self.line(&line).await?;
        // A member that is behind, or has no leader, or another history, makes watches as well.
        self.prove(endpoint).await?;
        self.round.clear();
        self.shared.change(|status| {
            if !status.connected {
                (status.connected, status.since) = (true, SystemTime::now());
            }
            self.client.name(endpoint).clone_into(&mut status.endpoint);
            status.last_error = None;
        });
        self.listen(endpoint, &mut lines).await
    }

    /// Has the cluster agree that what is known is in its history.
    async fn prove(&mut self, endpoint: usize) -> Result<(), Failure> {
        for proof in self.core.state.proofs() {
            let began = SystemTime::now();
            let answer = match self.client.read::<Range>(endpoint, RANGE, &proof.question).await {
                Err(CallError::Answered(refusal)) if refusal.is_future() => {
                    // How far it is, is in an answer alone.
                    let probe = self.core.state.prefix().probe();
                    let answer = self.client.read::<Range>(endpoint, RANGE, &probe).await?;
                    self.core.state.agreed(self.core.state.seen(), answer.header)?;
                    return Err(CallError::Answered(refusal).into());
                }
                answer => answer?,
            };
            self.core.state.proven(&proof, &answer)?;
            self.heads.told(answer.header.revision, began);
        }
        self.told();
        Ok(())
    }

    /// All is as it should be.
    fn works(&mut self) {
        self.backoff.reset();
        self.renewals = 0;
    }

    /// Listens to a watch, and has an eye on it.
    async fn listen(&mut self, endpoint: usize, lines: &mut Lines) -> Result<(), Failure> {
        let began = Instant::now();
        let mut vigil = Vigil::new(self.silence, began);
        self.put_off_check(began);
        vigil.check_at(self.check_at);
        let mut question: Option<Question> = None;
        let shared = Arc::clone(&self.shared);
        let (mut turn, mut buffered) = (began, lines.buffered());
        loop {
            let now = Instant::now();
            if now - turn > TURN {
                // Where lines are always there, writes and answers have their turn too.
                task::yield_now().await;
                turn = now;
            }
            vigil.known(self.core.state.known(), self.core.state.head(), shared.wanted(), now);
            let (due, act) = vigil.next();
            let event = {
                let mut line = pin!(lines.next());
                let mut asked = pin!(shared.asked.notified());
                // One question at a time. A new watch or a check need not wait for it.
                let waits = question.is_some() && matches!(act, Act::Probe | Act::Ask);
                let mut timer = pin!(time::sleep_until(due.into()));
                poll_fn(|context| {
                    if let Some(Poll::Ready(answer)) =
                        question.as_mut().map(|question| question.as_mut().poll(context))
                    {
                        return Poll::Ready(Event::Answer(answer));
                    }
                    // What is asked comes before lines, which may be there all the time. A watch with lines is not renewed.
                    let mut is_due = || !waits && timer.as_mut().poll(context).is_ready();
                    if act != Act::Renew && is_due() {
                        return Poll::Ready(Event::Due);
                    }
                    if let Poll::Ready(line) = line.as_mut().poll(context) {
                        return Poll::Ready(Event::Line(line));
                    }
                    if asked.as_mut().poll(context).is_ready() {
                        return Poll::Ready(Event::Asked);
                    }
                    if act == Act::Renew && timer.as_mut().poll(context).is_ready() {
                        return Poll::Ready(Event::Due);
                    }
                    Poll::Pending
                })
                .await
            };
            match event {
                Event::Line(line) => {
                    vigil.line(Instant::now());
                    buffered = lines.buffered();
                    let known = self.core.state.known();
                    let taken = match line {
                        Ok(line) => self.line(&line).await,
                        Err(failure) => Err(failure),
                    };
                    // A new watch would bring it again. What else cannot be read, as a page of a balancer's, has told nothing.
                    self.needs_list |=
                        matches!(&taken, Err(failure) if failure.kind == FailureKind::Malformed);
                    taken?;
                    // A part of a transaction may be all that comes.
                    if self.core.state.known() > known || self.core.state.is_current() {
                        self.works();
                    }
                }
                Event::Answer(answer) => {
                    question = None;
                    self.answer(answer, &mut vigil)?;
                }
                Event::Asked => {}
                Event::Due => match act {
                    Act::Probe | Act::Ask => question = Some(self.question(endpoint, act)),
                    // A large line is on its way.
                    Act::Renew if lines.buffered() > buffered => {
                        buffered = lines.buffered();
                        vigil.line(Instant::now());
                    }
                    Act::Renew => return self.renew(),
                    Act::Check => {
                        self.check(endpoint).await?;
                        // Its answer is from before the list.
                        question = None;
                        // Meanwhile nobody has listened.
                        vigil.line(Instant::now());
                        self.check_at = self.next_check();
                        vigil.check_at(self.check_at);
                    }
                },
            }
        }
    }

    /// The watch has not brought what there is.
    fn renew(&mut self) -> Result<(), Failure> {
        self.renewals += 1;
        if self.renewals == 1 {
            return Ok(());
        }
        // Another endpoint may bring it. If it does not either, a list does.
        self.needs_list |= self.renewals > 2;
        Err(Failure::new(FailureKind::Timeout, "the watch does not bring what etcd has"))
    }

    /// Lists all, and compares.
    async fn check(&mut self, endpoint: usize) -> Result<(), Failure> {
        // At the revision that is known, so that each difference is one of the table.
        let repaired = match self.list(endpoint, self.core.state.list_known()).await {
            Err(failure) if failure.kind == FailureKind::Compacted => {
                self.list(endpoint, self.core.state.list()).await?;
                0
            }
            changes => changes?,
        };
        self.shared.change(|status| {
            status.checks += 1;
            status.repaired += repaired as u64;
        });
        Ok(())
    }

    fn next_check(&mut self) -> Option<Instant> {
        let every = self.check_every?;
        Instant::now().checked_add(self.chance.around(every))
    }

    /// One that is overdue comes soon, and not at once: those whose connections were lost together would all list together.
    fn put_off_check(&mut self, now: Instant) {
        let (Some(every), Some(at)) = (self.check_every, self.check_at) else { return };
        if at <= now {
            self.check_at = Some(now + self.chance.up_to(every / 10));
        }
    }

    fn question(&self, endpoint: usize, act: Act) -> Question {
        let (seen, question) = match act {
            Act::Ask => self.core.state.ask(),
            _ => (self.core.state.seen(), self.core.state.prefix().probe()),
        };
        let (client, began) = (Arc::clone(&self.client), (Instant::now(), SystemTime::now()));
        Box::pin(async move {
            let range = client.read::<Range>(endpoint, RANGE, &question).await;
            Answer { act, seen, began, range }
        })
    }

    /// Takes the answer to a question.
    fn answer(&mut self, answer: Answer, vigil: &mut Vigil) -> Result<(), Failure> {
        let range = answer.range?;
        let now = Instant::now();
        let state = &mut self.core.state;
        if answer.act == Act::Ask {
            let owed = match state.confirm(answer.seen, &range)? {
                Confirmed::Owed(revision) => Some(revision),
                Confirmed::Current | Confirmed::Overtaken => None,
            };
            vigil.answered(now, now - answer.began.0, owed);
        } else {
            state.agreed(answer.seen, range.header)?;
        }
        vigil.heard(now);
        self.heads.told(range.header.revision, answer.began.1);
        if state.is_current() {
            self.works();
        }
        self.told();
        Ok(())
    }

    /// Reads all keys, and has the table be that. Returns how many entries that has changed.
    async fn list(&mut self, endpoint: usize, mut listing: Listing) -> Result<usize, Failure> {
        let began = SystemTime::now();
        let mut first = None;
        loop {
            let question = self.core.state.next_page(&listing);
            let (page, bytes) = match self.client.read_page::<Range>(endpoint, RANGE, &question).await {
                Err(error @ CallError::Lost(_)) => {
                    self.core.state.page_failed();
                    return Err(error.into());
                }
                page => page?,
            };
            first = first.or(Some(page.header.revision));
            if self.core.state.page(&mut listing, page, bytes)? {
                break;
            }
        }
        let mut decoding = Decoding::new(listing.into_list());
        loop {
            let part = Instant::now();
            if self.core.decode(&mut decoding, || part.elapsed() < TURN) {
                break;
            }
            // Writes have their turn, and a drop ends it here.
            task::yield_now().await;
        }
        let mut work = self.core.list(decoding)?;
        let is_start = matches!(self.shared.status().shown, Shown::LastGood { .. });
        if is_start && !self.allows_empty && self.core.empties(&work)? {
            self.core.refuse(work);
            self.publish_rejected();
            return Err(Failure::new(FailureKind::Empty, EMPTY));
        }
        let published = self.publish(&mut work).await?;
        // Where the history is another one, the old heads are none of it.
        self.heads = Heads::default();
        self.heads.told(first.unwrap_or(0), began);
        self.told();
        if published.is_new_rejected {
            self.publish_rejected();
        }
        Ok(published.changes)
    }

    /// Takes a line of the watch.
    async fn line(&mut self, line: &[u8]) -> Result<(), Failure> {
        let line: Line = parsed(line)?;
        if let Some(refusal) = line.error {
            return Err(CallError::Answered(refusal).into());
        }
        let message = line.result.ok_or_else(|| {
            Failure::new(FailureKind::Malformed, "a message without a result is none of etcd's")
        })?;
        for transaction in self.core.state.message(message)? {
            let mut work = self.core.transaction(transaction);
            let published = self.publish(&mut work).await?;
            self.shared.progress(|progress| {
                progress.published += u64::from(published.changes > 0);
                progress.revision = self.core.state.known();
            });
            if published.is_new_rejected {
                self.publish_rejected();
            }
        }
        self.told();
        Ok(())
    }

    /// Publishes, as soon as nobody else writes to the container.
    async fn publish(&mut self, work: &mut Work<C>) -> Result<Published, Failure> {
        let published = loop {
            if self.shared.is_stopped() {
                // It ends with this future.
                future::pending::<()>().await;
            }
            match self.core.publish(work) {
                Some(published) => break published?,
                // Others run on this thread.
                None => time::sleep(Duration::from_millis(1)).await,
            }
        };
        self.shared.progress(|progress| progress.version = published.version);
        Ok(published)
    }

    fn publish_rejected(&self) {
        let (keys, first) = self.core.decoder.rejected();
        self.shared.change(|status| (status.rejected_keys, status.rejected) = (keys, first));
    }

    /// Tells what is known.
    fn told(&mut self) {
        let (revision, newest) = (self.core.state.known(), self.core.state.head());
        let current_at = self.heads.reached(revision);
        self.shared.progress(|progress| {
            (progress.revision, progress.newest) = (revision, newest);
            progress.current_at = current_at.or(progress.current_at);
        });
    }
}
