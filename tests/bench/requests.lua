-- Sends the requests of a file in turn: method, path, header line and body, with tabs between them.
local requests, turn = {}, 0

function init(args)
  for line in io.lines(args[1]) do
    local method, path, name, value, body = line:match("^(%u+)\t(%S+)\t([^:\t]+): ([^\t]*)\t(.*)$")
    local headers = { [name] = value }
    if body ~= "" then headers["content-type"] = "application/json" end
    requests[#requests + 1] = wrk.format(method, path, headers, body ~= "" and body or nil)
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end
