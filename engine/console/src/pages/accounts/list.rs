//! The accounts that a search finds, page by page: the next page begins behind the last id
//! of this one, so that each costs the same.

use axum::extract::Query;
use axum::response::Response;
use lariat_core::ids::AccountId;
use lariat_core::records::{AccountCounts, AccountSearch, AccountStatus, Searched};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Code;
use crate::pages::frame::{Frame, Icon, Page, Section, icon, problem_page};
use crate::pages::parts::{badge, empty, href, looked_at, numbers, select, so_far, unfinished};
use crate::service::{Page as Rows, Reveal};

/// Rows of a page.
const ROWS: u32 = 100;
/// Columns that come first; the others follow as the accounts have them.
const FIRST: [&str; 3] = ["pack_count", "failure_count", "last_modified"];
/// Columns beside the id and the status.
const COLUMNS: usize = 6;

type Found = Rows<Map<String, Value>>;

/// What is wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    q: String,
    status: String,
    /// The last id of the page before.
    after: String,
    /// Accounts that were looked at for the pages before.
    searched: u64,
    /// Whether the accounts are counted, which reads the whole table.
    counts: bool,
    /// Whether an export has the secrets.
    reveal: bool,
}

fn encoded(text: &str) -> String {
    href(&[text]).trim_start_matches('/').to_owned()
}

impl Wanted {
    fn query(&self, after: &str) -> String {
        format!("q={}&status={}&after={}", encoded(&self.q), encoded(&self.status), encoded(after))
    }

    /// The next page of a search that came so far.
    fn more(&self, after: &str, searched: Option<Searched>) -> String {
        let query = self.query(after);
        match searched {
            Some(searched) => format!("{query}&searched={}", looked_at(self.searched, searched)),
            None => query,
        }
    }

    /// How far a search came that must go on.
    fn so_far(&self, searched: Option<Searched>) -> Option<String> {
        so_far(self.searched, searched, "accounts")
    }

    /// In words.
    pub(super) fn told(&self) -> String {
        let status = if self.status.is_empty() {
            String::new()
        } else {
            format!(" {}", self.status.replace('_', " "))
        };
        let text = self.q.trim();
        if text.is_empty() {
            format!("All{status} accounts.")
        } else {
            format!("All{status} accounts with “{text}”.")
        }
    }

    pub(super) const fn reveals(&self) -> bool {
        self.reveal
    }

    pub(super) fn search(&self) -> AccountSearch {
        let text = self.q.trim();
        AccountSearch {
            status: self.status.parse().ok(),
            text: (!text.is_empty()).then(|| text.to_owned()),
            after: AccountId::new(&self.after).ok(),
            limit: ROWS,
        }
    }
}

/// `GET /accounts?q=&status=&after=&counts=`
pub(super) async fn page(frame: Frame, Query(wanted): Query<Wanted>) -> Response {
    let service = &frame.shared.service;
    let found = match service.accounts(wanted.search(), Reveal::No).await {
        Ok(found) => found,
        Err(error) if error.code == Code::Refused => return kept_nowhere(&frame),
        Err(error) => return problem_page(&frame, Section::Accounts, &error),
    };
    let counts = if wanted.counts { service.account_counts().await.ok() } else { None };
    let actions = html! {
        form.search action="/accounts" method="get" role="search" {
            (icon(Icon::Search))
            input type="search" name="q" value=(wanted.q) placeholder="Search id, path, metadata" aria-label="Search accounts" data-search;
            @if !wanted.status.is_empty() { input type="hidden" name="status" value=(wanted.status); }
        }
        a.button href={ "/accounts:export?" (wanted.query("")) } { "Export…" }
        a.button.primary href="/accounts:import" { "Import…" }
    };
    let statuses: Vec<(String, String)> = std::iter::once((String::new(), "any".to_owned()))
        .chain(AccountStatus::ALL.map(|status| (status.to_string(), status.to_string().replace('_', " "))))
        .collect();
    let body = html! {
        form.card.fields action="/accounts" method="get" {
            (select("status", "Status", &wanted.status, &statuses, ""))
            @if !wanted.q.is_empty() { input type="hidden" name="q" value=(wanted.q); }
            div.field.of-buttons { div.actions {
                button type="submit" { "Filter" }
                @if !wanted.q.is_empty() || !wanted.status.is_empty() { a.button.quiet href="/accounts" { "Show all" } }
                @if counts.is_none() { a.button.quiet href="/accounts?counts=true" { "Count all" } }
            } }
        }
        @if let Some(counts) = &counts { (figures(counts)) }
        (table(&wanted, &found))
        nav.pager aria-label="Pages" {
            @if let Some(told) = wanted.so_far(found.searched) { span.muted.small { (told) } }
            @if !wanted.after.is_empty() { a.button href={ "/accounts?" (wanted.query("")) } { "From the start" } }
            @if let Some(next) = &found.next {
                a.button href={ "/accounts?" (wanted.more(next, found.searched)) } { (if unfinished(found.searched) { "Go on" } else { "More" }) }
            }
        }
    };
    let lead = html! { "The account table of this workspace, by id. Secrets are masked." };
    Page::new(Section::Accounts, "Accounts").lead(lead).actions(actions).body(body).show(&frame)
}

