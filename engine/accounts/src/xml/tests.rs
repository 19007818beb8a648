use serde_json::{Value, json};

use super::{MAX_DEPTH, parse};
use crate::error::{AccountError, Fault};
use crate::record::{MAX_FIELDS, Record, Records};

fn found(text: &str) -> Records {
    parse(text.as_bytes(), "stem").unwrap_or_else(|fault| panic!("{text}: {fault}"))
}

fn one(text: &str) -> Record {
    let mut found = found(text);
    assert_eq!(found.records.len(), 1, "{text}");
    found.records.remove(0)
}

fn fields(text: &str) -> Value {
    Value::Object(one(text).fields)
}

fn fault(text: &str) -> Fault {
    parse(text.as_bytes(), "stem").expect_err(text)
}

/// The error, after checking that it tells this place.
fn error_at(text: &str, line: usize, column: usize) -> AccountError {
    let Fault { place, error } = fault(text);
    let place = place.unwrap_or_else(|| panic!("{text}: no place for {error}"));
    assert_eq!((place.line, place.column), (line, column), "{text}: {error}");
    error
}

#[test]
fn the_fragment_form() {
    let account = one("<account>帳號 ü</account><password>p&amp;ß&#33;<![CDATA[<x>]]></password>\n");
    assert_eq!(account.id.as_str(), "帳號 ü");
    assert_eq!(Value::Object(account.fields), json!({"password": "p&ß!<x>"}));
}

#[test]
fn a_fragment_may_have_a_declaration_a_root_and_other_elements() {
    let text = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><!-- mine -->\n<data>\n  <packs>37</packs>\n  \
                <account> a1 </account>\n  <password>007</password><note/><rate>0.5</rate><vip>true</vip>\n</data>";
    assert_eq!(one(text).id.as_str(), "a1");
    assert_eq!(fields(text), json!({"packs": 37, "password": "007", "note": null, "rate": 0.5, "vip": true}));
    assert_eq!(fields("<account>a</account><password>123</password>"), json!({"password": "123"}));
}

#[test]
fn androids_form_keeps_its_types() {
    let text = r#"<?xml version='1.0' encoding='utf-8' standalone='yes' ?>
<map>
    <string name="deviceAccount">a1</string>
    <string name="devicePassword"> 12 </string>
    <string name="empty"></string>
    <int name="packs" value="3" />
    <long name="big" value="9007199254740993" />
    <boolean name="vip" value="true" />
    <float name="rate" value="0.5" />
    <set name="tags"><string>x</string><string>y</string></set>
    <set name="none" />
    <null name="nothing" />
</map>"#;
    assert_eq!(one(text).id.as_str(), "a1");
    assert_eq!(
        fields(text),
        json!({"devicePassword": " 12 ", "empty": "", "packs": 3, "big": 9007199254740993_i64, "vip": true,
               "rate": 0.5, "tags": ["x", "y"], "none": [], "nothing": null})
    );
}

#[test]
fn without_an_id_the_stem_is_it() {
    for text in
        ["<account/>", "<account> </account><password>x</password>", "<map><int name='x' value='1'/></map>"]
    {
        assert_eq!(one(text).id.as_str(), "stem", "{text}");
    }
    assert!(matches!(parse(b"<account/>", " ").unwrap_err().error, AccountError::Id(_)));
}

#[test]
fn the_element_goes_before_the_entry() {
    let text = "<account>a</account><map><string name='deviceAccount'>b</string></map>";
    assert_eq!(one(text).id.as_str(), "a");
    assert_eq!(fields(text), json!({"deviceAccount": "b"}));
}

