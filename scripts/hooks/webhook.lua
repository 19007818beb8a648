-- Tells a chat or a monitor how a launch ended. Off unless lariat.yaml says
--
--   hooks: {webhook: {enabled: true, config: {url: "https://hooks.example.com/T1"}}}
local H = lariat.hook {
  name = "webhook",
  description = "Posts a launch's summary to a URL",
  on = { "after:release" },
  on_error = "warn",
  timeout = "15s",
  params = {
    url = { type = "string", required = true, description = "Where to post" },
    only_failures = { type = "boolean", default = false, description = "Whether to be silent when all went well" },
  },
}

---@param ctx lariat.HookContext
function H.run(ctx)
  if ctx.dry_run then
    return
  end
  local report, problem = ctx:report()
  if not report then
    error(problem)
  elseif report.success and ctx.params.only_failures then
    return
  end
  local counts = report.accounts
  local text = string.format(
    "%s %s: %d completed, %d failed, %d skipped in %.1f s",
    ctx.group, report.success and "is done" or "has failed",
    counts.completed, counts.failed, counts.skipped, report.duration_ms / 1000
  )
  local answer, failure = ctx.http:post(ctx.params.url, {
    json = { text = text, launch_id = ctx.launch_id, totals = report.totals, errors = report.errors },
    timeout = "10s",
  })
  if not answer then
    error(failure)
  elseif answer.status >= 300 then
    error("the webhook answered " .. answer.status)
  end
end

return H
