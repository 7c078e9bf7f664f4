// The PIN, tried.

import { $, look } from "/feed.js";

look(null, matchMedia("(prefers-color-scheme: dark)").matches ? "night" : "sun");
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
