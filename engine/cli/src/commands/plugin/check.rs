//! `lariat plugin check`: the conformance kit on one plugin, in a process of its own, so that
//! what it breaks is its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use lariat_conformance::{Case, Faults, OpenProvider, Patience, Subject, Verdict};
use lariat_core::definition::Problem;
use lariat_core::definition::problem::did_you_mean;
use lariat_core::duration::Span;
use lariat_core::ids::InstanceId;
use lariat_core::instance::InstanceProvider;
use lariat_core::kv::MemoryKv;
use lariat_native::{
    Candidate, ExtensionInfo, ExtensionKind, NativeHost, NativeOptions, Plugin, PluginSetting, Restarts,
};
use lariat_workspace::{Workspace, yaml};
use serde::Serialize;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::{as_path, at, candidate};
use crate::args::Global;
use crate::commands::launch::assignments;
use crate::exit::{CliError, CliResult, Exit};
use crate::home::find;
use crate::output::{Output, plural};
use crate::plugins;

#[derive(Debug, Args)]
pub struct CheckArgs {
    /// A plugin of the workspace by its id or name, or the path of its folder or library
    #[arg(value_name = "NAME|PATH")]
    plugin: String,
    /// A parameter for those extensions that have it, as key=value; may be repeated. What is checked
    /// is used: accounts are claimed and settled, routines run, instances started and stopped
    #[arg(long = "config", value_name = "KEY=VALUE")]
    config: Vec<String>,
    /// The same from a file, in YAML or JSON
    #[arg(long, value_name = "FILE")]
    config_file: Option<PathBuf>,
    /// Check this extension only
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// How long one answer may take
    #[arg(long, value_name = "TIME", default_value = "30s")]
    deadline: Span,
}

/// What came of one extension, or of the plugin as a whole.
#[derive(Debug, Serialize)]
struct Checked {
    kind: Option<ExtensionKind>,
    name: String,
    cases: Vec<Case>,
}

/// Runs the command.
pub async fn run(global: &Global, args: CheckArgs, output: Output) -> CliResult {
    let bench = Bench::new(global, &args)?;
    let mut all = Vec::new();
    let plugin = bench.load();
    all.push(Checked { kind: None, name: args.plugin.clone(), cases: vec![loads(&plugin)] });
    if let Ok(plugin) = &plugin {
        let wanted = wanted(plugin, args.only.as_deref())?;
        let config = config(&args, &wanted)?;
        for info in wanted {
            let own = config.iter().filter(|(name, _)| info.params.0.contains_key(*name));
            let own: Map<String, Value> = own.map(|(name, value)| (name.clone(), value.clone())).collect();
            let cases = bench.check(plugin, &info, own).await;
            all.push(Checked { kind: Some(info.kind), name: info.name, cases });
        }
    }
    let failed =
        all.iter().flat_map(|checked| &checked.cases).filter(|case| case.verdict.is_failed()).count();
    let about = plugin.as_ref().ok().map(|plugin| (plugin.id().to_owned(), plugin.version().to_owned()));
    let answer = json!({
        "plugin": about.as_ref().map(|(id, _)| id), "version": about.as_ref().map(|(_, version)| version),
        "library": bench.library, "ok": failed == 0, "extensions": all,
    });
    output.answer(&answer, || text(&all, failed))?;
    Ok(if failed == 0 { Exit::Done } else { Exit::Failed })
}

fn loads(plugin: &Result<Arc<Plugin>, String>) -> Case {
    let verdict = match plugin {
        Ok(_) => Verdict::Ok,
        Err(why) => Verdict::Failed(why.clone()),
    };
    Case { name: "loads", about: "it can be loaded, and is what its plugin.toml says", verdict }
}

fn text(all: &[Checked], failed: usize) -> String {
    let mut lines = Vec::new();
    for Checked { kind, name, cases } in all {
        match kind {
            Some(kind) => lines.push(format!("\n{} {name}", kind.as_str())),
            None => lines.push(name.clone()),
        }
        for Case { name, about, verdict } in cases {
            let (word, why) = match verdict {
                Verdict::Ok => ("ok", None),
                Verdict::Failed(why) => ("FAILED", Some(why)),
                Verdict::NotApplicable(why) => ("n/a", Some(why)),
            };
            lines.push(format!("  {word:<6}  {name:<18}  {about}"));
            for line in why.into_iter().flat_map(|why| why.lines()) {
                lines.push(format!("          {line}"));
            }
        }
    }
    lines.push(match failed {
        0 => "\nIt does what every plugin must.".into(),
        some => format!("\n{} failed.", plural(some as u64, "case")),
    });
    lines.join("\n")
}

