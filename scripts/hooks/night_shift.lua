-- Quiet hours: at night a launch has few bots or none. Off unless lariat.yaml says
--
--   hooks: {night_shift: {enabled: true, config: {from: 23, to: 6, bots: 1}}}
local H = lariat.hook {
  name = "night_shift",
  description = "Few bots, or none, at night",
  on = { "before:validate" },
  params = {
    from = { type = "integer", default = 23, min = 0, max = 23, description = "The hour in which the night begins" },
    to = { type = "integer", default = 6, min = 0, max = 23, description = "The hour in which it ends" },
    bots = { type = "integer", default = 0, min = 0, description = "How many bots may work at night; 0: none" },
  },
}

local function is_between(hour, from, to)
  if from <= to then
    return from <= hour and hour < to
  end
  return hour >= from or hour < to -- over midnight
end

---@param ctx lariat.HookContext
function H.run(ctx)
  local params = ctx.params
  if not is_between(ctx.clock:hour(), params.from, params.to) then
    return
  end
  if params.bots == 0 then
    return lariat.deny("it is night until " .. params.to .. ":00")
  end
  if ctx.plan.bot_count > params.bots then
    return lariat.patch { bot_count = params.bots }
  end
end

return H
