---@meta lariat
-- The Lua API of Lariat, for editors with the Lua language server (LuaLS).
-- Generated from engine/lua/src/api_description; don't change it by hand.

--- One record that a bot works on: its id, and the fields that its pool gives. A field that is NULL is nil. Read-only in a routine.
---@class lariat.Account
---@field id string What the account is known by.
---@field [string] any
local Account = {}

--- Log lines, with the launch, group, instance and account they belong to. Secrets of the account are masked.
---@class lariat.Log
local Log = {}

--- Logs what only a developer wants to know; shown with `-vv`.
---
--- Fails: raises when the message isn't a text.
---@param message string
---@param fields? table<string, any> shown beside the message
function Log:debug(message, fields) end

--- Logs what happens. `print` does the same.
---
--- Fails: raises when the message isn't a text.
---@param message string
---@param fields? table<string, any> shown beside the message
function Log:info(message, fields) end

--- Logs what may be wrong.
---
--- Fails: raises when the message isn't a text.
---@param message string
---@param fields? table<string, any> shown beside the message
function Log:warn(message, fields) end

--- Logs what is wrong.
---
--- Fails: raises when the message isn't a text.
---@param message string
---@param fields? table<string, any> shown beside the message
function Log:error(message, fields) end

--- A small durable map that belongs to the extension and outlives its runs: 1,000 keys of 256 bytes, values of 64 KiB as JSON. All pools of a type share one, so that a pool's own keys had better begin with `ctx.pool`.
---@class lariat.Store
local Store = {}

--- The value under a key, or nil.
---
--- Fails: `nil, err` when the store failed or a limit is exceeded.
---@param key string
---@return any value
---@return string? err
function Store:get(key) end

--- Keeps a value; nil forgets the key. Durable when it returns.
---
--- Fails: `nil, err` when the store failed or a limit is exceeded.
---@param key string
---@param value? any what JSON can hold
---@return boolean? ok
---@return string? err
function Store:set(key, value) end

--- All keys, in order.
---
--- Fails: `nil, err` when the store failed or a limit is exceeded.
---@return string[]? keys
---@return string? err
function Store:keys() end

--- Options of `ctx.http:get`.
---@class lariat.HttpGet
---@field headers? table<string, string> Headers by name.
---@field timeout? string|number How long it may take; 30s if absent, 10m at most.
local HttpGet = {}

--- Options of `ctx.http:post`.
---@class lariat.HttpPost
---@field headers? table<string, string> Headers by name.
---@field timeout? string|number How long it may take; 30s if absent, 10m at most.
---@field body? string What is sent, as it is.
---@field json? any What is sent, as JSON; instead of `body`.
local HttpPost = {}

--- A server's answer, whatever its status.
---@class lariat.HttpAnswer
---@field status integer Such as 200 or 404.
---@field headers table<string, string> By name in lower case; several of one name are joined with commas.
---@field body string The content; `ctx.json.decode` reads JSON.
local HttpAnswer = {}

--- HTTP with deadlines. Public addresses only, besides those that `http.allow` in lariat.yaml lists.
---@class lariat.Http
local Http = {}

--- Asks a server.
---
--- Fails: `nil, err` when there is no answer: not reachable, too late, too large, not allowed.
---@param url string
---@param options? lariat.HttpGet
---@return lariat.HttpAnswer? answer
---@return string? err
function Http:get(url, options) end

--- Sends something to a server.
---
--- Fails: `nil, err` when there is no answer: not reachable, too late, too large, not allowed.
---@param url string
---@param options? lariat.HttpPost
---@return lariat.HttpAnswer? answer
---@return string? err
function Http:post(url, options) end

--- JSON; `lariat.null` stands for null. A table with the keys 1 to n is a list.
---@class lariat.Json
local Json = {}

--- A value as JSON text.
---
--- Fails: `nil, err` when the value has no JSON form, such as a function.
---@param value any
---@return string? text
---@return string? err
function Json.encode(value) end

