//! A machine at the other end of a cable: a network namespace of Linux's, and a pair of virtual devices.

use std::process::{Command, id};

/// One that is gone when this is dropped.
pub(crate) struct Network {
    name: String,
    /// The device of this machine, and that of the other one.
    devices: [String; 2],
    address: String,
}

impl Network {
    /// `None`, which it says, where nobody may make one: that takes root, and Linux.
    pub(crate) fn new() -> Option<Self> {
        let id = id();
        // A network of two, of the addresses that are for tests of networks.
        let (third, fourth) = (id / 64 % 256, id % 64 * 4);
        let [here, there] = [1, 2].map(|host| format!("198.18.{third}.{}", fourth + host));
        let network = Self {
            name: format!("readmostly-{id}"),
            devices: ["a", "b"].map(|end| format!("rm{id}{end}")),
            address: there,
        };
        let Self { name, devices: [near, far], address } = &network;
        let steps = [
            format!("netns add {name}"),
            format!("link add {near} type veth peer name {far} netns {name}"),
            format!("address add {here}/30 dev {near}"),
            format!("link set {near} up"),
            format!("-n {name} address add {address}/30 dev {far}"),
            format!("-n {name} link set {far} up"),
            format!("-n {name} link set lo up"),
        ];
        for step in steps {
            if let Err(error) = ip(&step) {
                eprintln!("skipped: no network namespace: ip {step}: {error}");
                return None;
            }
        }
        Some(network)
    }

    /// A program that runs at the other end.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name, program]);
        command
    }

    /// A port at the other end.
    pub(crate) fn url(&self, port: u16) -> String {
        format!("http://{}:{port}", self.address)
    }

    /// Pulls the cable out at the other end, or puts it in. Nobody is told: what is sent is lost.
    pub(crate) fn cut(&self, is_cut: bool) {
        let Self { name, devices: [_, far], .. } = self;
        let state = if is_cut { "down" } else { "up" };
        ip(&format!("-n {name} link set {far} {state}")).expect("the device is there");
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // The other device goes with this one.
        let _ = ip(&format!("link del {}", self.devices[0]));
        let _ = ip(&format!("netns del {}", self.name));
    }
}

fn ip(arguments: &str) -> Result<(), String> {
    let output = Command::new("ip").args(arguments.split(' ')).output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
}
