//! A folder for a test, a parser that can refuse, and waiting for what is to come.

use readmostly::CowSet;
use readmostly::paged::PagedSet;
use readmostly_reload::{Builder, Content, Refused, Reload, Reloader};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The settle time of the tests.
pub(crate) const SETTLE: Duration = Duration::from_millis(20);
/// A poll that does not come in a test.
pub(crate) const NEVER: Duration = Duration::from_secs(3600);
/// A poll that comes at once.
pub(crate) const OFTEN: Duration = Duration::from_millis(10);

pub(crate) type Lines = Builder<Vec<String>, PagedSet<String>>;
pub(crate) type Set = CowSet<String>;

/// How a test learns of changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Way {
    /// By what the system tells, with no poll in sight.
    #[cfg(target_os = "linux")]
    Events,
    /// By looking, with nothing told by the system.
    Poll,
}

/// All ways that there are here.
pub(crate) const WAYS: &[Way] = &[
    #[cfg(target_os = "linux")]
    Way::Events,
    Way::Poll,
];

impl Way {
    pub(crate) fn of<N, T>(self, builder: Builder<N, T>) -> Builder<N, T> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Events => builder.poll(NEVER),
            Self::Poll => builder.poll(OFTEN).events(false),
        }
    }
}

/// The lines of all files. A line with a space is refused.
pub(crate) fn lines(content: &Content) -> Result<Vec<String>, Refused> {
    let line = |line: readmostly_reload::Line<'_>| match line.text() {
        text if text.contains(' ') => Err(line.refuse("has a space")),
        text => Ok(text.to_owned()),
    };
    content.lines()?.map(line).collect()
}

/// The other end of a parser that stops in the middle.
pub(crate) struct Stop {
    said: Receiver<()>,
    go: Sender<()>,
}

impl Stop {
    /// Waits until the parser has stopped.
    pub(crate) fn reached(&self) {
        self.said.recv().expect("the parser is there");
    }

    /// Lets it go on.
    pub(crate) fn release(&self) {
        self.go.send(()).expect("the parser is there");
    }
}

/// A parser that stops at a line `stop` until it is told to go on.
pub(crate) fn stopping() -> (impl FnMut(&Content) -> Result<Vec<String>, Refused> + Send, Stop) {
    let ((say, said), (go, gone)) = (channel(), channel());
    let parse = move |content: &Content| {
        let lines = lines(content)?;
        if lines.iter().any(|line| line == "stop") {
            say.send(()).expect("the test is there");
            gone.recv().expect("the test is there");
        }
        Ok(lines)
    };
    (parse, Stop { said, go })
}

/// Says these one after the other, and "unchanged" then.
pub(crate) fn says(
    texts: &[&'static str],
) -> impl FnMut() -> Result<Option<Content>, Refused> + Send + use<> {
    let texts: Vec<_> = texts.iter().map(|text| Content::from_bytes("list", *text)).collect();
    let mut texts = texts.into_iter();
    move || Ok(texts.next())
}

/// Runs the test of this name in a process of its own: it changes what is the process's, or measures it.
#[cfg(unix)]
#[track_caller]
pub(crate) fn alone(name: &str, body: impl FnOnce()) {
    use std::{env, process::Command};
    const ALONE: &str = "READMOSTLY_RELOAD_ALONE";
    if env::var_os(ALONE).is_some() {
        return body();
    }
    let test = env::current_exe().expect("the tests");
    let args = [name, "--exact", "--nocapture", "--test-threads=1"];
    let output = Command::new(test).args(args).env(ALONE, "1").output().expect("it runs");
    let told = String::from_utf8_lossy(&output.stdout);
    let is_passed = output.status.success() && told.contains("1 passed");
    assert!(is_passed, "{}: {told}{}", output.status, String::from_utf8_lossy(&output.stderr));
}

/// Follows the lines of a file.
pub(crate) fn file(path: &Path) -> Lines {
    Reload::file(path).parse(lines).settle(SETTLE)
}

/// Starts, with a set of its own.
#[track_caller]
pub(crate) fn start(builder: Lines) -> Reloader<Set> {
    builder.into(Arc::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// What the set holds, in order.
pub(crate) fn shown(reloader: &Reloader<Set>) -> String {
    let set = reloader.target().snapshot();
    let mut all: Vec<_> = set.iter().map(String::as_str).collect();
    all.sort_unstable();
    all.join(" ")
}

/// Waits until this is so.
#[track_caller]
pub(crate) fn until(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(60), "after {:?} still not: {what}", began.elapsed());
        thread::sleep(Duration::from_millis(2));
    }
}

/// Waits until the set holds this, and the status says so too, which comes after.
#[track_caller]
pub(crate) fn until_shown(reloader: &Reloader<Set>, lines: &str) {
    let is_told = || reloader.status().version == reloader.target().version();
    until(&format!("{lines:?} is shown; {:?}", reloader.status()), || shown(reloader) == lines && is_told());
}

/// A folder that is gone after the test. Its parent is the test's own as well: what others do there would wake its threads.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        let outer = TempDir::new().expect("a folder for the test");
        fs::create_dir(outer.path().join("home")).expect("a folder in it");
        Self(outer)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join("home").join(name)
    }

    /// Writes a file in place.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, content).expect("a file");
        path
    }

    pub(crate) fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).expect("renamed");
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).expect("removed");
    }

    /// Has a link lead to a place, in one step if it is there.
    #[cfg(unix)]
    pub(crate) fn link(&self, name: &str, to: &str) {
        let beside = self.path(&format!("{name}_tmp"));
        std::os::unix::fs::symlink(to, &beside).expect("a link");
        fs::rename(beside, self.path(name)).expect("renamed");
    }

    /// A volume as Kubernetes makes it: writes a new folder, has `..data` lead there in one step, and removes the old one.
    #[cfg(unix)]
    pub(crate) fn config_map(&self, volume: &str, generation: u32, files: &[(&str, &str)]) {
        let folder = |generation| format!("{volume}/..2026_11_26.{generation}");
        for (name, content) in files {
            self.write(&format!("{}/{name}", folder(generation)), content);
        }
        self.link(&format!("{volume}/..data"), &format!("..2026_11_26.{generation}"));
        for (name, _) in files {
            if fs::symlink_metadata(self.path(&format!("{volume}/{name}"))).is_err() {
                self.link(&format!("{volume}/{name}"), &format!("..data/{name}"));
            }
        }
        if generation > 1 {
            fs::remove_dir_all(self.path(&folder(generation - 1))).expect("removed");
        }
    }

    /// The names in the folder.
    pub(crate) fn names(&self) -> Vec<String> {
        let names = fs::read_dir(self.path("")).expect("a folder");
        let mut names: Vec<_> =
            names.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect();
        names.sort();
        names
    }
}