--- The value of a JSON text.
---
--- Fails: `nil, err` when it isn't JSON.
---@param text string 4 MiB at most
---@return any value
---@return string? err
function Json.decode(text) end

--- The time of the machine that the engine runs on.
---@class lariat.Clock
local Clock = {}

--- Seconds since 1970, with fractions.
---@return number seconds
function Clock.now() end

--- Now in UTC, as in `2026-03-01T08:30:00Z`.
---@return string text
function Clock.iso() end

--- The local hour, 0 to 23.
---@return integer hour
function Clock.hour() end

--- The local day of the week: 1 is Monday, 7 is Sunday.
---@return integer day
function Clock.weekday() end

--- The local date, as in `2026-03-01`.
---@return string text
function Clock.date() end

--- The other pools of the workspace.
---@class lariat.Pools
local Pools = {}

--- What another pool selects now, in its order.
---
--- Fails: `nil, err` when there is no such pool, it can't be read, or it asks this pool in turn.
---@param name string the pool's name
---@return lariat.Account[]? accounts
---@return string? err
function Pools:accounts(name) end

--- How a run ended, as `settle` is told.
---@class lariat.Settlement
---@field outcome "completed"|"failed"|"skipped"|"returned" What became of the account.
---@field reason? string Why, unless it was completed.
---@field result? table<string, any> What the routine reported, when it was completed.
local Settlement = {}

--- How a run ends; made by `lariat.done` and its siblings, and returned from `run`.
---@class lariat.Outcome
local Outcome = {}

--- What a hook answers; made by `lariat.patch` and its siblings, and returned from `run`.
---@class lariat.Verdict
local Verdict = {}

--- A declared parameter.
---@class lariat.Param
---@field type "string"|"integer"|"number"|"boolean"|"path"|"duration"|"list"|"table" What it takes. A duration is written as `30s` and reaches the script as a number of seconds. `int`, `float` and `bool` work too.
---@field default? any The value when none is given.
---@field required? boolean Whether a value must be given.
---@field min? number The smallest number, or the fewest characters.
---@field max? number The largest number, or the most characters.
---@field enum? any[] The only values accepted; `choices` is the same.
---@field description? string For people.
local Param = {}

--- What a launch is meant to do: the group's file under the options of the command line. Read-only; `lariat.patch` changes it.
---@class lariat.Plan
---@field group string The group's name.
---@field routine string The routine's name.
---@field instances integer[] The instances to choose from, in this order.
---@field bot_count integer How many bots.
---@field account_pool? string The pool's name, if it has one.
---@field config table<string, any> The routine's parameters as given.
---@field options table<string, any> The options of `launch:`, every one decided; durations as text.
local Plan = {}

--- Why a phase failed.
---@class lariat.Failure
---@field phase string Which phase.
---@field kind string `refused`, `failed` or `stopped`.
---@field messages string[] One line for each thing that is wrong.
local Failure = {}

--- Accounts by what became of them.
---@class lariat.Tally
---@field completed integer 
---@field failed integer Failed for good.
---@field skipped integer 
---@field returned integer Back in the pool, nothing counted.
---@field retried integer Failed, and back in the pool.
---@field fenced integer Lost to another holder.
---@field refused integer Leased, but not given by the pool's source.
local Tally = {}

--- A reason, as often as it was given.
---@class lariat.Trouble
---@field reason string The first line of it.
---@field count integer 
---@field account? string The last account that it was given for.
local Trouble = {}

--- One bot.
---@class lariat.BotReport
---@field instance integer What it runs on.
---@field status string `starting`, `waiting`, `running`, `completed`, `failed`, `stopped`, …
---@field accounts integer Accounts it has settled.
---@field error? string Its last error.
local BotReport = {}

--- What came of the launch so far.
---@class lariat.Report
---@field launch_id string 
---@field group string 
---@field success boolean Whether nothing broke.
---@field requested_bots integer 
---@field launched_bots integer 
---@field accounts lariat.Tally Accounts by what became of them.
---@field failures lariat.Trouble[] Why runs failed, those that are tried again included.
---@field refusals lariat.Trouble[] Why accounts couldn't be claimed.
---@field totals table<string, number> Sums of the numbers in results.
---@field bots lariat.BotReport[] 
---@field errors string[] What went wrong.
---@field duration_ms integer Since the request, in milliseconds.
---@field [string] any
local Report = {}

