//! The builder's form of a query, against the same filters written in Rust.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::cast_possible_truncation)]

mod sql_support;

use lariat_core::definition::{Direction, Filter, Operator, QueryDefinition, Sort};
use lariat_core::source::{PoolType, SourceError};
use lariat_store::sql::generated_sql;
use proptest::prelude::*;
use serde_json::{Value, json};
use sql_support::{Fixture, ids, pool};

/// A row of the test's table: pack_count is a number, last_error a text or NULL.
#[derive(Debug, Clone)]
struct Row {
    id: String,
    packs: i64,
    error: Option<String>,
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let error = proptest::option::of("[a-cA-C%_']{0,3}");
    proptest::collection::vec((-2..6i64, error), 1..12).prop_map(|rows| {
        let row = |(n, (packs, error))| Row { id: format!("r{n:02}"), packs, error };
        rows.into_iter().enumerate().map(row).collect()
    })
}

fn filter() -> impl Strategy<Value = Filter> {
    use Operator::*;
    let number = (-2..6i64).prop_map(Value::from);
    let text = "[a-cA-C%_']{0,2}".prop_map(Value::from);
    let compare = proptest::sample::select(vec![Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual]);
    let search = proptest::sample::select(vec![Equal, NotEqual, Contains, NotContains, Less, GreaterOrEqual]);
    let member = proptest::sample::select(vec![In, NotIn]);
    let null = proptest::sample::select(vec![IsNull, IsNotNull]);
    let make = |field: &str, operator, value, values| Filter {
        field: field.to_owned(),
        operator,
        value,
        values,
        display: None,
    };
    prop_oneof![
        (compare, number.clone()).prop_map(move |(op, value)| make("pack_count", op, Some(value), None)),
        (search, text.clone()).prop_map(move |(op, value)| make("last_error", op, Some(value), None)),
        (member.clone(), proptest::collection::vec(prop_oneof![4 => text, 1 => Just(Value::Null)], 1..4))
            .prop_map(move |(op, values)| make("last_error", op, None, Some(values))),
        (member, proptest::collection::vec(number.clone(), 1..4)).prop_map(move |(op, values)| make(
            "pack_count",
            op,
            None,
            Some(values)
        )),
        [number.clone(), number].prop_map(move |two| make("pack_count", Between, None, Some(two.to_vec()))),
        null.prop_map(move |op| make("last_error", op, None, None)),
    ]
}

/// Whether a row meets a filter, by the words of the documentation.
fn meets(row: &Row, filter: &Filter) -> bool {
    use Operator::*;
    if filter.field == "pack_count" {
        let value = filter.value.as_ref().and_then(Value::as_i64).unwrap_or_default();
        let values: Vec<i64> = filter.values.iter().flatten().filter_map(Value::as_i64).collect();
        return match filter.operator {
            Equal => row.packs == value,
            NotEqual => row.packs != value,
            Less => row.packs < value,
            LessOrEqual => row.packs <= value,
            Greater => row.packs > value,
            GreaterOrEqual => row.packs >= value,
            In => values.contains(&row.packs),
            NotIn => !values.contains(&row.packs),
            Between => (values[0]..=values[1]).contains(&row.packs),
            other => panic!("{other:?}"),
        };
    }
    let value = filter.value.as_ref().and_then(Value::as_str).unwrap_or_default();
    let member = || filter.values.iter().flatten().any(|v| v.as_str() == row.error.as_deref());
    let contains = || {
        row.error.as_ref().is_some_and(|text| text.to_ascii_lowercase().contains(&value.to_ascii_lowercase()))
    };
    match filter.operator {
        Equal => row.error.as_deref() == Some(value),
        NotEqual => row.error.as_deref() != Some(value),
        Less => row.error.as_deref().is_some_and(|text| text < value),
        GreaterOrEqual => row.error.as_deref().is_some_and(|text| text >= value),
        Contains => contains(),
        NotContains => !contains(),
        In => member(),
        NotIn => !member(),
        IsNull => row.error.is_none(),
        IsNotNull => row.error.is_some(),
        other => panic!("{other:?}"),
    }
}

fn expected(rows: &[Row], query: &QueryDefinition) -> Vec<String> {
    let mut met: Vec<&Row> = rows.iter().filter(|row| query.filters.iter().all(|f| meets(row, f))).collect();
    met.sort_by(|a, b| {
        let by = query.sort.iter().map(|sort| {
            let order =
                if sort.field == "pack_count" { a.packs.cmp(&b.packs) } else { a.error.cmp(&b.error) };
            if sort.direction == Direction::Desc { order.reverse() } else { order }
        });
        by.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then).then_with(|| a.id.cmp(&b.id))
    });
    let limit = query.limit.filter(|limit| *limit > 0).map_or(usize::MAX, |limit| limit as usize);
    met.into_iter().take(limit).map(|row| row.id.clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn selects_what_the_filters_say(
        rows in rows(),
        filters in proptest::collection::vec(filter(), 0..3),
        sort in proptest::collection::vec((proptest::sample::select(vec!["pack_count", "last_error"]), any::<bool>()), 0..3),
        limit in proptest::option::of(0..6u64),
    ) {
        let sort = sort.into_iter().map(|(field, down)| Sort {
            field: field.to_owned(),
            direction: if down { Direction::Desc } else { Direction::Asc },
            display: None,
        });
        let query = QueryDefinition { filters, sort: sort.collect(), limit, ..QueryDefinition::default() };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let found = runtime.block_on(async {
            let mut fixture = Fixture::new().await;
            let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
            let values: Vec<String> = rows
                .iter()
                .map(|r| format!("('{}', {}, {})", r.id, r.packs, r.error.as_deref().map_or("NULL".into(), quoted)))
                .collect();
            fixture
                .store(&format!("DELETE FROM accounts; INSERT INTO accounts (id, pack_count, last_error) VALUES {}", values.join(",")))
                .await;
            ids(&fixture.fetch(json!({"query": query})).await.unwrap())
        });
        prop_assert_eq!(found, expected(&rows, &query));
    }
}

