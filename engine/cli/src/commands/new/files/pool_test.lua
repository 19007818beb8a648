-- The tests of FILE.lua; `lariat test` runs them. No file or server is touched.
local T = lariat.tests()

T["makes up as many accounts as it is told"] = function(t)
  local pool = t.pool("FILE") { params = { count = 2 } }
  local accounts = pool.fetch()
  t.equal(#accounts, 2)
  t.equal(accounts[1], { id = "account-1", pack_count = 1 })
end

return T
