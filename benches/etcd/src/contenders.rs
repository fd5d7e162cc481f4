//! What follows etcd, each in a process of its own. It says `ready`, reads a revision, and says `there` when its table shows it.

use crate::writer::block_on;
use crate::{Outcome, PREFIX};
use ahash::AHashMap;
use etcd_client::{Client, Event, EventType, GetOptions, KvClient, WatchOptions};
use parking_lot::RwLock;
use readmostly::CowMap;
use readmostly::paged::PagedMap;
use readmostly_etcd::{Builder, Follow};
use std::io::{BufRead, BufReader, Write, stdin, stdout};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;
use std::{env, mem};

/// Ours: keys and values that are cheap to clone, since a page that changes is cloned.
pub(crate) type Map = CowMap<Arc<str>, Arc<str>>;
type Ours = Builder<Arc<str>, Arc<str>, PagedMap<Arc<str>, Arc<str>>>;
/// As kube's reflector has it.
pub(crate) type Locked = RwLock<AHashMap<String, Arc<str>>>;

const LONG: Duration = Duration::from_mins(1);
/// How many keys a page of a list has by gRPC: some 1.3 MB.
const PAGE: i64 = 10_000;

/// The names of the contenders, and of their kinds.
pub(crate) const ALL: [(&str, &str); 3] =
    [("**readmostly-etcd**", "ours"), ("etcd-client, a lock", "lock"), ("etcd-client, CowMap", "cow")];

/// Follows by our follower.
pub(crate) fn ours(url: &str) -> Ours {
    Follow::prefix([url], PREFIX)
        .decode(|name| Ok::<_, String>(name.into()), |_, value| std::str::from_utf8(value).map(Into::into))
        .check_every(None)
        .timeout(LONG)
}

/// A table that is filled from a list, and changed by the events of a watch.
pub(crate) trait Store: Default + Send + Sync + 'static {
    fn fill(&self, list: Vec<(Vec<u8>, Vec<u8>)>) -> Outcome;
    fn apply(&self, events: &[Event]) -> Outcome;
}

fn text(bytes: &[u8]) -> Outcome<&str> {
    Ok(std::str::from_utf8(bytes)?)
}

fn named(key: &[u8]) -> Outcome<&str> {
    text(key)?.strip_prefix(PREFIX).ok_or_else(|| "not of the prefix".into())
}

impl Store for Locked {
    fn fill(&self, list: Vec<(Vec<u8>, Vec<u8>)>) -> Outcome {
        let entry = |(key, value): (Vec<u8>, Vec<u8>)| Ok((named(&key)?.to_owned(), text(&value)?.into()));
        let new = list.into_iter().map(entry).collect::<Outcome<_>>()?;
        // What was there is dropped when nobody is kept out.
        let old = mem::replace(&mut *self.write(), new);
        drop(old);
        Ok(())
    }

    fn apply(&self, events: &[Event]) -> Outcome {
        for event in events {
            let kv = event.kv().ok_or("an event without a key")?;
            let name = named(kv.key())?;
            match event.event_type() {
                EventType::Put => drop(self.write().insert(name.to_owned(), text(kv.value())?.into())),
                EventType::Delete => drop(self.write().remove(name)),
            }
        }
        Ok(())
    }
}

impl Store for Map {
    fn fill(&self, list: Vec<(Vec<u8>, Vec<u8>)>) -> Outcome {
        self.update(|draft| {
            for (key, value) in list {
                draft.insert(named(&key)?.into(), text(&value)?.into());
            }
            Ok(())
        })
    }

    fn apply(&self, events: &[Event]) -> Outcome {
        let revision = |event: &Event| event.kv().map(etcd_client::KeyValue::mod_revision);
        for transaction in events.chunk_by(|one, next| revision(one) == revision(next)) {
            self.update(|draft| {
                for event in transaction {
                    let kv = event.kv().ok_or("an event without a key")?;
                    let name = named(kv.key())?;
                    match event.event_type() {
                        EventType::Put => drop(draft.insert(name.into(), text(kv.value())?.into())),
                        EventType::Delete => drop(draft.remove(name)),
                    }
                }
                Outcome::Ok(())
            })?;
        }
        Ok(())
    }
}

