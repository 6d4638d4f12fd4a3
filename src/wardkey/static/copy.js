// Copy and print; both buttons are hidden where the browser cannot.
const back = new WeakMap();

if (navigator.clipboard) {
  for (const button of document.querySelectorAll("button[data-copy]")) {
    const label = button.lastElementChild;
    const text = label.textContent;
    label.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      const items = document.getElementById(button.dataset.copy);
      const lines = items.matches("ul") ? [...items.children].map((item) => item.textContent) : [items.textContent];
      try {
        await navigator.clipboard.writeText(lines.map((line) => line.replace(/\s/g, "")).join("\n"));
      } catch {
        return;
      }
      label.textContent = button.dataset.done;
      clearTimeout(back.get(button));
      back.set(button, setTimeout(() => (label.textContent = text), 4000));
    });
    button.hidden = false;
  }
}

for (const button of document.querySelectorAll("button[data-print]")) {
  button.addEventListener("click", () => window.print());
  button.hidden = false;
}
