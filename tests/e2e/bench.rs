//! A workspace to write into, and the program run in it.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A temporary workspace.
pub struct Bench {
    dir: TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{error} in:\n{}\nstderr:\n{}", self.out, self.err))
    }

    /// One JSON object a line.
    pub fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[track_caller]
    pub fn says(&self, part: &str) -> &Self {
        assert!(
            self.out.contains(part) || self.err.contains(part),
            "{part:?} is missing in:\n{}\n{}",
            self.out,
            self.err
        );
        self
    }
}

impl Bench {
    /// A workspace with an empty `lariat.yaml`.
    pub fn new() -> Self {
        let bench = Self { dir: tempfile::tempdir().unwrap() };
        bench.write("lariat.yaml", "version: 1\n");
        bench
    }

    /// One whose account table gets these ids, and a pool "P" that selects all in the
    /// order of their pack count, and the routine "R".
    pub fn with_accounts(count: usize, pool_config: &str, routine: &str) -> Self {
        let bench = Self::new();
        bench.write("lariat.yaml", "accounts: {import: [accounts/]}\n");
        let mut csv = String::from("id,pack_count\n");
        for n in 0..count {
            // Served from a00000 on: the largest pack count first.
            csv.push_str(&format!("a{n:05},{}\n", count - n));
        }
        bench.write("accounts/all.csv", &csv);
        bench.pool("P", pool_config);
        bench.routine("R", routine);
        bench
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.dir.path().join(file)
    }

    pub fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// A pool over the whole account table, fullest first.
    pub fn pool(&self, name: &str, pool_config: &str) {
        let yaml = format!(
            "name: {name}\ntype: sql\nquery:\n  select: SELECT id, pack_count, failure_count FROM accounts ORDER BY pack_count DESC, id\npool_config: {{{pool_config}}}\n"
        );
        self.write(&format!("pools/{name}.yaml"), &yaml);
    }

    /// A routine with this body of `run(ctx)`.
    pub fn routine(&self, name: &str, body: &str) {
        let lua = format!(
            "local R = lariat.routine {{ name = \"{name}\" }}\nfunction R.run(ctx)\n{body}\nend\nreturn R\n"
        );
        self.write(&format!("scripts/routines/{name}.lua"), &lua);
    }

    /// A group of routine "R" on instances from `first` on, with pool "P".
    pub fn group(&self, name: &str, first: usize, bots: usize, launch: &str) {
        self.group_of(name, "R", Some("P"), first, bots, launch);
    }

    pub fn group_of(
        &self,
        name: &str,
        routine: &str,
        pool: Option<&str>,
        first: usize,
        bots: usize,
        launch: &str,
    ) {
        let ids: Vec<String> = (first..first + bots).map(|id| id.to_string()).collect();
        let pool = pool.map(|pool| format!("account_pool: {pool}\n")).unwrap_or_default();
        let yaml = format!(
            "name: {name}\nroutine: {routine}\ninstances: [{}]\n{pool}launch: {{{launch}}}\n",
            ids.join(", ")
        );
        self.write(&format!("groups/{name}.yaml"), &yaml);
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lariat"));
        command.args(args).current_dir(self.dir.path());
        for name in ["LARIAT_WORKSPACE", "RUST_LOG", "NO_COLOR"] {
            command.env_remove(name);
        }
        command.stdin(Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        let output = self.command(args).output().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts a command whose stdout the caller reads.
    pub fn spawn(&self, args: &[&str]) -> Child {
        self.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Runs a command with `--json`, which must end well, and reads its answer.
    #[track_caller]
    pub fn json(&self, args: &[&str]) -> Value {
        let args: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
        self.run(&args).exits(0).json()
    }

    /// Launches one group and gives its report.
    #[track_caller]
    pub fn launch(&self, group: &str) -> Value {
        self.launch_exits(group, 0)
    }

    #[track_caller]
    pub fn launch_exits(&self, group: &str, code: i32) -> Value {
        self.run(&["launch", group, "--json"]).exits(code).json()[0].clone()
    }

    /// The numbers of pool "P".
    #[track_caller]
    pub fn pool_counts(&self) -> Value {
        self.json(&["pool", "list"])
            .as_array()
            .unwrap()
            .iter()
            .find(|pool| pool["name"] == "P")
            .unwrap()
            .clone()
    }
}

/// The events of one type.
pub fn of_type<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["type"] == kind).collect()
}

/// The texts under a key.
pub fn texts(events: &[&Value], key: &str) -> Vec<String> {
    events.iter().map(|event| event[key].as_str().unwrap_or_default().to_owned()).collect()
}
