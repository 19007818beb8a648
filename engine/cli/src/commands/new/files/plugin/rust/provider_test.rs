#[test]
fn it_starts_and_stops() {
    let provider = testing::provider::<{{type}}>(json!({}), &[0, 1]).unwrap();
    assert_eq!(provider.probe(1).unwrap(), State::Down);
    provider.start(1).unwrap();
    assert_eq!((provider.probe(0).unwrap(), provider.probe(1).unwrap()), (State::Down, State::Ready));
    provider.stop(1).unwrap();
    assert_eq!(provider.probe(1).unwrap(), State::Down);
}

#[test]
fn it_takes_a_while_to_be_ready() {
    let provider = testing::provider::<{{type}}>(json!({"boot_ms": 3_600_000}), &[0]).unwrap();
    provider.start(0).unwrap();
    assert_eq!(provider.probe(0).unwrap(), State::Starting);
}
