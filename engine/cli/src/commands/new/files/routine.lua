-- NAME: what a bot does with one account. scripts/README.md tells what there is.
local R = lariat.routine {
  name = "NAME",
  description = "Says what it does",
  params = {
    steps = { type = "integer", default = 2, min = 1, max = 100, description = "How many steps to take" },
  },
}

---@param ctx lariat.RoutineContext
function R.run(ctx)
  local account = ctx.account
  if not account then
    return lariat.fail("NAME needs an account; give the group an account_pool")
  end
  for step = 1, ctx.params.steps do
    if ctx:stopping() then
      return lariat.give_back("stopped before the end")
    end
    ctx.log:info("working", { step = step })
    ctx:sleep("50ms")
    ctx:progress(step, ctx.params.steps)
  end
  return { steps_taken = ctx.params.steps }
end

return R
