// Say that a form is on its way, and send it once. A form with data-stays leaves the page as it is (a download).
const original = new WeakMap();

const settle = (button) => {
  if (!original.has(button)) return;
  button.removeAttribute("aria-disabled");
  button.lastElementChild.textContent = original.get(button);
  original.delete(button);
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || "stays" in form.dataset) return;
  if ("sent" in form.dataset) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "";
  const button = event.submitter ?? form.querySelector("button[type=submit]");
  if (!button?.matches(".button")) return;
  const label = button.lastElementChild;
  original.set(button, label.textContent);
  button.setAttribute("aria-disabled", "true");
  if (button.dataset.busy) label.textContent = button.dataset.busy;
});

// The back button may bring the page back as it was left.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("button[aria-disabled]")) settle(button);
});
