//! Secrets stay where they belong. Accounts carry secrets that occur nowhere else, a
//! routine gives them away in every manner it has, and then everything that the program
//! has ever said is searched for them: what commands print, events, logs, every page that a
//! link leads to, every answer of the API, and every table but the one that keeps them.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};

use crate::bench::Bench;
use crate::live::Up;

/// Part of every secret, and of nothing else.
const CANARY: &str = "CANARY-7f3a";
/// What stands in its place.
const MASK: &str = "***";

/// Gives its secrets away: in logs, progress, results, reasons and errors.
const TATTLER: &str = r#"
    local secret = ctx.account.password
    assert(string.find(secret, "CANARY", 1, true), "the routine has it")
    local number = tonumber(string.sub(ctx.account.id, 2))
    ctx.log:info("the password is " .. secret, { password = secret, nested = { list = { secret } } })
    print(secret)
    ctx:progress(1, 2)
    if number % 5 == 0 then return lariat.fail("wrong password " .. secret) end
    if number % 5 == 1 then return lariat.skip(secret) end
    if number % 5 == 2 then return lariat.give_back("not with " .. secret) end
    if number % 5 == 3 then error("bad " .. secret) end
    return { password = secret, [secret] = 1, list = { secret } }"#;

fn bench() -> Bench {
    let bench = Bench::new();
    bench.write("lariat.yaml", "accounts: {import: [accounts/]}\n");
    let mut csv = String::from("id,pack_count,password,api_token\n");
    for n in 0..10 {
        csv.push_str(&format!("a{n:05},{n},{CANARY}-p{n},{CANARY}-t{n}\n"));
    }
    bench.write("accounts/all.csv", &csv);
    bench.write(
        "accounts/x.xml",
        &format!("<account>a99994</account><devicePassword>{CANARY}-x</devicePassword><password>{CANARY}-y</password>"),
    );
    bench.write(
        "pools/P.yaml",
        "name: P\ntype: sql\nquery:\n  select: SELECT * FROM accounts ORDER BY id\npool_config: {retry_failed: true, max_failures: 2}\n",
    );
    bench.write("pools/F.yaml", "name: F\ntype: file\ndirectory: accounts\n");
    bench.routine("R", TATTLER);
    bench.group("G", 0, 2, "stagger_delay: 0");
    bench
}

/// What has been said so far, and by whom.
#[derive(Default)]
struct Said {
    masked: usize,
    places: usize,
    leaks: Vec<String>,
}

impl Said {
    fn hear(&mut self, place: &str, text: &str) {
        self.places += 1;
        self.masked += usize::from(text.contains(MASK));
        for (at, _) in text.match_indices(CANARY) {
            let around: String =
                text.chars().skip(text[..at].chars().count().saturating_sub(80)).take(160).collect();
            self.leaks.push(format!("{place}: …{around}…"));
        }
    }

    fn run(&mut self, bench: &Bench, args: &[&str]) {
        for more in [&[][..], &["--json"], &["-vv"]] {
            let args = [args, more].concat();
            let ran = bench.run(&args);
            assert!(ran.code <= 1, "{args:?} ended with {}: {}{}", ran.code, ran.out, ran.err);
            self.hear(&format!("stdout of {args:?}"), &ran.out);
            self.hear(&format!("stderr of {args:?}"), &ran.err);
        }
    }

    /// Every file below, as text; databases are looked at by [`Said::database`].
    fn files(&mut self, folder: &Path) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if path.is_dir() {
                self.files(&path);
            } else if !name.contains(".db") {
                let bytes = std::fs::read(&path).unwrap();
                self.hear(&path.display().to_string(), &String::from_utf8_lossy(&bytes));
            }
        }
    }

    /// Every table but the one that keeps the secrets, which must have them.
    fn database(&mut self, path: &Path) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let options = SqliteConnectOptions::new().filename(path);
            let mut conn = SqliteConnection::connect_with(&options).await.unwrap();
            let tables = sqlx::query("SELECT name FROM sqlite_schema WHERE type = 'table'");
            for table in tables.fetch_all(&mut conn).await.unwrap() {
                let table: String = table.get(0);
                let mut text = String::new();
                let query = sqlx::query(AssertSqlSafe(format!("SELECT * FROM \"{table}\"")));
                for row in query.fetch_all(&mut conn).await.unwrap() {
                    for at in 0..row.len() {
                        let bytes: Option<Vec<u8>> = row.get_unchecked(at);
                        text.push_str(&String::from_utf8_lossy(&bytes.unwrap_or_default()));
                        text.push(' ');
                    }
                }
                if table == "account_secrets" {
                    assert!(text.contains(CANARY), "the store has them");
                } else {
                    self.hear(&format!("table {table}"), &text);
                }
            }
        });
    }
}

/// Asks a running engine as a program does.
struct Client {
    address: String,
    token: String,
}

