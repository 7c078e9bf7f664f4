// The calls, played on this device: a tone for each, and words where this device can speak offline.
// It decides no call: it plays those that the station gives, and the go-tone at the instant that
// the countdown ends, unless the station takes it back.

// Pitch and loudness, as `hardware.tones` has them.
const OPENING = [800, .4];
const TONES = {
  go: [1600, 1], warning: OPENING, overdue: OPENING, result: OPENING, lost: [400, .8],
};
const LENGTH_S = 0.5, AHEAD_S = 0.6, FRESH_S = 3;

export class Calls {
  constructor(button) {
    this.button = button;
    this.planned = new Map(); // by athlete: the tone that is to come, or has just been
    button.addEventListener("click", () => this.#turn(!this.on));
    if (localStorage.getItem("calls")) this.#goOn();
  }

  // They were played here before the page was loaded anew: they come back by themselves where the
  // browser lets them, else with the first touch anywhere.
  #goOn() {
    this.audio = new AudioContext();
    const back = (event) => {
      if (!this.on && !this.button.contains(event.target)) this.#turn(true);
    };
    const isBack = () => { if (!this.on && this.audio.state === "running") this.#turn(true); };
    for (const touch of ["click", "keydown"]) document.addEventListener(touch, back, { once: true });
    this.audio.addEventListener("statechange", isBack, { once: true });
    this.button.textContent = "✖ Calls are off here: touch once";
    this.button.classList.add("trouble");
    isBack();
  }

  // Browsers play nothing before somebody has touched the page.
  #turn(on) {
    this.on = on;
    this.audio ??= new AudioContext();
    if (on) {
      this.audio.resume();
      this.#tone("warning", this.audio.currentTime);
      this.#say("Calls are played here.");
      localStorage.setItem("calls", "here");
    } else {
      this.audio.suspend();
      window.speechSynthesis?.cancel();
      localStorage.removeItem("calls");
    }
    this.button.classList.remove("trouble");
    this.button.textContent = on ? "♪ Calls play here" : "Play the calls here";
    this.button.setAttribute("aria-pressed", String(on));
  }

  // Plan the tones of go-calls that are about to come, and take back those that are not.
  look(now, since_s, speed) {
    if (!this.on) return;
    const coming = new Map();
    for (const due of [now.next, ...now.then]) {
      if (!due || due.go_in_s === null || due.called) continue;
      // What is played now is heard a little later.
      const in_s = (due.go_in_s - since_s) / speed - (this.audio.outputLatency || 0);
      if (in_s > 0 && in_s < AHEAD_S) coming.set(due.athlete, this.audio.currentTime + in_s);
    }
    for (const [who, tone] of this.planned) {
      if (tone.at > this.audio.currentTime + .05 && !coming.has(who)) {
        tone.wave.stop();
        this.planned.delete(who);
      } else if (tone.at < this.audio.currentTime - FRESH_S) this.planned.delete(who);
    }
    for (const [who, at] of coming)
      if (!this.planned.has(who)) this.planned.set(who, { at, wave: this.#tone("go", at) });
  }

  // The line is lost, or found again: who relies on calls must hear that none will come.
  warn(lost) {
    if (this.on && lost && !this.lost) this.#tone("lost", this.audio.currentTime);
    this.lost = lost;
  }

  // Play what the station has just said.
  hear(event, feed) {
    if (!this.on || !TONES[event.event] || feed.at - event.at_ns / 1e9 > FRESH_S) return;
    const had = event.event === "go" && this.planned.has(event.athletes[0]);
    if (!had) this.#tone(event.event, this.audio.currentTime);
    this.#say(event.said);
  }

  #tone(kind, at) {
    const [pitch, loudness] = TONES[kind];
    const wave = this.audio.createOscillator(), level = this.audio.createGain();
    wave.type = "square";
    wave.frequency.value = pitch;
    level.gain.setValueAtTime(0, at);
    level.gain.linearRampToValueAtTime(loudness * .6, at + .005);
    level.gain.setValueAtTime(loudness * .6, at + LENGTH_S - .01);
    level.gain.linearRampToValueAtTime(0, at + LENGTH_S);
    wave.connect(level).connect(this.audio.destination);
    wave.start(at);
    wave.stop(at + LENGTH_S);
    return wave;
  }

  // Only a voice on this device: there may be no internet, and nobody else is to hear of it.
  #say(text) {
    const voices = window.speechSynthesis?.getVoices().filter((one) => one.localService) ?? [];
    const voice = voices.find((one) => one.lang.startsWith("en"));
    if (!voice) return;
    const words = new SpeechSynthesisUtterance(text);
    words.voice = voice;
    words.lang = voice.lang;
    setTimeout(() => speechSynthesis.speak(words), 1000 * LENGTH_S);
  }
}
