use lariat_sdk::{Context, NoParams, Outcome, Result, Routine, Run, json};

#[derive(Default)]
struct Open;

impl Routine for Open {
    const NAME: &'static str = "Open";
    type Params = NoParams;

    async fn run(&self, _: &Context, _: Run<NoParams>) -> Result<Outcome> {
        Ok(Outcome::completed(json!({})))
    }
}

lariat_sdk::export! { id: "open", hooks: [Open] }

fn main() {}
