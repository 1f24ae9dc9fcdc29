// One's tracks: sending them, watching them being heard, finding them again.
import { call, follow, getJson } from "./api.js";
import { $, clock, make, notice } from "./words.js";

let opened = () => {};
let shown = null;

/** Begin; `open` is told the id of the track that somebody chooses or that was just heard. */
export function startTracks(open) {
  opened = open;
  const drop = $("drop");
  $("choose").addEventListener("click", () => $("files").click());
  $("files").addEventListener("change", () => {
    send([...$("files").files]);
    $("files").value = "";
  });
  for (const name of ["dragenter", "dragover"])
    document.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) drop.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    send([...event.dataTransfer.files]);
  });
  let timer = 0;
  $("find").addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => refresh().catch((error) => notice(error.message)), 250);
  });
}

async function send(files) {
  for (const file of files) await sendOne(file).catch((error) => notice(`${file.name}: ${error.message}`));
}

async function sendOne(file) {
  const form = new FormData();
  form.append("file", file);
  const row = make("li", `${file.name}: being sent …`);
  $("jobs").append(row);
  let job;
  try {
    job = (await (await call("/tracks", { method: "POST", body: form })).json()).job;
  } catch (error) {
    row.remove();
    throw error;
  }
  watch(job, file.name, row);
}

async function watch(job, name, row) {
  const bar = make("progress", "", { max: 1, value: job.progress });
  bar.setAttribute("aria-label", name);
  const doing = make("span", job.doing);
  const stop = make("button", "Cancel", { type: "button" });
  stop.addEventListener("click", () =>
    call(`/jobs/${job.id}`, { method: "DELETE" }).catch((error) => notice(error.message)),
  );
  row.replaceChildren(make("strong", name), bar, doing, stop);
  try {
    const last = await follow(job, (state) => {
      bar.value = state.progress;
      if (doing.textContent !== state.doing) doing.textContent = state.doing;
    });
    if (last.state === "failed") notice(`${name}: ${last.error}`);
    if (last.state === "done") {
      await refresh();
      opened(last.track);
    }
  } catch (error) {
    notice(`${name}: ${error.message}`);
  }
  row.remove();
}

/** Ask for the list anew: all tracks, or those that answer what stands in the search box. */
export async function refresh() {
  const words = $("find").value.trim();
  const path = words ? `/search?q=${encodeURIComponent(words)}&limit=50` : "/tracks?limit=200";
  const found = await getJson(path);
  const rows = (found.tracks ?? found.hits).map(item);
  if (!rows.length) rows.push(make("li", words ? "Nothing fits." : "Nothing yet.", { className: "hint" }));
  $("tracks").replaceChildren(...rows);
}

function item(track) {
  const row = make("li");
  const button = make("button", "", { type: "button" });
  const facts = [track.key, track.bpm ? `${Math.round(track.bpm)} BPM` : "", track.duration ? clock(track.duration) : ""];
  button.append(make("span", track.title, { className: "name" }));
  if (track.artist) button.append(make("span", track.artist, { className: "artist" }));
  button.append(make("span", facts.filter(Boolean).join(" · "), { className: "hint" }));
  button.dataset.track = track.id;
  if (track.id === shown) button.setAttribute("aria-current", "true");
  button.addEventListener("click", () => opened(track.id));
  row.append(button);
  return row;
}

/** Mark the track that stands on the stage. */
export function mark(track) {
  shown = track;
  for (const button of $("tracks").querySelectorAll("button")) {
    if (button.dataset.track === track) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}

/** Go on watching what was being heard when the page was opened. */
export async function watchAll() {
  for (const job of await getJson("/jobs"))
    if (["queued", "running"].includes(job.state) && job.kind === "listen") {
      const row = make("li");
      $("jobs").append(row);
      watch(job, "A recording", row);
    }
}
