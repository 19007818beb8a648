//! End to end: the real binary in temporary workspaces, read by its JSON and exit codes.
//!
//! | file | shows |
//! |---|---|
//! | [`bench`] | a workspace to write into and run the program in |
//! | [`routines`] | the table "What a bot does", row by row, in Lua |
//! | [`serving`] | order, exactly once, sharing, refreshes, re-runs |
//! | [`crash`] | `kill -9` in the middle, Ctrl-C, one engine a workspace |
//! | [`outages`] | a full, locked, read-only disk; a frozen engine; late results |
//! | [`failpoints`] | every commit and outside effect, failing and as the last thing done |
//! | [`backups`] | backup, damage, repair, pruning |
//! | [`definitions`] | pools and groups: mission files, errors, create, delete |
//! | [`edit_storm`], [`served`], [`watches`] | random edits against running groups, and what is judged by |
//! | [`live`] | `lariat up`: edits, the API through the command line, the drain |
//! | [`watching`] | lost events, the system's limits, editors that are installed |
//! | [`reloads`] | what becomes of each kind of edit while bots work |
//! | [`hooks`] | how hooks are listed, and how a denied launch ends |
//! | [`refusals`] | exit codes, the query guard, hostile files |
//! | [`authoring`] | new, test, check, run, the README's examples, the editor's files |
//! | [`accounts`] | import, export, masks, resets |
//! | [`canaries`] | secrets, searched for in everything that is ever said |
//! | [`pool_scripts`], [`hook_scripts`], [`provider_scripts`] | pool types, hooks and providers in Lua |
//! | [`limits`] | `limits:` of lariat.yaml, for scripts, libraries and their processes |
//! | [`plugin_checks`], [`plugin_orders`] | `lariat plugin check`; reload, quarantine, lift |
//! | [`plugin_names`] | of two extensions with one name, which is used |
//! | [`plugin_crashes`] | what a crash in a plugin with a process of its own leaves |
//! | [`plugin_replaced`] | a second version of a plugin in the middle of a launch |
//! | [`plugin_updates`] | a plugin whose two files are replaced one after the other |
//! | [`new_plugins`] | `lariat new plugin`, built and used |
//! | [`frozen_abi`] | a plugin that was built against ABI 1.0 |
//! | [`c_plugin`] | plugins in C, and how they are compiled |
//! | [`plugins`] | native plugins: used, listed, inspected, refused |
//! | [`service`] | the engine as a service: where it listens, who comes in, what a manager hears |
//! | [`api`] | what programs ask a running engine over HTTP |
//! | [`terminal`] | the questions a person is asked |
//! | [`logs`] | logs never in the way, as JSON, about what happens |
//! | [`program`] | init, doctor, schema, completions, plan, the sample workspace |
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used)] // tests

mod accounts;
mod api;
mod authoring;
mod backups;
mod bench;
mod beside;
mod c_plugin;
mod canaries;
mod crash;
mod definitions;
mod edit_storm;
mod failpoints;
mod frozen_abi;
mod hook_scripts;
mod hooks;
mod limits;
mod live;
mod logs;
mod new_plugins;
mod outages;
mod plugin_checks;
mod plugin_crashes;
mod plugin_loading;
mod plugin_names;
mod plugin_orders;
mod plugin_replaced;
mod plugin_updates;
mod plugins;
mod pool_scripts;
mod program;
mod provider_scripts;
mod refusals;
mod reloads;
mod routines;
mod served;
mod service;
mod serving;
mod terminal;
mod watches;
mod watching;
