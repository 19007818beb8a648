use lariat_sdk::{NoParams, Opening, Pool, Result};

struct Csv;

impl Pool for Csv {
    const NAME: &'static str = "csv";
    type Params = NoParams;

    fn open(_: NoParams, _: &Opening) -> Result<Self> {
        Ok(Self)
    }
}

lariat_sdk::export! { id: "csv", pools: [Csv] }

fn main() {}
