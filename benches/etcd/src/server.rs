//! [`Server`]: an etcd of the run's own.

use crate::Outcome;
use crate::figures::processor;
use std::fs::File;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// One that is killed when this is dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    child: Child,
    _folder: TempDir,
}

impl Server {
    pub(crate) fn start() -> Outcome<Self> {
        let free = [TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?];
        let [client, peer] =
            free.each_ref().map(|free| free.local_addr().map(|free| format!("http://{free}")));
        let (url, peer, folder) = (client?, peer?, TempDir::new()?);
        drop(free);
        let log = File::create(folder.path().join("log"))?;
        let child = Command::new("etcd")
            .arg("--data-dir")
            .arg(folder.path().join("data"))
            .args(["--listen-client-urls", &url, "--advertise-client-urls", &url])
            .args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer])
            .args(["--initial-cluster", &format!("default={peer}"), "--unsafe-no-fsync"])
            .args(["--quota-backend-bytes", "8000000000"])
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        let server = Self { url, child, _folder: folder };
        while !server.ctl(&["endpoint", "health"]).output()?.status.success() {
            thread::sleep(Duration::from_millis(50));
        }
        Ok(server)
    }

    /// `etcdctl`, which is to be started.
    pub(crate) fn ctl(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("etcdctl");
        command.env("ETCDCTL_API", "3").args(["--endpoints", &self.url]).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        command
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its processor time.
    pub(crate) fn processor(&self) -> Duration {
        processor(self.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
