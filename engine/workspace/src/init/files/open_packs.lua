-- A routine: what a bot does with one account. This one only pretends.
-- `lariat routine check OpenPacks` checks it without running it.
local R = lariat.routine {
  name = "OpenPacks",
  description = "Opens packs and reports what was found",
  params = {
    packs_to_open = { type = "integer", default = 1, min = 1, max = 50, description = "Packs to open for each account" },
  },
}

function R.run(ctx)
  local account = ctx.account -- nil without a pool
  for pack = 1, ctx.params.packs_to_open do
    ctx:progress(pack, ctx.params.packs_to_open)
    ctx.log:info("opening", { pack = pack, id = account and account.id })
    ctx:sleep("50ms")
  end
  -- lariat.fail("why"), lariat.skip("why") and lariat.give_back("why") end it otherwise.
  return { packs_opened = ctx.params.packs_to_open }
end

return R
