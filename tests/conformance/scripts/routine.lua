-- A routine that behaves as its parameter `play` says.
local R = lariat.routine {
  name = "Played",
  params = {
    play = { type = "string", default = "good" },
    text = { type = "string", default = "" },
  },
}

local plays = {}

function plays.fails()
  return lariat.fail("as told")
end

function plays.skips()
  return lariat.skip("as told")
end

function plays.returns()
  return lariat.give_back("as told")
end

function plays.echo(ctx)
  return { note = ctx.account.note }
end

function plays.hangs(ctx)
  while not ctx:stopping() do
    ctx:sleep("10ms")
  end
  return lariat.give_back("told to end")
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

function R.run(ctx)
  ctx:progress(1, 3)
  local play = plays[ctx.params.play]
  if play then
    return play(ctx)
  end
  return { packs_opened = 3 }
end

return R
