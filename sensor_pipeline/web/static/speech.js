// The voice: the count, the angle and what to do, only between repetitions. In: sentences. Out: speech, or silence.
import { settings } from "./settings.js";
import { language } from "./words.js";

export class Voice {
  constructor() { this.moving = false; this.waiting = []; this.allowed = () => false; this.spoken = []; }
  // Sentences said while a repetition is under way wait for its end; of instructions only the newest is worth saying.
  say(text, kind = "count") {
    if (!text) return;
    if (kind === "instruction") this.waiting = this.waiting.filter((one) => one.kind !== kind);
    this.waiting.push({ text, kind });
    this.flush();
  }
  begin() { this.moving = true; this.waiting = []; this.stop(); }
  end() { this.moving = false; this.flush(); }
  flush() {
    if (this.moving) return;
    const texts = this.waiting.map((one) => one.text);
    this.waiting = [];
    if (!texts.length || !this.allowed() || !settings.speech || settings.muted || !window.speechSynthesis) return;
    const words = new SpeechSynthesisUtterance(texts.join(" "));
    words.lang = language(); words.volume = settings.volume;
    this.spoken.push(words.text); if (this.spoken.length > 50) this.spoken.shift();
    speechSynthesis.speak(words);
  }
  stop() { window.speechSynthesis?.cancel(); }
  quiet() { this.waiting = []; this.moving = false; this.stop(); }
}
