//! What the server runs. Time is the server's, so that engines needn't agree on theirs.

use redis::Script;

use crate::keys::Keys;

const NOW: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
";

/// Whether an account is the holder's now: `granted`, or why it isn't. May be asked again, should
/// the answer have been lost.
const CLAIM: &str = "
local ready, claimed, claims = KEYS[1], KEYS[2], KEYS[3]
local id, holder, ms = ARGV[1], ARGV[2], ARGV[3]
local score
local claim = redis.call('HGET', claims, id)
if claim then
  local first, other = string.match(claim, '^(%S+) (.*)$')
  local ends = redis.call('ZSCORE', claimed, id)
  if other ~= holder and ends and tonumber(ends) > now then
    return other .. ' has it'
  end
  score = first
else
  score = redis.call('ZSCORE', ready, id)
  if not score then
    return 'it is not there any more'
  end
end
redis.call('ZREM', ready, id)
redis.call('ZADD', claimed, string.format('%.0f', now + ms), id)
redis.call('HSET', claims, id, score .. ' ' .. holder)
return 'granted'
";

/// Ends a claim: `settled`; `nothing` when there is none, since it was settled before; or who
/// has it by now.
const SETTLE: &str = "
local ready, claimed, claims, done, failed = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local id, holder, outcome, most = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local claim = redis.call('HGET', claims, id)
if not claim then
  return 'nothing'
end
local score, other = string.match(claim, '^(%S+) (.*)$')
if other ~= holder then
  return 'its claim ended, and ' .. other .. ' has it by now'
end
redis.call('ZREM', claimed, id)
redis.call('HDEL', claims, id)
if outcome == 'completed' then
  redis.call('ZADD', done, string.format('%.0f', now), id)
  redis.call('ZREM', failed, id)
  return 'settled'
end
if outcome == 'failed' then
  local times = tonumber(redis.call('ZINCRBY', failed, 1, id))
  if most > 0 and times >= most then
    return 'settled'
  end
end
redis.call('ZADD', ready, score, id)
return 'settled'
";

/// Puts up to a thousand accounts back whose claims have ended; answers how many.
const RECLAIM: &str = "
local ready, claimed, claims = KEYS[1], KEYS[2], KEYS[3]
local over = redis.call('ZRANGEBYSCORE', claimed, '-inf', string.format('%.0f', now), 'LIMIT', 0, 1000)
for _, id in ipairs(over) do
  local claim = redis.call('HGET', claims, id)
  if claim then
    redis.call('ZADD', ready, (string.match(claim, '^(%S+) ')), id)
  end
  redis.call('HDEL', claims, id)
  redis.call('ZREM', claimed, id)
end
return #over
";

pub(crate) struct Scripts {
    claim: Script,
    settle: Script,
    reclaim: Script,
}

impl Default for Scripts {
    fn default() -> Self {
        let script = |code: &str| Script::new(&format!("{NOW}{code}"));
        Self { claim: script(CLAIM), settle: script(SETTLE), reclaim: script(RECLAIM) }
    }
}

type Asked<'a> = redis::ScriptInvocation<'a>;

impl Scripts {
    pub(crate) fn claim(&self, keys: &Keys, id: &str, holder: &str, ms: u64) -> Asked<'_> {
        let mut asked = self.claim.key(&keys.ready);
        asked.key(&keys.claimed).key(&keys.claims).arg(id).arg(holder).arg(ms);
        asked
    }

    pub(crate) fn settle(&self, keys: &Keys, id: &str, holder: &str, outcome: &str, most: u32) -> Asked<'_> {
        let mut asked = self.settle.key(&keys.ready);
        asked.key(&keys.claimed).key(&keys.claims).key(&keys.done).key(&keys.failed);
        asked.arg(id).arg(holder).arg(outcome).arg(most);
        asked
    }

    pub(crate) fn reclaim(&self, keys: &Keys) -> Asked<'_> {
        let mut asked = self.reclaim.key(&keys.ready);
        asked.key(&keys.claimed).key(&keys.claims);
        asked
    }
}