async fn filtered(fixture: &Fixture, filter: Value) -> Vec<String> {
    ids(&fixture.fetch(json!({"query": {"filters": [filter]}})).await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_on_times_patterns_and_truths() {
    let fixture = Fixture::new().await;
    // Two forms of time, and NULL.
    for (days, expected) in
        [(0, &[][..]), (2, &["a1"]), (7, &["a1", "a2", "a4"]), (u64::MAX, &["a1", "a2", "a3", "a4"])]
    {
        let filter = json!({"field": "last_modified", "operator": "last days", "value": days});
        assert_eq!(filtered(&fixture, filter).await, expected, "{days} days");
    }
    let like = json!({"field": "last_error", "operator": "like", "value": "%OUT"});
    assert_eq!(filtered(&fixture, like).await, ["a2", "a4"]);
    let percent = json!({"field": "last_error", "operator": "contains", "value": "%"});
    assert!(filtered(&fixture, percent).await.is_empty());
    let truth = json!({"field": "failure_count", "operator": "=", "value": true});
    assert_eq!(filtered(&fixture, truth).await, ["a2"]);
    let real = json!({"field": "pack_count", "operator": ">", "value": 24.5});
    assert_eq!(filtered(&fixture, real).await, ["a2", "a4"]);
    let between = json!({"field": "last_modified", "operator": "between", "values": ["0000", "9999"]});
    assert_eq!(filtered(&fixture, between).await.len(), 4);
    let case = json!({"field": "PACK_COUNT", "operator": "=", "value": 50});
    assert_eq!(filtered(&fixture, case).await, ["a2"]);
    // All columns are fields.
    let all = fixture.fetch(json!({"query": {"limit": 1}})).await.unwrap();
    assert_eq!(all.accounts[0].unpack().unwrap().fields().count(), 11);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_checked_and_values_are_only_values() {
    let fixture = Fixture::new().await;
    let before = fixture.files();
    for name in [
        "pack_count; DROP TABLE accounts",
        "id\" OR 1=1 --",
        "rowid",
        "1=1) --",
        "(SELECT value FROM kv)",
        "",
    ] {
        for query in
            [json!({"filters": [{"field": name, "operator": "is null"}]}), json!({"sort": [{"field": name}]})]
        {
            let result = fixture.fetch(json!({"query": query})).await;
            assert!(matches!(result, Err(SourceError::Invalid(_))), "{name}: {result:?}");
        }
    }
    for value in ["' OR '1'='1", "'; DROP TABLE accounts; --", "\" OR 1=1 --", "?", "\0", "a1' --"] {
        for operator in ["=", "like", "contains", ">"] {
            let filter = json!({"field": "status", "operator": operator, "value": value});
            let found = filtered(&fixture, filter).await;
            assert!(operator == ">" || found.is_empty(), "{value}: {found:?}");
        }
    }
    assert!(before == fixture.files());

    let typo = json!({"query": {"filters": [{"field": "pack_cont", "operator": "is null"}], "sort": [{"field": "stauts"}]}});
    let error = fixture.fetch(typo).await.unwrap_err().to_string();
    assert!(
        error.contains("query.filters[0].field: unknown column \"pack_cont\"; did you mean \"pack_count\"?"),
        "{error}"
    );
    assert!(
        error.contains("query.sort[0].field: unknown column \"stauts\"; did you mean \"status\"?"),
        "{error}"
    );
    assert!(error.contains("custom_metadata"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sql_can_be_shown() {
    let fixture = Fixture::new().await;
    let definition = pool(json!({"query": {
        "filters": [{"field": "status", "operator": "not in", "values": ["failed", null]}, {"field": "last_error", "operator": "not contains", "value": "x"}],
        "limit": 0}}));
    assert!(fixture.pool_type().problems(&definition).is_empty());
    let shown = fixture.pool_type().explain(&definition).await.unwrap().unwrap();
    assert!(
        shown.sql.ends_with(
            "FROM \"accounts\" WHERE (\"status\" NOT IN (?) AND \"status\" IS NOT NULL) \
             AND coalesce(instr(lower(\"last_error\"), lower(?)), 0) = 0 ORDER BY \"id\""
        ),
        "{}",
        shown.sql
    );
    assert_eq!(shown.values, [json!("failed"), json!("x")]);
    let odd = ["id".to_owned(), "a\"b".to_owned()];
    let query = QueryDefinition {
        sort: vec![Sort { field: "a\"b".to_owned(), direction: Direction::Asc, display: None }],
        ..QueryDefinition::default()
    };
    let shown = generated_sql(&query, &odd).unwrap();
    assert_eq!(shown.sql, "SELECT \"id\", \"a\"\"b\" FROM \"accounts\" ORDER BY \"a\"\"b\", \"id\"");
}
