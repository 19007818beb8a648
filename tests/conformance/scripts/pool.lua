-- A pool type that behaves as its parameter `play` says.
local P = lariat.pool {
  name = "played_pool",
  params = {
    play = { type = "string", default = "good" },
    text = { type = "string", default = "" },
  },
}

local function three()
  return { { id = "a", pack_count = 1 }, { id = "b", pack_count = 2 }, { id = "c", pack_count = 3 } }
end

local plays = {}

function plays.empty()
  return {}
end

function plays.many()
  local n = -1
  return function()
    n = n + 1
    return if n < 100000 then { id = "n" .. n, pack_count = n } else nil
  end
end

function plays.echo(ctx)
  return { { id = "echo", note = ctx.params.text } }
end

function plays.slow(ctx)
  ctx:sleep("100ms")
  return three()
end

function plays.hangs(ctx)
  ctx:sleep("1h")
  return {}
end

function plays.deaf()
  while true do
  end
end

function plays.panics()
  error("on purpose")
end

function plays.nonsense()
  return 5
end

function plays.repeats()
  local all = three()
  table.insert(all, { id = "a", pack_count = 7 })
  return all
end

function plays.bad_ids()
  local all = three()
  all[2].id = ""
  return all
end

function plays.settles(ctx)
  return ctx.store:get("settled") or {}
end

function P.fetch(ctx)
  local play = plays[ctx.params.play] or three
  return play(ctx)
end

function P.claim(ctx, account)
  if ctx.params.play == "echo" then
    return false, account.note
  elseif account.id == "b" then
    return false, "taken"
  end
  return true
end

function P.settle(ctx, account, settlement)
  local settled = ctx.store:get("settled")
  local all = if settled then table.clone(settled) else {}
  local note = settlement.reason or settlement.result.note
  table.insert(all, { id = account.id .. "/" .. settlement.outcome, note = note })
  ctx.store:set("settled", all)
end

return P
