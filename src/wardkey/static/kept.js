// What was typed outlives the end of a session: it is kept in this tab, for the same person alone, until they are back.
const PLACE = "wardkey.typed";
const { person } = document.body.dataset;

const mayBeKept = (field) =>
  field.name && field.id && field.type !== "password" && field.type !== "hidden" && field.autocomplete !== "one-time-code" &&
  !("unsaved" in field.dataset);

const fields = () => [...document.querySelectorAll("main form :is(input, select, textarea)")].filter(mayBeKept);

export const keep = () => {
  const typed = fields().map((field) => [field.id, field.type === "checkbox" ? field.checked : field.value]);
  if (person && typed.length) sessionStorage.setItem(PLACE, JSON.stringify({ person, path: location.pathname, typed }));
};

const restore = () => {
  const kept = JSON.parse(sessionStorage.getItem(PLACE) ?? "null");
  if (!kept || !kept.isInterrupted) {
    sessionStorage.removeItem(PLACE);
    return;
  }
  if (kept.person !== person) {
    sessionStorage.removeItem(PLACE);
    return;
  }
  if (kept.path !== location.pathname) return;
  sessionStorage.removeItem(PLACE);
  for (const [id, value] of kept.typed) {
    const field = document.getElementById(id);
    if (!field || !mayBeKept(field)) continue;
    if (field.type === "checkbox") field.checked = value;
    else field.value = value;
  }
};

const interrupt = () => {
  const kept = JSON.parse(sessionStorage.getItem(PLACE) ?? "null");
  if (kept) sessionStorage.setItem(PLACE, JSON.stringify({ ...kept, isInterrupted: true }));
};

if (person) {
  restore();
  document.addEventListener("submit", (event) => {
    if (event.target.closest("main")) keep();
  });
} else {
  interrupt();
}
