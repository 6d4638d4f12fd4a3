// Tidy a pasted or autofilled code: digits only, no more than there are.
for (const input of document.querySelectorAll("input[data-digits]")) {
  const count = Number(input.dataset.digits);
  input.addEventListener("input", (event) => {
    if (event.isComposing) return;
    const digits = input.value.replace(/\D/g, "").slice(0, count);
    if (digits !== input.value && /^[\d\s-]*$/.test(input.value)) input.value = digits;
  });
}
