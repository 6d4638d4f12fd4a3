// After each step the focus goes where the eye must go: to what is wrong, to the field that is next, or to the news.
const target = document.querySelector("[aria-invalid=true]") ?? document.querySelector("[data-focus]");
if (target && !document.querySelector("dialog[open]")) target.focus();
