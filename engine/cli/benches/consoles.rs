//! What people who look cost those who work: 256 bots at full speed with and without 20
//! open consoles, the time from something that happens to its being on their screens, and
//! what a console that stops reading holds.
//! `cargo bench -p lariat --bench consoles`; the numbers are in `README.md` beside it. With
//! `LARIAT=FILE` it measures that program, to compare two in turns.
//!
//! A console here does what the page's script does: it reads `/live`, and fetches its
//! fragment when that says so, one at a time and with a pause after each. What a browser
//! needs to put it on the screen comes on top.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark prints its table"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use lariat_console::EngineFile;
use tempfile::TempDir;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

const ACCOUNTS: usize = 50_000;
const BOTS: u32 = 256;
/// The pages that are looked at, in turn, besides the launch that works.
const PAGES: [&str; 9] =
    ["/", "/groups", "/groups/Probe", "/groups/Load", "/pools", "/pools/P", "/attempts", "/", "/groups"];
const CONSOLES: usize = 20;
const SPAN: Duration = Duration::from_secs(8);
const ROUNDS: usize = 4;
const HAPPENINGS: usize = 40;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let workspace = workspace();
    let engine = Engine::start(workspace.path());
    let client = engine.client();
    client.post("/api/v1/groups/Probe/launch").await;
    let launched = client.post("/api/v1/groups/Load/launch").await;
    let launched: serde_json::Value = serde_json::from_str(&launched).unwrap();
    let launch = format!("/launches/{}", launched["launch_id"].as_str().expect("the launch has an id"));
    let pages: Vec<String> = PAGES.into_iter().map(str::to_owned).chain([launch]).collect();
    tokio::time::sleep(Duration::from_secs(2)).await;

    println!("{BOTS} bots on {ACCOUNTS} accounts; {CONSOLES} consoles");
    println!(
        "{:>6} {:>22} {:>22} {:>10} {:>24}",
        "round", "alone, leases/s", "with consoles", "of it", "what the readers do"
    );
    let (mut screens, mut ratios, mut costs, mut own) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let alone = client.rate().await;
        let mut consoles = Consoles::open(&client, &pages);
        let with = consoles.rate(&client).await;
        screens.extend(consoles.see(&client).await);
        drop(consoles);
        ratios.push(with.per_second / alone.per_second);
        costs.push(alone.per_computed() / with.per_computed());
        own.push(with.computed - 100.0 * with.per_second / alone.per_computed());
        let read = format!("{:.0} pages/s ({:.0} % CPU)", with.fetched, with.readers);
        println!(
            "{round:>6} {alone:>22} {with:>22} {:>9.1}% {read:>24}",
            100.0 * with.per_second / alone.per_second
        );
    }
    println!("median of the ratios: {:.1} %", 100.0 * median(&mut ratios));
    println!("what a lease costs the engine with consoles: {:.2} times as much", median(&mut costs));
    println!("what that is by the second: {:.1} % of a core", median(&mut own));

    screens.sort();
    let at = |part: usize| screens[(screens.len() * part / 100).min(screens.len() - 1)];
    println!(
        "event to screen, {} sights: median {:.0?}, p99 {:.0?}, worst {:.0?}",
        screens.len(),
        at(50),
        at(99),
        screens[screens.len() - 1]
    );

    let before = engine.resident();
    let deaf: Vec<_> = futures::future::join_all((0..CONSOLES).map(|_| client.deaf())).await;
    tokio::time::sleep(SPAN).await;
    let after = engine.resident();
    println!("{} streams that nobody reads, for {SPAN:?}: {before} kB, then {after} kB", deaf.len());
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Some open consoles.
struct Consoles {
    /// None of them ends but by a fault.
    tasks: JoinSet<()>,
    fetched: Arc<AtomicU64>,
    /// The moment at which the probe was last held or let go, and which of the two.
    happened: watch::Sender<(Instant, bool)>,
    seen: mpsc::UnboundedReceiver<Duration>,
    watching: usize,
}

impl Consoles {
    fn open(client: &Client, pages: &[String]) -> Self {
        let fetched = Arc::new(AtomicU64::new(0));
        let (happened, _) = watch::channel((Instant::now(), false));
        let (sight, seen) = mpsc::unbounded_channel();
        let (mut tasks, mut watching) = (JoinSet::new(), 0);
        for page in pages.iter().cycle().take(CONSOLES) {
            let shows_the_probe = matches!(page.as_str(), "/groups" | "/groups/Probe");
            watching += usize::from(shows_the_probe);
            let sight = shows_the_probe.then(|| sight.clone());
            tasks.spawn(look(client.clone(), page.clone(), happened.subscribe(), sight, fetched.clone()));
        }
        Self { tasks, fetched, happened, seen, watching }
    }