--- `ctx` in a routine.
---@class lariat.RoutineContext
---@field params table<string, any> The declared parameters, checked, with their defaults. Read-only.
---@field account? lariat.Account The account; nil in a group without a pool. Read-only.
---@field group string The group's name.
---@field launch_id string Which launch this is.
---@field instance integer The instance that the bot runs on.
---@field device? any The instance's screen and shell; not provided yet, so it is nil.
---@field log lariat.Log Log lines.
---@field store lariat.Store A small durable map of the extension's own.
---@field http lariat.Http HTTP with deadlines.
---@field json lariat.Json JSON.
---@field clock lariat.Clock The time.
local RoutineContext = {}

--- Tells how far the run is.
---
--- Fails: raises when they aren't numbers.
---@param done number steps done
---@param total number steps altogether
function RoutineContext:progress(done, total) end

--- Waits; others go on meanwhile.
---
--- Fails: raises when it isn't a duration.
---@param duration string|number `50ms`, `30s`, `1h30m`, or seconds
function RoutineContext:sleep(duration) end

--- Whether the work should come to an end.
---@return boolean stopping
function RoutineContext:stopping() end

--- `ctx` in a pool.
---@class lariat.PoolContext
---@field params table<string, any> The declared parameters, checked, with their defaults. Read-only.
---@field pool string The pool's name.
---@field pools lariat.Pools The other pools of the workspace.
---@field log lariat.Log Log lines.
---@field store lariat.Store A small durable map of the extension's own.
---@field http lariat.Http HTTP with deadlines.
---@field json lariat.Json JSON.
---@field clock lariat.Clock The time.
local PoolContext = {}

--- The text of a file inside the workspace.
---
--- Fails: `nil, err` when there is no such file, or it lies outside the workspace.
---@param path string relative to the workspace
---@return string? text
---@return string? err
function PoolContext:read_file(path) end

--- The lines of a file inside the workspace, one at each call and nil at the end: for large files.
---
--- Fails: `nil, err` like `read_file`.
---@param path string relative to the workspace
---@return (fun(): string?)? next_line
---@return string? err
function PoolContext:read_lines(path) end

--- Waits; others go on meanwhile.
---
--- Fails: raises when it isn't a duration.
---@param duration string|number `50ms`, `30s`, `1h30m`, or seconds
function PoolContext:sleep(duration) end

--- Whether the work should come to an end.
---@return boolean stopping
function PoolContext:stopping() end

--- `ctx` in a hook.
---@class lariat.HookContext
---@field params table<string, any> The declared parameters, checked, with their defaults. Read-only.
---@field group string The group's name.
---@field launch_id string Which launch this is.
---@field plan lariat.Plan The plan as it stands. Read-only.
---@field point string When this is, as in `before:validate`.
---@field phase string The phase, as in `validate`.
---@field moment "before"|"after"|"error" On which side of the phase.
---@field failure? lariat.Failure On an error: which phase failed, and why.
---@field completed string[] The phases that went well so far.
---@field instances integer[] The instances that were acquired.
---@field retries integer How often this hook asked for a retry here before.
---@field dry_run boolean Whether this is `launch --plan` or `doctor`: nothing may be changed then, and what `ctx.store` is given is thrown away.
---@field log lariat.Log Log lines.
---@field store lariat.Store A small durable map of the extension's own.
---@field http lariat.Http HTTP with deadlines.
---@field json lariat.Json JSON.
---@field clock lariat.Clock The time.
local HookContext = {}

--- What came of the launch so far.
---
--- Fails: `nil, err` in a dry run.
---@return lariat.Report? report
---@return string? err
function HookContext:report() end

--- Changes how many bots the launch has.
---
--- Fails: `nil, err` when its bots haven't been launched, or have ended.
---@param bots integer
---@return integer? bots
---@return string? err
function HookContext:scale(bots) end

