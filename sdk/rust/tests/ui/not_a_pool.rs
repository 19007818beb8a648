struct Csv;

lariat_sdk::export! { id: "csv", pools: [Csv] }

fn main() {}
