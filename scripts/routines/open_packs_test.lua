local T = lariat.tests()

local function run(t, account, given)
  given = given or {}
  given.account = account
  given.params = { packs_to_open = 2 }
  return t.routine("open_packs")(given)
end

T["opens as many packs as it is told"] = function(t)
  local got = run(t, { id = "device-0001", pack_count = 3 })
  t.equal(got.outcome, "completed")
  t.equal(got.result.packs_opened, 2)
  t.equal(got.result.cards_found, 10)
  t.equal(got.progress, { { done = 1, total = 2 }, { done = 2, total = 2 } })
end

T["never opens more than there are"] = function(t)
  t.equal(run(t, { id = "device-0001", pack_count = 1 }).result.packs_opened, 1)
end

T["skips an account without packs"] = function(t)
  t.equal(run(t, { id = "device-0001", pack_count = 0 }).outcome, "skipped")
end

T["gives the account back when it is stopped"] = function(t)
  t.equal(run(t, { id = "device-0001", pack_count = 3 }, { stopping = true }).outcome, "returned")
end

return T