/// Lists all, and returns the revision.
pub(crate) async fn list(client: &mut KvClient) -> Outcome<(Vec<(Vec<u8>, Vec<u8>)>, i64)> {
    let (mut all, mut from, mut revision) = (Vec::new(), PREFIX.as_bytes().to_vec(), 0);
    // The prefix ends with a `/`, which `0` comes after.
    let end = PREFIX.replacen('/', "\0", 1).replace('/', "0").replacen('\0', "/", 1);
    loop {
        let options = GetOptions::new().with_range(end.as_str()).with_limit(PAGE).with_revision(revision);
        let mut page = client.get(from, Some(options)).await?;
        revision = if revision == 0 { page.header().ok_or("no header")?.revision() } else { revision };
        let more = page.more();
        all.extend(page.take_kvs().into_iter().map(etcd_client::KeyValue::into_key_value));
        if !more {
            return Ok((all, revision));
        }
        from = all.last().ok_or("an empty page")?.0.clone();
        from.push(0);
    }
}

async fn grpc<S: Store>(url: &str, store: &S, shown: &AtomicU64, ready: impl FnOnce()) -> Outcome {
    let client = Client::connect([url], None).await?;
    let (all, revision) = list(&mut client.kv_client()).await?;
    store.fill(all)?;
    shown.store(revision.cast_unsigned(), Ordering::Release);
    let options = WatchOptions::new().with_prefix().with_start_revision(revision + 1);
    let mut watch = client.watch_client().watch(PREFIX, Some(options)).await?;
    ready();
    while let Some(message) = watch.message().await? {
        store.apply(message.events())?;
        if let Some(kv) = message.events().last().and_then(Event::kv) {
            shown.store(kv.mod_revision().cast_unsigned(), Ordering::Release);
        }
    }
    Err("the watch has ended".into())
}

/// Says that it is ready, and answers.
fn serve(shown: impl Fn() -> u64) -> Outcome {
    println!("ready");
    stdout().flush()?;
    for line in stdin().lines() {
        let revision: u64 = line?.parse()?;
        while shown() < revision {
            thread::sleep(Duration::from_millis(1));
        }
        println!("there");
        stdout().flush()?;
    }
    Ok(())
}

fn run_grpc<S: Store>(url: &str) -> Outcome {
    let (store, shown) = (Arc::new(S::default()), Arc::new(AtomicU64::new(0)));
    let (of_thread, url, (tell, told)) =
        ((Arc::clone(&store), Arc::clone(&shown)), url.to_owned(), channel());
    thread::spawn(move || {
        let ready = || tell.send(()).expect("it waits");
        let outcome = block_on(grpc(&url, &*of_thread.0, &of_thread.1, ready));
        outcome.expect("it follows");
    });
    told.recv()?;
    serve(|| shown.load(Ordering::Acquire))
}

/// The process of a contender.
pub(crate) fn run(kind: &str, url: &str) -> Outcome {
    match kind {
        "ours" => {
            let follower = ours(url).into(Arc::<Map>::default())?;
            follower.ready(LONG)?;
            serve(|| follower.status().revision)
        }
        "lock" => run_grpc::<Locked>(url),
        _ => run_grpc::<Map>(url),
    }
}

/// A contender that runs, until this is dropped.
pub(crate) struct Contender {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Contender {
    /// Starts one, and waits until its table is there.
    pub(crate) fn start(kind: &str, url: &str) -> Outcome<Self> {
        let mut command = Command::new(env::current_exe()?);
        command.args(["contender", kind, url]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let input = process.stdin.take().ok_or("no pipe")?;
        let output = BufReader::new(process.stdout.take().ok_or("no pipe")?);
        let mut contender = Self { process, input, output };
        contender.says("ready")?;
        Ok(contender)
    }

    fn says(&mut self, expected: &str) -> Outcome {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        if line.trim() == expected { Ok(()) } else { Err(format!("{line:?} in place of {expected}").into()) }
    }

    /// Waits until it shows this.
    pub(crate) fn wait_for(&mut self, revision: i64) -> Outcome {
        writeln!(self.input, "{revision}")?;
        self.says("there")
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Stops it, or has it go on: by the name of a signal.
    pub(crate) fn signal(&self, name: &str) -> Outcome {
        Command::new("kill").args(["-s", name, &self.id().to_string()]).status()?;
        Ok(())
    }
}

impl Drop for Contender {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
