#[test]
fn it_trims_what_is_too_large() {
    let hook = testing::hook::<{{type}}>().unwrap();
    let judge = |bots: u32, most: u32| {
        hook.judge("before:validate", json!({"bot_count": bots}), json!({"most": most})).unwrap()
    };
    assert_eq!(judge(2, 2), Verdict::Continue);
    assert_eq!(judge(3, 2), Verdict::patch(json!({"bot_count": 2})));
    assert_eq!(judge(3, 0), Verdict::deny("no bots are allowed"));
}
