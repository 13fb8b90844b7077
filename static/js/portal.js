// What the pages do beyond links and forms. Everything works without it. Nothing here writes HTML: texts come from the
// page (data-… attributes, so that they are translated) and are put in as text.

const live = document.getElementById("live");
let opener = null; // what a person pressed last to send a request: focus returns there when a dialog closes

export function announce(text, seconds = 3) {
  const line = document.createElement("p");
  line.textContent = text;
  live.replaceChildren(line);
  setTimeout(() => line.remove(), seconds * 1000);
}

function complain(reason) {
  const trouble = document.getElementById("trouble");
  const line = document.createElement("p");
  line.className = "banner banner-bad";
  line.textContent = trouble.dataset[reason];
  trouble.replaceChildren(line);
}

// Copy: "Copied!" is said only when it is true. The Clipboard API needs https or localhost; execCommand is for plain http.
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedTheOldWay(text);
  }
}

function copiedTheOldWay(text) {
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  const home = document.querySelector("dialog[open]") ?? document.body;
  const before = document.activeElement;
  home.append(field);
  field.select();
  try {
    return document.execCommand("copy");
  } finally {
    field.remove();
    before?.focus({ preventScroll: true });
  }
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const plain = source.cloneNode(true);
  plain.querySelectorAll(".key-mask").forEach((mask) => mask.remove());
  if (await copied(plain.textContent.trim())) {
    button.closest("[data-secret]")?.toggleAttribute("data-kept", true);
    button.classList.add("is-copied");
    setTimeout(() => button.classList.remove("is-copied"), 3000);
    return announce(live.dataset.copied);
  }
  show(source, true);
  getSelection().selectAllChildren(source);
  announce(live.dataset.press, 8);
}

function show(node, shown) {
  const notice = node.closest("[data-shown]");
  if (notice) notice.dataset.shown = String(shown);
}

// Focus and dialogs: the same on a page that was loaded and in a fragment that was swapped in.
function settle() {
  document.querySelectorAll("textarea[data-chips]:not([hidden])").forEach(chips);
  markRedundant();
  document.querySelectorAll("dialog[data-open]:not([open])").forEach(open);
  const wanted = document.querySelector("[data-focus]");
  wanted?.removeAttribute("data-focus");
  if (wanted) focusOn(wanted);
  const pointer = document.querySelector("[data-focus-on]"); // for what lies outside the swapped fragment
  if (pointer) document.getElementById(pointer.dataset.focusOn)?.focus();
  pointer?.removeAttribute("data-focus-on");
}

// A thing taller than the window is shown from its top: the browser would show its end.
function focusOn(node) {
  node.focus({ preventScroll: true });
  node.scrollIntoView({ block: node.offsetHeight > innerHeight ? "start" : "nearest" });
  if (node.closest(".rename")) node.select();
}

function open(dialog) {
  const from = opener;
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (document.activeElement === document.body) from?.focus();
  });
  dialog.showModal();
}

function closeDialogs() {
  document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
}

// A list that is typed one entry a line, as chips: the textarea stays what is sent, and what there is without scripting.
function chips(area) {
  const list = document.createElement("ul");
  list.className = "chips";
  const field = document.createElement("input");
  Object.assign(field, { className: "form-control mono", placeholder: area.dataset.placeholder, autocomplete: "off", spellcheck: false });
  field.autocapitalize = "off";
  field.setAttribute("aria-label", area.dataset.label);
  for (const name of ["aria-invalid", "aria-describedby"]) if (area.hasAttribute(name)) field.setAttribute(name, area.getAttribute(name));
  const add = document.createElement("button");
  Object.assign(add, { type: "button", className: "btn btn-quiet", textContent: area.dataset.add });
  const line = document.createElement("div");
  line.className = "with-button";
  line.append(field, add);

  const entries = () => area.value.split("\n").map((entry) => entry.trim()).filter(Boolean);
  const keep = (wanted) => {
    area.value = [...new Set(wanted)].join("\n");
    draw();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const take = () => {
    const typed = field.value.split(/[\s,]+/).filter(Boolean);
    field.value = "";
    if (typed.length) keep([...entries(), ...typed]);
  };
  const draw = () => list.replaceChildren(...entries().map((entry) => chip(entry, area.dataset.remove, () => {
    keep(entries().filter((other) => other !== entry));
    announce(`${area.dataset.removed} ${entry}`);
    field.focus();
  })));

  add.addEventListener("click", () => { take(); field.focus(); });
  field.addEventListener("input", (event) => event.stopPropagation()); // half an entry is none
  field.addEventListener("change", take); // whoever goes on to the next field means what stands in this one
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    take();
  });
  area.form.addEventListener("submit", take, { capture: true }); // what was typed and not added is meant too
  area.hidden = true;
  area.before(list, line);
  draw();
}

