//! Scripts that don't end by themselves, and scripts that take all memory.

/// Bodies that compute for ever, or for centuries.
pub const DISGUISES: &[(&str, &str)] = &[
    ("a loop", "while true do end"),
    ("repeat", "repeat until false"),
    ("calls", "local function f() return 1 end while true do f() end"),
    ("in a coroutine", "coroutine.wrap(function() while true do end end)()"),
    (
        "in a coroutine of a coroutine",
        "coroutine.wrap(function() coroutine.wrap(function() while true do end end)() end)()",
    ),
    ("in pcall", "pcall(function() while true do end end)"),
    ("in pcall in a loop", "while true do pcall(function() while true do end end) end"),
    (
        "in pcall in a coroutine in a loop",
        "while true do coroutine.resume(coroutine.create(function() pcall(function() while true do end end) end)) end",
    ),
    ("in xpcall's handler", "xpcall(function() error('x') end, function() while true do end end)"),
    (
        "in xpcall's handler in a loop",
        "while true do xpcall(function() error('x') end, function() while true do end end) end",
    ),
    (
        "in handlers of handlers",
        "local function h() xpcall(function() while true do end end, h) while true do end end while true do xpcall(error, h) end",
    ),
    ("a pattern", "string.find(('a'):rep(30), ('a?'):rep(30) .. ('a'):rep(30))"),
    (
        "a pattern in pcall",
        "while true do pcall(string.find, ('a'):rep(30), ('a?'):rep(30) .. ('a'):rep(30)) end",
    ),
    ("a comparison", "table.sort({ 3, 1, 2 }, function() while true do end end)"),
    (
        "pcall in a comparison",
        "table.sort({ 3, 1, 2 }, function() while true do pcall(function() while true do end end) end end)",
    ),
    (
        "pcalled comparisons",
        "while true do pcall(table.sort, { 3, 1, 2 }, function() while true do pcall(function() while true do end end) end end) end",
    ),
    ("__index", "local t = setmetatable({}, { __index = function() while true do end end }) return t.x"),
    (
        "__index of itself",
        "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k .. 'x'] end while true do pcall(function() return t.x end) end",
    ),
    (
        "__lt in sort",
        "local m = { __lt = function() while true do end end } table.sort({ setmetatable({}, m), setmetatable({}, m) })",
    ),
    ("gsub's callback", "('x'):gsub('.', function() while true do end end)"),
    (
        "a coroutine in a comparison",
        "table.sort({ 3, 1, 2 }, function() coroutine.wrap(function() while true do end end)() end)",
    ),
    ("deep recursion", "local function f() pcall(f) pcall(f) end while true do f() end"),
    ("recursion", "local function f(n) return n < 2 and n or f(n - 1) + f(n - 2) end f(200)"),
    ("yields to nobody", "while true do coroutine.yield() end"),
    (
        "yields out of a coroutine",
        "local co = coroutine.wrap(function() while true do coroutine.yield(1) end end) while true do co() end",
    ),
    ("an iterator", "for _ in function() return 1 end do end"),
    ("growing text", "local s = 'x' while true do s = s .. 'x' if #s > 1000 then s = 'x' end end"),
    (
        "concatenation",
        "local t = {} for i = 1, 1e4 do t[i] = 'x' end while true do table.concat(t, ('y'):rep(100)) end",
    ),
    ("tostring", "local t = setmetatable({}, { __tostring = function() while true do end end }) print(t)"),
];

/// Bodies that take all memory.
pub const BOMBS: &[&str] = &[
    "local t = {} while true do t[#t + 1] = ('x'):rep(100000) .. #t end",
    "local s = ('x'):rep(1e9)",
    "local s = 'x' while true do s = s .. s end",
    "local t = table.create(5e7, 0)",
    "local t = {} for i = 1, 1e9 do t[i] = {} end",
    "local t = {} for i = 1, 1e5 do t[i] = ('x'):rep(1000) end table.concat(t, ('y'):rep(1e5))",
    "local b = buffer.create(1e9)",
];
