local T = lariat.tests()

local FILE = "device,pack_count,note\r\nd-1,3,\"a, b \"\"c\"\"\"\n\n007,,plain\n"

local function open(t, file)
  return t.pool("csv_file") {
    params = { file = file or "a.csv", id = "device" },
    files = { ["a.csv"] = FILE, ["b.csv"] = "id\nx\n" },
  }
end

T["gives an account for each line, in order"] = function(t)
  t.equal(open(t).fetch(), {
    { id = "d-1", device = "d-1", pack_count = 3, note = 'a, b "c"' },
    { id = "007", device = 7, note = "plain" },
  })
end

T["says which column or file is missing"] = function(t)
  local _, problem = open(t, "b.csv").fetch()
  t.contains(problem, "b.csv has no column device")
  _, problem = open(t, "c.csv").fetch()
  t.contains(problem, "c.csv")
end

return T
