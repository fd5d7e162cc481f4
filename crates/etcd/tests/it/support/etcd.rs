//! An etcd of a test's own.

use super::Network;
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, LazyLock, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Whether there is an etcd. Without one a test is skipped and says so; with `READMOSTLY_REQUIRE_ETCD` it fails.
#[track_caller]
pub(crate) fn is_there() -> bool {
    static THERE: LazyLock<bool> = LazyLock::new(|| {
        let runs = |program| {
            let output =
                Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
            output.is_ok()
        };
        runs("etcd") && runs("etcdctl")
    });
    if !*THERE {
        assert!(
            env::var_os("READMOSTLY_REQUIRE_ETCD").is_none(),
            "there is no etcd, and READMOSTLY_REQUIRE_ETCD is set"
        );
        eprintln!("skipped: no etcd");
    }
    *THERE
}

/// How an etcd is started.
#[derive(Clone, Default)]
pub(crate) struct Options {
    /// Arguments that are added.
    pub(crate) arguments: Vec<String>,
    /// The machine that it runs on, if it is another one.
    pub(crate) network: Option<Arc<Network>>,
    /// `ca.pem`, `server.pem`, `server-key.pem`, `client.pem`, `client-key.pem` are there.
    pub(crate) certificates: Option<PathBuf>,
}

/// One that is killed when this is dropped.
pub(crate) struct Etcd {
    folder: TempDir,
    name: String,
    client: u16,
    peer: u16,
    peers: String,
    options: Options,
    child: Mutex<Option<Child>>,
}

/// Ports that nobody has at the moment, each given out once.
fn ports(count: usize) -> Vec<u16> {
    static GIVEN: Mutex<Vec<u16>> = Mutex::new(Vec::new());
    let mut given = GIVEN.lock().unwrap();
    let mut ports = Vec::new();
    while ports.len() < count {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its number").port();
        if !given.contains(&port) {
            given.push(port);
            ports.push(port);
        }
    }
    ports
}

impl Etcd {
    /// One alone.
    pub(crate) fn start() -> Self {
        Self::with(&Options::default())
    }

    pub(crate) fn with(options: &Options) -> Self {
        Self::cluster_with(1, options).remove(0)
    }

    /// Several that agree.
    pub(crate) fn cluster(size: usize) -> Vec<Self> {
        Self::cluster_with(size, &Options::default())
    }

    fn cluster_with(size: usize, options: &Options) -> Vec<Self> {
        let ports = ports(size * 2);
        let (client, peer) = ports.split_at(size);
        let peers: Vec<_> = peer.iter().map(|port| format!("n{port}=http://127.0.0.1:{port}")).collect();
        let all: Vec<_> = (client.iter().zip(peer))
            .map(|(client, peer)| Self {
                folder: TempDir::new().expect("a folder for etcd"),
                name: format!("n{peer}"),
                client: *client,
                peer: *peer,
                peers: peers.join(","),
                options: options.clone(),
                child: Mutex::new(None),
            })
            .collect();
        for etcd in &all {
            etcd.spawn();
        }
        for etcd in &all {
            etcd.until_healthy();
        }
        all
    }