/// The extensions that are to be checked.
fn wanted(plugin: &Plugin, only: Option<&str>) -> Result<Vec<ExtensionInfo>, CliError> {
    let all = plugin.extensions();
    let Some(only) = only else { return Ok(all.to_vec()) };
    let wanted: Vec<ExtensionInfo> = all.iter().filter(|info| info.name == only).cloned().collect();
    if wanted.is_empty() {
        let names = all.iter().map(|info| info.name.as_str());
        let told = lariat_core::definition::problem::unknown("extension", only, names);
        return Err(CliError::new(Exit::NotFound, told));
    }
    Ok(wanted)
}

/// The parameters that were given, each of which somebody must have.
fn config(args: &CheckArgs, wanted: &[ExtensionInfo]) -> Result<Map<String, Value>, CliError> {
    let mut config = Map::new();
    if let Some(file) = &args.config_file {
        let text = std::fs::read_to_string(file)
            .map_err(|error| CliError::usage(format!("{}: {error}", file.display())))?;
        let read = yaml::parse::<Map<String, Value>>(&text, file).map_err(|problems| {
            let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
            CliError::usage(told.join("\n"))
        })?;
        config.extend(read);
    }
    config.extend(assignments(&args.config)?);
    let known: Vec<&str> = wanted.iter().flat_map(|info| info.params.0.keys()).map(String::as_str).collect();
    match config.keys().find(|name| !known.contains(&name.as_str())) {
        None => Ok(config),
        Some(stranger) => {
            let meant = did_you_mean(stranger, known.iter().copied());
            let meant = meant.map(|meant| format!("; did you mean \"{meant}\"?")).unwrap_or_default();
            Err(CliError::usage(format!("--config: no extension has a parameter \"{stranger}\"{meant}")))
        }
    }
}

/// A host of its own, with a copy of the library: nothing of the workspace is touched but what
/// the plugin itself touches.
struct Bench {
    /// As it was found.
    library: PathBuf,
    /// The copy, which is replaced to see how it is reloaded.
    copy: PathBuf,
    host: Arc<NativeHost>,
    deadline: Duration,
    _folder: TempDir,
}

impl Bench {
    fn new(global: &Global, args: &CheckArgs) -> Result<Self, CliError> {
        let failed = |error: std::io::Error| CliError::new(Exit::Failed, error.to_string());
        let (candidate, root, limits) = if let Some(path) = as_path(&args.plugin) {
            let (candidate, root) = at(path)?;
            (candidate, root, Default::default())
        } else {
            let workspace = Workspace::open(&find(global)?)?;
            let (_, candidate) = candidate(&workspace, &args.plugin)?;
            (candidate, workspace.root().to_owned(), workspace.config().limit_table())
        };
        let folder = tempfile::Builder::new().prefix("lariat-check-").tempdir().map_err(failed)?;
        let copy = copy_into(folder.path(), &candidate).map_err(failed)?;
        let mut options = NativeOptions::new(root, Arc::new(MemoryKv::default()));
        options.plugins_dir = folder.path().join("none");
        options.copies_dir = folder.path().join("copies");
        options.limits = limits;
        options.runner = plugins::runner();
        options.restarts = Restarts { most: u32::MAX, longest_pause: Duration::ZERO };
        let deadline = args.deadline.as_duration();
        options.deadlines.open = deadline;
        options.deadlines.fetch = deadline;
        options.deadlines.answer = deadline;
        let setting = PluginSetting { path: copy.clone(), sha256: candidate.sha256, process: true };
        options.settings = [(candidate.name, setting)].into();
        let host = Arc::new(NativeHost::new(options));
        Ok(Self { library: candidate.library, copy, host, deadline, _folder: folder })
    }

    fn load(&self) -> Result<Arc<Plugin>, String> {
        let loaded = self.host.load().into_iter().next().map(|(_, result)| result);
        let named = |told: String| {
            told.replace(&self.copy.display().to_string(), &self.library.display().to_string())
        };
        match loaded {
            Some(result) => result.map_err(|error| named(error.to_string())),
            None => Err("it can't be found any more".into()),
        }
    }

