use lariat_sdk::{Context, NoParams, Opening, Provider, Result};

struct Boxes;

impl Provider for Boxes {
    const NAME: &'static str = "boxes";
    type Params = NoParams;

    fn open(_: NoParams, _: &Opening) -> Result<Self> {
        Ok(Self)
    }
    async fn start(&self, _: &Context, _: u32) -> Result<()> {
        Ok(())
    }
    async fn probe(&self, _: &Context, _: u32) -> Result<bool> {
        Ok(true)
    }
    async fn stop(&self, _: &Context, _: u32) -> Result<()> {
        Ok(())
    }
}

lariat_sdk::export! { id: "boxes", providers: [Boxes] }

fn main() {}
