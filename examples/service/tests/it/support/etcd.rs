//! An etcd of a test's own, and `etcdctl`.

use super::{PATIENCE, tools};
use serde_json::Value;
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// One that is killed when this is dropped.
pub(crate) struct Etcd {
    programs: [PathBuf; 2],
    folder: TempDir,
    ports: [u16; 2],
    child: Option<Child>,
}

impl Etcd {
    /// Starts it; `None` where it is not installed.
    pub(crate) fn start() -> Option<Self> {
        let programs = [tools::find(&["etcd"], "etcd-server")?, tools::find(&["etcdctl"], "etcd-client")?];
        // Somebody else may take a port before it does.
        for _ in 0..5 {
            let free = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
            let ports = free.map(|free| free.local_addr().unwrap().port());
            let (programs, folder) = (programs.clone(), tempfile::tempdir().unwrap());
            let mut etcd = Self { programs, folder, ports, child: None };
            if etcd.runs() {
                return Some(etcd);
            }
        }
        panic!("etcd does not start")
    }

    /// Starts it, again after a kill, and waits until it answers.
    #[track_caller]
    pub(crate) fn run(&mut self) {
        assert!(self.runs(), "etcd does not start");
    }

    fn runs(&mut self) -> bool {
        let [client, peer] = self.ports.map(|port| format!("http://127.0.0.1:{port}"));
        let log = fs::File::create(self.folder.path().join("log")).unwrap();
        let mut command = Command::new(&self.programs[0]);
        command.arg("--data-dir").arg(self.folder.path().join("data"));
        command.args(["--listen-client-urls", &client, "--advertise-client-urls", &client]);
        command.args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer]);
        command.args(["--name", "n", "--initial-cluster", &format!("n={peer}")]);
        command.args(["--heartbeat-interval", "50", "--election-timeout", "500", "--unsafe-no-fsync"]);
        let output = (log.try_clone().unwrap(), log);
        let mut child = command.stdin(Stdio::null()).stdout(output.0).stderr(output.1).spawn().unwrap();
        let deadline = Instant::now() + PATIENCE;
        let is_healthy = loop {
            if self.etcdctl(&["endpoint", "health", "--command-timeout", "2s"]).is_some() {
                break true;
            }
            if child.try_wait().unwrap().is_some() || Instant::now() > deadline {
                break false;
            }
            thread::sleep(Duration::from_millis(20));
        };
        self.child = Some(child);
        is_healthy
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[0])
    }

    /// Ends it without a warning, as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Kills it, and starts it without data, as the same cluster.
    #[track_caller]
    pub(crate) fn wipe(&mut self) {
        self.kill();
        fs::remove_dir_all(self.folder.path().join("data")).unwrap();
        self.run();
    }

    /// Runs `etcdctl`, and returns what it says if that goes well.
    pub(crate) fn etcdctl(&self, arguments: &[&str]) -> Option<String> {
        let mut command = Command::new(&self.programs[1]);
        command.env("ETCDCTL_API", "3").args(["--endpoints", &self.url()]).args(arguments);
        let output = command.stdin(Stdio::null()).output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    }

    /// Runs `etcdctl`, which changes something. Returns the revision.
    #[track_caller]
    pub(crate) fn change(&self, arguments: &[&str]) -> u64 {
        let said = self.etcdctl(&[arguments, &["-w", "json"]].concat()).expect("etcdctl succeeds");
        let said: Value = serde_json::from_str(&said).unwrap();
        said["header"]["revision"].as_u64().unwrap()
    }

    #[track_caller]
    pub(crate) fn put(&self, key: &str) -> u64 {
        self.change(&["put", key, ""])
    }
}

impl Drop for Etcd {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            drop(child.kill());
            drop(child.wait());
        }
    }
}
