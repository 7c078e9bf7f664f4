// The PIN, tried.

import { $ } from "/feed.js";
import { look } from "/look.js";

look("auto", $("look"));
$("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = JSON.stringify({ pin: $("pin").value.trim() });
  const headers = { "Content-Type": "application/json" };
  try {
    const answer = await fetch("/api/pin", { method: "POST", headers, body });
    if (answer.ok) location.replace("/");
    else $("said").textContent = (await answer.json()).error;
  } catch {
    $("said").textContent = "the station does not answer; is this phone in its network?";
  }
  $("pin").select();
});