#[test]
fn several_accounts_in_one_file() {
    let text = "<all>\n<account>a</account><password>1</password>\n<account>b</account><password>2</password>\n</all>";
    let all = found(text);
    assert_eq!(all.records.iter().map(|r| r.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(all.records[1].fields["password"], "2");
    assert_eq!(all.records[1].place.line, 3);

    let twice = found("<account>a</account>\n<account>a</account><x>1</x>");
    assert_eq!(twice.records.len(), 1);
    assert!(twice.warnings[0].to_string().starts_with("2:1: account \"a\" comes a second time"));
    assert_eq!(error_at("<account>a</account>\n<account/>", 2, 1), AccountError::IdMissing);
}

#[test]
fn nested_elements_are_no_fields() {
    let text = "<x><account>a</account><history><day>1</day><day>2</day></history><n>1</n></x>";
    assert_eq!(fields(text), json!({"n": 1}));
}

#[test]
fn a_doctype_is_refused_with_whatever_it_declares() {
    let bomb = "<?xml version=\"1.0\"?>\n<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]>\n<account>&b;</account>";
    assert_eq!(error_at(bomb, 2, 1), AccountError::Doctype);
    let outside = "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><account>a</account>";
    assert_eq!(error_at(outside, 1, 1), AccountError::Doctype);
}

#[test]
fn only_xmls_own_entities_are_known() {
    assert_eq!(error_at("<account>\na&b;</account>", 2, 2), AccountError::Entity);
    for text in [
        "<account>a&</account>",
        "<account>&#0;</account>",
        "<account>&#1;</account>",
        "<account>&#xD800;</account>",
        "<map><string name='&x;'>1</string></map>",
    ] {
        assert_eq!(fault(text).error, AccountError::Entity, "{text}");
    }
}

#[test]
fn messages_never_quote_values() {
    for text in [
        "<password>hunter2&hunter2;</password>",
        "<int name='x' value='hunter2'/>",
        "<password>hunter2",
        "<x><password>hunter2</x>",
        "hunter2",
        "<account><b>hunter2</b></account>",
    ] {
        assert!(!format!("{0} {0:?}", fault(text)).contains("hunter2"), "{text}");
    }
}

#[test]
fn limits_hold() {
    let deep = |depth: usize| format!("{}<account>a</account>{}", "<d>".repeat(depth), "</d>".repeat(depth));
    assert_eq!(one(&deep(MAX_DEPTH - 1)).id.as_str(), "a");
    assert_eq!(fault(&deep(MAX_DEPTH)).error, AccountError::TooDeep(MAX_DEPTH));
    assert_eq!(fault(&deep(100_000)).error, AccountError::TooDeep(MAX_DEPTH));
    let wide = |count: usize| (0..count).map(|n| format!("<f{n}>1</f{n}>")).collect::<String>();
    assert_eq!(one(&wide(MAX_FIELDS)).fields.len(), MAX_FIELDS);
    assert_eq!(fault(&wide(MAX_FIELDS + 1)).error, AccountError::TooManyFields(MAX_FIELDS));
    let name = "n".repeat(600);
    assert!(matches!(
        fault(&format!("<map><int name='{name}' value='1'/></map>")).error,
        AccountError::FieldName(_)
    ));
    let id = "i".repeat(600);
    assert!(matches!(fault(&format!("<account>{id}</account>")).error, AccountError::Id(_)));
}

#[test]
fn what_is_no_account_file_is_told_with_its_place() {
    assert_eq!(fault("").error, AccountError::Empty);
    assert_eq!(fault(" \n").error, AccountError::Empty);
    assert_eq!(fault("<map />").error, AccountError::NoAccount);
    assert_eq!(error_at("<account>a\u{1}</account>", 1, 11), AccountError::Binary(1));
    assert_eq!(error_at("hello", 1, 1), AccountError::StrayText);
    assert_eq!(error_at("<account>a</account>\nhello", 1, 21), AccountError::StrayText);
    assert_eq!(error_at("<x>\n <account>a</account>hello</x>", 2, 22), AccountError::StrayText);
    assert_eq!(error_at("<x>\n<account>a", 2, 1), AccountError::CutOff("account".into()));
    assert_eq!(error_at("<x>\n<account>a</account>", 1, 1), AccountError::CutOff("x".into()));
    assert_eq!(error_at("<account><id>a</id></account>", 1, 10), AccountError::NestedAccount);
    assert!(matches!(error_at("<a>\n<account>a</b></a>", 2, 11), AccountError::Syntax(_)));
    assert!(matches!(error_at("<a>1</a>\n<accou", 2, 1), AccountError::Syntax(_)));
    assert!(matches!(fault("</account>").error, AccountError::Syntax(_)));
    assert!(matches!(fault("<int name='x' name='y' value='1'/>").error, AccountError::Syntax(_)));
}

#[test]
fn values_are_what_their_elements_say() {
    for (entry, kind) in [
        ("<int name='x' value='3.5'/>", "a whole number of 64 bits"),
        ("<long name='x' value='99999999999999999999'/>", "a whole number of 64 bits"),
        ("<int name='x'/>", "a whole number of 64 bits"),
        ("<boolean name='x' value='yes'/>", "true or false"),
        ("<float name='x' value='many'/>", "a number"),
        ("<json name='x'>{</json>", "JSON"),
    ] {
        let error = error_at(&format!("<map>\n{entry}</map>"), 2, 1);
        assert_eq!(error, AccountError::Value { name: "x".into(), kind }, "{entry}");
    }
    assert_eq!(fields("<map><float name='x' value='NaN'/></map>"), json!({"x": "NaN"}));
}

#[test]
fn a_field_comes_once() {
    let text = "<password>1</password>\n<account>a</account>\n<password>2</password>";
    assert_eq!(error_at(text, 3, 1), AccountError::FieldTwice("password".into()));
}

#[test]
fn other_encodings_are_told() {
    assert_eq!(parse(b"\xFF\xFE<\0a\0", "x").unwrap_err().error, AccountError::Utf16);
    let latin = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<account>\xE4</account>";
    let fault = parse(latin, "x").unwrap_err();
    assert_eq!((fault.place.unwrap().line, fault.error), (2, AccountError::NotUtf8));
    let claims = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><account>ä</account>";
    assert_eq!(error_at(claims, 1, 1), AccountError::Encoding);
    assert_eq!(one("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><account>a</account>").id.as_str(), "a");
}
