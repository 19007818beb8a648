-- The tests of FILE.lua; `lariat test` runs them. No time passes, nothing is kept.
local T = lariat.tests()

T["takes the steps and reports them"] = function(t)
  local run = t.routine("FILE") { account = { id = "a1" }, params = { steps = 3 } }
  t.equal(run.outcome, "completed")
  t.equal(run.result, { steps_taken = 3 })
  t.equal(run.progress[3], { done = 3, total = 3 })
end

T["fails without an account"] = function(t)
  local run = t.routine("FILE") {}
  t.equal(run.outcome, "failed")
  t.contains(run.reason, "account_pool")
end

T["gives the account back when it is stopped"] = function(t)
  local run = t.routine("FILE") { account = { id = "a1" }, stopping = true }
  t.equal(run.outcome, "returned")
end

return T
