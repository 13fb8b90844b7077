// Ticking rows of a list: the box in the head ticks the page, buttons that need a tick wait for one, and a line counts.
// Without scripting the boxes and buttons work alone.

const rows = (form) => [...form.querySelectorAll('input[type="checkbox"][name="key"]')];

function count(form) {
  const ticked = rows(form).filter((box) => box.checked).length;
  const all = form.querySelector("[data-tick-all]");
  if (all && !all.disabled) {
    all.checked = ticked > 0 && ticked === rows(form).length;
    all.indeterminate = ticked > 0 && !all.checked;
  }
  const whole = form.querySelector("[data-tick-whole]:checked"); // everything, on every page
  form.querySelectorAll("[data-needs-tick]").forEach((button) => (button.disabled = ticked === 0 && !whole));
  const line = form.querySelector("[data-ticked]");
  if (line) line.textContent = line.dataset.ticked.replace("{n}", ticked);
  rows(form).forEach((box) => box.closest("tr").classList.toggle("is-picked", box.checked));
}

const countAll = () => document.querySelectorAll("form[data-ticks]").forEach(count);

document.addEventListener("change", ({ target }) => {
  const form = target.closest("form[data-ticks]");
  if (!form) return;
  if (target.matches("[data-tick-all]")) rows(form).forEach((box) => (box.checked = target.checked));
  count(form);
});

document.addEventListener("htmx:after:swap", countAll);
addEventListener("pageshow", countAll); // a browser that goes back keeps what was ticked
countAll();