impl Client {
    fn of(bench: &Bench) -> Self {
        let engine: Value =
            serde_json::from_str(&std::fs::read_to_string(bench.path(".lariat/engine.json")).unwrap())
                .unwrap();
        let word = |key: &str| engine[key].as_str().unwrap().to_owned();
        Self { address: word("address").trim_start_matches("http://").to_owned(), token: word("token") }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        // A stream of events has no end; what was kept of them comes at once.
        stream.set_read_timeout(Some(std::time::Duration::from_secs(1))).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nLast-Event-ID: 1\r\nConnection: close\r\n\r\n",
            self.address, self.token
        )
        .unwrap();
        let (mut answer, mut buffer) = (Vec::new(), [0; 65536]);
        while let Ok(read) = stream.read(&mut buffer) {
            if read == 0 {
                break;
            }
            answer.extend_from_slice(&buffer[..read]);
        }
        String::from_utf8_lossy(&answer).into_owned()
    }
}

/// The places of this engine that a page leads to.
fn links(page: &str) -> impl Iterator<Item = String> + '_ {
    ["href=\"/", "data-live=\"/", "data-stream=\"/", "src=\"/"].into_iter().flat_map(move |start| {
        page.match_indices(start).filter_map(move |(at, _)| {
            let rest = &page[at + start.len() - 1..];
            Some(rest[..rest.find('"')?].replace("&amp;", "&").split('#').next()?.to_owned())
        })
    })
}

/// Follows every link from the first page on.
fn crawl(client: &Client, said: &mut Said) -> BTreeSet<String> {
    let (mut known, mut ahead) = (BTreeSet::new(), vec!["/".to_owned()]);
    while let Some(path) = ahead.pop() {
        // To leave isn't to look.
        if path.contains("reveal")
            || path.contains("logout")
            || !known.insert(path.clone())
            || known.len() > 400
        {
            continue;
        }
        let page = client.get(&path);
        assert!(!page.starts_with("HTTP/1.1 5"), "{path}: {page}");
        said.hear(&path, &page);
        ahead.extend(links(&page));
    }
    known
}

/// Every GET of the API's own description, with names that exist.
fn ask_everything(client: &Client, said: &mut Said) -> usize {
    let text = client.get("/api/v1/openapi.json");
    let document: Value =
        serde_json::from_str(&text[text.find("\r\n\r\n").unwrap()..]).unwrap_or_else(|_| {
            panic!("no document: {text}");
        });
    let mut asked = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        if methods.get("get").is_none() {
            continue;
        }
        let name = if path.contains("/pools/") { "P" } else { "G" };
        let id = if path.contains("/attempts/") { "1" } else { "a00004" };
        let path = path.replace("{name}", name).replace("{id}", id);
        let path = if path.starts_with("/api/") { path } else { format!("/api/v1{path}") };
        let answer = client.get(&path);
        assert!(answer.starts_with("HTTP/1.1 200") || answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
        asked += usize::from(answer.starts_with("HTTP/1.1 200"));
        said.hear(&path, &answer);
    }
    asked
}

#[test]
fn secrets_are_found_nowhere_but_where_they_are_kept() {
    let (bench, mut said) = (bench(), Said::default());
    let launched = bench.run(&["launch", "G", "--events", "-vv"]);
    said.hear("events", &launched.out);
    said.hear("logs of a launch", &launched.err);
    for told in [&launched.out, &launched.err] {
        assert!(
            told.contains(&format!("not with {MASK}")) && told.contains(&format!("bad {MASK}")),
            "{told}"
        );
    }
    for args in [
        &["launch", "G", "--plan"][..],
        &["launch", "G"],
        &["account", "list"],
        &["account", "show", "a00004"],
        &["account", "show", "a00003"],
        &["account", "export"],
        &["pool", "list"],
        &["pool", "show", "P"],
        &["pool", "test", "P"],
        &["pool", "test", "F"],
        &["run", "R", "--account", "a00004"],
        &["run", "R", "--account", "a00003"],
        &["group", "show", "G"],
        &["doctor"],
    ] {
        said.run(&bench, args);
    }

    bench.run(&["pool", "reset", "P", "--yes"]).exits(0);
    let up = Up::start(&bench, &["-vv"]);
    bench.run(&["launch", "G"]);
    let client = Client::of(&bench);
    let pages = crawl(&client, &mut said);
    assert!(pages.len() > 30, "it found its way: {pages:#?}");
    assert!(pages.iter().any(|page| page.starts_with("/accounts/a0000")), "{pages:#?}");
    assert!(ask_everything(&client, &mut said) > 12);
    // Whoever asks for one on purpose gets it, and that is recorded.
    assert!(client.get("/api/v1/accounts/a00004?reveal=true").contains(&format!("{CANARY}-p4")));
    let audit = std::fs::read_to_string(bench.path(".lariat/logs/audit.jsonl")).unwrap();
    assert!(audit.contains("a00004") && audit.contains("reveal"), "{audit}");
    up.signal("-TERM");
    let (code, events) = up.ends();
    assert_eq!(code, 0);
    said.hear("events of the engine", &serde_json::to_string(&events).unwrap());

    bench.run(&["backup"]).exits(0);
    said.files(&bench.path(".lariat"));
    said.hear("what the engine logged", &std::fs::read_to_string(bench.path("up.log")).unwrap());
    said.database(&bench.path(".lariat/state.db"));
    assert!(said.leaks.is_empty(), "{} leaks:\n{}", said.leaks.len(), said.leaks.join("\n"));
    assert!(said.masked > 20, "masked in {} of {} places only", said.masked, said.places);
}
