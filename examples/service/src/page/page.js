// Shows /status once a second. It does not read /changes: a stream would take one of the six connections that a browser has to a host, and
// with six tabs none would be left.
// All text that comes from the service goes through textContent: a list may hold anything.
"use strict";

const LIMIT = 100;
const QUICK = 5;     // seconds for an answer that is there
const LONG = 60;     // seconds for one that is made first
const $ = (id) => document.getElementById(id);
const count = new Intl.NumberFormat("en");
const rates = [];
let status = null;   // the last answer of /status
let shown = null;    // the version whose change is shown; null for the newest
let loaded = "";     // the change and the search that the lists show
let asked = 0;       // the number of the last search, so that an older answer is dropped

// ---- small things

const make = (tag, text, attributes = {}) => {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};
// A live region is read out when it is written to, so it is written to only when it says something else.
const say = (element, text) => { if (element.textContent !== text) element.textContent = text; };
const plural = (number, one, many = one + "s") => `${count.format(number)} ${number === 1 ? one : many}`;
const ago = (seconds) => {
  const past = Math.max(0, Date.now() / 1000 - seconds);
  if (past < 2) return "just now";
  if (past < 90) return `${Math.round(past)} s ago`;
  if (past < 5400) return `${Math.round(past / 60)} min ago`;
  if (past < 129600) return `${Math.round(past / 3600)} h ago`;
  return `${Math.round(past / 86400)} days ago`;
};
const clock = (seconds) => new Date(seconds * 1000).toLocaleString();
const micros = (time) => time === null ? "–" : time < 1000 ? `≤ ${time} µs` : `≤ ${time / 1000} ms`;
const isEtcd = () => status !== null && status.source.kind === "etcd";
const origin = (from) => !from ? "" : from.kind === "rollback" ? `rolled back to ${from.to}` : from.kind === "last_good" ? "from the last good copy" : isEtcd() ? "from etcd" : "from the list";

// The answer has to be there to its end in so many seconds. An error has the status, if there was any.
const ask = async (path, limit, options = {}) => {
  const failed = (reason, status) => Object.assign(new Error(reason), { status });
  const signal = AbortSignal.timeout(limit * 1000);
  const lost = (error) => failed(error.name === "TimeoutError" ? `no answer in ${limit} s` : "it cannot be reached");
  const response = await fetch(path, { cache: "no-store", signal, ...options }).catch((error) => { throw lost(error); });
  const text = await response.text().catch((error) => { throw lost(error); });
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    throw failed(`the service answers ${response.status}, and no JSON`, response.status);
  }
  if (!response.ok) throw failed(answer.reason ?? `the service answers ${response.status}`, response.status);
  return answer;
};
// A look at a list, or a rollback, may take its time.
const change = (path) => {
  const token = $("token").value.trim();
  // A browser sends no such header, or one that no service reads.
  if (/[^!-~]/.test(token)) throw new Error("a token is of ASCII, and has no space");
  return ask(path, LONG, { method: "POST", headers: token ? { authorization: `Bearer ${token}` } : {} });
};

// ---- the state of the source, in colour and in words

const lostEtcd = ({ source: { failure } }) => ["unreachable", "timeout"].includes(failure?.kind) ? "etcd is away" : "etcd is there, but cannot be followed";
const STATES = {
  good: ["✓", () => isEtcd() ? "Follows etcd: the list is good" : "The list is good"],
  refused: ["✗", (now) => `The last reload was refused. Version ${now.version} stays in force.`],
  missing: ["✗", (now) => `No list is loaded: ${isEtcd() ? lostEtcd(now) : "the file is not there or not good"}`],
  loading: ["…", () => "Loads the list for the first time"],
  // Of etcd alone.
  away: ["✗", (now) => `${lostEtcd(now)}. The last good ${now.source.from.kind === "last_good" ? "copy" : "list"} answers: version ${now.version}.`],
  empty: ["✗", (now) => `There is no domain in etcd below ${now.source.prefix}${now.source.from.kind === "last_good" ? `. The last good copy answers: version ${now.version}.` : ""}`],
  rejected: ["!", (now) => `Follows etcd. ${plural(now.source.rejected_keys, "key is", "keys are")} refused, and the others count.`],
  lost: ["✗", () => "The service does not answer"],
};

const showSource = (now) => {
  const { state, reason, since, from, applied_at: applied, checked_at: checked, copy_reason: copy } = now.source;
  const [mark, words] = now.stopping ? ["…", () => "The service stops"] : STATES[state];
  const rolledBack = state === "good" && from && from.kind === "rollback";
  $("source").dataset.state = now.stopping || (rolledBack || (from && from.kind === "last_good")) && state === "good" ? "waiting" : state;
  say($("source-mark"), rolledBack ? "↩" : mark);
  say($("source-words"), rolledBack
    ? `Rolled back to version ${from.to}, until the list changes again`
    : words(now));
  const reasons = [reason, copy && `The copy of the last good list is not up to date: ${copy}`].filter(Boolean).join("\n");
  say($("source-reason"), reasons);
  $("source-reason").hidden = reasons === "";
  const times = [];
  if (since) times.push(`Since ${clock(since)}, ${ago(since)}.`);
  if (applied) times.push(`Last taken ${ago(applied)}.`);
  if (checked) times.push(`Last looked at ${ago(checked)}.`);
  if (isEtcd()) times.push(...etcdTimes(now.source));
  $("reload").hidden = isEtcd();
  say($("source-times"), times.join(" "));
};

