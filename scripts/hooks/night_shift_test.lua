local T = lariat.tests()

local function answer(t, time, params, bots)
  return t.hook("night_shift") {
    clock = "2026-03-01T" .. time,
    params = params,
    plan = { bot_count = bots or 5 },
  }.answer
end

T["denies launches at night, over midnight too"] = function(t)
  for _, time in ipairs { "23:00", "00:30", "05:59" } do
    t.equal(answer(t, time).verdict, "deny", time)
  end
  t.contains(answer(t, "23:00").reason, "until 6:00")
end

T["lets launches go on by day"] = function(t)
  for _, time in ipairs { "06:00", "12:00", "22:59" } do
    t.equal(answer(t, time).verdict, "continue", time)
  end
end

T["keeps the bots few where some may work"] = function(t)
  t.equal(answer(t, "01:00", { bots = 2 }).patch, { bot_count = 2 })
  t.equal(answer(t, "01:00", { bots = 2 }, 2).verdict, "continue")
end

T["a night may lie within a day"] = function(t)
  local siesta = { from = 13, to = 15 }
  t.equal(answer(t, "14:00", siesta).verdict, "deny")
  t.equal(answer(t, "23:30", siesta).verdict, "continue")
end

return T
