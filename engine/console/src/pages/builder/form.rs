//! The draft as a form.

use lariat_core::definition::{Direction, PoolConfig, QueryDefinition, SortMethod};
use maud::{Markup, html};

use super::columns::{self, Column, Kind};
use super::draft::{Draft, Line};
use super::{reading, values};
use crate::pages::frame::Frame;
use crate::pages::parts::{checkbox, field, numbers, params, select};

fn pair(value: &str, words: &str) -> (String, String) {
    (value.to_owned(), words.to_owned())
}

/// A button that posts the form and takes a step.
fn step(step: &str, words: &str, about: &str) -> Markup {
    html! { button type="submit" name="step" value=(step) formnovalidate aria-label=[(!about.is_empty()).then_some(about)] { (words) } }
}

/// The whole form, without the buttons that save it.
pub(super) async fn form(frame: &Frame, draft: &Draft) -> Markup {
    let base = &draft.base;
    let types = frame.shared.service.orchestrator().pool_manager().types().list();
    let words =
        |name: &str, about: &str| if about.is_empty() { name.to_owned() } else { format!("{name}: {about}") };
    let types: Vec<(String, String)> = types
        .into_iter()
        .map(|(name, found)| (name.clone(), words(&name, found.extension.description())))
        .collect();
    let sql = base.pool_type == "sql";
    html! {
        // What Enter presses: shows, and saves nothing.
        button.unseen type="submit" name="step" value="preview" tabindex="-1" aria-hidden="true" { "Preview" }
        section.card {
            div.fields {
                (field("name", "Name", "text", base.name.as_str(), "How people, groups and commands call it."))
                (field("description", "Description", "text", base.description.as_deref().unwrap_or_default(), ""))
                label.field { span.label { "Type" } select name="type" data-sends {
                    @for (value, words) in &types { option value=(value) selected[*value == base.pool_type] { (words) } }
                    @if !types.iter().any(|(value, _)| *value == base.pool_type) { option value=(base.pool_type) selected { (base.pool_type) } }
                } span.hint { "Where the accounts come from." } }
                @if sql { (field("database", "Database", "text", base.database.as_deref().unwrap_or_default(), "A name from databases in lariat.yaml; empty: this workspace's own.")) }
            }
            button type="submit" name="step" value="preview" formnovalidate data-update { "Show this type's settings" }
        }
        @match base.pool_type.as_str() {
            "sql" => (sql_query(frame, draft).await),
            "file" => (folder(frame, draft).await),
            _ => (settings(frame, draft)),
        }
        (members(draft))
        (behaviour(&base.pool_config))
    }
}

/// The parameters of an extension's pool type: as it declares them, or as JSON where it
/// isn't there to say.
fn settings(frame: &Frame, draft: &Draft) -> Markup {
    let base = &draft.base;
    let declared = reading::declared(frame, &base.pool_type);
    html! {
        section.card { fieldset {
            legend { "Settings of " (base.pool_type) }
            @match declared {
                Some(specs) => {
                    input type="hidden" name="shows" value="params";
                    @if specs.0.is_empty() && base.config.is_empty() { p.muted { "It takes none." } }
                    div.fields { (params("pool type", &specs, &base.config, &draft.saved)) }
                }
                None => {
                    input type="hidden" name="shows" value="config";
                    label.field { span.label { "Settings" }
                        textarea name="config" rows="8" spellcheck="false" { @if !base.config.is_empty() { (serde_json::to_string_pretty(&base.config).unwrap_or_default()) } }
                        span.hint { "JSON: the extension isn’t loaded, or doesn’t say what it takes." } }
                }
            }
        } }
    }
}

async fn sql_query(frame: &Frame, draft: &Draft) -> Markup {
    let query = draft.base.query.clone().unwrap_or_default();
    let modes = [pair("built", "with filters"), pair("raw", "as SQL")];
    html! {
        section.card.stack {
            fieldset.stack {
                legend { "What is selected" }
                div.fields {
                    label.field { span.label { "Written" } select name="mode" data-sends {
                        @for (value, words) in &modes { option value=(value) selected[(value == "raw") == draft.raw] { (words) } }
                    } }
                }
                @if draft.raw { (raw(&query)) } @else { (built(frame, draft, &query).await) }
            }
        }
    }
}

