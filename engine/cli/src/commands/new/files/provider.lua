-- NAME: what instances are, and how they are started. scripts/README.md tells what
-- there is; lariat.yaml says which instances there are:
--   instances:
--   - {provider: NAME, ids: "0-3"}
local I = lariat.provider {
  name = "NAME",
  description = "Says what it starts and stops",
  params = {
    boot = { type = "duration", default = "2s", description = "How long an instance takes to be ready" },
  },
}

-- How an instance is: "down", "starting" or "ready". Asked before each use, and again
-- and again while it is starting.
---@param ctx lariat.ProviderContext
function I.probe(ctx, id)
  local since = ctx.store:get("started " .. id)
  if not since then
    return "down"
  end
  return if ctx.clock.now() - since >= ctx.params.boot then "ready" else "starting"
end

-- Starts one that is down; `return nil, "why"` when that doesn't work.
---@param ctx lariat.ProviderContext
function I.start(ctx, id)
  assert(ctx.store:set("started " .. id, ctx.clock.now()))
end

-- Stops one.
---@param ctx lariat.ProviderContext
function I.stop(ctx, id)
  ctx.store:set("started " .. id, nil)
end

return I
