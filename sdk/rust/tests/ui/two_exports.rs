use lariat_sdk::{Account, Context, NoParams, Opening, Pool, Result};

struct Csv;

impl Pool for Csv {
    const NAME: &'static str = "csv";
    type Params = NoParams;

    fn open(_: NoParams, _: &Opening) -> Result<Self> {
        Ok(Self)
    }
    async fn fetch(&self, _: &Context) -> Result<Vec<Account>> {
        Ok(Vec::new())
    }
}

lariat_sdk::export! { id: "csv", pools: [Csv] }
lariat_sdk::export! { id: "more", pools: [Csv] }

fn main() {}
