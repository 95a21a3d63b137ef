// Sends forms without leaving the page, swaps what changed, and looks again when something happened elsewhere.
// Everything works without this script.
"use strict";

let busy = 0;

/** Replace what differs between two regions, child by child: what did not change, or is in use, keeps its state. */
function patch(old, fresh, go) {
  const kept = new Map([...old.children].filter((child) => child.id).map((child) => [child.id, child]));
  const wanted = [...fresh.children].map((child) => {
    const before = kept.get(child.id);
    if (!before) return child;
    const active = document.activeElement;
    if (!go && before !== active && before.contains(active)) return before;
    const open = before.querySelector("details[open]");
    open?.removeAttribute("open");
    const same = before.isEqualNode(child);
    open?.setAttribute("open", "");
    return same ? before : child;
  });
  for (const child of [...old.children]) if (!wanted.includes(child)) child.remove();
  let at = old.firstElementChild;
  for (const child of wanted) {
    if (child === at) at = at.nextElementSibling;
    else old.insertBefore(child, at);
  }
}

/** Fetch a page and show it in place of this one; with `go`, also its form and its address. */
async function look(address, go) {
  const response = await fetch(address, { headers: { Accept: "text/html" } });
  if (!response.ok) return say(response);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const region of document.querySelectorAll("[data-region]")) {
    const fresh = page.getElementById(region.id);
    const asking = region.id === "asking";
    if (!fresh || (asking && !go)) continue;
    const active = document.activeElement;
    const inUse = region !== active && region.contains(active); // not when the region itself has been shown to somebody
    if (inUse && !go && region.id !== "talk") continue;
    if (region.id === "talk") patch(region, fresh, go);
    else if (region.innerHTML !== fresh.innerHTML) region.replaceChildren(...fresh.childNodes);
  }
  if (!go) return;
  history.replaceState(null, "", address);
  document.getElementById("notice").textContent = page.getElementById("notice")?.textContent ?? "";
  if (!openForm()) focusOn(new URL(address, location.href).hash.slice(1));
}

/** Say what went wrong, in the words of the error page. */
async function say(response) {
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  document.getElementById("notice").textContent = page.querySelector("h1")?.textContent ?? "That didn't work. Reload the page.";
}

function focusOn(id) {
  const place = id && document.getElementById(id);
  if (!place) return;
  place.focus({ preventScroll: true });
  const tall = place.offsetHeight > document.getElementById("talk").clientHeight;
  place.scrollIntoView({ block: tall ? "start" : "nearest" }); // at once: a click on what glides away is lost
}

/** Make the form that is on the page, if there is one, a real dialogue. */
function openForm() {
  const dialog = document.querySelector("dialog[open]");
  if (!dialog) return false;
  dialog.removeAttribute("open"); // unlike close(), this is no event
  dialog.showModal();
  dialog.querySelector("[autofocus]")?.focus();
  dialog.addEventListener("close", () => {
    if (dialog.isConnected) look(dialog.dataset.close, true).then(() => document.getElementById("line").focus());
  });
  return true;
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  event.preventDefault();
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  busy += 1;
  try {
    const body = new URLSearchParams(new FormData(form, event.submitter));
    const response = await fetch(form.action, { method: "POST", body, headers: { "X-Console": "fetch" } });
    if (!response.ok) return await say(response);
    const { to } = await response.json();
    if (form.classList.contains("say")) form.elements.line.value = "";
    await look(to, true);
  } catch {
    document.getElementById("notice").textContent = "The console can't be reached. Is it still running?";
  } finally {
    delete form.dataset.busy;
    busy -= 1;
  }
});

document.addEventListener("click", (event) => {
  const cancel = event.target.closest("dialog a[href]:not([target])");
  if (!cancel || cancel.hash) return;
  event.preventDefault();
  cancel.closest("dialog").close();
});

// --- completion: once a command is typed, the choices of its options ---

const line = document.getElementById("line");
const list = document.getElementById("commands");
const commands = list && [...list.options];
let typed = 0;

line?.addEventListener("input", async () => {
  const turn = ++typed;
  const words = line.value;
  const address = new URL(line.dataset.complete, location.href);
  address.searchParams.set("line", words);
  const found = words.includes(" ") ? await (await fetch(address)).json().catch(() => []) : [];
  if (turn !== typed) return;
  const lines = found.map(({ value, label }) => Object.assign(document.createElement("option"), { value, label }));
  list.replaceChildren(...(lines.length ? lines : commands));
});

// --- live: look again when something happened ---

let waiting = 0;

let source = null;

/** Listen only while somebody looks: a browser has six connections to one address, over all its windows. */
function listen() {
  source?.close();
  source = null;
  if (document.hidden) return;
  source = new EventSource(document.body.dataset.live);
  const notice = document.getElementById("notice");
  const lost = "The console can't be reached. Trying again …";
  source.onerror = () => {
    notice.textContent = lost;
  };
  source.onopen = () => {
    if (notice.textContent === lost) notice.textContent = "";
  };
  source.onmessage = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => busy || look(location.href, false).catch(() => {}), 150);
  };
}

if (document.body.dataset.live) {
  openForm();
  listen();
  document.addEventListener("visibilitychange", () => {
    listen();
    if (!document.hidden) source.onmessage();
  });
  addEventListener("pagehide", () => source?.close());
}
