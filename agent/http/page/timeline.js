// The track in one picture: waveform by section, beats and bars, chords, and a playhead.
import { chordName, clock } from "./words.js";

const HUES = [188, 28, 262, 96, 330, 52, 215, 150];

/** The timeline over a canvas; `seek` is told where somebody points. */
export class Timeline {
  constructor(canvas, seek) {
    this.canvas = canvas;
    this.seek = seek;
    this.position = 0;
    this.follow = true;
    this.clear();
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.pointers = new Map();
    for (const name of ["pointerdown", "pointermove", "pointerup", "pointercancel"])
      canvas.addEventListener(name, (event) => this[name](event));
  }

  clear() {
    this.duration = 0;
    this.peaks = [];
    this.beats = { times: [], positions: [] };
    this.sections = [];
    this.chords = [];
    this.start = 0;
    this.zoom = 1;
  }

  show(analysis, outline) {
    this.clear();
    this.duration = outline.duration;
    this.peaks = outline.peaks;
    this.beats = analysis.beats ?? this.beats;
    this.bars = [];
    let bar = 0;
    (this.beats.positions ?? []).forEach((place, i) => {
      if (place === 1 || i === 0) bar += 1;
      this.bars.push(bar);
    });
    const letters = analysis.segments?.letters ?? [];
    const kinds = [...new Set(letters)];
    this.sections = (analysis.segments?.intervals ?? []).map(([start, end], i) => {
      const label = analysis.segments.labels[i];
      const name = label === "section" ? `part ${letters[i] ?? ""}`.trim() : label;
      return { start, end, name, hue: HUES[Math.max(0, kinds.indexOf(letters[i])) % HUES.length] };
    });
    this.chords = (analysis.chords?.intervals ?? []).map(([start, end], i) => ({
      start, end, name: chordName(analysis.chords.labels[i]),
    }));
    this.draw();
  }

  /** Return what sounds at a time, in words. */
  said(time) {
    const at = (rows) => rows.find((row) => row.start <= time && time < row.end)?.name;
    const beat = this.beatAt(time);
    const place = beat >= 0 ? `bar ${this.bars[beat]}.${this.beats.positions[beat]}` : "";
    return [clock(time), place, at(this.sections), at(this.chords)].filter(Boolean).join(" · ");
  }

