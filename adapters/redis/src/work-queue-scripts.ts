import { script } from './connection.js';

/*
 * The queue's steps, each one script and so each one atomic. Time is the server's own clock.
 *
 *   jobs        stream   the envelopes (id, body) of all jobs that are not settled; an entry's
 *                        name in the stream is the job's number
 *   cursor      string   the last entry that was delivered at least once; what lies behind it
 *                        in the stream is fresh
 *   waiting     zset     delivered before and given back; score: when it may be delivered again
 *   leases      zset     leased; score: when the lease ends
 *   deliveries  hash     attempt:token:reason of each job in waiting or leases
 *   dead        stream   the newest dead letters, maxDead of them at most
 *   recent      zset     ids within the window of de-duplication; score: when published
 *   wake        stream   of length 1: grows when a waiting receiver should look again
 *
 * An unsettled job is in the stream always, and in waiting or in leases unless it is fresh. So
 * each number of `depth` is a length or a difference of lengths.
 */
export const KEY_NAMES = ['jobs', 'cursor', 'waiting', 'leases', 'deliveries', 'dead', 'recent', 'wake'] as const;

const COMMON = `
local jobs, cursor, waiting, leases, deliveries, dead, recent, wake = unpack(KEYS)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function notify()
  redis.call('XADD', wake, 'MAXLEN', 1, '*', 'w', '1')
end

-- When the entry was published, in milliseconds.
local function published(n)
  return tonumber(string.match(n, '^%d+'))
end

local function noted(attempt, token, reason)
  return attempt .. ':' .. token .. ':' .. reason
end

local function parsed(note)
  if not note then return 0, '', '' end
  local attempt, token, reason = string.match(note, '^(%d+):(%x*):(.*)$')
  return tonumber(attempt), token, reason
end

local function delivery(n)
  return parsed(redis.call('HGET', deliveries, n))
end

-- Takes a list: one command for many jobs costs little more than for one.
local function forget(numbers)
  if #numbers == 0 then return end
  redis.call('ZREM', leases, unpack(numbers))
  redis.call('ZREM', waiting, unpack(numbers))
  redis.call('HDEL', deliveries, unpack(numbers))
  redis.call('XDEL', jobs, unpack(numbers))
end

-- The job's id and body; nil when the entry is no envelope of CAVE.
local function envelope(fields)
  if #fields == 4 and fields[1] == 'id' and fields[3] == 'body' then return fields[2], fields[4] end
  return nil
end

-- The newest are kept: what nobody looks at must not fill the server.
local function bury(n, id, body, attempts, reason, maxDead)
  redis.call('XADD', dead, 'MAXLEN', maxDead, '*', 'id', id, 'body', body, 'attempts', attempts, 'reason', reason)
  forget({ n })
end

local function buryUnreadable(n, fields, maxDead)
  bury(n, n, table.concat(fields, '\\n'), 0, 'The envelope cannot be parsed.', maxDead)
end

-- A delivery that failed: again at a time, or dead when it was the last one.
local function failed(n, attempt, maxAttempts, again, reason, maxDead)
  if attempt < maxAttempts then
    redis.call('ZREM', leases, n)
    redis.call('ZADD', waiting, again, n)
    redis.call('HSET', deliveries, n, noted(attempt, '', reason))
    return
  end
  local entry = redis.call('XRANGE', jobs, n, n)[1]
  if not entry then
    forget({ n }) -- somebody took it out of the stream
    return
  end
  local id, body = envelope(entry[2])
  bury(n, id, body, attempt, reason, maxDead)
end

-- Leases that are over, a bounded number at a time: other clients of the server wait meanwhile.
local function reap(maxAttempts, maxDead)
  for _, n in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', now, 'LIMIT', 0, 1000)) do
    failed(n, (delivery(n)), maxAttempts, now, 'The lease expired before the job was acknowledged.', maxDead)
  end
end

-- For each number and token from ARGV[from] on: the number, attempt and reason of a lease that
-- is alive, or false for a lost one. One that is named twice is lost the second time.
local function held(from)
  local numbers, found, seen = {}, {}, {}
  for i = from, #ARGV, 2 do numbers[#numbers + 1] = ARGV[i] end
  local ends = redis.call('ZMSCORE', leases, unpack(numbers))
  local notes = redis.call('HMGET', deliveries, unpack(numbers))
  for i, n in ipairs(numbers) do
    local attempt, token, reason = parsed(notes[i])
    found[i] = false
    if ends[i] and tonumber(ends[i]) > now and token == ARGV[from + 2 * i - 1] and not seen[n] then
      seen[n] = true
      found[i] = { n = n, attempt = attempt, reason = reason }
    end
  end
  return found
end

-- Answers 1 for each that was held, after doing something with it, and 0 for a lost one.
local function each(found, act)
  local results = {}
  for i, lease in ipairs(found) do
    if lease then act(lease) end
    results[i] = lease and 1 or 0
  end
  return results
end
`;

/** ARGV: window in ms, then id and body of each job. Answers 1 for each that was taken, 0 for a duplicate. */
export const PUBLISH = script(`${COMMON}
local window = tonumber(ARGV[1])
if window > 0 then redis.call('ZREMRANGEBYSCORE', recent, '-inf', now - window) end
local taken = {}
local any = false
for i = 2, #ARGV, 2 do
  local isNew = window == 0 or redis.call('ZADD', recent, 'NX', now, ARGV[i]) == 1
  if isNew then
    redis.call('XADD', jobs, '*', 'id', ARGV[i], 'body', ARGV[i + 1])
    any = true
  end
  taken[#taken + 1] = isNew and 1 or 0
end
if any then notify() end
return taken
`);

