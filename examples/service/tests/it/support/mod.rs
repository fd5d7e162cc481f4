//! A running `gatekeeper`, and clients of it.

pub(crate) mod etcd;
pub(crate) mod events;
pub(crate) mod http;
pub(crate) mod relay;
pub(crate) mod tools;
pub(crate) mod webdriver;

use http::{Answer, Connection};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a test waits for something that has to happen. Other work may run on the machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const SAMPLE: &str = "# a sample\nlisted.example\nMail.Example.ORG\nads.example\n";

/// A running service with a list of its own. Is killed when it is dropped.
pub(crate) struct Gate {
    child: Child,
    pub(crate) address: SocketAddr,
    folder: TempDir,
    log: Arc<Mutex<String>>,
}

impl Gate {
    /// Starts it with this list, and waits until it is ready.
    #[track_caller]
    pub(crate) fn ready(list: &str, options: &[&str]) -> Self {
        let gate = Self::start(Some(list), options);
        gate.until("it is ready", |status| status["ready"] == true);
        gate
    }

    /// Starts it, with a list or without one.
    pub(crate) fn start(list: Option<&str>, options: &[&str]) -> Self {
        Self::with_log(list, options, Stdio::piped())
    }

    /// Starts it with this as standard error.
    pub(crate) fn with_log(list: Option<&str>, options: &[&str], stderr: impl Into<Stdio>) -> Self {
        Self::of(open(list, options, Stdio::piped(), stderr.into()))
    }

    /// Starts it by this, and waits until it is ready.
    #[track_caller]
    pub(crate) fn by(program: Command, list: &str, options: &[&str]) -> Self {
        let gate = Self::of(open_by(program, Some(list), options, Stdio::piped(), Stdio::piped()));
        gate.until("it is ready", |status| status["ready"] == true);
        gate
    }

