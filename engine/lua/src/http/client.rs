//! Does the requests: follows redirects itself, so that each step is checked, and
//! looks at the addresses that names resolve to, so that no name leads inside.

use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{AUTHORIZATION, COOKIE, HeaderMap, LOCATION};
use reqwest::{Client, ClientBuilder, Method, StatusCode, Url, redirect};

use super::address::is_public;
use super::policy::{Access, HttpPolicy};

/// Most bytes of an answer's body.
const MAX_BODY: usize = 4 << 20;
/// Most redirects that are followed.
const MAX_REDIRECTS: usize = 5;

/// One request of a script.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Vec<u8>>,
    /// From the first lookup to the last byte.
    pub(crate) timeout: Duration,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Does requests under a policy. Its connections open on first use.
pub(crate) struct HttpClient {
    policy: HttpPolicy,
    clients: OnceLock<Result<Clients, String>>,
}

struct Clients {
    /// Connects wherever it is told to.
    anywhere: Client,
    /// Resolves names to public addresses only.
    public: Client,
}

impl HttpClient {
    /// A client under a policy.
    pub(crate) fn new(policy: HttpPolicy) -> Self {
        Self { policy, clients: OnceLock::new() }
    }

    /// Does a request; the error is for the script's author.
    pub(crate) async fn fetch(&self, request: Request) -> Result<Response, String> {
        let timeout = request.timeout;
        match tokio::time::timeout(timeout, self.follow(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(format!("no answer within {}", lariat_core::duration::Span::from(timeout))),
        }
    }

    async fn follow(&self, mut request: Request) -> Result<Response, String> {
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send(&request).await?;
            match next(&request, response.status(), response.headers())? {
                Some(redirected) => request = redirected,
                None => return read(response).await,
            }
        }
        Err(format!("more than {MAX_REDIRECTS} redirects"))
    }

    async fn send(&self, request: &Request) -> Result<reqwest::Response, String> {
        let client = self.client_for(&request.url)?;
        let mut builder =
            client.request(request.method.clone(), request.url.clone()).headers(request.headers.clone());
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        builder.send().await.map_err(words)
    }

    fn client_for(&self, url: &Url) -> Result<&Client, String> {
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or(0);
        let clients = self.clients.get_or_init(Clients::build).as_ref().map_err(Clone::clone)?;
        match self.policy.access(host, port) {
            Access::Anywhere => Ok(&clients.anywhere),
            Access::Denied => Err(format!(
                "scripts may not talk to {host}:{port}; it isn't among the hosts that are allowed"
            )),
            Access::IfPublic => {
                let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
                match address {
                    Ok(address) if !is_public(address) => Err(private(&format!("{host}:{port}"))),
                    _ => Ok(&clients.public),
                }
            }
        }
    }
}

fn private(place: &str) -> String {
    format!("{place} is not public; it must be among the hosts in `http: {{allow: […]}}` of lariat.yaml")
}

impl Clients {
    fn build() -> Result<Self, String> {
        // Fails when one is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let build = |builder: fn() -> ClientBuilder| {
            builder().build().or_else(|error| {
                tracing::warn!(
                    error = words(error),
                    "no certificates on this machine: https won't work in scripts"
                );
                builder().tls_certs_only([]).build()
            })
        };
        let anywhere = build(base).map_err(words)?;
        let public = build(|| base().dns_resolver(PublicOnly)).map_err(words)?;
        Ok(Self { anywhere, public })
    }
}

fn base() -> ClientBuilder {
    Client::builder()
        // A proxy would look names up by itself, and might find them inside.
        .no_proxy()
        .redirect(redirect::Policy::none())
        .user_agent(concat!("lariat/", env!("CARGO_PKG_VERSION")))
        .pool_idle_timeout(Duration::from_secs(30))
}

/// Resolves names, and leaves out what isn't public.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(private(name.as_str()).into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// The request that a redirect asks for.
fn next(request: &Request, status: StatusCode, headers: &HeaderMap) -> Result<Option<Request>, String> {
    let Some(location) =
        headers.get(LOCATION).filter(|_| matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308))
    else {
        return Ok(None);
    };
    let location = location.to_str().map_err(|_| "a redirect to something that isn't a URL".to_owned())?;
    let url = request
        .url
        .join(location)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .ok_or_else(|| format!("a redirect to {location:?}, which isn't http or https"))?;
    let mut redirected = request.clone();
    if url.origin() != request.url.origin() {
        redirected.headers.remove(AUTHORIZATION);
        redirected.headers.remove(COOKIE);
    }
    if !matches!(status.as_u16(), 307 | 308) && redirected.method == Method::POST {
        redirected.method = Method::GET;
        redirected.body = None;
        redirected.headers.remove(reqwest::header::CONTENT_TYPE);
    }
    redirected.url = url;
    Ok(Some(redirected))
}

async fn read(mut response: reqwest::Response) -> Result<Response, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(words)? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(format!("the answer is larger than {MAX_BODY} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Response { status: response.status().as_u16(), headers: response.headers().clone(), body })
}

/// What went wrong, down to the cause, without the URL, which may hold a secret.
fn words(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !words.contains(&text) {
            words = format!("{words}: {text}");
        }
        cause = inner.source();
    }
    words
}
