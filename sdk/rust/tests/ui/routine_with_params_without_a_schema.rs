use lariat_sdk::{Context, Outcome, Result, Routine, Run, json};

struct Config {
    _packs: u32,
}

#[derive(Default)]
struct Open;

impl Routine for Open {
    const NAME: &'static str = "Open";
    type Params = Config;

    async fn run(&self, _: &Context, _: Run<Config>) -> Result<Outcome> {
        Ok(Outcome::completed(json!({})))
    }
}

lariat_sdk::export! { id: "open", routines: [Open] }

fn main() {}
