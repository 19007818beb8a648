-- NAME: code around a phase of a launch. scripts/README.md tells what there is.
local H = lariat.hook {
  name = "NAME",
  description = "Says what it watches over",
  on = { "before:validate" },
  params = {
    max_bots = { type = "integer", default = 20, min = 1, description = "More bots than this are refused" },
  },
}

-- Gives nothing to go on, or lariat.patch { … }, lariat.deny("why"), …
---@param ctx lariat.HookContext
function H.run(ctx)
  if ctx.plan.bot_count > ctx.params.max_bots then
    return lariat.deny("at most " .. ctx.params.max_bots .. " bots, not " .. ctx.plan.bot_count)
  end
end

return H
