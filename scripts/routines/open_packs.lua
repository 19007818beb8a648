-- Opens packs and reports what was found.
--
-- The sample has no game behind it: what an account finds, and whether it stumbles,
-- follows from its id, so that every run tells the same story.
local dice = require("dice")

local R = lariat.routine {
  name = "OpenPacks",
  description = "Opens packs and reports what was found",
  params = {
    packs_to_open = {
      type = "integer", default = 1, min = 1, max = 50,
      description = "How many packs to open at most; an account never opens more than it has",
    },
    pause = { type = "duration", default = "2ms", description = "How long one pack takes" },
  },
}

function R.run(ctx)
  local account = ctx.account
  if not account then
    return lariat.fail("OpenPacks needs an account; give the group an account_pool")
  end

  local packs = math.min(ctx.params.packs_to_open, account.pack_count or 0)
  if packs == 0 then
    return lariat.skip("no packs to open")
  end

  local roll = dice.of(account.id)
  if roll:one_in(23) and (account.failure_count or 0) == 0 then
    -- Counted as a failure. The pool decides whether the account is tried again.
    return lariat.fail("the shop didn't open")
  end

  local cards, stars = 0, 0
  for pack = 1, packs do
    if ctx:stopping() then
      return lariat.give_back("stopped before the end")
    end
    ctx:sleep(ctx.params.pause)
    cards = cards + 5
    stars = stars + roll:between(0, 3)
    ctx:progress(pack, packs)
  end

  ctx.log:debug("opened", { packs = packs, cards = cards, stars = stars })
  -- Numbers add up in the pool's totals; cards_found and stars_total also go into the
  -- account's row.
  return { packs_opened = packs, cards_found = cards, stars_total = stars }
end

return R