    async fn check(
        &self,
        plugin: &Arc<Plugin>,
        info: &ExtensionInfo,
        config: Map<String, Value>,
    ) -> Vec<Case> {
        let name = info.name.clone();
        match info.kind {
            ExtensionKind::Pool => {
                let subject = self.subject(plugin, config, move |plugin| {
                    plugin.pool_types().into_iter().find(|it| it.name() == name)
                });
                match subject {
                    Ok(subject) => lariat_conformance::pool(&subject).await,
                    Err(gone) => vec![gone],
                }
            }
            ExtensionKind::Routine => {
                let subject = self.subject(plugin, config, move |plugin| {
                    plugin.routines().into_iter().find(|it| it.info().name == name)
                });
                match subject {
                    Ok(subject) => lariat_conformance::routine(&subject).await,
                    Err(gone) => vec![gone],
                }
            }
            ExtensionKind::Hook => {
                let subject = self.subject(plugin, config, move |plugin| {
                    plugin.hooks().into_iter().find(|it| it.info().name == name)
                });
                match subject {
                    Ok(subject) => lariat_conformance::hook(&subject).await,
                    Err(gone) => vec![gone],
                }
            }
            ExtensionKind::Provider => {
                let subject = self.subject(plugin, config, move |plugin| {
                    let provider = plugin.providers().into_iter().find(|it| it.name() == name)?;
                    let open = move |ids: &[InstanceId],
                                     config: &Map<String, Value>|
                          -> Result<Arc<dyn InstanceProvider>, Vec<Problem>> {
                        provider.of(ids.iter().copied(), config)
                    };
                    Some(Arc::new(open) as Arc<OpenProvider>)
                });
                match subject {
                    Ok(subject) => lariat_conformance::provider(&subject).await,
                    Err(gone) => vec![gone],
                }
            }
        }
    }

    /// An extension with what its host counts, and a way to its next generation.
    fn subject<T: ?Sized>(
        &self,
        plugin: &Arc<Plugin>,
        config: Map<String, Value>,
        offered: impl Fn(&Arc<Plugin>) -> Option<Arc<T>> + Send + Sync + 'static,
    ) -> Result<Subject<T>, Case> {
        let gone = || Case {
            name: "offers",
            about: "what it describes is there",
            verdict: Verdict::Failed("it isn't".into()),
        };
        let mut subject = Subject::new(offered(plugin).ok_or_else(gone)?, config);
        subject.host = Arc::new(Counted(plugin.clone()));
        // Longer than everything that a case asks one after the other.
        subject.patience = Patience { case: self.deadline.saturating_mul(20), ..Patience::default() };
        let (host, copy, id) = (self.host.clone(), self.copy.clone(), plugin.id().to_owned());
        subject.next = Some(Box::new(move || {
            another(&copy).map_err(|error| error.to_string())?;
            let plugin = host.reload(&id).map_err(|error| error.to_string())?;
            offered(&plugin).ok_or_else(|| "it offers another thing now".into())
        }));
        Ok(subject)
    }
}

/// Copies a library with its plugin.toml, each to where the other expects it.
fn copy_into(folder: &Path, candidate: &Candidate) -> std::io::Result<PathBuf> {
    let within = |path: &Path| path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
    let place = candidate.manifest.as_ref().map(|it| &it.library).filter(|path| within(path));
    if let (Some(_), Some(file)) = (place, candidate.manifest_file()) {
        std::fs::copy(file, folder.join("plugin.toml"))?;
    }
    let name = candidate.library.file_name().unwrap_or_default();
    let copy = folder.join(place.map_or(Path::new(name), |place| place));
    std::fs::create_dir_all(copy.parent().unwrap_or(folder))?;
    std::fs::copy(&candidate.library, &copy)?;
    Ok(copy)
}

/// Puts the same code with another content in a library's place: what follows the end of an
/// ELF file is nobody's.
fn another(library: &Path) -> std::io::Result<()> {
    let mut content = std::fs::read(library)?;
    content.push(b'\n');
    let made = library.with_extension("next");
    std::fs::write(&made, content)?;
    std::fs::rename(made, library)
}

struct Counted(Arc<Plugin>);

impl lariat_conformance::Host for Counted {
    fn faults(&self) -> Faults {
        let Self(plugin) = self;
        Faults {
            deaths: plugin.crashes(),
            abandoned: plugin.abandoned(),
            dropped: plugin.dropped(),
            inside: plugin.stuck(),
        }
    }
}
