-- The accounts of a CSV file in the workspace, in its order. The first line names the
-- columns; one of them is the id.
--
--   type: csv_file
--   config: {file: accounts/accounts.csv, id: id}
local csv = require("csv")

local P = lariat.pool {
  name = "csv_file",
  description = "Accounts of a CSV file",
  params = {
    file = { type = "path", required = true, description = "The file, from the workspace on" },
    id = { type = "string", default = "id", description = "The column that holds the id" },
  },
}

---@param ctx lariat.PoolContext
function P.fetch(ctx)
  local lines, problem = ctx:read_lines(ctx.params.file)
  if not lines then
    error(problem)
  end
  local columns = csv.fields(lines() or "")
  local id
  for nth, column in ipairs(columns) do
    id = column == ctx.params.id and nth or id
  end
  if not id then
    error(ctx.params.file .. " has no column " .. ctx.params.id)
  end
  -- An account at each call: a file of a million lines is never held as a whole.
  return function()
    for line in lines do
      local fields = csv.fields(line)
      if (fields[id] or "") ~= "" then
        local account = {}
        for nth, column in ipairs(columns) do
          account[column] = csv.value(fields[nth] or "")
        end
        account.id = fields[id]
        return account
      end
    end
  end
end

return P