    /// The rate while they are open.
    async fn rate(&mut self, client: &Client) -> Rate {
        let before = self.fetched.load(Ordering::Relaxed);
        let rate = tokio::select! {
            ended = self.tasks.join_next() => panic!("a console failed: {ended:?}"),
            rate = client.rate() => rate,
        };
        let fetched = (self.fetched.load(Ordering::Relaxed) - before) as f64 / rate.seconds;
        Rate { fetched, ..rate }
    }

    /// Holds the probe and lets it go again and again; gives how long each console that
    /// shows it took to show it.
    async fn see(&mut self, client: &Client) -> Vec<Duration> {
        let mut sights = Vec::new();
        for turn in 0..HAPPENINGS {
            let held = turn % 2 == 0;
            self.happened.send((Instant::now(), held)).unwrap();
            client
                .post(if held { "/api/v1/groups/Probe/pause" } else { "/api/v1/groups/Probe/resume" })
                .await;
            for _ in 0..self.watching {
                let sight = tokio::time::timeout(Duration::from_secs(30), self.seen.recv());
                let sight = tokio::select! {
                    ended = self.tasks.join_next() => panic!("a console failed: {ended:?}"),
                    sight = sight => sight,
                };
                sights.push(sight.expect("a console never showed it").unwrap());
            }
            // Not in step with what the engine tells pages.
            tokio::time::sleep(Duration::from_millis(37 * (turn as u64 % 7))).await;
        }
        sights
    }
}

/// One console: as the script of the page.
async fn look(
    client: Client,
    page: String,
    mut happened: watch::Receiver<(Instant, bool)>,
    sight: Option<mpsc::UnboundedSender<Duration>>,
    fetched: Arc<AtomicU64>,
) {
    let first = client.get(&page).await;
    let start = first.find("data-live=\"").expect("a page that lives") + "data-live=\"".len();
    let fragment = first[start..].split('"').next().unwrap().replace("&amp;", "&");
    let rest = &first[start..];
    let on = rest.find("data-on=\"").map_or("events", |at| rest[at + 9..].split('"').next().unwrap());
    let topics: Vec<String> = on.split(' ').map(str::to_owned).collect();

    let stale = Arc::new(AtomicBool::new(true));
    let woken = Arc::new(tokio::sync::Notify::new());
    let reader = {
        let (client, stale, woken) = (client.clone(), stale.clone(), woken.clone());
        async move {
            let mut stream = client.open("/live").await;
            while let Some(piece) = stream.chunk().await.unwrap() {
                let told = String::from_utf8_lossy(&piece);
                if topics.iter().any(|topic| told.contains(topic.as_str())) || told.contains("hello") {
                    stale.store(true, Ordering::SeqCst);
                    woken.notify_one();
                }
            }
        }
    };
    let fetcher = async move {
        loop {
            while !stale.swap(false, Ordering::SeqCst) {
                woken.notified().await;
            }
            let began = Instant::now();
            let text = client.get(&fragment).await;
            fetched.fetch_add(1, Ordering::Relaxed);
            if let Some(sight) = &sight
                && happened.has_changed().unwrap_or(false)
            {
                let (since, held) = *happened.borrow();
                if text.contains(">paused<") == held {
                    happened.mark_unchanged();
                    let _ = sight.send(since.elapsed());
                }
            }
            tokio::time::sleep(Duration::from_millis(60).max(2 * began.elapsed())).await;
        }
    };
    tokio::join!(reader, fetcher);
}

/// Leases a second, and what was computed meanwhile: hundredths of a second of processor
/// time, a second.
struct Rate {
    per_second: f64,
    /// By the engine.
    computed: f64,
    /// By this program, which is the readers.
    readers: f64,
    /// Fragments that they got, a second.
    fetched: f64,
    seconds: f64,
}

impl Rate {
    /// Leases for a second of the engine's processor time.
    fn per_computed(&self) -> f64 {
        100.0 * self.per_second / self.computed
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&format!("{:.0} ({:.0} % CPU)", self.per_second, self.computed))
    }
}