fn raw(query: &QueryDefinition) -> Markup {
    let parameters = if query.parameters.is_empty() {
        String::new()
    } else {
        serde_json::to_string_pretty(&query.parameters).unwrap_or_default()
    };
    html! {
        label.field { span.label { "Query" }
            textarea name="select" rows="8" spellcheck="false" { (query.select.as_deref().unwrap_or_default()) }
            span.hint { "One SELECT that only reads, with a column id and a ? for each parameter. The preview says what the guard thinks of it." } }
        label.field { span.label { "Parameters" }
            textarea name="parameters" rows="3" spellcheck="false" { (parameters) }
            span.hint { "JSON: [{\"name\": \"packs\", \"value\": 10, \"type\": \"int\"}]. Types: string, int, float, bool, timestamp." } }
    }
}

async fn built(frame: &Frame, draft: &Draft, query: &QueryDefinition) -> Markup {
    let columns = columns::of(frame, draft.base.database.as_deref()).await;
    let limit = query.limit.map(|limit| limit.to_string()).unwrap_or_default();
    let directions = [pair("asc", "smallest first"), pair("desc", "largest first")];
    html! {
        datalist #columns { @for column in &columns { option value=(column.name) {} } }
        h2.part { "Filters" }
        @if draft.filters.is_empty() { p.muted { "No filter: every account is selected." } }
        div.conditions { @for (at, line) in draft.filters.iter().enumerate() { (filter(at, line, &columns)) } }
        div { (step("add-filter", "Add a filter", "")) }
        h2.part { "Order" }
        @if draft.sorts.is_empty() { p.muted { "By id." } }
        div.conditions { @for (at, line) in draft.sorts.iter().enumerate() {
            div.condition.sort.off[!line.on] data-key={ "sort-" (at) } {
                (column(&format!("sort-{at}-field"), &line.what.field))
                (select(&format!("sort-{at}-direction"), "Direction", if line.what.direction == Direction::Desc { "desc" } else { "asc" }, &directions, ""))
                (buttons("sort", at, line.on))
            }
        } }
        div { (step("add-sort", "Add an order", "")) }
        div.fields { (field("limit", "Limit", "number", &limit, "At most this many accounts; empty: all.")) }
    }
}

fn column(name: &str, chosen: &str) -> Markup {
    html! { label.field { span.label { "Column" } input type="text" name=(name) value=(chosen) list="columns" autocomplete="off" spellcheck="false"; } }
}

fn filter(at: usize, line: &Line<lariat_core::definition::Filter>, columns: &[Column]) -> Markup {
    let filter = &line.what;
    let kind =
        columns.iter().find(|column| column.name == filter.field).map_or(Kind::Unknown, |column| column.kind);
    let value = match (&filter.value, &filter.values) {
        (_, Some(values)) => values::told_list(values),
        (Some(value), None) => values::told(value),
        (None, None) => String::new(),
    };
    let name = |what: &str| format!("filter-{at}-{what}");
    html! {
        div.condition.off[!line.on] data-key={ "filter-" (at) } {
            (column(&name("field"), &filter.field))
            (select(&name("operator"), "Comparison", filter.operator.as_str(), &columns::operators(kind), ""))
            label.field { span.label { "Value" } input type="text" name=(name("value")) value=(value) autocomplete="off" spellcheck="false" title="Several between commas. A number in double quotes is a text."; }
            (buttons("filter", at, line.on))
        }
    }
}

fn buttons(what: &str, at: usize, on: bool) -> Markup {
    let about = |verb: &str| format!("{verb} {what} {}", at + 1);
    html! {
        div.actions {
            @if !on { input type="hidden" name={ (what) "-" (at) "-off" } value="true"; }
            (step(&format!("up-{what}-{at}"), "↑", &about("Move up")))
            (step(&format!("down-{what}-{at}"), "↓", &about("Move down")))
            (step(&format!("switch-{what}-{at}"), if on { "Off" } else { "On" }, &about(if on { "Switch off" } else { "Switch on" })))
            (step(&format!("remove-{what}-{at}"), "×", &about("Remove")))
        }
    }
}