fn kept_nowhere(frame: &Frame) -> Response {
    let told = empty(
        "No account table",
        html! { p { "This engine keeps no accounts of its own; its pools bring theirs." } p { a href="/pools" { "Go to the pools" } } },
    );
    Page::new(Section::Accounts, "Accounts").body(told).show(frame)
}

fn figures(counts: &AccountCounts) -> Markup {
    let all = [
        ("accounts", counts.total),
        ("available", counts.available),
        ("in use", counts.in_use),
        ("completed", counts.completed),
        ("failed", counts.failed),
        ("skipped", counts.skipped),
    ];
    html! { section.card.figures { @for (word, count) in all { div.figure { b { (numbers(count)) } span { (word) } } } } }
}

fn columns(rows: &[Map<String, Value>]) -> Vec<&str> {
    let mut columns: Vec<&str> = Vec::new();
    for name in rows.iter().flat_map(Map::keys) {
        if !["id", "status"].contains(&name.as_str()) && !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    columns.sort_by_key(|name| FIRST.iter().position(|first| first == name).unwrap_or(FIRST.len()));
    columns.truncate(COLUMNS);
    columns
}

fn table(wanted: &Wanted, found: &Found) -> Markup {
    let rows = &found.items;
    let columns = columns(rows);
    let searched = !wanted.q.is_empty() || !wanted.status.is_empty();
    let text = |row: &Map<String, Value>, key: &str| match row.get(key) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    html! {
        @if let (true, Some(next), Some(told)) = (rows.is_empty(), &found.next, wanted.so_far(found.searched)) {
            (empty("No account fits so far", html! { p { (told) " " a href={ "/accounts?" (wanted.more(next, found.searched)) } { "Go on" } ", or " a href="/accounts" { "show all" } "." } }))
        } @else if rows.is_empty() && searched {
            (empty(if wanted.after.is_empty() { "No account fits" } else { "No more accounts fit" }, html! { p { a href="/accounts" { "Show all" } } }))
        } @else if rows.is_empty() {
            (empty("No accounts", html! { p { "Import account files, or a folder of them." } p { a.button.primary href="/accounts:import" { "Import accounts" } } }))
        } @else {
            div.table tabindex="0" role="region" aria-label="Accounts" { table.listed {
                thead { tr {
                    th scope="col" { "Id" } th scope="col" { "Status" }
                    @for column in &columns { th scope="col" { (column.replace('_', " ")) } }
                } }
                tbody { @for row in rows {
                    @let id = text(row, "id");
                    tr data-key={ "account-" (id) } {
                        th scope="row" { a href=(href(&["accounts", &id])) { (id) } }
                        td.nowrap { (badge(&text(row, "status"))) }
                        @for column in &columns { td.clipped { (text(row, column)) } }
                    }
                } }
            } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_that_must_go_on_tells_how_far_all_its_pages_came() {
        let wanted = Wanted { q: "acc 05".to_owned(), searched: 160_000, ..Wanted::default() };
        let searched = Searched { looked_at: 80_000, of: Some(1_000_000) };
        let found = Found { items: Vec::new(), next: Some("acc1".to_owned()), searched: Some(searched) };
        let page = table(&wanted, &found).into_string();
        assert!(page.contains("Searched 240,000 of 1,000,000 accounts so far."), "{page}");
        assert!(
            page.contains("/accounts?q=acc%2005&amp;status=&amp;after=acc1&amp;searched=240000"),
            "{page}"
        );

        let found = Found { next: None, searched: Some(Searched { of: None, ..searched }), ..found };
        let page = table(&wanted, &found).into_string();
        assert!(page.contains("No account fits") && !page.contains("so far"), "{page}");
    }
}
