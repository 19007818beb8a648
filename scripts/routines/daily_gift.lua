-- Collects the daily gift of an account from a server, and reports what it was. A server
-- that is busy is asked again, each time after a longer pause; an account that had its
-- gift today already is skipped.
local R = lariat.routine {
  name = "DailyGift",
  description = "Collects the daily gift, once a day",
  params = {
    url = { type = "string", required = true, description = "The server's address of gifts" },
    attempts = { type = "integer", default = 4, min = 1, max = 10, description = "How often to ask" },
    pause = { type = "duration", default = "2s", description = "The first pause; each is twice the last" },
  },
}

-- The server's answer, or nil and why there is none.
local function ask(ctx)
  local pause, problem = ctx.params.pause, nil
  for attempt = 1, ctx.params.attempts do
    ctx:progress(attempt - 1, ctx.params.attempts)
    local answer, failure = ctx.http:post(ctx.params.url, { json = { account = ctx.account.id } })
    if answer and answer.status < 500 then
      return answer
    end
    problem = failure or ("the server answered " .. answer.status)
    if ctx:stopping() or attempt == ctx.params.attempts then
      break
    end
    ctx.log:warn("asking again", { attempt = attempt, pause = pause, problem = problem })
    ctx:sleep(pause)
    pause = pause * 2
  end
  return nil, problem
end

---@param ctx lariat.RoutineContext
function R.run(ctx)
  local key = "gift:" .. ctx.account.id
  if ctx.store:get(key) == ctx.clock:date() then
    return lariat.skip("had its gift today")
  end
  local answer, problem = ask(ctx)
  if not answer then
    return ctx:stopping() and lariat.give_back("stopped") or lariat.fail(problem)
  elseif answer.status ~= 200 then
    return lariat.fail("the server refused with " .. answer.status)
  end
  local gift = ctx.json.decode(answer.body) or {}
  ctx.store:set(key, ctx.clock:date())
  ctx:progress(ctx.params.attempts, ctx.params.attempts)
  return { gifts = 1, packs_opened = gift.packs or 0 }
end

return R
