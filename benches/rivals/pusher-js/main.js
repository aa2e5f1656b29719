// A rival: pusher-js under Node.js.
//
//     node main.js PORT CHANNEL
//
// PUSHER_JS is the folder it is installed in. Measures as ../../load/src/measure.rs does.
"use strict";

const path = require("node:path");

const Pusher = require(path.join(process.env.PUSHER_JS, "node_modules", "pusher-js"));

const [port, name] = process.argv.slice(2);
const pusher = new Pusher("key", {
  cluster: "",
  wsHost: "127.0.0.1",
  wsPort: Number(port),
  forceTLS: false,
  enabledTransports: ["ws"],
  disableStats: true,
});
const channel = pusher.subscribe(name);

let events, sum, used, since;
function begin() {
  events = 0;
  sum = 0;
  used = process.cpuUsage();
  since = process.hrtime.bigint();
}
begin();
channel.bind("begin", begin);
// pusher-js has parsed the data: what it hands over is an object or an array.
channel.bind("price-changed", (data) => {
  events += 1;
  sum += data.id || data.length;
});
channel.bind("end", () => {
  const { user, system } = process.cpuUsage(used);
  const wall = (process.hrtime.bigint() - since) / 1000n;
  console.log(`events=${events} sum=${sum} user_us=${user} system_us=${system} wall_us=${wall}`);
  process.exit(0);
});
pusher.connection.bind("error", (error) => {
  console.error(JSON.stringify(error));
  process.exit(1);
});
