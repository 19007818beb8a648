#[test]
fn it_serves_as_many_accounts_as_it_is_told_to() {
    let pool = testing::pool::<{{type}}>(json!({"count": 2})).unwrap();
    let ids: Vec<String> = pool.fetch().unwrap().into_iter().map(|account| account.id).collect();
    assert_eq!(ids, ["account-1", "account-2"]);
}

#[test]
fn it_refuses_what_its_parameters_do_not_take() {
    let told = testing::pool::<{{type}}>(json!({"count": "many"})).err().unwrap();
    // LARIAT_INVALID
    assert_eq!(told.status(), 5, "{told}");
}
