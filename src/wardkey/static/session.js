// Warn before the session ends, and lead to signing in again when it has.
import { keep } from "./kept.js";

const { sessionS, warnS } = document.body.dataset;
const dialog = document.getElementById("session-end");

if (sessionS && dialog) {
  const endsAt = Date.now() + Number(sessionS) * 1000;
  const left = dialog.querySelector("[data-left]");
  const here = encodeURIComponent(location.pathname + location.search);
  const words = new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: "minute", unitDisplay: "long" });
  const seconds = new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: "second", unitDisplay: "long" });
  let wasClosed = false;
  let timer;

  const inWords = (s) => (s > 60 ? words.format(Math.ceil(s / 60)) : seconds.format(Math.max(0, s)));

  const look = () => {
    clearTimeout(timer);
    const s = Math.round((endsAt - Date.now()) / 1000);
    if (s <= 0) {
      keep();
      location.assign(`/session-expired?return_to=${here}`);
      return;
    }
    if (s <= Number(warnS)) {
      left.textContent = inWords(s > 60 ? s : Math.ceil(s / 10) * 10);
      if (!wasClosed && !dialog.open) dialog.showModal();
    }
    timer = setTimeout(look, s > Number(warnS) ? Math.min((s - Number(warnS)) * 1000, 30_000) : 1000);
  };

  dialog.querySelector("[data-close]").addEventListener("click", () => {
    // The close event comes later than the next look may.
    wasClosed = true;
    dialog.close();
  });
  const again = dialog.querySelector("[data-again]");
  again.href = `/sign-in?again=yes&return_to=${here}`;
  again.addEventListener("click", keep);
  dialog.addEventListener("cancel", () => (wasClosed = true));
  dialog.addEventListener("close", () => (wasClosed = true));
  // A computer that slept looks at once when it wakes.
  document.addEventListener("visibilitychange", () => !document.hidden && look());
  look();
}
