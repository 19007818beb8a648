//! Where a running engine listens: on this machine, or encrypted beyond it.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use jiff::Timestamp;
use lariat_console::server::access::Keys;
use lariat_console::server::guard::Audit;
use lariat_console::server::{self, Hosts, Shared, Tls};
use lariat_console::{EngineFile, Service};
use lariat_workspace::Workspace;
use lariat_workspace::config::ConsoleConfig;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::exit::{CliError, Exit};

/// Opens the address, if one may listen there.
pub async fn bind(
    listen: SocketAddr,
    settings: &ConsoleConfig,
    insecure: bool,
) -> Result<TcpListener, CliError> {
    if !listen.ip().is_loopback() && settings.tls.is_none() && !insecure && !settings.insecure {
        return Err(CliError::new(
            Exit::Refused,
            format!(
                "{listen} can be reached from other machines, and what is said there isn't encrypted; set \
                 `console: {{tls: {{cert: FILE, key: FILE}}}}` in lariat.yaml, or pass --insecure (behind a \
                 proxy that encrypts)"
            ),
        ));
    }
    TcpListener::bind(listen).await.map_err(|error| {
        let message = format!(
            "can't listen on {listen}: {error}; set `console: {{listen: 127.0.0.1:PORT}}` in lariat.yaml, or pass \
             --listen"
        );
        CliError::new(Exit::Busy, message)
    })
}

/// The servers of an engine.
pub struct Servers {
    pub file: EngineFile,
    pub shared: Shared,
    pub tasks: Vec<JoinHandle<()>>,
}

impl Servers {
    /// Serves there; and where that is encrypted, also for the commands of this machine.
    pub async fn start(
        workspace: &Workspace,
        service: Arc<Service>,
        listener: TcpListener,
    ) -> Result<Self, CliError> {
        let failed = |error: std::io::Error| CliError::new(Exit::Failed, error.to_string());
        let settings = &workspace.config().console;
        let tls = settings.tls.as_ref().map(|tls| {
            Tls::read(&workspace.resolve(&tls.cert), &workspace.resolve(&tls.key))
                .map_err(|error| CliError::usage(format!("lariat.yaml: console.tls: {error}")))
        });
        let tls = tls.transpose()?;
        let public = listener.local_addr().map_err(failed)?;
        let own = match &tls {
            Some(_) => Some(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?),
            None => None,
        };
        let address = own.as_ref().map_or(Ok(public), TcpListener::local_addr).map_err(failed)?;
        workspace.create_state_dir()?;
        let file = EngineFile {
            pid: std::process::id(),
            address: reachable(address),
            token: token(),
            read_token: settings.read_token.clone().unwrap_or_else(token),
            started_at: Timestamp::now(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let shared = Shared::new(service, Keys::new(&file.token, &file.read_token), public);
        let shared = Shared {
            https: tls.is_some(),
            url: url(public, tls.is_some(), settings.hosts.first()).into(),
            hosts: Hosts::new(settings.hosts.iter().cloned()),
            audit: Audit::open(&workspace.logs_dir()).map_err(failed)?,
            ..shared
        };
        let mut tasks = vec![tokio::spawn(server::serve(listener, tls, shared.clone()))];
        if let Some(own) = own {
            let shared = Shared { https: false, address, ..shared.clone() };
            tasks.push(tokio::spawn(server::serve(own, None, shared)));
        }
        Ok(Self { file, shared, tasks })
    }
}

/// Where people find the console. A certificate is for a name.
fn url(address: SocketAddr, https: bool, name: Option<&String>) -> String {
    match (https, name) {
        (true, Some(name)) => format!("https://{name}:{}", address.port()),
        (true, None) => format!("https://{}", reachable(address)),
        (false, _) => format!("http://{}", reachable(address)),
    }
}

/// How this machine gets to an address on which everybody is listened to.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() {
            Ipv4Addr::LOCALHOST.into()
        } else {
            Ipv6Addr::LOCALHOST.into()
        });
    }
    address
}

/// 244 random bits.
fn token() -> String {
    format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple())
}
