-- The tests of FILE.lua; `lariat test` runs them. Nothing is launched.
local T = lariat.tests()

T["lets a small launch go on"] = function(t)
  local run = t.hook("FILE") { plan = { bot_count = 2 } }
  t.equal(run.answer.verdict, "continue")
end

T["denies a large one"] = function(t)
  local run = t.hook("FILE") { plan = { bot_count = 5 }, params = { max_bots = 4 } }
  t.equal(run.answer.verdict, "deny")
  t.contains(run.answer.reason, "at most 4")
end

return T
