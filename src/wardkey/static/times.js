// Show moments on the clock of this browser: "today, 14:05".
const language = document.documentElement.lang;
const time = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const date = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { day: "numeric", month: "long", year: "numeric" });
const near = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const DAY_MS = 86_400_000;

const midnight = (moment) => new Date(moment.getFullYear(), moment.getMonth(), moment.getDate());

for (const element of document.querySelectorAll("time[datetime]")) {
  const moment = new Date(element.dateTime);
  if (Number.isNaN(moment.getTime())) continue;
  const days = Math.round((midnight(moment) - midnight(new Date())) / DAY_MS);
  const day = Math.abs(days) <= 1 ? near.format(days, "day") : date.format(moment);
  element.textContent = `${day}, ${time.format(moment)}`;
}
