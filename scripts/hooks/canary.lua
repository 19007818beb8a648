-- A canary: the first bot works alone. When it has completed an account, the others
-- follow; when it fails, they never start. Off unless lariat.yaml says
--
--   hooks: {canary: {enabled: true, timeout: 15m}}
local H = lariat.hook {
  name = "canary",
  description = "The first bot alone, then the rest",
  on = { "before:validate", "after:launch_bots" },
  band = "late",
  timeout = "15m",
  params = {
    patience = { type = "duration", default = "10m", description = "How long to wait for the first account" },
    every = { type = "duration", default = "2s", description = "How often to look" },
  },
}

---@param ctx lariat.HookContext
function H.run(ctx)
  local key = "wanted:" .. ctx.launch_id
  if ctx.moment == "before" then
    if ctx.plan.bot_count <= 1 then
      return
    end
    if not ctx.dry_run then
      ctx.store:set(key, ctx.plan.bot_count)
    end
    return lariat.patch { bot_count = 1 }
  end

  local wanted = ctx.store:get(key)
  if not wanted then
    return
  end
  ctx.store:set(key, nil)
  for _ = 1, math.ceil(ctx.params.patience / ctx.params.every) do
    local report, problem = ctx:report()
    if not report then
      error(problem)
    elseif report.accounts.completed > 0 then
      ctx.log:info("the first bot is well; the others follow", { bots = wanted })
      local _, failure = ctx:scale(wanted)
      if failure then -- it has ended already
        ctx.log:warn("the others weren't needed any more", { problem = failure })
      end
      return
    elseif report.accounts.failed > 0 or #report.errors > 0 then
      return lariat.deny("the first bot failed; the others weren't started")
    end
    ctx:sleep(ctx.params.every)
  end
  return lariat.deny("the first bot completed nothing in time; the others weren't started")
end

return H
