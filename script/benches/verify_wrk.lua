-- Sends requests that were made before: each line of the file BENCH_REQUESTS is one, its lines parted by tabs.
-- BENCH_ORDER=random draws them, anything else is the number of the request to begin with, one after the other.
-- At the end one line of JSON says what happened; wrk's own words are rounded.
local requests, count, position, is_random = {}, 0, 0, true

function init(_)
  for line in io.lines(os.getenv("BENCH_REQUESTS")) do
    count = count + 1
    requests[count] = line:gsub("\t", "\r\n") .. "\r\n\r\n"
  end
  is_random = os.getenv("BENCH_ORDER") == "random"
  position = tonumber(os.getenv("BENCH_ORDER")) or 0
  math.randomseed(os.time() + math.floor(os.clock() * 1e6))
end

function request()
  if is_random then return requests[math.random(count)] end
  position = position + 1
  return requests[(position - 1) % count + 1]
end

function done(summary, latency, _)
  local faults = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, "longest_ms": %.3f, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    latency.max / 1e3, faults.status, faults.connect + faults.read + faults.write + faults.timeout))
end
