-- Two pools as one: all of the first, then what only the second has. An account that
-- both have comes once, with the fields of both; the first one's count.
--
--   type: merged
--   config: {first: "Premium Accounts", second: "Manual List", limit: 100}
local P = lariat.pool {
  name = "merged",
  description = "The accounts of two pools, each once",
  params = {
    first = { type = "string", required = true, description = "The pool whose accounts come first" },
    second = { type = "string", required = true, description = "The pool that fills up" },
    limit = { type = "integer", default = 0, min = 0, description = "At most so many; 0: all" },
  },
}

---@param ctx lariat.PoolContext
function P.fetch(ctx)
  local merged, known = {}, {}
  for _, name in ipairs { ctx.params.first, ctx.params.second } do
    local accounts, problem = ctx.pools:accounts(name)
    if not accounts then
      return nil, problem
    end
    for _, account in ipairs(accounts) do
      local same = known[account.id]
      if not same then
        same = { id = account.id }
        known[account.id] = same
        table.insert(merged, same)
      end
      for field, value in pairs(account) do
        if same[field] == nil then
          same[field] = value
        end
      end
    end
  end
  if ctx.params.limit > 0 then
    return table.move(merged, 1, math.min(ctx.params.limit, #merged), 1, {})
  end
  return merged
end

return P
