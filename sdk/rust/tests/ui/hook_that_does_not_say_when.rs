use lariat_sdk::{Context, Hook, HookCall, NoParams, Result, Verdict};

#[derive(Default)]
struct Guard;

impl Hook for Guard {
    const NAME: &'static str = "guard";
    type Params = NoParams;

    async fn run(&self, _: &Context, _: HookCall<NoParams>) -> Result<Verdict> {
        Ok(Verdict::Continue)
    }
}

lariat_sdk::export! { id: "guard", hooks: [Guard] }

fn main() {}
