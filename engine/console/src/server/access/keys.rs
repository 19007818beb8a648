//! What is known of tokens, links and sessions. Only their hashes are kept, and looked up
//! by: how long that takes tells nothing about the secret.

use std::time::Duration;

use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::sessions::{Links, Sessions};
use super::{Access, Identity};

/// The hash of a secret.
pub(super) type Hash = [u8; 32];

/// Those who may come in.
pub struct Keys {
    token: Hash,
    read_token: Hash,
    links: Mutex<Links>,
    sessions: Mutex<Sessions>,
}

impl Keys {
    /// Keys with the token for everything, and the one that may only look.
    pub fn new(token: &str, read_token: &str) -> Self {
        Self {
            token: hash(token),
            read_token: hash(read_token),
            links: Mutex::default(),
            sessions: Mutex::default(),
        }
    }

    /// The code of a new one-time link, which can be used for [`Keys::LINK_LIFE`].
    pub fn new_link(&self, access: Access) -> String {
        let code = secret();
        self.links.lock().add(hash(&code), access);
        code
    }

    /// How long a link can be used.
    pub const LINK_LIFE: Duration = Links::LIFE;

    /// The secret of a new session, for the code of a link that is thereby used up.
    pub fn exchange(&self, code: &str) -> Option<(String, Identity)> {
        let access = self.links.lock().take(&hash(code))?;
        let cookie = secret();
        let identity = self.sessions.lock().add(hash(&cookie), access);
        Some((cookie, identity))
    }

    /// Who brings this token.
    pub fn of_token(&self, token: &str) -> Option<Identity> {
        let hash = hash(token);
        let (who, access) = match hash {
            hash if hash == self.token => ("token", Access::Full),
            hash if hash == self.read_token => ("read token", Access::ReadOnly),
            _ => return None,
        };
        Some(Identity { who: who.into(), access })
    }

    /// Whose session this is.
    pub fn of_session(&self, cookie: &str) -> Option<Identity> {
        self.sessions.lock().find(&hash(cookie))
    }

    /// Cancelled when this session ends.
    pub(super) fn end_of_session(&self, cookie: &str) -> Option<CancellationToken> {
        self.sessions.lock().end_of(&hash(cookie))
    }

    /// Ends a session, and the streams that it follows.
    pub fn end_session(&self, cookie: &str) {
        self.sessions.lock().remove(&hash(cookie));
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys")
    }
}

fn hash(secret: &str) -> Hash {
    Sha256::digest(secret.as_bytes()).into()
}

/// 244 random bits.
fn secret() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}
