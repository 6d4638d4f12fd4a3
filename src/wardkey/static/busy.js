// Say that a form is on its way, and send it once. A form with data-stays leaves the page as it is (a download).
const WAIT_MS = 10_000;
const original = new WeakMap();

const settle = (form) => {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("button[aria-disabled]")) {
    button.removeAttribute("aria-disabled");
    button.lastElementChild.textContent = original.get(button);
  }
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || "stays" in form.dataset) return;
  if ("sent" in form.dataset) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "";
  // Whoever stopped the page from loading may press again.
  setTimeout(settle, WAIT_MS, form);
  const button = event.submitter ?? form.querySelector("button[type=submit]");
  if (!button?.matches(".button")) return;
  const label = button.lastElementChild;
  original.set(button, label.textContent);
  button.setAttribute("aria-disabled", "true");
  if (button.dataset.busy) label.textContent = button.dataset.busy;
});

// The back button may bring the page back as it was left.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(settle);
});
