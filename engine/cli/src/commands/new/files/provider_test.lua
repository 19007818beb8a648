-- The tests of FILE.lua; `lariat test` runs them. Nothing is started.
local T = lariat.tests()

T["is down until it was started, and starts for a while"] = function(t)
  local provider = t.provider("FILE") { clock = "2026-03-01T08:00" }
  t.equal(provider.probe(3), "down")
  t.ok(provider.start(3))
  t.equal(provider.probe(3), "starting")
  t.ok(provider.stop(3))
  t.equal(provider.probe(3), "down")
end

T["is ready when the time is over"] = function(t)
  local provider = t.provider("FILE") { store = { ["started 3"] = 0 } }
  t.equal(provider.probe(3), "ready")
end

return T
