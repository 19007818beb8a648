local T = lariat.tests()

local URL = "https://hooks.example.com/T1"

local function run(t, given)
  given.params = { url = URL, only_failures = given.only_failures }
  given.only_failures = nil
  given.group = "Farmers"
  given.http = given.http or { [URL] = { status = 200 } }
  given.report = {
    success = given.success ~= false,
    accounts = { completed = 3, failed = 1, skipped = 0 },
    totals = { packs_opened = 7 },
    errors = {},
    duration_ms = 2500,
  }
  given.success = nil
  return t.hook("webhook")(given)
end

T["posts a summary"] = function(t)
  local got = run(t, {})
  t.equal(got.answer.verdict, "continue")
  t.equal(got.requests[1].json.text, "Farmers is done: 3 completed, 1 failed, 0 skipped in 2.5 s")
  t.equal(got.requests[1].json.totals, { packs_opened = 7 })
end

T["may be silent when all went well"] = function(t)
  t.equal(#run(t, { only_failures = true }).requests, 0)
  t.equal(#run(t, { only_failures = true, success = false }).requests, 1)
end

T["posts nothing when a plan is only shown"] = function(t)
  t.equal(#run(t, { dry_run = true }).requests, 0)
end

T["raises when the webhook doesn't take it"] = function(t)
  t.contains(run(t, { http = { [URL] = { status = 404 } } }).error, "answered 404")
end

return T
