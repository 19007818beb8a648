//! What the routes work with.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::access::{Access, Keys};
use super::events::History;
use super::guard::Audit;
use super::guard::once::Answers;
use super::guard::rate::Rates;
use super::hosts::Hosts;
use super::meter::Meter;
use crate::service::Service;

/// Those who may follow the events at a time.
pub(super) const MOST_LISTENERS: usize = 256;

/// What the routes work with.
#[derive(Clone)]
pub struct Shared {
    /// The verbs.
    pub service: Arc<Service>,
    /// Who may ask.
    pub keys: Arc<Keys>,
    /// Where it listens.
    pub address: SocketAddr,
    /// Whether that is encrypted.
    pub https: bool,
    /// Where people find the console: `http://127.0.0.1:7420`.
    pub url: Arc<str>,
    /// What it is called.
    pub hosts: Hosts,
    /// The last events.
    pub history: Arc<History>,
    /// Who did what.
    pub audit: Audit,
    /// How many asked, and how long it took.
    pub meter: Arc<Meter>,
    /// How often somebody may ask.
    pub rates: Arc<Rates>,
    /// Launches that may be ordered again.
    pub answers: Arc<Answers>,
    /// A place for each that follows the events.
    pub listeners: Arc<Semaphore>,
    /// Cancelled when the server ends, which ends streams.
    pub ending: CancellationToken,
}

impl Shared {
    /// What the routes of an engine work with that listens there.
    pub fn new(service: Arc<Service>, keys: Keys, address: SocketAddr) -> Self {
        let history = History::new(service.events(), History::CAPACITY);
        Self {
            service,
            history: Arc::new(history),
            audit: Audit::default(),
            meter: Arc::default(),
            rates: Arc::default(),
            answers: Arc::default(),
            listeners: Arc::new(Semaphore::new(MOST_LISTENERS)),
            keys: Arc::new(keys),
            address,
            https: false,
            url: format!("http://{address}").into(),
            hosts: Hosts::default(),
            ending: CancellationToken::new(),
        }
    }

    /// A link to the console that can be used once.
    pub fn login_url(&self, access: Access) -> String {
        format!("{}/login?code={}", self.url, self.keys.new_link(access))
    }

    /// The cookie's name. Cookies don't tell ports apart, and several engines may run on one
    /// machine.
    pub(super) fn cookie_name(&self) -> String {
        let prefix = if self.https { "__Host-" } else { "" };
        format!("{prefix}lariat_{}", self.address.port())
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Shared({})", self.address)
    }
}
