-- Dice that fall the same way for the same text: for samples and tests that look
-- random and aren't.
local dice = {}
dice.__index = dice

-- A die for a text, such as an account's id.
function dice.of(text)
  local seed = 5381
  for i = 1, #text do
    seed = (seed * 33 + string.byte(text, i)) % 2147483647
  end
  return setmetatable({ seed = seed }, dice)
end

-- A whole number from low to high, both included.
function dice:between(low, high)
  self.seed = (self.seed * 48271) % 2147483647
  return low + self.seed % (high - low + 1)
end

-- True about once in `sides` times.
function dice:one_in(sides)
  return self:between(1, sides) == 1
end

return dice
