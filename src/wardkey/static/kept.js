// What was typed outlives the end of a session: it is kept in this tab, for the same person alone, until they are back.
const PLACE = "wardkey.typed";
const { person } = document.body.dataset;

const mayBeKept = (field) =>
  field.name && field.id && field.type !== "password" && field.type !== "hidden" && field.autocomplete !== "one-time-code" &&
  !("unsaved" in field.dataset);

const fields = () => [...document.querySelectorAll("main form :is(input, select, textarea)")].filter(mayBeKept);

// A browser may forbid the storage; then nothing is kept, and everything else goes on.
const stored = () => {
  try {
    return JSON.parse(sessionStorage.getItem(PLACE));
  } catch {
    return null;
  }
};

const store = (kept) => {
  try {
    if (kept) sessionStorage.setItem(PLACE, JSON.stringify(kept));
    else sessionStorage.removeItem(PLACE);
  } catch {
    // See above.
  }
};

export const keep = () => {
  const typed = fields().map((field) => [field.id, field.type === "checkbox" ? field.checked : field.value]);
  if (person && typed.length) store({ person, path: location.pathname, typed });
};

const put = ([id, value]) => {
  const field = document.getElementById(id);
  if (!field || !mayBeKept(field)) return;
  if (field.type === "checkbox") field.checked = value;
  else field.value = value;
};

const restore = () => {
  const kept = stored();
  const isTheirs = kept?.isInterrupted && kept.person === person;
  if (isTheirs && kept.path !== location.pathname) return;
  store(null);
  if (isTheirs) kept.typed.forEach(put);
};

const interrupt = () => {
  const kept = stored();
  if (kept) store({ ...kept, isInterrupted: true });
};

if (person) {
  restore();
  document.addEventListener("submit", (event) => {
    if (event.target.closest("main")) keep();
  });
} else {
  interrupt();
}
