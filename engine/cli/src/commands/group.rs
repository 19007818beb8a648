//! `lariat group …`

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use lariat_console::{GroupPool, Saved};
use lariat_core::definition::GroupDefinition;
use lariat_core::ids::{GroupName, InstanceId, PoolName};

use crate::app::{Access, App};
use crate::args::Global;
use crate::ask::confirm;
use crate::commands::launch::assignments;
use crate::engine::remote::{Remote, path, read};
use crate::exit::{CliError, CliResult, Exit};
use crate::home::find;
use crate::output::{Output, table};

#[derive(Debug, Subcommand)]
pub enum GroupCommand {
    /// All groups
    List,
    /// A group's definition, and where it is written
    Show { name: String },
    /// Write a new group file
    Create(CreateArgs),
    /// Give a group another pool; comments in its file are kept
    SetPool { name: String, pool: String },
    /// Remove a group's file
    Delete {
        name: String,
        /// Don't ask
        #[arg(long, short)]
        yes: bool,
    },
}

#[derive(Debug, Args)]
pub struct CreateArgs {
    /// The group's name
    name: String,
    /// The routine
    #[arg(long)]
    routine: String,
    /// The instances, as 0,1,2 or 0-5
    #[arg(long, value_name = "IDS", value_parser = instances)]
    instances: Instances,
    /// How many bots run at once; one for each instance, if absent
    #[arg(long, value_name = "N")]
    bot_count: Option<u32>,
    /// The account pool; it need not exist yet
    #[arg(long, alias = "account-pool", value_name = "NAME")]
    pool: Option<String>,
    /// For people
    #[arg(long)]
    description: Option<String>,
    /// A routine parameter; may be given again
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// A launch option, as on_conflict=abort; may be given again
    #[arg(long = "launch", value_name = "KEY=VALUE")]
    launch: Vec<String>,
    /// Whether `lariat up` launches it
    #[arg(long)]
    autostart: bool,
}

#[derive(Debug, Clone)]
struct Instances(Vec<InstanceId>);

fn instances(text: &str) -> Result<Instances, String> {
    let mut ids = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let number = |text: &str| {
            text.trim().parse::<u32>().map_err(|_| format!("{part:?} is neither an id nor a range like 0-5"))
        };
        let (first, last) = (number(first)?, number(last)?);
        if last < first || last - first > 10_000 {
            return Err(format!("{part:?} is not a range that makes sense"));
        }
        ids.extend((first..=last).map(InstanceId));
    }
    Ok(Instances(ids))
}

impl CreateArgs {
    fn definition(self) -> Result<GroupDefinition, CliError> {
        let name =
            GroupName::new(&self.name).map_err(|error| CliError::usage(format!("the name {error}")))?;
        let pool = self.pool.as_deref().map(PoolName::new).transpose();
        let launch = Value::Object(assignments(&self.launch)?);
        Ok(GroupDefinition {
            description: self.description,
            bot_count: self.bot_count,
            account_pool: pool.map_err(|error| CliError::usage(format!("the pool's name {error}")))?,
            config: assignments(&self.set)?,
            launch: serde_json::from_value(launch)
                .map_err(|error| CliError::usage(format!("--launch: {error}")))?,
            autostart: self.autostart,
            ..GroupDefinition::new(name, self.routine, self.instances.0)
        })
    }
}

/// Has the running engine do what changes something; gives the command back where it only
/// looks.
async fn through(
    engine: &Remote,
    command: GroupCommand,
    output: Output,
) -> Result<CliResult, Box<GroupCommand>> {
    Ok(match command {
        GroupCommand::Create(args) => create_through(engine, args, output).await,
        GroupCommand::SetPool { name, pool } => set_pool_through(engine, &name, &pool, output).await,
        GroupCommand::Delete { name, yes } => delete_through(engine, &name, yes, output).await,
        other => return Err(Box::new(other)),
    })
}

async fn create_through(engine: &Remote, args: CreateArgs, output: Output) -> CliResult {
    created(&read(engine.post("groups", &args.definition()?).await?)?, output)
}

async fn set_pool_through(engine: &Remote, name: &str, pool: &str, output: Output) -> CliResult {
    let answer = engine.put(&path("groups", name, Some("pool")), &json!({"pool": pool})).await?;
    pool_set(&read(answer)?, output)
}

async fn delete_through(engine: &Remote, name: &str, yes: bool, output: Output) -> CliResult {
    let group = path("groups", name, None);
    let found: Saved = read(engine.get(&group).await?)?;
    if !confirmed(&found, yes, output) {
        return Ok(Exit::Done);
    }
    deleted(&read(engine.delete(&group).await?)?, output)
}

