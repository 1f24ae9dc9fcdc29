// How the page talks to the server: errors in the server's own sentence, streams of events.

export class Problem extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

let askForKey = async () => false;

/** Set who is asked for a key when the server wants one: returns whether one was accepted. */
export function onKeyWanted(handler) {
  askForKey = handler;
}

/** Return the response of a request, or throw a Problem with the server's sentence. */
export async function call(path, options = {}, again = true) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "The server can't be reached. Is it still running?");
  }
  if (response.status === 401 && again && (await askForKey())) return call(path, options, false);
  if (response.ok) return response;
  let sentence = `The server answered ${response.status}.`;
  try {
    sentence = (await response.json()).detail || sentence;
  } catch {
    // no problem+json: the number has to do
  }
  throw new Problem(response.status, sentence);
}

export async function getJson(path, options) {
  return (await call(path, options)).json();
}

export function post(path, content, options = {}) {
  const headers = { "Content-Type": "application/json" };
  return call(path, { method: "POST", headers, body: JSON.stringify(content), ...options });
}

/** Yield {name, data} for each server-sent event of a response. */
export async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) {
        const event = { name: "", data: "" };
        for (const line of block.split("\n")) {
          if (line.startsWith("event: ")) event.name = line.slice(7);
          else if (line.startsWith("data: ")) event.data += line.slice(6);
        }
        if (event.data) yield { name: event.name, data: JSON.parse(event.data) };
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** Follow a job to its end, through lost connections; `told` hears each state. Returns the last. */
export async function follow(job, told) {
  for (let wait = 500; ; wait = Math.min(8000, wait * 2)) {
    try {
      const response = await call(`/jobs/${job.id}/events`);
      for await (const event of events(response)) {
        job = event.data;
        wait = 500;
        told(job);
      }
      job = await getJson(`/jobs/${job.id}`);
      told(job);
      if (["done", "failed", "cancelled"].includes(job.state)) return job;
    } catch (error) {
      if (error.status >= 400) throw error;
      told({ ...job, doing: "the connection is lost; trying again" });
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}
