// The conversation: a thread on the server, answers as they come, and what each statement rests on.
import { Problem, events, getJson, post } from "./api.js";
import { $, clock, make, notice, withTimes } from "./words.js";

const threads = new Map(); // a track has a conversation of its own: "it" is the one on the stage
let last = null;
let running = null;
let play = () => {};
let current = () => null;

/** Begin; `playFrom` plays a place of the track, `openTrack` returns the id of the one on the stage. */
export function startChat(playFrom, openTrack) {
  play = playFrom;
  current = openTrack;
  $("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
  $("question").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      ask();
    }
  });
  $("stop").addEventListener("click", () => running?.abort());
}

async function ask() {
  const question = $("question").value.trim();
  if (!question || running) return;
  running = new AbortController();
  $("question").value = "";
  $("send").disabled = true;
  $("stop").hidden = false;
  const turn = make("article");
  if (current() !== last) $("said").append(make("p", about(), { className: "hint" }));
  last = current();
  turn.append(make("h3", question));
  const doing = make("ul", "", { className: "doing" });
  const answer = make("p", "", { className: "answer" });
  turn.append(doing, answer);
  $("said").append(turn);
  turn.scrollIntoView({ block: "nearest" });
  try {
    await answered(question, doing, answer, turn, running.signal);
  } catch (error) {
    if (error.name === "AbortError") answer.textContent ||= "Stopped.";
    else {
      answer.textContent ||= "No answer came.";
      notice(error instanceof Problem ? error.message : "The connection was lost while it answered.");
      $("question").value ||= question; // nothing typed is lost
    }
  } finally {
    running = null;
    $("send").disabled = false;
    $("stop").hidden = true;
    doing.classList.add("over");
  }
}

async function answered(question, doing, answer, turn, signal) {
  const open = current();
  const tracks = open ? [open] : [];
  const begin = async () => {
    const made = await post("/threads", { tracks }, { signal });
    threads.set(open, (await made.json()).id);
  };
  if (!threads.has(open)) await begin();
  let response;
  try {
    response = await post(`/threads/${threads.get(open)}/messages`, { question }, { signal });
  } catch (error) {
    if (error.status !== 404) throw error; // the thread is gone: begin another
    await begin();
    response = await post(`/threads/${threads.get(open)}/messages`, { question }, { signal });
  }
  const rows = new Map();
  for await (const { data } of events(response)) {
    if (data.event === "TextDelta") answer.textContent += data.text;
    else if (data.event === "AnswerRevised") answer.textContent = data.text;
    else if (data.event === "ToolStarted") {
      const row = make("li", `${toolName(data.name)} …`);
      row.append(make("progress", "", { max: 1 }));
      rows.set(data.call_id, row);
      doing.append(row);
    } else if (data.event === "ToolProgress") tell(rows.get(data.call_id), data);
    else if (data.event === "ToolFinished") finish(rows.get(data.call_id), data);
    else if (data.event === "TurnFailed") {
      answer.textContent = data.message;
      answer.classList.add("failed");
    } else if (data.event === "AnswerFinished") {
      answer.replaceChildren(...withTimes(data.text, (seconds) => play(seconds)));
      if (data.evidence.length) turn.append(await evidence(data.evidence));
    }
  }
}

/** Tell which track the next questions are about. */
function about() {
  return current() ? `About ${$("title").textContent}` : "About your library";
}

function toolName(name) {
  return name.replaceAll("_", " ");
}

function tell(row, { fraction, note }) {
  if (!row) return;
  row.querySelector("progress").value = fraction;
  row.firstChild.textContent = `${note} – ${Math.round(100 * fraction)} %`;
}

function finish(row, { name, error }) {
  if (!row) return;
  row.replaceChildren(error ? `${toolName(name)}: not possible` : `${toolName(name)}: done`);
}

/** Return what each statement rests on, folded away. */
async function evidence(claims) {
  const box = make("details", "", { className: "evidence" });
  box.append(make("summary", "What this rests on"));
  const list = make("ul");
  for (const claim of claims) {
    const row = make("li");
    const sure = claim.confidence === null || claim.confidence === undefined ? "" : `, ${Math.round(100 * claim.confidence)} % sure`;
    row.append(`${claim.claim}: `, make("strong", String(claim.value)), ` (${claim.track}${sure}, by ${claim.estimator}) `);
    if (claim.span) row.append(...withTimes(`${clock(claim.span[0])}–${clock(claim.span[1])}`, (s) => play(s)));
    list.append(row);
  }
  box.append(list);
  return box;
}

/** Show what was said before in the thread that was used last, if there is one. */
export async function resume() {
  const [before] = await getJson("/threads?limit=1");
  if (!before) return;
  const said = await getJson(`/threads/${before.id}/messages`);
  if (!said.length) return;
  last = before.tracks[0] ?? null;
  threads.set(last, before.id);
  for (const turn of said.slice(-20)) {
    const box = make("article");
    box.append(make("h3", turn.question));
    const answer = make("p", "", { className: "answer" });
    answer.append(...withTimes(turn.answer, (seconds) => play(seconds)));
    box.append(answer);
    if (turn.evidence.length) box.append(await evidence(turn.evidence));
    $("said").append(box);
  }
  const fresh = make("button", "New conversation", { type: "button", className: "fresh" });
  fresh.addEventListener("click", () => {
    threads.clear();
    last = null;
    $("said").replaceChildren();
  });
  $("said").prepend(fresh);
  $("said").scrollTop = $("said").scrollHeight;
}