    fn of((mut child, folder): (Child, TempDir)) -> Self {
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take());
        let address = SocketAddr::from(([0, 0, 0, 0], 0));
        let mut gate = Self { child, address, folder, log: Arc::default() };
        if let Some(stderr) = stderr {
            gate.read(stderr);
        }
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://");
        let address = address.unwrap_or_else(|| panic!("it does not listen: {line} {}", gate.log()));
        gate.address = address.replace("0.0.0.0", "127.0.0.1").parse().unwrap();
        gate
    }

    /// Reads what it says on standard error.
    pub(crate) fn read(&self, stderr: impl Read + Send + 'static) {
        let log = Arc::clone(&self.log);
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                log.lock().unwrap().push_str(&(line + "\n"));
            }
        });
    }

    pub(crate) fn list(&self) -> PathBuf {
        self.folder.path().join("list.txt")
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it has said on standard error.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits until it has said this on standard error, which comes a little after the deed.
    #[track_caller]
    pub(crate) fn says(&self, words: &str) {
        self.says_within(PATIENCE, words);
    }

    /// Waits no longer than this.
    #[track_caller]
    pub(crate) fn says_within(&self, limit: Duration, words: &str) {
        let deadline = Instant::now() + limit;
        while !self.log().contains(words) {
            assert!(Instant::now() < deadline, "it does not say {words:?}, but {}", self.log());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Replaces the list at once, by a rename.
    pub(crate) fn write(&self, list: &str) {
        let new = self.folder.path().join("new.txt");
        fs::write(&new, list).unwrap();
        fs::rename(new, self.list()).unwrap();
    }

    /// Replaces the list, and waits until it is in force.
    #[track_caller]
    pub(crate) fn change(&self, list: &str) -> u64 {
        let before = self.status()["version"].as_u64().unwrap();
        self.write(list);
        let status = self.until("the change is in force", |status| status["version"].as_u64() > Some(before));
        status["version"].as_u64().unwrap()
    }

    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Answer {
        Connection::open(self.address).ask("GET", path, &[], b"")
    }

    #[track_caller]
    pub(crate) fn post(&self, path: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Answer {
        Connection::open(self.address).ask("POST", path, headers, body.as_ref())
    }

    #[track_caller]
    pub(crate) fn status(&self) -> Value {
        self.get("/status").json()
    }

    /// Asks for the status until it is as wanted.
    #[track_caller]
    pub(crate) fn until(&self, what: &str, mut is_so: impl FnMut(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let status = self.status();
            if is_so(&status) {
                return status;
            }
            assert!(Instant::now() < deadline, "not in time: {what}: {status:#}\n{}", self.log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// One metric, which is a whole number.
    #[track_caller]
    pub(crate) fn metric(&self, name: &str) -> u64 {
        let text = self.get("/metrics").text();
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Waits until it has ended.
    #[track_caller]
    pub(crate) fn ended(&mut self) -> ExitStatus {
        ended(&mut self.child)
    }

    /// How many threads it has.
    pub(crate) fn threads(&self) -> usize {
        fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap().count()
    }

    /// How often its thread of this name has gone to sleep.
    #[track_caller]
    pub(crate) fn sleeps_of(&self, thread: &str) -> u64 {
        let threads = fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let mut statuses =
            threads.map(|thread| fs::read_to_string(thread.unwrap().path().join("status")).unwrap());
        let status = statuses.find(|status| status.lines().next() == Some(&format!("Name:\t{thread}")));
        let status = status.expect("there is such a thread");
        let count = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")).unwrap();
        count.trim().parse().unwrap()
    }

    /// Resident memory, in bytes.
    pub(crate) fn resident(&self) -> u64 {
        self.memory("VmRSS:")
    }

    /// Resident memory at most, in bytes.
    pub(crate) fn peak(&self) -> u64 {
        self.memory("VmHWM:")
    }

    /// Address space, in bytes.
    pub(crate) fn addresses(&self) -> u64 {
        self.memory("VmSize:")
    }

    /// Address space at most, in bytes.
    pub(crate) fn peak_of_addresses(&self) -> u64 {
        self.memory("VmPeak:")
    }

    fn memory(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() << 10
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Starts the program, with a list or without one, in a folder of its own.
pub(crate) fn open(
    list: Option<&str>,
    options: &[&str],
    stdout: impl Into<Stdio>,
    stderr: impl Into<Stdio>,
) -> (Child, TempDir) {
    open_by(program(), list, options, stdout, stderr)
}

/// The program.
pub(crate) fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_gatekeeper"))
}

/// The program under a limit, as `ulimit` has it.
pub(crate) fn under(limit: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit {limit} && exec \"$0\" \"$@\"")]);
    command.arg(env!("CARGO_BIN_EXE_gatekeeper"));
    command
}

fn open_by(
    mut command: Command,
    list: Option<&str>,
    options: &[&str],
    stdout: impl Into<Stdio>,
    stderr: impl Into<Stdio>,
) -> (Child, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    if let Some(list) = list {
        fs::write(folder.path().join("list.txt"), list).unwrap();
    }
    if !options.contains(&"--etcd") {
        command.arg("--list").arg(folder.path().join("list.txt"));
    }
    if !options.contains(&"--listen") {
        command.args(["--listen", "127.0.0.1:0"]);
    }
    (command.args(options).stdout(stdout).stderr(stderr).spawn().unwrap(), folder)
}

/// Waits until it has ended.
#[track_caller]
pub(crate) fn ended(child: &mut Child) -> ExitStatus {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(Instant::now() < deadline, "it does not end");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Runs the program to its end, where it does not start. Returns its exit code and what it says.
#[track_caller]
pub(crate) fn refused(options: &[&str], variables: &[(&str, &str)]) -> (i32, String) {
    let mut command = program();
    command.args(options).envs(variables.iter().copied());
    refused_by(command)
}

/// Runs it to its end, where the program does not start. Returns its exit code and what it says.
#[track_caller]
pub(crate) fn refused_by(mut command: Command) -> (i32, String) {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let code = ended(&mut child).code().unwrap();
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    (code, text)
}

/// A list of so many domains, of which the first `changed` are others in each round.
pub(crate) fn many(size: usize, changed: usize, round: usize) -> String {
    let name = |number: usize| {
        let round = if number < changed { round } else { 0 };
        format!("host-{number}-of-round-{round}.example\n")
    };
    (0..size).map(name).collect()
}
