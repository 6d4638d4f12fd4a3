// Show and hide a password.
for (const button of document.querySelectorAll("button.reveal")) {
  const input = document.getElementById(button.getAttribute("aria-controls"));
  const texts = [button.textContent, button.dataset.other];
  const labels = [button.getAttribute("aria-label"), button.dataset.otherLabel];

  const show = (isShown) => {
    input.type = isShown ? "text" : "password";
    button.textContent = texts[isShown ? 1 : 0];
    button.setAttribute("aria-label", labels[isShown ? 1 : 0]);
  };

  button.addEventListener("click", () => {
    show(input.type === "password");
    input.focus();
  });
  input.form?.addEventListener("submit", () => show(false));
  button.hidden = false;
}
