local T = lariat.tests()

local URL = "https://game.example.com/gift"

local function run(t, given)
  given.account = { id = "a1" }
  given.params = { url = URL, attempts = 3 }
  return t.routine("daily_gift")(given)
end

T["collects the gift and remembers the day"] = function(t)
  local got = run(t, { http = { [URL] = { json = { packs = 2 } } }, clock = "2026-03-01T09:00" })
  t.equal(got.outcome, "completed")
  t.equal(got.result, { gifts = 1, packs_opened = 2 })
  t.equal(got.store, { ["gift:a1"] = "2026-03-01" })
  t.equal(got.requests[1].json, { account = "a1" })
end

T["skips an account that had its gift today"] = function(t)
  local got = run(t, { store = { ["gift:a1"] = "2026-03-01" }, clock = "2026-03-01T23:59" })
  t.equal(got.outcome, "skipped")
  t.equal(#got.requests, 0)
end

T["asks a busy server again, with longer pauses"] = function(t)
  local asked = 0
  local got = run(t, {
    http = function()
      asked = asked + 1
      return { status = asked < 3 and 503 or 200, body = "{}" }
    end,
  })
  t.equal(got.outcome, "completed")
  t.equal(got.slept, 2 + 4)
  t.equal(got.logs[1].fields.problem, "the server answered 503")
end

T["fails when the server stays busy, or can't be reached"] = function(t)
  local got = run(t, { http = { [URL] = { status = 503 } } })
  t.equal(got.outcome, "failed")
  t.equal(#got.requests, 3)
  t.contains(run(t, { http = { [URL] = "no route to host" } }).reason, "no route")
end

T["gives the account back when it is stopped"] = function(t)
  t.equal(run(t, { http = { [URL] = { status = 503 } }, stopping = 1 }).outcome, "returned")
end

return T
