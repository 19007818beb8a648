//! The engine as a service: where it listens, who comes in, and what it tells the
//! manager of services and the files of its logs.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::bench::Bench;

/// A running engine, which is ended with its test.
struct Up(Child);

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Up {
    /// Starts an engine and waits until it runs.
    fn start(bench: &Bench, args: &[&str], environment: &[(&str, &str)]) -> Self {
        let all = [&["up", "--events", "--listen", "127.0.0.1:0"], args].concat();
        // As a manager does, which tells the engine its own process number.
        let mut command = Command::new("sh");
        command.args(["-c", "WATCHDOG_PID=$$ exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_lariat")]).args(&all);
        command.current_dir(bench.path("")).env_remove("LARIAT_WORKSPACE").env_remove("RUST_LOG");
        command.envs(environment.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut up = Self(child);
        for line in lines {
            if line.unwrap().contains("\"engine.started\"") {
                return up;
            }
        }
        panic!("it ended with {:?}", up.0.wait());
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.0.id().to_string()]).status().unwrap().success());
    }
}

/// A request as a browser without any headers of its own sends it.
fn get(address: &str, path: &str, more: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{more}\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_link_of_the_command_line_opens_the_console_once() {
    let bench = Bench::new();
    let _up = Up::start(&bench, &[], &[]);
    let link = bench.json(&["console"]);
    let url = link["url"].as_str().unwrap().strip_prefix("http://").unwrap();
    let (address, path) = url.split_at(url.find('/').unwrap());
    let entered = get(address, path, "");
    assert!(entered.starts_with("HTTP/1.1 303"), "{entered}");
    let cookie = entered.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    let cookie = cookie.split(';').next().unwrap();
    let known = get(address, "/api/v1/identity", &format!("Cookie: {cookie}\r\n"));
    assert!(known.contains("\"console 1\""), "{known}");
    assert!(get(address, path, "").starts_with("HTTP/1.1 401"));
    assert!(get(address, "/api/v1/status", "").starts_with("HTTP/1.1 401"));
    let read_only = bench.json(&["console", "--read-only"]);
    assert_eq!(read_only["access"], "read_only");
    let audit = std::fs::read_to_string(bench.path(".lariat/logs/audit.jsonl")).unwrap();
    assert!(audit.contains("/api/v1/links") && !audit.contains(path), "{audit}");
}

#[test]
fn beyond_this_machine_it_wants_encryption_or_to_be_told() {
    let bench = Bench::new();
    bench.run(&["up", "--listen", "0.0.0.0:0"]).exits(3).says("--insecure").says("tls");
    bench.write("lariat.yaml", "console: {tls: {cert: no.pem, key: no.pem}}\n");
    bench.run(&["up", "--listen", "127.0.0.1:0"]).exits(2).says("no.pem");
    bench.write("lariat.yaml", "console: {read_token: short}\n");
    bench.run(&["up"]).exits(2).says("console.read_token").says("16");
}

#[test]
fn an_encrypted_engine_still_answers_the_commands_of_its_machine() {
    let bench = Bench::new();
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../console/tests/data");
    for file in ["cert.pem", "key.pem"] {
        std::fs::copy(data.join(file), bench.path(file)).unwrap();
    }
    bench.write("lariat.yaml", "console: {tls: {cert: cert.pem, key: key.pem}, hosts: [localhost]}\n");
    let _up = Up::start(&bench, &[], &[]);
    assert_eq!(bench.json(&["status"])["groups"], Value::Array(Vec::new()));
    let link = bench.json(&["console"]);
    assert!(link["url"].as_str().unwrap().starts_with("https://localhost:"), "{link}");
}

#[test]
fn the_manager_of_services_hears_when_it_is_ready_lives_and_stops() {
    let bench = Bench::new();
    let path = bench.path("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(std::time::Duration::from_secs(30))).unwrap();
    let hear = || {
        let mut told = [0; 256];
        let length = socket.recv(&mut told).unwrap();
        String::from_utf8_lossy(&told[..length]).trim().to_owned()
    };
    let environment = [("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "400000")];
    let mut up = Up::start(&bench, &[], &environment);
    assert_eq!(hear(), "READY=1");
    assert_eq!([hear(), hear()], ["WATCHDOG=1", "WATCHDOG=1"]);
    up.signal("-TERM");
    while hear() != "STOPPING=1" {}
    assert_eq!(up.0.wait().unwrap().code(), Some(0));
}
