//! A real redis-server on a free port of loopback, for tests, which take this file in by its path.

#![allow(dead_code, clippy::unwrap_used, clippy::panic)] // not every test uses everything

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// Runs until it is dropped.
pub struct RedisServer {
    pub url: String,
    process: Child,
    _folder: TempDir,
}

impl RedisServer {
    /// Nothing where it isn't installed, unless it has to be.
    pub fn start() -> Option<Self> {
        // Somebody else may take the port before the server does.
        for _ in 0..20 {
            let folder = TempDir::new().unwrap();
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let spawned = Command::new("redis-server")
                .args([
                    "--port",
                    &port.to_string(),
                    "--bind",
                    "127.0.0.1",
                    "--save",
                    "",
                    "--appendonly",
                    "no",
                ])
                .arg("--dir")
                .arg(folder.path())
                .stdout(Stdio::piped())
                .stdin(Stdio::null())
                .spawn();
            let mut process = match spawned {
                Ok(process) => process,
                Err(error) => return missing(&error),
            };
            let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
            let ready = lines.by_ref().any(|line| line.unwrap().contains("Ready to accept connections"));
            // It goes on writing its log, and mustn't find the pipe closed.
            std::thread::spawn(move || lines.count());
            if ready {
                return Some(Self { url: format!("redis://127.0.0.1:{port}/0"), process, _folder: folder });
            }
            process.wait().unwrap();
        }
        panic!("redis-server doesn't start");
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn missing(error: &std::io::Error) -> Option<RedisServer> {
    let what = format!("redis-server: {error}; apt-get install redis-server");
    assert!(std::env::var_os("LARIAT_REQUIRE_REDIS").is_none(), "{what}");
    // Past the test runner, which keeps to itself what tests that pass print.
    let _ = writeln!(std::io::stderr(), "skipped a test of plugins/redis: {what}");
    None
}
