// Reads the .ics files named on standard input (one a line) with ical.js and node-ical, and prints what each found as
// JSON: {file: {"ical.js": [[uid, start, end, title, sequence], …], "node-ical": […]}}; instants are milliseconds.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.argv[2] + "/");
const icaljs = require("ical.js");
const ICAL = icaljs.default ?? icaljs;
const nodeIcal = require("node-ical");

const read = {};
for (const file of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const text = readFileSync(file, "utf8");
  const calendar = new ICAL.Component(ICAL.parse(text));
  const byIcaljs = calendar.getAllSubcomponents("vevent").map((part) => {
    const event = new ICAL.Event(part);
    const [start, end] = [event.startDate, event.endDate].map((time) => time.toJSDate().getTime());
    return [event.uid, start, end, event.summary, event.sequence];
  });
  const byNode = Object.values(nodeIcal.sync.parseICS(text))
    .filter((part) => part.type === "VEVENT")
    .map((part) => {
      const title = typeof part.summary === "object" ? part.summary.val : part.summary;
      return [part.uid, part.start.getTime(), part.end.getTime(), title, Number(part.sequence)];
    });
  read[file] = { "ical.js": byIcaljs, "node-ical": byNode };
}
process.stdout.write(JSON.stringify(read));
