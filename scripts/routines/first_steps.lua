-- Takes a new account through its first steps: the tutorial, the daily gift, the first
-- packs. Some accounts fail or are skipped; which ones follows from their id.
local dice = require("dice")

local R = lariat.routine {
  name = "FirstSteps",
  description = "Tutorial, daily gift and first packs of a new account",
  params = {
    gift = { type = "boolean", default = true, description = "Whether to take the daily gift" },
    pause = { type = "duration", default = "3ms", description = "How long one step takes" },
  },
}

local steps = { "tutorial", "gift", "packs" }

local function tutorial(roll)
  if roll:one_in(40) then
    return nil, "the tutorial didn't end"
  end
  return { tutorials = 1 }
end

local function gift(roll, ctx)
  if not ctx.params.gift then
    return {}
  end
  return { gifts = roll:between(1, 2) }
end

local function packs(roll, ctx)
  local count = math.min(2, ctx.account.pack_count)
  return { packs_opened = count, cards_found = 5 * count }
end

local run = { tutorial = tutorial, gift = gift, packs = packs }

function R.run(ctx)
  local roll = dice.of(ctx.account.id)
  if ctx.account.pack_count == 0 and roll:one_in(4) then
    return lariat.skip("nothing to begin with")
  end
  local result = {}
  for nth, step in ipairs(steps) do
    ctx:sleep(ctx.params.pause)
    local found, problem = run[step](roll, ctx)
    if not found then
      return lariat.fail(problem)
    end
    for name, value in pairs(found) do
      result[name] = (result[name] or 0) + value
    end
    ctx:progress(nth, #steps)
  end
  return result
end

return R
