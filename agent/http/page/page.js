// Puts the parts of the page together.
import { call, onKeyWanted } from "./api.js";
import { resume, startChat } from "./chat.js";
import { currentTrack, playFrom, show } from "./stage.js";
import { mark, refresh, startTracks, watchAll } from "./tracks.js";
import { $, notice } from "./words.js";

let wanted = null;

/** Ask for a key until one is accepted; several requests at once ask once. */
function askKey() {
  wanted ??= new Promise((accepted) => {
    $("keybox").showModal();
    $("keyform").onsubmit = async (event) => {
      event.preventDefault();
      try {
        const headers = { "Content-Type": "application/json" };
        const body = JSON.stringify({ key: $("key").value.trim() });
        await call("/session", { method: "POST", headers, body }, false);
        $("key").value = "";
        $("keybox").close();
        accepted(true);
      } catch (error) {
        $("keywhy").textContent = error.message;
      }
    };
    $("keybox").oncancel = () => accepted(false);
  }).finally(() => { wanted = null; });
  return wanted;
}

async function open(track) {
  try {
    await show(track);
    mark(track);
  } catch (error) {
    notice(error.message);
  }
}

onKeyWanted(askKey);
startTracks(open);
startChat(playFrom, currentTrack);
try {
  await refresh();
  await Promise.all([watchAll(), resume()]);
} catch (error) {
  notice(error.message);
}