const etcdTimes = ({ revision, newest_revision: newest, current_at: current, saved_at: saved, restores }) => [
  saved && `The copy was written ${clock(saved)}, ${ago(saved)}.`,
  revision > 0 && current && `Shows revision ${count.format(revision)} of etcd, known to be up to date ${ago(current)}.`,
  newest > revision && `etcd is at revision ${count.format(newest)}.`,
  restores > 0 && `etcd had another history than before ${plural(restores, "time")}, as after a restore from a backup.`,
  "Change the list in etcd.",
].filter(Boolean);

const showFigures = (now) => {
  say($("file"), now.list);
  say($("version"), now.version === 0 ? "–" : count.format(now.version));
  say($("version-from"), now.source.revision ? `revision ${count.format(now.source.revision)} of etcd` : origin(now.source.from));
  say($("size"), now.version === 0 ? "–" : count.format(now.size));
  const last = now.history[0];
  say($("size-last"), last && last.added !== null ? `+${count.format(last.added)} −${count.format(last.removed)}` : "");
  const { per_second: rate, total, blocked, p50_us: p50, p99_us: p99 } = now.checks;
  say($("rate"), count.format(rate < 10 ? rate : Math.round(rate)));
  say($("rate-total"), `${plural(total, "check")}, ${count.format(blocked)} blocked`);
  say($("p99"), micros(p99));
  say($("p50"), p50 === null ? "no checks lately" : `half of them in ${micros(p50)}`);
  rates.push(rate);
  if (rates.length > 120) rates.shift();
  const most = Math.max(1, ...rates);
  const points = rates.map((value, i) => `${120 - rates.length + i},${(30 - 28 * value / most).toFixed(1)}`);
  $("spark").firstElementChild.setAttribute("points", points.join(" "));
  say($("uptime"), `Runs for ${plural(Math.floor(now.uptime_seconds / 60), "minute")}, ${plural(now.connections, "connection")}, ${plural(now.streams, "reader")} of changes.`);
  $("token-label").hidden = !now.needs_token || isEtcd();
};

// ---- what has changed

const newest = () => status && status.history.length > 0 ? status.history[0].version : null;

const TITLES = { added: "Added", removed: "Removed" };

const showSide = (name, side, query) => {
  say($(`${name}-title`), `${TITLES[name]}: ${count.format(side.count)}`);
  $(name).replaceChildren(...side.names.map((domain) => make("li", domain)));
  const rest = side.matching - side.names.length;
  say($(`${name}-cut`), query !== "" && side.matching === 0 ? "None matches."
    : rest > 0 ? `${count.format(side.names.length)} of ${count.format(side.matching)} are shown. A search looks through all.`
    : query !== "" ? `${count.format(side.matching)} of ${count.format(side.count)} match.` : "");
};

const showChange = async () => {
  const version = shown ?? newest();
  if (version === null) return;
  const query = $("query").value.trim();
  const wanted = `${version} ${query}`;
  if (wanted === loaded) return;
  loaded = wanted;
  const number = ++asked;
  say($("change-title"), shown === null ? "What changed last" : `What version ${version} changed`);
  $("newest").hidden = shown === null;
  try {
    const found = await ask(`/changes/${version}?limit=${LIMIT}&q=${encodeURIComponent(query)}`, QUICK);
    if (number !== asked) return;
    say($("change-facts"), found.from === 0 ? `Version ${version} is the first that was loaded.` : `From version ${found.from} to version ${found.version}.`);
    showSide("added", found.added, query);
    showSide("removed", found.removed, query);
  } catch (error) {
    if (number !== asked) return;
    // Next time it may be answered.
    if (error.status === undefined || error.status === 503) loaded = "";
    say($("change-facts"), `This change cannot be shown: ${error.message}`);
    for (const name in TITLES) {
      say($(`${name}-title`), TITLES[name]);
      $(name).replaceChildren();
      say($(`${name}-cut`), "");
    }
  }
};

// ---- the history

let historyShown = "";

const showHistory = (now) => {
  $("history-empty").hidden = now.history.length > 0;
  $("history").hidden = now.history.length === 0;
  const key = JSON.stringify([now.run, now.history]);
  if (key !== historyShown) {
    historyShown = key;
    const focus = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.key : undefined;
    $("history").tBodies[0].replaceChildren(...now.history.map(historyRow));
    if (focus) document.querySelector(`[data-key="${CSS.escape(focus)}"]`)?.focus();
  }
  for (const time of $("history").querySelectorAll("time")) say(time, ago(Number(time.dataset.at)));
};

