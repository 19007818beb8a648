lariat_sdk::export! { name: "csv", pools: [] }

fn main() {}
