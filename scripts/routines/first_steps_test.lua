local T = lariat.tests()

T["takes all steps and adds up what was found"] = function(t)
  local got = t.routine("first_steps") { account = { id = "device-0001", pack_count = 5 } }
  t.equal(got.outcome, "completed")
  t.equal(got.result.tutorials, 1)
  t.equal(got.result.packs_opened, 2)
  t.equal(#got.progress, 3)
end

T["leaves the gift when it is told so"] = function(t)
  local got = t.routine("first_steps") {
    account = { id = "device-0001", pack_count = 5 },
    params = { gift = false },
  }
  t.equal(got.result.gifts, nil)
end

return T