--- Waits; others go on meanwhile.
---
--- Fails: raises when it isn't a duration.
---@param duration string|number `50ms`, `30s`, `1h30m`, or seconds
function HookContext:sleep(duration) end

--- Whether the work should come to an end.
---@return boolean stopping
function HookContext:stopping() end

--- `ctx` in a provider.
---@class lariat.ProviderContext
---@field params table<string, any> The declared parameters, checked, with their defaults. Read-only.
---@field provider string The provider's name.
---@field log lariat.Log Log lines.
---@field store lariat.Store A small durable map of the extension's own.
---@field http lariat.Http HTTP with deadlines.
---@field json lariat.Json JSON.
---@field clock lariat.Clock The time.
local ProviderContext = {}

--- Waits; others go on meanwhile.
---
--- Fails: raises when it isn't a duration.
---@param duration string|number `50ms`, `30s`, `1h30m`, or seconds
function ProviderContext:sleep(duration) end

--- Whether the work should come to an end.
---@return boolean stopping
function ProviderContext:stopping() end

--- What a bot does with one account.
---@class lariat.Routine
---@field name string What YAML files call it.
---@field description? string For people.
---@field params? table<string, lariat.Param> Its parameters, by name.
---@field templates? string[] Pictures in scripts/templates/ that it looks for, without `.png`.
---@field needs? string[] What it can't do without, such as `device`.
---@field run? fun(ctx: lariat.RoutineContext): lariat.Outcome|table<string, any>|nil The work. Gives the result, nothing, or what `lariat.fail` and its siblings made.
---@field [string] any
local Routine = {}

--- Where a pool's accounts come from.
---@class lariat.Pool
---@field name string What YAML files call it.
---@field description? string For people.
---@field params? table<string, lariat.Param> Its parameters, by name.
---@field fetch? fun(ctx: lariat.PoolContext): lariat.Account[]|(fun(): lariat.Account?) Selects the accounts, in the order to serve: a list, or a function that gives the next one, and nil at the end. Raising, or `nil, err`, keeps what the pool has.
---@field claim? fun(ctx: lariat.PoolContext, account: lariat.Account): boolean, string? Asks an outside authority for an account that was just leased: true, or false and why; then the next one is served.
---@field settle? fun(ctx: lariat.PoolContext, account: lariat.Account, outcome: lariat.Settlement) Tells the outside authority how it ended, after that is durable. The account is its id alone. Told `returned` of one that `claim` refused as well, and `failed` of one that the pool tries again.
---@field [string] any
local Pool = {}

--- Code around the phases of a launch.
---@class lariat.Hook
---@field name string What YAML files call it.
---@field description? string For people.
---@field on string[] When it runs: `before:`, `after:` or `error:` and a phase, which is `resolve_pool`, `validate`, `acquire_instances`, `launch_bots`, `stop` or `release`.
---@field band? "early"|"normal"|"late" Which hooks it runs among; normal if absent.
---@field order? integer Its place in the band; smaller is earlier, 0 if absent.
---@field before? string[] Hooks it must run before.
---@field after? string[] Hooks it must run after.
---@field on_error? "deny"|"warn"|"ignore" What its failure means for the launch; deny if absent.
---@field timeout? string|number How long it may take; 5s if absent.
---@field params? table<string, lariat.Param> Its parameters, by name.
---@field run? fun(ctx: lariat.HookContext): lariat.Verdict|nil The work. Gives nothing to go on, or what `lariat.patch` and its siblings made.
---@field [string] any
local Hook = {}

--- What instances are, and how they are started.
---@class lariat.Provider
---@field name string What YAML files call it.
---@field description? string For people.
---@field params? table<string, lariat.Param> Its parameters, by name.
---@field start? fun(ctx: lariat.ProviderContext, id: integer): boolean?, string? Starts one that is down; `nil, err` when that didn't work. Called once, and again if it goes down after it was starting.
---@field probe? fun(ctx: lariat.ProviderContext, id: integer): "down"|"starting"|"ready" How one is.
---@field stop? fun(ctx: lariat.ProviderContext, id: integer): boolean?, string? Stops one; `nil, err` when that didn't work.
---@field [string] any
local Provider = {}

