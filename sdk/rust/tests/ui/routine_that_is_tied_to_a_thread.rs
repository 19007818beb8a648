use std::rc::Rc;
use std::time::Duration;

use lariat_sdk::{Context, NoParams, Outcome, Result, Routine, Run, json};

#[derive(Default)]
struct Open;

impl Routine for Open {
    const NAME: &'static str = "Open";
    type Params = NoParams;

    async fn run(&self, ctx: &Context, _: Run<NoParams>) -> Result<Outcome> {
        let opened = Rc::new(1);
        ctx.sleep(Duration::from_millis(1)).await?;
        Ok(Outcome::completed(json!({"opened": *opened})))
    }
}

lariat_sdk::export! { id: "open", routines: [Open] }

fn main() {}