const historyRow = (entry) => {
  const row = make("tr");
  const name = make("th", `${entry.version} `, { scope: "row" });
  if (entry.current) name.append(make("span", "in force", { class: "now" }));
  const came = make("td");
  if (entry.at !== null) {
    came.append(make("time", ago(entry.at), { datetime: new Date(entry.at * 1000).toISOString(), title: clock(entry.at), "data-at": entry.at }));
  }
  const what = make("td");
  if (entry.added !== null) {
    what.append(make("span", `+${count.format(entry.added)}`, { class: "plus" }), " ", make("span", `−${count.format(entry.removed)}`, { class: "minus" }), ` ${origin(entry.from)}`);
  }
  const actions = make("div", undefined, { class: "row" });
  const see = make("button", "Show change", { type: "button", class: "plain", "data-key": `see-${entry.version}`, "aria-label": `Show what version ${entry.version} changed` });
  see.addEventListener("click", () => {
    shown = entry.version === newest() ? null : entry.version;
    showChange();
    $("change-title").scrollIntoView({ block: "start" });
  });
  actions.append(see);
  if (!entry.current && !isEtcd()) {
    const back = make("button", "Roll back", { type: "button", class: "plain", "data-key": `back-${entry.version}`, "aria-label": `Roll back to version ${entry.version}` });
    back.addEventListener("click", () => confirmRollback(entry));
    actions.append(back);
  }
  const last = make("td");
  last.append(actions);
  row.append(name, came, make("td", plural(entry.size, "domain")), what, last);
  return row;
};

let wanted = null;   // the version that the question is about, and its run

const confirmRollback = (entry) => {
  wanted = { version: entry.version, run: status.run };
  $("confirm-title").textContent = `Roll back to version ${entry.version}?`;
  $("confirm-text").textContent = `Its ${plural(entry.size, "domain")} become a new version at once. It stays until the list changes again.`;
  $("confirm").showModal();
};

// ---- what a person does

const act = async (button, doing, path, done) => {
  button.disabled = true;
  say($("action"), doing);
  try {
    say($("action"), done(await change(path)));
  } catch (error) {
    say($("action"), `Not done: ${error.message}`);
  }
  button.disabled = false;
  await refresh();
};

$("reload").addEventListener("click", () => act($("reload"), "Looks at the list…", "/reload", (answer) => {
  const { state, version } = answer.source;
  return state === "good" ? `Looked at the list. Version ${answer.version} is in force.` : `Looked at the list. It is not good, and ${version ? `version ${version} stays` : "there is no other"}.`;
}));
$("confirm-no").addEventListener("click", () => $("confirm").close());
$("confirm-yes").addEventListener("click", () => {
  $("confirm").close();
  act($("confirm-yes"), `Rolls back to version ${wanted.version}…`, `/rollback/${wanted.version}?run=${wanted.run}`, (answer) => answer.done ? `Version ${answer.version} is in force. It has what version ${answer.to} had.` : `Nothing was done: version ${answer.version} has what version ${answer.to} had.`);
});
$("check").addEventListener("submit", async (event) => {
  event.preventDefault();
  const domain = $("domain").value.trim();
  const verdict = $("verdict");
  if (domain === "") { verdict.dataset.kind = "odd"; say(verdict, "Type a domain first."); return; }
  try {
    // A browser takes "." and ".." for ways through the path. More dots are no domain either, for the same reason.
    const name = domain === "." || domain === ".." ? "..." : domain;
    const answer = await ask(`/check/${encodeURIComponent(name)}`, QUICK);
    verdict.dataset.kind = answer.blocked ? "blocked" : "clear";
    const why = answer.listed === answer.domain ? "it is on the list" : `${answer.listed} is on the list`;
    say(verdict, answer.blocked ? `✗ ${answer.domain} is blocked: ${why} (version ${answer.version}).` : `✓ ${answer.domain} is not blocked (version ${answer.version}).`);
  } catch (error) {
    verdict.dataset.kind = "odd";
    say(verdict, `No answer: ${error.message}`);
  }
});
let typing;
$("query").addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(showChange, 200); });
$("search").addEventListener("submit", (event) => { event.preventDefault(); showChange(); });
$("newest").addEventListener("click", () => { shown = null; showChange(); });

// ---- the loop

const refresh = async () => {
  try {
    const now = await ask("/status", QUICK);
    if (status && status.run !== now.run) {
      shown = null;
      loaded = "";
      if ($("confirm").open) {
        $("confirm").close();
        say($("action"), "Not done: the service was started again, and its versions are others.");
      }
    }
    status = now;
    showSource(now);
    showFigures(now);
    showHistory(now);
    if (shown !== null && !now.history.some((entry) => entry.version === shown)) shown = null;
    await showChange();
  } catch (error) {
    // Whatever it was: without a status nothing may look good.
    $("source").dataset.state = "lost";
    say($("source-mark"), STATES.lost[0]);
    say($("source-words"), STATES.lost[1]());
    say($("source-reason"), error.message);
    $("source-reason").hidden = false;
    say($("source-times"), "What is below may be out of date.");
  }
};

const loop = async () => {
  await refresh();
  setTimeout(loop, document.hidden ? 10000 : 1000);
};
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
loop();
