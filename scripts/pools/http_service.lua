-- Accounts that a service hands out: it lists them, is asked before one is worked on,
-- and is told how it ended. The service answers with JSON.
--
--   type: http_service
--   config: {url: "https://accounts.example.com/v1"}
local P = lariat.pool {
  name = "http_service",
  description = "Accounts of a service over HTTP",
  params = {
    url = { type = "string", required = true, description = "Where the service is, without a slash at the end" },
    token = { type = "string", default = "", description = "Sent as a bearer token, if given" },
    timeout = { type = "duration", default = "10s", description = "How long an answer may take" },
  },
}

local function options(ctx, json)
  local headers = {}
  if ctx.params.token ~= "" then
    headers.authorization = "Bearer " .. ctx.params.token
  end
  return { headers = headers, timeout = ctx.params.timeout, json = json }
end

---@param ctx lariat.PoolContext
function P.fetch(ctx)
  local answer, problem = ctx.http:get(ctx.params.url .. "/accounts", options(ctx))
  if not answer then
    return nil, problem
  elseif answer.status ~= 200 then
    return nil, "the service answered " .. answer.status
  end
  return ctx.json.decode(answer.body)
end

---@param ctx lariat.PoolContext
function P.claim(ctx, account)
  local answer, problem = ctx.http:post(ctx.params.url .. "/claim", options(ctx, { id = account.id }))
  if not answer then
    return nil, problem -- the account goes back, nothing is counted
  elseif answer.status == 409 then
    return false, "somebody else has it"
  end
  return answer.status < 300
end

---@param ctx lariat.PoolContext
function P.settle(ctx, account, outcome)
  local told = { id = account.id, outcome = outcome.outcome, reason = outcome.reason }
  local answer, problem = ctx.http:post(ctx.params.url .. "/settle", options(ctx, told))
  if not answer then
    return nil, problem
  end
end

return P