--- A line that was logged.
---@class lariat.LogLine
---@field level "debug"|"info"|"warn"|"error" 
---@field message string 
---@field fields table<string, any> Empty if there were none.
local LogLine = {}

--- What was asked over HTTP.
---@class lariat.Request
---@field method string `GET` or `POST`.
---@field url string 
---@field headers table<string, string> 
---@field body? string What was sent.
---@field json? any What was sent as JSON.
---@field timeout? number In seconds.
local Request = {}

--- A report of progress.
---@class lariat.Step
---@field done number 
---@field total number 
local Step = {}

--- What a routine is given.
---@class lariat.RoutineGiven
---@field account? lariat.Account Nil in a group without a pool. An `id` is made up if it has none.
---@field params? table<string, any> Parameters; the rest have their defaults.
---@field group? string 
---@field instance? integer 
---@field launch_id? string 
---@field store? table<string, any> What `ctx.store` holds at first.
---@field http? table<string, any>|fun(request: lariat.Request): lariat.HttpAnswer?, string? Canned answers by `GET https://…` or by URL: `{ status, headers, body, json }`, or a text, which is why there is no answer. Or a function.
---@field clock? string When it begins: `2026-03-01T08:30` is local time, `2026-03-01T08:30:00Z` is UTC. Noon of 2026-01-05, a Monday, if absent.
---@field stopping? boolean|number Whether it is asked to end, or after how many seconds of `ctx:sleep`.
local RoutineGiven = {}

--- What came of a run.
---@class lariat.RoutineRun
---@field outcome "completed"|"failed"|"skipped"|"returned"|"raised" How it ended.
---@field result? table<string, any> When it was completed; empty if nothing was reported.
---@field reason? string When it failed, was skipped or given back.
---@field error? string When it raised: place and message.
---@field progress lariat.Step[] What `ctx:progress` was told.
---@field logs lariat.LogLine[] What was logged and printed.
---@field requests lariat.Request[] What was asked over HTTP.
---@field slept number Seconds of `ctx:sleep`; no time passes in a test.
---@field store table<string, any> What `ctx.store` holds now.
local RoutineRun = {}

--- What a pool is given.
---@class lariat.PoolGiven
---@field params? table<string, any> Parameters; the rest have their defaults.
---@field pool? string The pool's name.
---@field files? table<string, string> What `ctx:read_file` finds, by path.
---@field pools? table<string, lariat.Account[]> What `ctx.pools:accounts` finds, by name.
---@field store? table<string, any> What `ctx.store` holds at first.
---@field http? table<string, any>|fun(request: lariat.Request): lariat.HttpAnswer?, string? Canned answers by `GET https://…` or by URL: `{ status, headers, body, json }`, or a text, which is why there is no answer. Or a function.
---@field clock? string When it begins: `2026-03-01T08:30` is local time, `2026-03-01T08:30:00Z` is UTC. Noon of 2026-01-05, a Monday, if absent.
---@field stopping? boolean|number Whether it is asked to end, or after how many seconds of `ctx:sleep`.
local PoolGiven = {}

--- A pool to be asked; what it does is checked as the engine checks it.
---@class lariat.PoolRun
---@field logs lariat.LogLine[] What was logged and printed.
---@field requests lariat.Request[] What was asked over HTTP.
---@field slept number Seconds of `ctx:sleep`; no time passes in a test.
---@field store table<string, any> What `ctx.store` holds now.
local PoolRun = {}

--- All accounts it selects, in order.
---
--- Fails: `nil, err` when it raised.
---@return lariat.Account[]? accounts
---@return string? err
function PoolRun.fetch() end

--- Whether it may have the account.
---
--- Fails: `nil, err` when it raised.
---@param account lariat.Account
---@return boolean? granted
---@return string? why
function PoolRun.claim(account) end

