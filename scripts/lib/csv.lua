-- CSV: a line of text into its fields. Fields may be quoted, and hold commas then.
local csv = {}

-- The fields of one line.
function csv.fields(line)
  local fields, at = {}, 1
  while true do
    if string.sub(line, at, at) == '"' then
      local text = ""
      repeat
        local stop = string.find(line, '"', at + 1, true) or #line + 1
        text = text .. string.sub(line, at + 1, stop - 1)
        at = stop + 1
        local doubled = string.sub(line, at, at) == '"'
        if doubled then
          text = text .. '"'
        end
      until not doubled
      table.insert(fields, text)
    else
      local stop = string.find(line, ",", at, true) or #line + 1
      table.insert(fields, string.sub(line, at, stop - 1))
      at = stop
    end
    if string.sub(line, at, at) ~= "," then
      return fields
    end
    at = at + 1
  end
end

-- A number where the text is one, nil where it is empty.
function csv.value(text)
  if text == "" then
    return nil
  end
  return tonumber(text) or text
end

return csv
