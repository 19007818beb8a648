//! The connection, made anew when it broke; errors.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lariat_sdk::{Error, Result};
use redis::{Client, Connection, RedisError, RedisResult};

/// The way to a server.
pub(crate) struct Link {
    client: Client,
    timeout: Duration,
    open: Mutex<Option<Connection>>,
}

impl Link {
    pub(crate) fn new(url: &str, timeout: Duration) -> Result<Self> {
        // The address may hold a password: it isn't told.
        let client = Client::open(url).map_err(|error| Error::invalid(format!("url: {error}")))?;
        Ok(Self { client, timeout, open: Mutex::new(None) })
    }

    /// Asks the server. One that had hung up since is asked again, once, on a new connection:
    /// so what is asked may be carried out twice.
    pub(crate) fn ask<T>(&self, ask: impl Fn(&mut Connection) -> RedisResult<T>) -> Result<T> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mut connection) = open.take() {
            match ask(&mut connection) {
                Err(error) if error.is_connection_dropped() => {}
                answer => {
                    // After a timeout the next answer would be the one that came too late.
                    let keep = answer.as_ref().err().is_none_or(|error| !error.is_io_error());
                    *open = keep.then_some(connection);
                    return answer.map_err(|error| told(&error));
                }
            }
        }
        let mut connection = self.connect().map_err(|error| told(&error))?;
        let answer = ask(&mut connection).map_err(|error| told(&error))?;
        *open = Some(connection);
        Ok(answer)
    }

    fn connect(&self) -> RedisResult<Connection> {
        let connection = self.client.get_connection_with_timeout(self.timeout)?;
        connection.set_read_timeout(Some(self.timeout))?;
        connection.set_write_timeout(Some(self.timeout))?;
        Ok(connection)
    }
}

fn told(error: &RedisError) -> Error {
    let passes = ["LOADING", "BUSY", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN", "READONLY", "OOM"];
    let why = format!("redis: {error}");
    if error.is_io_error() || error.code().is_some_and(|code| passes.contains(&code)) {
        return Error::unavailable(why);
    }
    Error::failed(why)
}