--- Tells it how the account ended.
---
--- Fails: `nil, err` when it raised.
---@param account lariat.Account
---@param outcome lariat.Settlement
---@return boolean? ok
---@return string? err
function PoolRun.settle(account, outcome) end

--- What a provider is given.
---@class lariat.ProviderGiven
---@field params? table<string, any> Parameters; the rest have their defaults.
---@field provider? string The provider's name.
---@field store? table<string, any> What `ctx.store` holds at first.
---@field http? table<string, any>|fun(request: lariat.Request): lariat.HttpAnswer?, string? Canned answers by `GET https://…` or by URL: `{ status, headers, body, json }`, or a text, which is why there is no answer. Or a function.
---@field clock? string When it begins: `2026-03-01T08:30` is local time, `2026-03-01T08:30:00Z` is UTC. Noon of 2026-01-05, a Monday, if absent.
---@field stopping? boolean|number Whether it is asked to end, or after how many seconds of `ctx:sleep`.
local ProviderGiven = {}

--- A provider to be asked; what it answers is checked as the engine checks it.
---@class lariat.ProviderRun
---@field logs lariat.LogLine[] What was logged and printed.
---@field requests lariat.Request[] What was asked over HTTP.
---@field slept number Seconds of `ctx:sleep`; no time passes in a test.
---@field store table<string, any> What `ctx.store` holds now.
local ProviderRun = {}

--- Starts an instance.
---
--- Fails: `nil, err` when it failed or raised.
---@param id integer
---@return boolean? ok
---@return string? err
function ProviderRun.start(id) end

--- How an instance is.
---
--- Fails: `nil, err` when it failed or raised.
---@param id integer
---@return ("down"|"starting"|"ready")? state
---@return string? err
function ProviderRun.probe(id) end

--- Stops an instance.
---
--- Fails: `nil, err` when it failed or raised.
---@param id integer
---@return boolean? ok
---@return string? err
function ProviderRun.stop(id) end

--- What a hook is given.
---@class lariat.HookGiven
---@field params? table<string, any> Parameters; the rest have their defaults.
---@field plan? table<string, any> Fields of the plan; the rest is a plan of one bot.
---@field point? string The first of the hook's `on` if absent.
---@field group? string 
---@field launch_id? string 
---@field failure? lariat.Failure 
---@field completed? string[] 
---@field instances? integer[] 
---@field retries? integer 
---@field dry_run? boolean 
---@field report? table<string, any>|fun(seconds: number): table<string, any> What `ctx:report` gives; a function is asked each time, with the seconds slept so far.
---@field store? table<string, any> What `ctx.store` holds at first.
---@field http? table<string, any>|fun(request: lariat.Request): lariat.HttpAnswer?, string? Canned answers by `GET https://…` or by URL: `{ status, headers, body, json }`, or a text, which is why there is no answer. Or a function.
---@field clock? string When it begins: `2026-03-01T08:30` is local time, `2026-03-01T08:30:00Z` is UTC. Noon of 2026-01-05, a Monday, if absent.
---@field stopping? boolean|number Whether it is asked to end, or after how many seconds of `ctx:sleep`.
local HookGiven = {}

--- What a hook answered.
---@class lariat.Answer
---@field verdict "continue"|"patch"|"skip_instance"|"deny"|"retry"|"raised" 
---@field patch? table<string, any> The changes.
---@field instance? integer Which instance to skip.
---@field reason? string Why.
---@field after? string|number The pause before a retry.
local Answer = {}

--- What came of a hook.
---@class lariat.HookRun
---@field answer lariat.Answer What it answered.
---@field error? string When it raised: place and message.
---@field scaled integer[] What `ctx:scale` was told.
---@field logs lariat.LogLine[] What was logged and printed.
---@field requests lariat.Request[] What was asked over HTTP.
---@field slept number Seconds of `ctx:sleep`; no time passes in a test.
---@field store table<string, any> What `ctx.store` holds now.
local HookRun = {}

--- `t`: what a test does.
---@class lariat.Test
local Test = {}

--- The two are the same; tables by what is in them. Tells what differs.
---@param actual any
---@param expected any
---@param message? string what this is about
function Test.equal(actual, expected, message) end

