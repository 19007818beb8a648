local T = lariat.tests()

local URL = "https://accounts.example.com/v1"

local function open(t, http)
  return t.pool("http_service") { params = { url = URL, token = "secret" }, http = http }
end

T["serves what the service lists"] = function(t)
  local pool = open(t, { [URL .. "/accounts"] = { json = { { id = "a1", pack_count = 3 }, { id = "a2" } } } })
  t.equal(pool.fetch(), { { id = "a1", pack_count = 3 }, { id = "a2" } })
  t.equal(pool.requests[1].headers.authorization, "Bearer secret")
  t.equal(pool.requests[1].timeout, 10)
end

T["keeps what the pool has when the service is down"] = function(t)
  local accounts, problem = open(t, { [URL .. "/accounts"] = { status = 503 } }).fetch()
  t.equal(accounts, nil)
  t.contains(problem, "answered 503")
  accounts, problem = open(t, { [URL .. "/accounts"] = "no route to host" }).fetch()
  t.equal(accounts, nil)
  t.contains(problem, "no route")
end

T["asks before an account is worked on"] = function(t)
  local function claim(status)
    return open(t, { [URL .. "/claim"] = { status = status } }).claim { id = "a1" }
  end
  t.equal(claim(204), true)
  local granted, why = claim(409)
  t.equal(granted, false)
  t.equal(why, "somebody else has it")
end

T["tells how it ended"] = function(t)
  local pool = open(t, { ["POST " .. URL .. "/settle"] = { status = 204 } })
  t.ok(pool.settle({ id = "a1" }, { outcome = "failed", reason = "no luck" }))
  t.equal(pool.requests[1].json, { id = "a1", outcome = "failed", reason = "no luck" })
end

return T