function chip(entry, remove, drop) {
  const item = document.createElement("li");
  item.className = "chip";
  item.dataset.entry = entry;
  const text = document.createElement("span");
  text.translate = false;
  text.textContent = entry;
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "square", textContent: "×" });
  button.setAttribute("aria-label", `${remove} ${entry}`);
  button.addEventListener("click", drop);
  item.append(text, button);
  return item;
}

// The chips that the server says add nothing.
function markRedundant() {
  const redundant = new Set([...document.querySelectorAll("#redundant [data-entry]")].map((line) => line.dataset.entry));
  document.querySelectorAll(".chip").forEach((item) => item.classList.toggle("chip-warn", redundant.has(item.dataset.entry)));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
  const eye = event.target.closest(".eye");
  if (eye) show(eye, eye.closest("[data-shown]").dataset.shown !== "true");
  const close = event.target.closest("dialog [data-close]");
  if (close) {
    event.preventDefault(); // without scripting it is a link back
    close.closest("dialog").close();
  }
  document.querySelectorAll(".menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  event.target.closest(".rename")?.querySelector("a").click();
  const menu = event.target.closest(".menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

document.addEventListener("focusout", (event) => {
  const menu = event.target.closest(".menu[open]");
  if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
});

document.addEventListener("portal:announce", (event) => announce(event.detail.value));

document.addEventListener("htmx:before:request", (event) => {
  const { ctx } = event.detail;
  ctx.dialog = ctx.sourceElement.closest("dialog");
  if (!ctx.dialog) opener = ctx.request.submitter ?? ctx.sourceElement;
});

// Runs before the swap. 409 and 422 are a form's own answer; with HX-Retarget the portal says itself what is wrong, at the
// page's top; anything else is not the portal's page (a proxy, a dead server) and never lands in a fragment's place.
document.addEventListener("htmx:response:error", (event) => {
  const { response, hx } = event.detail.ctx;
  if (response.status === 409 || response.status === 422) return;
  closeDialogs();
  if (hx.redirect || hx.retarget) return;
  hx.reswap = "none";
  complain(response.status === 429 || response.status === 503 ? "busy" : "failed");
});

document.addEventListener("htmx:error", (event) => {
  closeDialogs();
  complain(event.detail.ctx?.response ? "failed" : "gone");
});

document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = event.detail;
  if (ctx.response.status < 400) {
    document.getElementById("trouble").replaceChildren();
    ctx.dialog?.close();
  }
  settle();
});

// Until a new key was copied or downloaded, leaving the page asks first. A browser without scripting cannot ask.
document.addEventListener("submit", ({ target }) => {
  if (!target.matches("[data-trial]")) target.closest("[data-secret]")?.toggleAttribute("data-kept", true);
});
addEventListener("beforeunload", (event) => {
  if (document.querySelector("[data-secret]:not([data-kept])")) event.preventDefault();
});

// A link to a part that is folded up unfolds it.
const aim = document.getElementById(location.hash.slice(1));
if (aim?.matches("details")) {
  aim.open = true;
  aim.scrollIntoView();
}

// A page with a secret is never shown again, by whatever way a browser keeps it.
addEventListener("pagehide", () => document.querySelectorAll("[data-secret]").forEach((node) => node.remove()));
addEventListener("pageshow", (event) => {
  if (event.persisted) location.replace(location.pathname + location.search);
});

settle();
