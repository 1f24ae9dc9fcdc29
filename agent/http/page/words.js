// Small things that several parts of the page say or make.

export const $ = (id) => document.getElementById(id);

/** Make an element; text is always text, never markup. */
export function make(tag, text = "", properties = {}) {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  return Object.assign(element, properties);
}

export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds + 1e-6));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Tell something that is no answer; it goes away by itself or when clicked. */
export function notice(sentence) {
  const note = make("button", sentence, { type: "button", className: "notice", title: "Dismiss" });
  note.addEventListener("click", () => note.remove());
  $("notices").append(note);
  setTimeout(() => note.remove(), 20000);
}

const SIGNS = { maj: "", min: "m", "maj7": "maj7", "min7": "m7", "7": "7", dim: "°", aug: "+", hdim7: "ø7", dim7: "°7", sus4: "sus4", sus2: "sus2", maj6: "6", min6: "m6" };

/** Return a chord as musicians write it: "F#:min7" as "F#m7". */
export function chordName(label) {
  if (label === "N" || label === "X") return "";
  const [head, bass] = label.split("/");
  const [root, kind = "maj"] = head.split(":");
  const sign = SIGNS[kind] ?? kind.replace("min", "m");
  return root + sign + (bass && /^[A-G]/.test(bass) ? `/${bass}` : "");
}

const TIME = /(\d{1,3}):([0-5]\d)(?::([0-5]\d))?/g;

/** Return a text as nodes in which each time is a button that plays from there. */
export function withTimes(text, play) {
  const nodes = [];
  let last = 0;
  for (const found of text.matchAll(TIME)) {
    const [said, a, b, c] = found;
    const seconds = c === undefined ? a * 60 + +b : a * 3600 + b * 60 + +c;
    nodes.push(document.createTextNode(text.slice(last, found.index)));
    const button = make("button", said, { type: "button", className: "time", title: `Play from ${said}` });
    button.addEventListener("click", () => play(seconds));
    nodes.push(button);
    last = found.index + said.length;
  }
  nodes.push(document.createTextNode(text.slice(last)));
  return nodes;
}
