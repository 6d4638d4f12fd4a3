// After each step the focus goes where the eye must go: to what is wrong, to the field that is next, or to the news.
const find = (selector) => document.querySelector(selector);
const target = find("[aria-invalid=true]") ?? find("[autofocus]") ?? find("[data-focus]");
const isFree = document.activeElement === document.body || document.activeElement === null;
if (target && isFree && !find("dialog[open]")) target.focus({ preventScroll: "focus" in target.dataset });
