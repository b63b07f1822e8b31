"""What has to happen at once on the server, in its own language. Redis runs one script at a time.

Times are the server's: replicas' clocks need not agree.
"""

from __future__ import annotations

import hashlib
from typing import Final


class Script:
    """A script, and the hash by which a server that knows it is asked to run it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


INCREMENT: Final = Script("""
-- KEYS: the value. ARGV: amount, milliseconds until a new one expires or ''. Returns the sum as text, or what is wrong.
local new = redis.call('EXISTS', KEYS[1]) == 0
local sum = redis.pcall('INCRBY', KEYS[1], ARGV[1])
if type(sum) == 'table' and sum.err then
    if string.find(sum.err, 'overflow') then return {'overflow'} end
    if string.find(sum.err, 'not an integer') then return {'no number'} end
    return sum
end
if new and ARGV[2] ~= '' then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
-- The script's own numbers are exact in 53 bits only.
return {'sum', redis.call('GET', KEYS[1])}
""")

ACQUIRE: Final = Script("""
-- KEYS: the window. ARGV: limit, milliseconds, amount, a token for a new window.
-- Returns whether it was granted, what remains, milliseconds until the window is over, its token.
local limit, amount = tonumber(ARGV[1]), tonumber(ARGV[3])
local used, token = unpack(redis.call('HMGET', KEYS[1], 'used', 'token'))
if not used then
    if amount > limit then return {0, limit, tonumber(ARGV[2]), ''} end
    redis.call('HSET', KEYS[1], 'used', ARGV[3], 'token', ARGV[4])
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    return {1, limit - amount, tonumber(ARGV[2]), ARGV[4]}
end
used = tonumber(used)
local granted = used + amount <= limit
if granted then used = redis.call('HINCRBY', KEYS[1], 'used', ARGV[3]) end
return {granted and 1 or 0, math.max(limit - used, 0), redis.call('PTTL', KEYS[1]), token}
""")

SETTLE: Final = Script("""
-- KEYS: the window. ARGV: its token, the correction.
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return 0 end
if redis.call('HINCRBY', KEYS[1], 'used', ARGV[2]) < 0 then redis.call('HSET', KEYS[1], 'used', 0) end
return 1
""")

SAVE: Final = Script("""
-- KEYS: the state. ARGV: expected version, document, a lineage for a first version, the channel of changes.
-- Returns whether it was saved, the version and lineage that there are now.
local version, lineage = unpack(redis.call('HMGET', KEYS[1], 'version', 'lineage'))
version = tonumber(version or '0')
if version ~= tonumber(ARGV[1]) then return {0, version, lineage or ''} end
version, lineage = version + 1, lineage or ARGV[3]
redis.call('HSET', KEYS[1], 'version', version, 'lineage', lineage, 'document', ARGV[2])
redis.call('PUBLISH', ARGV[4], version)
return {1, version, lineage}
""")

RESTORE: Final = Script("""
-- KEYS: the state. ARGV: version, lineage, document, the channel of changes.
-- Brings back what the server lost: all of it, or the last changes. A state of another lineage stays.
local version, lineage = unpack(redis.call('HMGET', KEYS[1], 'version', 'lineage'))
if version and (lineage ~= ARGV[2] or tonumber(version) >= tonumber(ARGV[1])) then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'lineage', ARGV[2], 'document', ARGV[3])
redis.call('PUBLISH', ARGV[4], ARGV[1])
return 1
""")

RECORD: Final = Script("""
-- KEYS: the log, its counter. ARGV: the entry, how many are kept.
local number = redis.call('INCR', KEYS[2])
redis.call('LPUSH', KEYS[1], number .. ' ' .. ARGV[1])
redis.call('LTRIM', KEYS[1], 0, ARGV[2] - 1)
return number
""")

RECORDS: Final = Script("""
-- KEYS: the log, its counter. ARGV: the number before which to begin or '', how many.
local first = 0
if ARGV[1] ~= '' then first = math.max(tonumber(redis.call('GET', KEYS[2]) or '0') - tonumber(ARGV[1]) + 1, 0) end
return redis.call('LRANGE', KEYS[1], first, first + ARGV[2] - 1)
""")

ANNOUNCE: Final = Script("""
-- KEYS: the members. ARGV: a name, its facts, milliseconds until they expire.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], ARGV[1], string.format('%d', now + ARGV[3]) .. ' ' .. ARGV[2])
local all = redis.call('HGETALL', KEYS[1])
for at = 1, #all, 2 do
    if tonumber(string.match(all[at + 1], '^%d+')) <= now then redis.call('HDEL', KEYS[1], all[at]) end
end
return 1
""")

MEMBERS: Final = Script("""
-- KEYS: the members. Returns the name and the facts of each, one after the other.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local all, live = redis.call('HGETALL', KEYS[1]), {}
for at = 1, #all, 2 do
    local expires, facts = string.match(all[at + 1], '^(%d+) (.*)$')
    if tonumber(expires) > now then
        table.insert(live, all[at])
        table.insert(live, facts)
    end
end
return live
""")

LEASE: Final = Script("""
-- KEYS: the lease. ARGV: who wants it, milliseconds.
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
""")