/**
 * ARGV: maxAttempts, maxDead, most jobs, lease in ms, token. Answers: ms until it is worth to look again
 * (-1: when woken), the last entry of wake, then number, id, body and attempt of each job.
 * Fresh jobs and those that wait share one order, by the time since which they could be had,
 * so that neither starves the other.
 */
export const TAKE = script(`${COMMON}
local maxAttempts, maxDead, most, leaseMs, token = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
reap(maxAttempts, maxDead)
local woken = redis.call('XREVRANGE', wake, '+', '-', 'COUNT', 1)[1]
local answer = { -1, woken and woken[1] or '0-0' }
local due = redis.call('ZRANGEBYSCORE', waiting, '-inf', now, 'WITHSCORES', 'LIMIT', 0, most)
local last = redis.call('GET', cursor)
local fresh = redis.call('XRANGE', jobs, last and ('(' .. last) or '-', '+', 'COUNT', most)
local d, f, count = 1, 1, 0
local again, ends, notes = {}, {}, {}
local passed = nil
local buried = false

local function lease(n, attempt, reason, id, body)
  count = count + 1
  ends[2 * count - 1], ends[2 * count] = now + leaseMs, n
  notes[2 * count - 1], notes[2 * count] = n, noted(attempt, token, reason)
  local at = #answer
  answer[at + 1], answer[at + 2], answer[at + 3], answer[at + 4] = n, id, body, attempt
end

while count < most and (due[d] or fresh[f]) do
  if fresh[f] and (not due[d] or published(fresh[f][1]) <= tonumber(due[d + 1])) then
    local n, fields = fresh[f][1], fresh[f][2]
    f = f + 1
    passed = n
    local id, body = envelope(fields)
    if id then
      lease(n, 1, '', id, body)
    else
      buryUnreadable(n, fields, maxDead)
      buried = true
    end
  else
    local n = due[d]
    d = d + 2
    local entry = redis.call('XRANGE', jobs, n, n)[1]
    if entry then
      local attempt, _, reason = delivery(n)
      again[#again + 1] = n
      lease(n, attempt + 1, reason, envelope(entry[2]))
    else
      forget({ n }) -- somebody took it out of the stream
    end
  end
end
if #again > 0 then redis.call('ZREM', waiting, unpack(again)) end
if count > 0 then
  redis.call('ZADD', leases, unpack(ends))
  redis.call('HSET', deliveries, unpack(notes))
end
if passed then redis.call('SET', cursor, passed) end
if count == 0 then
  if buried then
    answer[1] = 0
  else
    for _, key in ipairs({ waiting, leases }) do
      local first = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
      if first[2] then
        local ms = math.max(0, tonumber(first[2]) - now)
        if answer[1] == -1 or ms < answer[1] then answer[1] = ms end
      end
    end
  end
end
return answer
`);

/** ARGV: number and token of each lease. Answers 1 for each that was held, 0 for a lost one. */
export const ACK = script(`${COMMON}
local done = {}
local results = each(held(1), function(lease) done[#done + 1] = lease.n end)
forget(done)
return results
`);

/** ARGV: maxAttempts, maxDead, delay in ms, reason, then as ACK. */
export const NACK = script(`${COMMON}
local maxAttempts, maxDead, again, reason = tonumber(ARGV[1]), ARGV[2], now + tonumber(ARGV[3]), ARGV[4]
local results = each(held(5), function(lease) failed(lease.n, lease.attempt, maxAttempts, again, reason, maxDead) end)
notify()
return results
`);

/** ARGV: new lease in ms, then as ACK. */
export const EXTEND = script(`${COMMON}
local ends = now + tonumber(ARGV[1])
return each(held(2), function(lease) redis.call('ZADD', leases, ends, lease.n) end)
`);

/** ARGV as ACK: takes back deliveries that nobody was handed. The attempt never was, the job is as old as it is. */
export const UNTAKE = script(`${COMMON}
local results = each(held(1), function(lease)
  redis.call('ZREM', leases, lease.n)
  redis.call('ZADD', waiting, published(lease.n), lease.n)
  redis.call('HSET', deliveries, lease.n, noted(lease.attempt - 1, '', lease.reason))
end)
notify()
return results
`);

/** ARGV: maxAttempts, maxDead. Answers ready, leased, delayed, dead. */
export const DEPTH = script(`${COMMON}
reap(tonumber(ARGV[1]), ARGV[2])
local leased = redis.call('ZCOUNT', leases, '(' .. now, '+inf')
local delayed = redis.call('ZCOUNT', waiting, '(' .. now, '+inf')
return { redis.call('XLEN', jobs) - leased - delayed, leased, delayed, redis.call('XLEN', dead) }
`);

/** ARGV: maxAttempts, maxDead, most letters. Answers entries with the fields id, body, attempts and reason, the newest first. */
export const DEAD = script(`${COMMON}
reap(tonumber(ARGV[1]), ARGV[2])
return redis.call('XREVRANGE', dead, '+', '-', 'COUNT', ARGV[3])
`);
