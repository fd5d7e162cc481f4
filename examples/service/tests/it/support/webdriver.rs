//! A headless Chromium, driven over `WebDriver`.

use super::http::Connection;
use super::tools;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The name under which `WebDriver` hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser with one window.
pub(crate) struct Browser {
    driver: Child,
    address: SocketAddr,
    session: String,
    profile: tempfile::TempDir,
}

impl Browser {
    /// Starts it; `None` where it is not installed.
    pub(crate) fn start(is_dark: bool) -> Option<Self> {
        let chromium = tools::find(&["chromium", "google-chrome", "chromium-browser"], "chromium")?;
        let program = tools::find(&["chromedriver"], "chromium-driver")?;
        // Of several that start at once, some find no port.
        let (driver, address) = (0..5).find_map(|_| start_driver(&program)).expect("chromedriver listens");
        let profile = tempfile::tempdir().unwrap();
        let mut browser = Self { driver, address, session: String::new(), profile };
        let mut arguments = vec![
            String::from("--headless=new"),
            // In a container of root's there is no sandbox, and little shared memory.
            String::from("--no-sandbox"),
            String::from("--disable-dev-shm-usage"),
            String::from("--disable-gpu"),
            String::from("--hide-scrollbars"),
            format!("--user-data-dir={}", browser.profile.path().display()),
        ];
        if is_dark {
            arguments.push(String::from("--blink-settings=preferredColorScheme=0"));
        }
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": { "binary": chromium, "args": arguments },
        } } });
        let session = browser.call("POST", "/session", &wanted);
        session["sessionId"].as_str().expect("a session has an id").clone_into(&mut browser.session);
        Some(browser)
    }

    #[track_caller]
    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if method == "POST" { body.to_string() } else { String::new() };
        let headers = [("Content-Type", "application/json")];
        let answer = Connection::open(self.address).ask(method, path, &headers, body.as_bytes());
        let value = answer.json()["value"].take();
        assert_eq!(answer.status, 200, "{method} {path}: {value}");
        value
    }

    #[track_caller]
    fn post(&self, path: &str, body: &Value) -> Value {
        self.call("POST", &format!("/session/{}{path}", self.session), body)
    }

    pub(crate) fn open(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    /// Opens one more tab, and goes there. Returns its name.
    pub(crate) fn new_tab(&self) -> Value {
        let tab = self.post("/window/new", &json!({ "type": "tab" }))["handle"].clone();
        self.go_to_tab(&tab);
        tab
    }

    pub(crate) fn go_to_tab(&self, name: &Value) {
        self.post("/window", &json!({ "handle": name }));
    }

    /// Runs a script, and returns what it returns.
    #[track_caller]
    pub(crate) fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// What a person reads in an element.
    #[track_caller]
    pub(crate) fn text(&self, selector: &str) -> String {
        let element = self.element(selector);
        let path = format!("/session/{}/element/{element}/text", self.session);
        self.call("GET", &path, &Value::Null).as_str().unwrap().to_owned()
    }

    /// Waits until an element reads as wanted.
    #[track_caller]
    pub(crate) fn until(&self, selector: &str, is_so: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + super::PATIENCE;
        loop {
            let text = self.text(selector);
            if is_so(&text) {
                return text;
            }
            assert!(Instant::now() < deadline, "{selector} reads {text:?}");
            thread::sleep(Duration::from_millis(50));
        }
    }

    #[track_caller]
    fn element(&self, selector: &str) -> String {
        let found = self.post("/element", &json!({ "using": "css selector", "value": selector }));
        found[ELEMENT].as_str().unwrap().to_owned()
    }

    /// Clicks where a person would.
    #[track_caller]
    pub(crate) fn click(&self, selector: &str) {
        let element = self.element(selector);
        self.post(&format!("/element/{element}/click"), &json!({}));
    }

    /// Types into an element, in place of what is there.
    #[track_caller]
    pub(crate) fn type_into(&self, selector: &str, text: &str) {
        let element = self.element(selector);
        self.post(&format!("/element/{element}/clear"), &json!({}));
        self.post(&format!("/element/{element}/value"), &json!({ "text": text }));
    }

    /// Presses keys, wherever the focus is.
    #[track_caller]
    pub(crate) fn keys(&self, keys: &str) {
        let press =
            |key: char| ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key.to_string() }));
        let actions: Vec<_> = keys.chars().flat_map(press).collect();
        self.post(
            "/actions",
            &json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": actions }] }),
        );
    }

    /// Gives the page this size, as a phone has it.
    pub(crate) fn resize(&self, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": true });
        self.command("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// A command of Chromium's own protocol.
    #[track_caller]
    pub(crate) fn command(&self, name: &str, arguments: &Value) -> Value {
        self.post("/goog/cdp/execute", &json!({ "cmd": name, "params": arguments }))
    }

    /// Saves a picture of all of the page.
    pub(crate) fn picture(&self, path: &Path) {
        let arguments = json!({ "format": "png", "captureBeyondViewport": true });
        let taken = self.command("Page.captureScreenshot", &arguments);
        fs::write(path, base64(taken["data"].as_str().unwrap())).unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The browser goes with its session; the driver would leave it behind.
        if !self.session.is_empty() && !thread::panicking() {
            self.call("DELETE", &format!("/session/{}", self.session), &Value::Null);
        } else if !self.session.is_empty() {
            let path = format!("/session/{}", self.session);
            Connection::open(self.address).request("DELETE", &path, &[], b"");
            thread::sleep(Duration::from_secs(1));
        }
        drop(self.driver.kill());
        drop(self.driver.wait());
    }
}

/// Starts a driver that says where it listens.
fn start_driver(program: &Path) -> Option<(Child, SocketAddr)> {
    let mut command = Command::new(program);
    let mut driver = command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
    let port = lines.find_map(|line| {
        let (_, port) = line.split_once("started successfully on port ")?;
        port.trim_end_matches('.').parse().ok()
    });
    let Some(port) = port else {
        drop(driver.kill());
        drop(driver.wait());
        return None;
    };
    // It goes on talking.
    thread::spawn(move || lines.for_each(drop));
    Some((driver, SocketAddr::from(([127, 0, 0, 1], port))))
}

fn base64(text: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'=').map(value).collect();
    let mut bytes = Vec::new();
    for four in digits.chunks(4) {
        let number = four.iter().fold(0_u32, |number, digit| number << 6 | u32::from(*digit));
        let number = number << (6 * (4 - four.len()));
        bytes.extend(&number.to_be_bytes()[1..four.len()]);
    }
    bytes
}
