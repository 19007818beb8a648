//! The pool type `csv`.

use lariat_sdk::{Account, Context, Error, Level, Map, Opening, Pool, Result, Value, WorkspacePath};

use crate::files::{self, Source};
use crate::rows::{self, Bad};
use crate::select;

/// What a pool's `config:` holds.
#[derive(serde::Deserialize, schemars::JsonSchema)]
pub struct Config {
    /// A file, or a folder whose .csv, .tsv, .jsonl and .ndjson files are read by name.
    pub(crate) file: WorkspacePath,
    /// The column that holds each account's id.
    #[serde(default = "id")]
    pub(crate) id: String,
    /// What separates cells; a comma, in .tsv files a tab.
    #[schemars(length(min = 1, max = 1))]
    pub(crate) delimiter: Option<String>,
    /// Whether cells of CSV files that read as numbers, true or false become such; empty ones
    /// become null. What wouldn't be written back the same, such as 007, stays a text.
    #[serde(default = "yes")]
    pub(crate) types: bool,
    /// Only rows with these values: a column each, and its value or a list of values.
    #[serde(default)]
    pub(crate) r#where: Map<String, Value>,
    /// The column to serve by, smallest first; with a minus before it, largest first.
    pub(crate) sort: Option<String>,
}

fn id() -> String {
    "id".into()
}

fn yes() -> bool {
    true
}

/// So many rows that can't be used are told one by one.
const MOST_TOLD: usize = 20;

/// One open pool.
pub struct Csv {
    config: Config,
    delimiter: Option<u8>,
}

impl Pool for Csv {
    const NAME: &'static str = "csv";
    const DESCRIPTION: &'static str = "Accounts from CSV and JSON Lines files";
    const METHODS: &'static [&'static str] = &["fetch"];
    type Params = Config;

    fn open(config: Config, _: &Opening) -> Result<Self> {
        let delimiter = match config.delimiter.as_deref().map(str::as_bytes) {
            None => None,
            Some([one]) if one.is_ascii() && !b"\"\r\n".contains(one) => Some(*one),
            Some(_) => {
                return Err(Error::invalid(
                    "delimiter: takes one ASCII character, not a quote or a line's end",
                ));
            }
        };
        Ok(Self { config, delimiter })
    }

    async fn fetch(&self, ctx: &Context) -> Result<Vec<Account>> {
        let mut accounts = Vec::new();
        let mut bad = Vec::new();
        for source in files::find(self.config.file.as_ref(), self.delimiter)? {
            self.read(ctx, &source, &mut accounts, &mut bad)?;
        }
        tell(ctx, &bad);
        if accounts.is_empty()
            && let Some(first) = bad.first()
        {
            let rows = bad.len();
            return Err(Error::failed(format!("none of {rows} rows can be used; the first: {first}")));
        }
        accounts.retain(|account| select::wanted(account, &self.config.r#where));
        if let Some(sort) = &self.config.sort {
            select::sort(&mut accounts, sort);
        }
        Ok(accounts)
    }
}

impl Csv {
    fn read(
        &self,
        ctx: &Context,
        source: &Source,
        accounts: &mut Vec<Account>,
        bad: &mut Vec<Bad>,
    ) -> Result<()> {
        for row in rows::read(source, self.config.types)? {
            if ctx.stopping() {
                return Err(Error::cancelled());
            }
            let made = row?.and_then(|row| row.account(&self.config.id));
            match made {
                Ok(account) => accounts.push(account),
                Err(why) => bad.push(why.within(source)),
            }
        }
        Ok(())
    }
}

/// The SDK's `fetch` has no room for warnings: they go to the log.
fn tell(ctx: &Context, bad: &[Bad]) {
    for row in bad.iter().take(MOST_TOLD) {
        ctx.log(Level::Warn, format!("{row}; the row was passed over"));
    }
    if let more @ 1.. = bad.len().saturating_sub(MOST_TOLD) {
        ctx.log(Level::Warn, format!("{more} more rows were passed over"));
    }
}
