#[test]
fn it_opens_as_many_packs_as_it_is_told_to() {
    let routine = testing::routine::<{{type}}>().unwrap();
    let outcome = routine.run(json!({"packs": 2}), Some(&Account::new("a1"))).unwrap();
    assert_eq!(outcome, Outcome::completed(json!({"packs_opened": 2})));
    assert_eq!(routine.progress(), [(1.0, 2.0), (2.0, 2.0)]);
}

#[test]
fn it_ends_when_it_is_told_to() {
    let routine = testing::routine::<{{type}}>().unwrap();
    routine.stop_at_sleep(2);
    let told = routine.run(json!({"packs": 5}), Some(&Account::new("a1"))).unwrap_err();
    assert_eq!(told, Error::cancelled());
}
