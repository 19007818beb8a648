-- NAME: where a pool's accounts come from. A pool uses it with `type: NAME`, and gives
-- its parameters under `config:`. scripts/README.md tells what there is.
local P = lariat.pool {
  name = "NAME",
  description = "Says where the accounts come from",
  params = {
    count = { type = "integer", default = 3, min = 1, description = "How many accounts to make up" },
  },
}

-- Called at each refresh; gives the accounts in the order to serve.
---@param ctx lariat.PoolContext
function P.fetch(ctx)
  local accounts = {}
  for n = 1, ctx.params.count do
    table.insert(accounts, { id = "account-" .. n, pack_count = n })
  end
  return accounts
end

return P
