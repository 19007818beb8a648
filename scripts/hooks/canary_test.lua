local T = lariat.tests()

local ID = "11111111-0000-7000-8000-000000000000"
local KEY = "wanted:" .. ID

local function report(completed, failed)
  return { accounts = { completed = completed, failed = failed or 0 }, errors = {} }
end

local function after(t, given)
  given.point, given.launch_id = "after:launch_bots", ID
  given.store = given.store or { [KEY] = 5 }
  return t.hook("canary")(given)
end

T["begins with one bot and remembers how many were wanted"] = function(t)
  local got = t.hook("canary") { point = "before:validate", plan = { bot_count = 5 }, launch_id = ID }
  t.equal(got.answer.patch, { bot_count = 1 })
  t.equal(got.store, { [KEY] = 5 })
end

T["leaves a launch of one bot alone"] = function(t)
  t.equal(t.hook("canary") { plan = { bot_count = 1 } }.answer.verdict, "continue")
  t.equal(after(t, { store = {} }).answer.verdict, "continue")
end

T["remembers nothing when a plan is only shown"] = function(t)
  t.equal(t.hook("canary") { plan = { bot_count = 5 }, dry_run = true }.store, {})
end

T["sends the others when the first account is completed"] = function(t)
  local got = after(t, {
    report = function(seconds)
      return report(seconds >= 7 and 1 or 0)
    end,
  })
  t.equal(got.scaled, { 5 })
  t.equal(got.slept, 8)
  t.equal(got.store, {})
end

T["keeps them back when it fails, or takes too long"] = function(t)
  local got = after(t, { report = report(0, 1) })
  t.equal(got.answer.verdict, "deny")
  t.equal(got.scaled, {})
  got = after(t, { report = report(0) })
  t.contains(got.answer.reason, "in time")
  t.equal(got.slept, 600)
end

return T