    /// Starts the process, with the data that is there.
    pub(crate) fn spawn(&self) {
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log"))
            .expect("a log");
        let (url, peer) = (self.url(), format!("http://127.0.0.1:{}", self.peer));
        let network = self.options.network.as_deref();
        let listens = network.map_or(url.clone(), |far| format!("{url},{}", far.url(self.client)));
        let mut command = command("etcd", network);
        command
            .args(["--name", &self.name, "--data-dir"])
            .arg(self.folder.path().join("data"))
            .args(["--listen-client-urls", &listens, "--advertise-client-urls", &url])
            .args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer])
            .args(["--initial-cluster", &self.peers, "--initial-cluster-token", &self.peers])
            .args(["--heartbeat-interval", "50", "--election-timeout", "500"])
            // The disk is the machine's, and nothing here is about a power cut.
            .arg("--unsafe-no-fsync")
            .args(&self.options.arguments)
            .env_clear()
            .envs(env::vars().filter(|(name, _)| name == "PATH" || name == "TMPDIR"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log);
        if let Some(certificates) = &self.options.certificates {
            let file = |name: &str| certificates.join(name).into_os_string();
            command.arg("--cert-file").arg(file("server.pem")).arg("--key-file").arg(file("server-key.pem"));
            command.arg("--trusted-ca-file").arg(file("ca.pem")).arg("--client-cert-auth");
        }
        *self.child.lock().unwrap() = Some(command.spawn().expect("etcd is started"));
    }

    #[track_caller]
    pub(crate) fn until_healthy(&self) {
        let began = Instant::now();
        while !self.ctl(&["endpoint", "health", "--command-timeout", "2s"]).0 {
            let log = || fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(began.elapsed() < Duration::from_secs(30), "etcd does not start: {}", log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn url(&self) -> String {
        let scheme = if self.options.certificates.is_some() { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}", self.client)
    }

    pub(crate) fn urls(&self) -> Vec<String> {
        vec![self.url()]
    }

    pub(crate) fn port(&self) -> u16 {
        self.client
    }

    fn id(&self) -> Option<u32> {
        self.child.lock().unwrap().as_ref().map(Child::id)
    }

    /// Kills it, as a crash does.
    pub(crate) fn kill(&self) {
        if let Some(mut child) = self.child.lock().unwrap().take() {
            child.kill().expect("it was running");
            child.wait().expect("it has ended");
        }
    }

    /// Kills it, and starts it without data.
    pub(crate) fn wipe(&self) {
        self.kill();
        fs::remove_dir_all(self.folder.path().join("data")).expect("it was there");
        self.spawn();
        self.until_healthy();
    }

    /// Saves a snapshot, which is the one to restore.
    #[track_caller]
    pub(crate) fn snapshot(&self) {
        let path = self.folder.path().join("snapshot");
        self.ctl_ok(&["snapshot", "save", path.to_str().expect("a path of text")]);
    }

    /// Kills it, and starts it with what the snapshot has, as the same member of the same cluster.
    #[track_caller]
    pub(crate) fn restore(&self) {
        self.kill();
        let (data, snapshot) = (self.folder.path().join("data"), self.folder.path().join("snapshot"));
        fs::remove_dir_all(&data).expect("it was there");
        let text = |path: &Path| path.to_str().expect("a path of text").to_owned();
        let peer = format!("http://127.0.0.1:{}", self.peer);
        self.ctl_ok(&[
            "snapshot",
            "restore",
            &text(&snapshot),
            "--data-dir",
            &text(&data),
            "--name",
            &self.name,
            "--initial-cluster",
            &self.peers,
            "--initial-cluster-token",
            &self.peers,
            "--initial-advertise-peer-urls",
            &peer,
        ]);
        self.spawn();
        self.until_healthy();
    }

    /// Sends a signal by the name of `kill`.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.id().expect("it runs").to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().expect("kill").success());
    }

    /// Runs `etcdctl`. Returns whether it went well, and what it said.
    pub(crate) fn ctl(&self, arguments: &[&str]) -> (bool, String) {
        let mut command = etcdctl(&self.url(), &self.options, arguments);
        let output = command.stdin(Stdio::null()).output().expect("etcdctl is started");
        let text =
            String::from_utf8_lossy(if output.status.success() { &output.stdout } else { &output.stderr });
        (output.status.success(), text.into_owned())
    }

    #[track_caller]
    fn ctl_ok(&self, arguments: &[&str]) -> String {
        let (is_good, said) = self.ctl(arguments);
        assert!(is_good, "etcdctl {arguments:?}: {said}");
        said
    }

    /// Gives a key a value by `etcdctl`, and returns the revision.
    #[track_caller]
    pub(crate) fn put(&self, key: &str, value: &str) -> u64 {
        revision_of(&self.ctl_ok(&["put", key, value, "-w", "json"]))
    }

    /// Takes a key away by `etcdctl`, and returns the revision.
    #[track_caller]
    pub(crate) fn delete(&self, key: &str) -> u64 {
        revision_of(&self.ctl_ok(&["del", key, "-w", "json"]))
    }

    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) {
        self.ctl_ok(arguments);
    }

    /// Runs `etcdctl`, which reads this, and returns what it says.
    #[track_caller]
    pub(crate) fn run_with(&self, input: &str, arguments: &[&str]) -> String {
        let mut command = etcdctl(&self.url(), &self.options, arguments);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("etcdctl is started");
        child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it reads");
        let output = child.wait_with_output().expect("it has ended");
        assert!(output.status.success(), "etcdctl {arguments:?}");
        String::from_utf8(output.stdout).expect("text")
    }

    #[track_caller]
    pub(crate) fn compact(&self, revision: u64) {
        self.ctl_ok(&["compaction", &revision.to_string()]);
    }

    /// What a prefix is now, as etcd has it. Keys whose values are no numbers are left out.
    #[track_caller]
    pub(crate) fn state(&self, prefix: &str) -> BTreeMap<String, u64> {
        self.states(prefix, 0..=0).remove(0)
    }

    /// What a prefix was at each of these revisions, as etcd's own history has it, by `etcdctl`: as many in one call as a transaction takes.
    #[track_caller]
    pub(crate) fn states(&self, prefix: &str, revisions: RangeInclusive<u64>) -> Vec<BTreeMap<String, u64>> {
        let revisions: Vec<_> = revisions.collect();
        let mut states = Vec::new();
        for some in revisions.chunks(128) {
            let gets = some.iter().map(|revision| format!("get --prefix --rev={revision} {prefix}\n"));
            // No conditions, what is done, and nothing that is done otherwise.
            let said = self.run_with(&format!("\n{}\n\n", gets.collect::<String>()), &["txn"]);
            let (mut lines, before) = (said.lines(), states.len());
            assert_eq!(lines.next(), Some("SUCCESS"), "{said}");
            while let Some(line) = lines.next() {
                // Each answer begins with an empty line.
                let Some(name) = line.strip_prefix(prefix) else {
                    assert!(line.is_empty(), "{line} in {said}");
                    states.push(BTreeMap::new());
                    continue;
                };
                if let Some(Ok(value)) = lines.next().map(str::parse) {
                    states.last_mut().expect("an answer has begun").insert(name.to_owned(), value);
                }
            }
            assert_eq!(states.len() - before, some.len(), "{said}");
        }
        states
    }
}

impl Drop for Etcd {
    fn drop(&mut self) {
        if let Some(child) = self.child.get_mut().unwrap() {
            // One that is stopped ends too.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A program here, or on the machine at the other end of a network.
fn command(program: &str, network: Option<&Network>) -> Command {
    network.map_or_else(|| Command::new(program), |network| network.command(program))
}

/// `etcdctl` with an endpoint.
fn etcdctl(url: &str, options: &Options, arguments: &[&str]) -> Command {
    let mut command = command("etcdctl", options.network.as_deref());
    command.env("ETCDCTL_API", "3").args(["--endpoints", url]).args(arguments);
    if let Some(folder) = &options.certificates {
        command.arg("--cacert").arg(folder.join("ca.pem"));
        command.arg("--cert").arg(folder.join("client.pem")).arg("--key").arg(folder.join("client-key.pem"));
    }
    command
}

/// The revision in what `etcdctl -w json` says.
#[track_caller]
fn revision_of(json: &str) -> u64 {
    let after = json.split_once("\"revision\":").unwrap_or_else(|| panic!("no revision in {json:?}")).1;
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_else(|_| panic!("no revision in {json:?}"))
}
