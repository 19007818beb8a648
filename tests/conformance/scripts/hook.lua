-- A hook that behaves as its parameter `play` says.
local H = lariat.hook {
  name = "played_hook",
  on = { "before:validate" },
  params = {
    play = { type = "string", default = "continue" },
    text = { type = "string", default = "" },
  },
}

local plays = {}

function plays.patch()
  return lariat.patch { bot_count = 1 }
end

function plays.deny()
  return lariat.deny("as told")
end

function plays.skip()
  return lariat.skip_instance(1, "as told")
end

function plays.retry()
  return lariat.retry("30s", "as told")
end

function plays.echo(ctx)
  return lariat.deny(ctx.plan.config.note)
end

function plays.hangs(ctx)
  ctx:sleep("1h")
end

function plays.panics()
  error("on purpose")
end

function plays.nonsense()
  return 5
end

function H.run(ctx)
  local play = plays[ctx.params.play]
  return if play then play(ctx) else nil
end

return H
