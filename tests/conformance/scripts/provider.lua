-- A provider that behaves as its parameter `play` says. Its instances are down until they are
-- started.
local I = lariat.provider {
  name = "played_boxes",
  params = {
    play = { type = "string", default = "good" },
    text = { type = "string", default = "" },
  },
}

local plays = {}

function plays.fails()
  return nil, "as told"
end

function plays.hangs(ctx)
  ctx:sleep("1h")
end

function plays.deaf()
  while true do
  end
end

function plays.panics()
  error("on purpose")
end

function I.probe(ctx, id)
  if ctx.params.play == "nonsense" then
    return 5
  end
  return if ctx.store:get("up " .. id) then "ready" else "down"
end

function I.start(ctx, id)
  local play = plays[ctx.params.play]
  if play then
    return play(ctx)
  end
  ctx.store:set("up " .. id, true)
end

function I.stop(ctx, id)
  ctx.store:set("up " .. id, nil)
end

return I
