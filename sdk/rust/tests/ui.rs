//! What the compiler says to whoever misuses the SDK. `TRYBUILD=overwrite cargo test` renews.

#[test]
fn misuse_is_told_in_the_words_of_the_sdk() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
