-- The requests of a load, for wrk:  wrk -s load.lua URL -- AUTHORIZATION BODY PAUSE [FIELD FILE ROTATES]
--
-- AUTHORIZATION  the header's value, or "-" for none
-- PAUSE          milliseconds that a connection rests before each request, on the average
-- FIELD, FILE    each request also has this form field, with the next of the values in the file, which has one a line
-- ROTATES        "yes" if an answer's value of FIELD is to be used in a later request, else each value is used once
--
-- The last line is a JSON object. `exhausted` counts requests for which no value was left, `empty` answers without one.

exhausted, empty = 0, 0
local field, body, pause, rotates
local values, first, last = {}, 1, 0

local function add(value)
  last = last + 1
  values[last] = value
end

local function take()
  local value = values[first]
  if value == nil then
    exhausted = exhausted + 1
    return "none"
  end
  values[first] = nil
  first = first + 1
  return value
end

function init(args)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
  wrk.headers["Accept"] = "application/json"
  if args[1] ~= "-" then wrk.headers["Authorization"] = args[1] end
  body, pause, field, rotates = args[2], tonumber(args[3]), args[4], args[6] == "yes"
  wrk.body = body
  if pause > 0 then
    math.randomseed(20)
    function delay() return math.random(0, 2 * pause) end
  end
  if field == nil then return end
  -- Before it begins, wrk makes one request to look at, which it does not send.
  add("unsent")
  for line in io.lines(args[5]) do add(line) end
  function request()
    return wrk.format(nil, nil, nil, body .. "&" .. field .. "=" .. take())
  end
  if not rotates then return end
  local pattern = '"' .. field .. '"%s*:%s*"([^"]+)"'
  function response(status, headers, text)
    local value = text:match(pattern)
    if value then add((value:gsub("[^%w_.~-]", function(c) return string.format("%%%02X", c:byte()) end)))
    else empty = empty + 1 end
  end
end

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function done(summary, latency)
  local without, unanswered = 0, 0
  for _, thread in ipairs(threads) do
    without = without + thread:get("exhausted")
    unanswered = unanswered + thread:get("empty")
  end
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    '{"requests": %d, "microseconds": %d, "p50": %.0f, "p99": %.0f, "refused": %d, "broken": %d, "exhausted": %d, "empty": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), errors.status, broken, without, unanswered))
end
