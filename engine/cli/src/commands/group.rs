//! `lariat group …`

use clap::{Args, Subcommand};
use serde_json::Value;

use lariat_console::Saved;
use lariat_core::definition::GroupDefinition;
use lariat_core::ids::{GroupName, InstanceId, PoolName};

use crate::app::Access;
use crate::args::Global;
use crate::ask::confirm;
use crate::commands::launch::assignments;
use crate::engine::asked::{Asked, ask};
use crate::exit::{CliError, CliResult, Exit};
use crate::output::{Output, noted, table};

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

/// Runs the command: by the running engine, if there is one.
pub async fn run(global: &Global, command: GroupCommand, output: Output) -> CliResult {
    ask(global, Access::Read, async |asked| match command {
        GroupCommand::List => list(asked, output).await,
        GroupCommand::Show { name } => show(asked, &name, output).await,
        GroupCommand::Create(args) => create(asked, args, output).await,
        GroupCommand::SetPool { name, pool } => set_pool(asked, &name, &pool, output).await,
        GroupCommand::Delete { name, yes } => delete(asked, &name, yes, output).await,
    })
    .await
}

async fn list(asked: &Asked, output: Output) -> CliResult {
    let groups = asked.groups().await?;
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
                group.state.as_str().to_owned(),
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

async fn show(asked: &Asked, name: &str, output: Output) -> CliResult {
    let shown = asked.group(name).await?;
    let yaml = lariat_workspace::yaml::to_string(&shown.definition).unwrap_or_default();
    output.answer(&shown, || noted(shown.file.iter().chain(&shown.stale), &yaml))?;
    Ok(Exit::Done)
}

async fn create(asked: &Asked, args: CreateArgs, output: Output) -> CliResult {
    let created = asked.create_group(&args.definition()?).await?;
    output.answer(&created, || {
        let Saved { name, file } = &created;
        format!(
            "Created group \"{name}\" in {file}. `lariat launch \"{name}\" --plan` shows what it would do."
        )
    })?;
    Ok(Exit::Done)
}

async fn set_pool(asked: &Asked, name: &str, pool: &str, output: Output) -> CliResult {
    let set = asked.set_group_pool(name, pool).await?;
    output.answer(&set, || format!("Group \"{}\" now uses pool \"{}\".", set.group, set.account_pool))?;
    Ok(Exit::Done)
}

async fn delete(asked: &Asked, name: &str, yes: bool, output: Output) -> CliResult {
    let file = asked.group(name).await?.file.unwrap_or_default();
    if !confirm(yes, &format!("This removes {file}.")) {
        output.note("Nothing was changed.");
        return Ok(Exit::Done);
    }
    let deleted = asked.delete_group(name).await?;
    output.answer(&deleted, || format!("Deleted group \"{}\" ({}).", deleted.name, deleted.file))?;
    Ok(Exit::Done)
}
