// The connection to the program: opens it, keeps it, measures its clock. In: messages. Out: calls, requests.
const WAITS_MS = [200, 500, 1000, 2000, 3000];

export class Link {
  constructor({ onMessage, onUp, onDown }) {
    Object.assign(this, { onMessage, onUp, onDown });
    this.tries = 0; this.socket = null; this.offset = null; this.best = Infinity; this.rtt = null;
    setInterval(() => this.ask("ping", performance.now()), 1000);
  }
  open() {
    clearTimeout(this.timer);
    const socket = this.socket = new WebSocket(`ws://${location.host}/live`);
    socket.onopen = () => { this.tries = 0; this.best = Infinity; this.onUp(); for (let i = 0; i < 3; i++) this.ask("ping", performance.now()); };
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      if (message.k === "pong") this.pong(message); else this.onMessage(message);
    };
    socket.onclose = () => {
      if (this.socket !== socket) return;
      this.onDown();
      this.timer = setTimeout(() => this.open(), WAITS_MS[Math.min(this.tries++, WAITS_MS.length - 1)]);
    };
  }
  close() { const socket = this.socket; this.socket = null; clearTimeout(this.timer); socket?.close(); }
  ask(what, value = null) { if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ do: what, value })); }
  // The server's clock by the quickest of the exchanges (Cristian 1989).
  pong(message) {
    const now = performance.now(), rtt = now - message.value;
    this.rtt = rtt;
    if (rtt <= this.best) { this.best = rtt; this.offset = message.at - (message.value + rtt / 2); } else this.best += 0.05;
  }
  // How old, in ms, a session time is that was `age` ms old when the message left at `at`.
  age(message) {
    if (message.age === undefined || this.offset === null) return null;
    return message.age + Math.max(performance.now() + this.offset - message.at, 0);
  }
}