/// Asks the engine.
#[derive(Clone)]
struct Client {
    http: reqwest::Client,
    base: String,
    token: String,
    pid: u32,
}

impl Client {
    async fn open(&self, path: &str) -> reqwest::Response {
        let answer =
            self.http.get(format!("{}{path}", self.base)).bearer_auth(&self.token).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer
    }

    async fn get(&self, path: &str) -> String {
        self.open(path).await.text().await.unwrap()
    }

    async fn post(&self, path: &str) -> String {
        let request = self.http.post(format!("{}{path}", self.base)).bearer_auth(&self.token).body("{}");
        let answer = request.header("content-type", "application/json").send().await.unwrap();
        let (status, told) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {told}");
        told
    }

    /// A stream of all events that is opened and never read.
    async fn deaf(&self) -> reqwest::Response {
        self.open("/api/v1/events").await
    }

    async fn settled(&self) -> f64 {
        let text = self.get("/metrics").await;
        let counts = text.lines().filter(|line| line.starts_with("lariat_leases_settled_total"));
        counts.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
    }

    async fn rate(&self) -> Rate {
        let own = std::process::id();
        let (began, settled, before) = (Instant::now(), self.settled().await, [self.pid, own].map(computed));
        tokio::time::sleep(SPAN).await;
        let done = self.settled().await - settled;
        let (seconds, after) = (began.elapsed().as_secs_f64(), [self.pid, own].map(computed));
        let spent = |whose: usize| (after[whose] - before[whose]) as f64 / seconds;
        Rate { per_second: done / seconds, computed: spent(0), readers: spent(1), fetched: 0.0, seconds }
    }
}

/// How long a process has computed, in hundredths of a second.
fn computed(pid: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

struct Engine {
    child: Child,
    file: EngineFile,
}

impl Engine {
    fn start(workspace: &Path) -> Self {
        let built = || env!("CARGO_BIN_EXE_lariat").into();
        let mut command = Command::new(std::env::var_os("LARIAT").unwrap_or_else(built));
        command.args(["up", "--listen", "127.0.0.1:0", "--events", "--workspace"]).arg(workspace);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        while !lines.next().unwrap().unwrap().contains("\"engine.started\"") {}
        // Nobody reads its events any more.
        drop(lines);
        let file = EngineFile::read(&workspace.join(".lariat")).unwrap().unwrap();
        Self { child, file }
    }

    fn client(&self) -> Client {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let base = format!("http://{}", self.file.address);
        Client { http, base, token: self.file.token.clone(), pid: self.child.id() }
    }

    /// What it has in memory, in kB.
    fn resident(&self) -> u64 {
        let text = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = text.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn workspace() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for folder in ["pools", "groups", "scripts/routines", "accounts"] {
        fs::create_dir_all(dir.path().join(folder)).unwrap();
    }
    let write = |file: &str, text: &str| fs::write(dir.path().join(file), text).unwrap();
    let ids: Vec<String> = (0..ACCOUNTS).map(|at| format!("a{at:05}")).collect();
    write("lariat.yaml", "accounts: {import: [accounts/]}\n");
    write("accounts/all.csv", &format!("id\n{}\n", ids.join("\n")));
    // Each account comes back at once, so that there is no end of work.
    write(
        "pools/P.yaml",
        "name: P\ntype: sql\nquery: {select: SELECT id FROM accounts ORDER BY id}\npool_config: {repeat_after: 1ms, wait_for_accounts: true, max_wait_time: 1h}\n",
    );
    write(
        "pools/None.yaml",
        "name: None\ntype: sql\nquery: {select: SELECT id FROM accounts WHERE id = 'nobody' ORDER BY id}\npool_config: {wait_for_accounts: true, max_wait_time: 1h}\n",
    );
    write(
        "scripts/routines/R.lua",
        "local R = lariat.routine { name = 'R' }\nfunction R.run(ctx) return { n = 1 } end\nreturn R\n",
    );
    let all: Vec<String> = (1..=BOTS).map(|id| id.to_string()).collect();
    let group = |name: &str, pool: &str, ids: &str| {
        format!(
            "name: {name}\nroutine: R\naccount_pool: {pool}\ninstances: [{ids}]\nlaunch: {{stagger_delay: 0}}\n"
        )
    };
    write("groups/Load.yaml", &group("Load", "P", &all.join(", ")));
    write("groups/Probe.yaml", &group("Probe", "None", "0"));
    dir
}
