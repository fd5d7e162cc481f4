-- Asks for domains of a file, one after the other, as fast as it is answered or with a pause before each request, in milliseconds.
-- Prints one line at the end: requests a second, then p50, p99, p99.9 and the longest latency in microseconds, then how many requests failed.
local paths = {}

function init(args)
    for line in io.lines(args[1]) do
        paths[#paths + 1] = wrk.format("GET", "/check/" .. line)
    end
    local pause = tonumber(args[2])
    if pause then
        delay = function() return pause end
    end
end

local next_one = 0

function request()
    next_one = next_one % #paths + 1
    return paths[next_one]
end

function done(summary, latency)
    local e = summary.errors
    local failed = e.connect + e.read + e.write + e.status + e.timeout
    print(string.format("RESULT %.0f %d %d %d %d %d", summary.requests / summary.duration * 1e6,
        latency:percentile(50), latency:percentile(99), latency:percentile(99.9), latency.max, failed))
end
