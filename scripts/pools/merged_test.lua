local T = lariat.tests()

local POOLS = {
  Premium = { { id = "a", pack_count = 9 }, { id = "b", pack_count = 5 } },
  Manual = { { id = "b", pack_count = 1, note = "kept" }, { id = "c" } },
}

local function open(t, params)
  params.first, params.second = params.first or "Premium", params.second or "Manual"
  return t.pool("merged") { params = params, pools = POOLS }
end

T["has each account once, the first pool's first"] = function(t)
  t.equal(open(t, {}).fetch(), {
    { id = "a", pack_count = 9 },
    { id = "b", pack_count = 5, note = "kept" },
    { id = "c" },
  })
end

T["stops at the limit"] = function(t)
  t.equal(#open(t, { limit = 2 }).fetch(), 2)
end

T["says which pool is missing"] = function(t)
  local _, problem = open(t, { second = "Nobody" }).fetch()
  t.contains(problem, "Nobody")
end

return T