--- It is neither nil nor false.
---@param value any
---@param message? string what this is about
function Test.ok(value, message) end

--- A text contains a text, or a list an item.
---@param whole any
---@param part any
function Test.contains(whole, part) end

--- The function raises; gives the message.
---@param f function
---@param part? string what the message contains
---@return string message
function Test.raises(f, part) end

--- The test fails.
---@param message? string
function Test.fail(message) end

--- A routine by its file's name; call it with what it is given, and it runs once.
---@param name string `open_packs` is scripts/routines/open_packs.lua
---@return fun(given?: lariat.RoutineGiven): lariat.RoutineRun run
function Test.routine(name) end

--- A pool type by its file's name; call it with what it is given, and ask it.
---@param name string
---@return fun(given?: lariat.PoolGiven): lariat.PoolRun open
function Test.pool(name) end

--- A hook by its file's name; call it with what it is given, and it answers once.
---@param name string
---@return fun(given?: lariat.HookGiven): lariat.HookRun run
function Test.hook(name) end

--- A provider by its file's name; call it with what it is given, and ask it.
---@param name string
---@return fun(given?: lariat.ProviderGiven): lariat.ProviderRun open
function Test.provider(name) end

--- Tests by name: `T["what it shows"] = function(t) … end`.
---@class lariat.Tests
---@field [string] any
local Tests = {}

--- The global `lariat`.
---@class lariat.Lariat
---@field null any Stands for JSON's null.
---@field version string The engine's version.
lariat = {}

--- Declares the file to be a routine.
---
--- For: routine.
---@param declaration lariat.Routine
---@return lariat.Routine routine
function lariat.routine(declaration) end

--- Declares the file to be a pool type.
---
--- For: pool.
---@param declaration lariat.Pool
---@return lariat.Pool pool
function lariat.pool(declaration) end

--- Declares the file to be a hook.
---
--- For: hook.
---@param declaration lariat.Hook
---@return lariat.Hook hook
function lariat.hook(declaration) end

--- Declares the file to be a provider of instances.
---
--- For: provider.
---@param declaration lariat.Provider
---@return lariat.Provider provider
function lariat.provider(declaration) end

--- Begins a file of tests, `NAME_test.lua` beside the script; return what it gives.
---@return lariat.Tests tests
function lariat.tests() end

--- The account is completed. Returning a table or nothing does the same.
---
--- For: routine.
---@param result? table<string, any> numbers in it add up in the pool's totals
---@return lariat.Outcome outcome
function lariat.done(result) end

--- A failure is counted; the pool decides whether the account is tried again.
---
--- For: routine.
---@param reason string why, for people
---@return lariat.Outcome outcome
function lariat.fail(reason) end

--- The account is settled as skipped; not a failure.
---
--- For: routine.
---@param reason string why, for people
---@return lariat.Outcome outcome
function lariat.skip(reason) end

--- The account is available again, nothing counted; not offered to this bot again in this launch.
---
--- For: routine.
---@param reason string why, for people
---@return lariat.Outcome outcome
function lariat.give_back(reason) end

--- Goes on with fields of the plan changed; `before:resolve_pool` and `before:validate` only. Tables in it are merged, lists and all else are replaced.
---
--- For: hook.
---@param changes table<string, any> the plan's fields by name
---@return lariat.Verdict verdict
function lariat.patch(changes) end

--- Ends the launch, which exits 3 with the reason. Not for `release`.
---
--- For: hook.
---@param reason string why, for people
---@return lariat.Verdict verdict
function lariat.deny(reason) end

--- Goes on without this instance.
---
--- For: hook.
---@param instance integer
---@param reason string why, for people
---@return lariat.Verdict verdict
function lariat.skip_instance(instance, reason) end

--- Asks again after a pause, ten times at most; on an error the phase is run again, once.
---
--- For: hook.
---@param after string|number the pause, as in `30s`
---@param reason string why, for people
---@return lariat.Verdict verdict
function lariat.retry(after, reason) end
