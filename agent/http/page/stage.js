// The track that is open: its picture, its sound, and what can be taken away.
import { call, follow, getJson } from "./api.js";
import { Timeline } from "./timeline.js";
import { $, clock, make, notice } from "./words.js";

const sound = $("sound");
const canvas = $("timeline");
const timeline = new Timeline(canvas, (time) => seek(time));
const OUTLINE = 4000;
let track = null;

export function currentTrack() {
  return track;
}

/** Play the open track from a place, in seconds. */
export function playFrom(seconds) {
  if (!track) return notice("Choose the track first: then a time plays from there.");
  seek(seconds);
  start();
}

/** Put a track on the stage. */
export async function show(id) {
  const [about, analysis, outline] = await Promise.all([
    getJson(`/tracks/${id}`),
    getJson(`/tracks/${id}/analysis`),
    getJson(`/tracks/${id}/waveform?points=${OUTLINE}`),
  ]);
  track = id;
  sound.pause();
  sound.src = `/tracks/${id}/audio`;
  $("title").textContent = about.artist ? `${about.title} – ${about.artist}` : about.title;
  const facts = [about.key, about.bpm ? `${about.bpm.toFixed(1)} BPM` : "", about.meter, clock(about.duration)];
  $("facts").textContent = facts.filter(Boolean).join(" · ");
  $("words").textContent = analysis.caption?.text || about.words;
  $("desk").hidden = false;
  canvas.setAttribute("aria-valuemax", String(Math.round(about.duration)));
  timeline.show(analysis, outline);
  $("section-list").replaceChildren(
    ...timeline.sections.map((row) => make("li", `${clock(row.start)}–${clock(row.end)} ${row.name}`)),
  );
  parts(id);
  moved(0);
}

// ---- sound ----------------------------------------------------------------------------------------

function seek(time) {
  const place = Math.min(Math.max(0, time), Math.max(0, timeline.duration - 0.05));
  sound.currentTime = place;
  moved(place);
}

function start() {
  sound.play().catch((error) => {
    if (error.name !== "AbortError") notice("This browser can't play the recording; everything else works.");
  });
}

function toggle() {
  if (sound.paused) start();
  else sound.pause();
}

function moved(place) {
  timeline.move(place);
  const said = timeline.said(place);
  $("now").textContent = said;
  canvas.setAttribute("aria-valuenow", String(Math.round(place)));
  canvas.setAttribute("aria-valuetext", said);
}

function tick() {
  moved(sound.currentTime);
  if (!sound.paused) requestAnimationFrame(tick);
}

for (const name of ["play", "pause", "ended"])
  sound.addEventListener(name, () => {
    $("play").textContent = sound.paused ? "Play" : "Pause";
    $("play").setAttribute("aria-pressed", String(!sound.paused));
    if (name === "play") tick();
  });
sound.addEventListener("seeked", () => moved(sound.currentTime));

// ---- hands ----------------------------------------------------------------------------------------

$("play").addEventListener("click", toggle);
$("in").addEventListener("click", () => timeline.zoomBy(2));
$("out").addEventListener("click", () => timeline.zoomBy(0.5));
$("follow").addEventListener("click", () => {
  timeline.follow = !timeline.follow;
  $("follow").setAttribute("aria-pressed", String(timeline.follow));
});

document.addEventListener("keydown", (event) => {
  const at = event.target;
  const typing = at.closest("input, textarea, dialog, select") || event.ctrlKey || event.metaKey || event.altKey;
  const pressing = event.key === " " && at.closest("button, summary, a");
  if (!track || typing || pressing) return;
  const place = sound.currentTime;
  if (event.key === " ") toggle();
  else if (event.key === "ArrowRight") seek(timeline.step(place, 1, event.shiftKey));
  else if (event.key === "ArrowLeft") seek(timeline.step(place, -1, event.shiftKey));
  else if (event.key === "Home" && at === canvas) seek(0);
  else if (event.key === "End" && at === canvas) seek(timeline.duration);
  else if (event.key === "+" || event.key === "=") timeline.zoomBy(2);
  else if (event.key === "-") timeline.zoomBy(0.5);
  else return;
  event.preventDefault();
});

// ---- what can be taken away -----------------------------------------------------------------------

const PARTS = [
  ["Vocals", "stems/vocals"], ["Backing track", "stems/accompaniment"], ["Drums", "stems/drums"],
  ["Bass", "stems/bass"], ["Notes (MIDI)", "midi"], ["Picture", "picture?form=svg"],
];

function parts(id) {
  $("parts").replaceChildren(
    ...PARTS.map(([name, path]) => {
      const button = make("button", name, { type: "button" });
      button.addEventListener("click", () => fetchPart(button, name, `/tracks/${id}/${path}`));
      return button;
    }),
  );
}

async function fetchPart(button, name, path) {
  button.disabled = true;
  try {
    let response = await call(path);
    if (response.status === 202) {
      const last = await follow(await response.json(), (job) => {
        button.textContent = `${name}: ${Math.round(100 * job.progress)} %`;
      });
      if (last.state !== "done") throw new Error(last.error || "It was cancelled.");
      response = await call(path);
    }
    const link = make("a", "", { href: URL.createObjectURL(await response.blob()) });
    const said = /filename\*=utf-8''([^;]+)/i.exec(response.headers.get("content-disposition") ?? "");
    const plain = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "");
    link.download = said ? decodeURIComponent(said[1]) : (plain?.[1] ?? name);
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  } catch (error) {
    notice(`${name}: ${error.message}`);
  }
  button.textContent = name;
  button.disabled = false;
}