  beatAt(time) {
    const { times } = this.beats;
    let low = 0, high = times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle] <= time + 0.02) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Return the time of the next beat or bar before or after a time. */
  step(time, direction, bars) {
    const { times, positions } = this.beats;
    if (!times.length) return time + direction * (bars ? 2 : 0.5);
    let i = this.beatAt(time) + (direction > 0 ? 1 : 0);
    if (direction < 0 && (i < 0 || time - times[i] < 0.15)) i -= 1;
    while (bars && i > 0 && i < times.length && positions[i] !== 1) i += direction;
    return i < 0 ? 0 : (times[i] ?? this.duration);
  }

  get span() {
    return this.duration / this.zoom;
  }

  zoomBy(factor, about = this.position) {
    const share = (about - this.start) / this.span;
    this.zoom = Math.min(Math.max(1, this.zoom * factor), Math.max(1, this.duration / 2));
    this.start = about - share * this.span;
    this.draw();
  }

  move(position) {
    this.position = position;
    if (this.follow && this.zoom > 1) {
      const place = (position - this.start) / this.span;
      if (place < 0 || place > 0.85) this.start = position - this.span * 0.15;
    }
    this.draw();
  }

  // ---- hands ------------------------------------------------------------------------------------

  timeAt(event) {
    const box = this.canvas.getBoundingClientRect();
    return this.start + ((event.clientX - box.left) / box.width) * this.span;
  }

  wheel(event) {
    if (!this.duration) return;
    event.preventDefault();
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      this.start += (event.deltaX / this.canvas.clientWidth) * this.span;
      this.draw();
    } else this.zoomBy(Math.exp(-event.deltaY / 300), this.timeAt(event));
  }

  pointerdown(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, event);
    this.moved = this.pointers.size > 1;
  }

  pointermove(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    if (this.pointers.size === 2) {
      const other = [...this.pointers.values()].find((p) => p.pointerId !== event.pointerId);
      const was = Math.abs(before.clientX - other.clientX);
      const is = Math.abs(event.clientX - other.clientX);
      if (was > 8 && is > 8) this.zoomBy(is / was, this.timeAt(event));
    } else if (this.moved || Math.abs(event.clientX - before.clientX) > 4) {
      this.moved = true;
      this.start -= ((event.clientX - before.clientX) / this.canvas.clientWidth) * this.span;
      this.draw();
    } else return;
    this.pointers.set(event.pointerId, event);
  }

  pointerup(event) {
    if (this.pointers.delete(event.pointerId) && !this.moved) this.seek(this.timeAt(event));
  }

  pointercancel(event) {
    this.pointers.delete(event.pointerId);
  }

  // ---- the picture ------------------------------------------------------------------------------

  draw() {
    if (!this.waiting) this.waiting = requestAnimationFrame(() => { this.waiting = 0; this.paint(); });
  }

  paint() {
    const { canvas } = this;
    const width = canvas.clientWidth, height = canvas.clientHeight, scale = devicePixelRatio || 1;
    if (!width) return;
    if (canvas.width !== width * scale || canvas.height !== height * scale) {
      canvas.width = width * scale;
      canvas.height = height * scale;
    }
    this.start = Math.min(Math.max(0, this.start), Math.max(0, this.duration - this.span));
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const pen = canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    if (!this.duration) return;
    this.pen = pen;
    this.ink = getComputedStyle(canvas).color;
    this.x = (time) => ((time - this.start) / this.span) * width;
    const rows = { sections: 22, wave: height - 96, ruler: 24, chords: 26 };
    this.paintSections(0, rows.sections, rows.sections + rows.wave, dark, width);
    this.paintWave(rows.sections + 2, rows.wave - 4, width, dark);
    this.paintBeats(rows.sections + rows.wave + 2, rows.ruler, width);
    this.paintChords(rows.sections + rows.wave + rows.ruler + 6, rows.chords, width);
    pen.fillStyle = dark ? "#ffd166" : "#b3261e";
    pen.fillRect(this.x(this.position) - 1, 0, 2, height);
  }

  text(words, left, right, baseline) {
    const { pen } = this;
    const room = right - left - 8;
    if (words && pen.measureText(words).width <= room) pen.fillText(words, left + 4, baseline);
  }

  paintSections(top, height, bottom, dark, width) {
    const { pen } = this;
    pen.font = "600 13px system-ui, sans-serif";
    for (const row of this.sections) {
      const left = Math.max(0, this.x(row.start)), right = Math.min(width, this.x(row.end));
      if (right <= left) continue;
      pen.fillStyle = `hsl(${row.hue} 45% ${dark ? 22 : 88}%)`;
      pen.fillRect(left, top, right - left - 1, bottom);
      pen.fillStyle = this.ink;
      this.text(row.name, left, right, top + height - 6);
    }
  }

  paintWave(top, height, width, dark) {
    const { pen, peaks } = this;
    const middle = top + height / 2;
    pen.fillStyle = dark ? "#8fd8cb" : "#1c6b6b";
    for (let column = 0; column < width; column += 2) {
      const from = this.start + (column / width) * this.span;
      const first = Math.floor((from / this.duration) * peaks.length);
      const last = Math.max(first + 1, Math.floor(((from + (2 * this.span) / width) / this.duration) * peaks.length));
      let low = 0, high = 0;
      for (let i = first; i < last && i < peaks.length; i += 1) {
        low = Math.min(low, peaks[i][0]);
        high = Math.max(high, peaks[i][1]);
      }
      pen.fillRect(column, middle - (high * height) / 2, 1.4, Math.max(1, ((high - low) * height) / 2));
    }
  }

  paintBeats(top, height, width) {
    const { pen } = this;
    const { times, positions } = this.beats;
    pen.font = "12px system-ui, sans-serif";
    pen.fillStyle = this.ink;
    const wide = width / this.span;
    const apart = times.length > 1 ? ((times[times.length - 1] - times[0]) / (times.length - 1)) * wide : 0;
    let free = -1;
    for (let i = 0; i < times.length; i += 1) {
      const x = this.x(times[i]);
      if (x < -40 || x > width) continue;
      const down = positions[i] === 1;
      if (down ? apart > 0.8 : apart > 4) {
        pen.globalAlpha = down ? 0.9 : 0.45;
        pen.fillRect(x, top, 1, down ? 9 : 5);
      }
      pen.globalAlpha = 1;
      const name = String(this.bars[i]);
      if (down && x > free && x + pen.measureText(name).width < width) {
        pen.fillText(name, x + 2, top + height - 3);
        free = x + pen.measureText(name).width + 18;
      }
    }
  }

  paintChords(top, height, width) {
    const { pen } = this;
    pen.font = "600 14px system-ui, sans-serif";
    for (const row of this.chords) {
      const left = Math.max(0, this.x(row.start)), right = Math.min(width, this.x(row.end));
      if (right <= left) continue;
      const sounding = row.start <= this.position && this.position < row.end;
      pen.globalAlpha = sounding ? 0.22 : 0.08;
      pen.fillStyle = this.ink;
      pen.fillRect(left, top, right - left - 1, height);
      pen.globalAlpha = 1;
      this.text(row.name, left, right, top + height - 8);
    }
  }
}