async fn folder(frame: &Frame, draft: &Draft) -> Markup {
    let settings = &draft.base.pool_config;
    let orders = [
        pair("", "by id"),
        pair("packs_asc", "fewest packs first"),
        pair("packs_desc", "most packs first"),
        pair("modified_asc", "longest untouched first"),
        pair("modified_desc", "newest first"),
    ];
    let order = match settings.sort_method {
        None => "",
        Some(SortMethod::PacksAsc) => "packs_asc",
        Some(SortMethod::PacksDesc) => "packs_desc",
        Some(SortMethod::ModifiedAsc) => "modified_asc",
        Some(SortMethod::ModifiedDesc) => "modified_desc",
    };
    html! {
        section.card { fieldset.stack { legend { "Account files" } div.fields {
            (field("directory", "Folder", "text", draft.base.directory.as_deref().unwrap_or_default(), "Searched with its folders for account XML files; a relative one begins at the workspace."))
            (select("sort_method", "Order", order, &orders, ""))
            (field("min_packs", "Fewest packs", "number", &settings.min_packs.to_string(), "Accounts with fewer are left out."))
            (field("max_packs", "Most packs", "number", &settings.max_packs.to_string(), "0: no limit."))
        }
        @match &draft.browsed {
            Some(at) => (folders(frame, at).await),
            None => div { (step(&format!("folder:{}", draft.base.directory.as_deref().unwrap_or_default()), "Choose a folder…", "")) },
        }
        } }
    }
}

/// The folders to choose from: each is a button that posts the form.
async fn folders(frame: &Frame, at: &str) -> Markup {
    let (found, why) = match frame.shared.service.folders(at).await {
        Ok(found) => (Ok(found), None),
        // Something that isn't there was typed in: begin at the workspace.
        Err(error) => (frame.shared.service.folders("").await, Some(error.message)),
    };
    html! {
        div.folders #folders role="group" aria-label="Folders" {
            @if let Some(why) = why { p.small.trouble { (why) } }
            @match found {
                Err(error) => p.small.trouble { (error.message) },
                Ok(found) => {
                    p { b { @if found.at == "." { "This workspace" } @else { code { (found.at) } } } span.muted.small { " holds " (numbers(found.files)) @if found.files == 1 { " XML file" } @else { " XML files" } @if found.more { " or more" } } }
                    ul {
                        @if let Some(above) = &found.above { li { (step(&format!("folder:{above}"), "↑ One up", "The folder above")) } }
                        @for folder in &found.inside { li { (step(&format!("folder:{}", folder.path), &folder.name, "")) } }
                        @if found.inside.is_empty() { li.muted.small { "No folders in it." } }
                    }
                    @if found.roots.len() > 1 {
                        p.small.muted { "Begin at" }
                        ul { @for root in &found.roots { li { (step(&format!("folder:{root}"), if root == "." { "the workspace" } else { root }, "")) } } }
                    }
                }
            }
        }
    }
}

fn members(draft: &Draft) -> Markup {
    let lines = |ids: &[lariat_core::ids::AccountId]| {
        ids.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let (include, exclude) = (&draft.base.include, &draft.base.exclude);
    html! {
        details.card open[!include.is_empty() || !exclude.is_empty()] {
            summary { "Single accounts" }
            div.fields {
                label.field { span.label { "Always" } textarea name="include" rows="3" spellcheck="false" { (lines(include)) } span.hint { "Ids, one a line, added after what is selected." } }
                label.field { span.label { "Never" } textarea name="exclude" rows="3" spellcheck="false" { (lines(exclude)) } span.hint { "Ids, one a line, left out whatever selects them." } }
            }
        }
    }
}

fn behaviour(settings: &PoolConfig) -> Markup {
    html! {
        section.card { fieldset.stack {
            legend { "How it behaves" }
            div.fields {
                (field("refresh_interval", "Refresh every", "text", &settings.refresh_interval.to_string(), "such as 5m; 0s: only when asked"))
                (field("max_failures", "Failures", "number", &settings.max_failures.to_string(), "With tries: after so many an account has failed for good."))
                (field("retry_backoff", "Rest after a failure", "text", &settings.retry_backoff.to_string(), "such as 30s"))
                (field("max_wait_time", "Wait at most", "text", &settings.max_wait_time.to_string(), "such as 5m"))
                (field("lease_ttl", "Lease", "text", &settings.lease_ttl.to_string(), "How long it outlives a bot's last sign of life."))
                (field("repeat_after", "Again after", "text", &settings.repeat_after.to_string(), "When a settled account is served again; 0s: never."))
            }
            (checkbox("retry_failed", "Try accounts that failed again", settings.retry_failed))
            (checkbox("wait_for_accounts", "Bots wait when nothing is available", settings.wait_for_accounts))
        } }
    }
}