/// Runs the command.
pub async fn run(global: &Global, command: GroupCommand, output: Output) -> CliResult {
    let command = match Remote::find(&find(global)?).await {
        Ok(Some(engine)) => match through(&engine, command, output).await {
            Ok(done) => return done,
            Err(command) => *command,
        },
        _ => command,
    };
    let app = App::open_for_pools(global, Access::Read).await?;
    let outcome = match command {
        GroupCommand::List => list(&app, output),
        GroupCommand::Show { name } => show(&app, &name, output),
        GroupCommand::Create(args) => create(&app, args, output),
        GroupCommand::SetPool { name, pool } => set_pool(&app, &name, &pool, output),
        GroupCommand::Delete { name, yes } => delete(&app, &name, yes, output),
    };
    app.close().await;
    outcome
}

fn list(app: &App, output: Output) -> CliResult {
    let groups = app.orchestrator.list_groups();
    output.answer(&groups, || {
        if groups.is_empty() {
            return "There is no group in groups/ yet. `lariat group create` makes one.".into();
        }
        let headers = ["name", "routine", "bots", "instances", "account pool", "state"];
        let rows = groups.iter().map(|group| {
            let ids: Vec<String> = group.instances.iter().map(ToString::to_string).collect();
            vec![
                group.name.clone(),
                group.routine.clone(),
                group.bot_count.to_string(),
                ids.join(","),
                group.account_pool.as_ref().map(ToString::to_string).unwrap_or_else(|| "-".into()),
                group.state.to_owned(),
            ]
        });
        let mut text = table(&headers, &[2], rows);
        for group in &groups {
            if let Some(error) = &group.error {
                text.push_str(&format!("\n\n{}: {error}", group.name));
            }
        }
        text
    })?;
    Ok(Exit::Done)
}

fn show(app: &App, name: &str, output: Output) -> CliResult {
    let defined = app.orchestrator.group(name)?;
    let mut value = serde_json::to_value(&*defined.definition).unwrap_or_default();
    let file = defined.file.as_deref().map(|file| app.relative(file));
    if let Value::Object(map) = &mut value {
        map.insert("generation".into(), json!(defined.generation));
        map.insert("file".into(), json!(file));
        map.insert("stale".into(), json!(defined.stale.as_ref().map(|stale| stale.message.clone())));
    }
    let yaml = lariat_workspace::yaml::to_string(&*defined.definition);
    output.answer(&value, || {
        let file = file.as_ref().map(|file| format!("# {file}\n")).unwrap_or_default();
        format!("{file}{}", yaml.as_deref().unwrap_or_default())
    })?;
    Ok(Exit::Done)
}

fn create(app: &App, args: CreateArgs, output: Output) -> CliResult {
    let definition = args.definition()?;
    let name = definition.name.clone();
    app.orchestrator.create_group(definition)?;
    created(&saved(app, name.as_str())?, output)
}

/// A group, and its file.
fn saved(app: &App, name: &str) -> Result<Saved, CliError> {
    let defined = app.orchestrator.group(name)?;
    let file = defined.file.as_deref().map(|file| app.relative(file)).unwrap_or_default();
    Ok(Saved { name: defined.definition.name.to_string(), file })
}

fn created(saved: &Saved, output: Output) -> CliResult {
    let Saved { name, file } = saved;
    output.answer(saved, || {
        format!(
            "Created group \"{name}\" in {file}. `lariat launch \"{name}\" --plan` shows what it would do."
        )
    })?;
    Ok(Exit::Done)
}

fn set_pool(app: &App, name: &str, pool: &str, output: Output) -> CliResult {
    let group = app.orchestrator.group(name)?.definition.name.clone();
    let account_pool = app.pools.get_definition(pool)?.definition.name.clone();
    app.orchestrator.set_group_account_pool(&group, &account_pool)?;
    pool_set(&GroupPool { group, account_pool }, output)
}

fn pool_set(set: &GroupPool, output: Output) -> CliResult {
    output.answer(set, || format!("Group \"{}\" now uses pool \"{}\".", set.group, set.account_pool))?;
    Ok(Exit::Done)
}

fn delete(app: &App, name: &str, yes: bool, output: Output) -> CliResult {
    let found = saved(app, name)?;
    if !confirmed(&found, yes, output) {
        return Ok(Exit::Done);
    }
    app.orchestrator.delete_group(&app.orchestrator.group(name)?.definition.name)?;
    deleted(&found, output)
}

fn confirmed(found: &Saved, yes: bool, output: Output) -> bool {
    let confirmed = confirm(yes, &format!("This removes {}.", found.file));
    if !confirmed {
        output.note("Nothing was changed.");
    }
    confirmed
}

fn deleted(found: &Saved, output: Output) -> CliResult {
    output.answer(found, || format!("Deleted group \"{}\" ({}).", found.name, found.file))?;
    Ok(Exit::Done)
}
