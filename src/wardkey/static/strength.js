// Say how strong a new password is while it is typed. The server judges, so that it says the same when the form is sent.
const WAIT_MS = 300;

for (const meter of document.querySelectorAll("[data-strength-of]")) {
  const input = document.getElementById(meter.dataset.strengthOf);
  const text = meter.querySelector("[role=status]");
  let timer;
  let asking;

  const about = () =>
    meter.dataset.about
      .split(" ")
      .map((name) => document.getElementById(name)?.value ?? "")
      .join(" ");

  const tell = (score, sentence) => {
    meter.dataset.score = score;
    text.textContent = sentence;
  };

  const ask = async () => {
    asking?.abort();
    asking = new AbortController();
    if (!input.value) return tell("0", "");
    try {
      const answer = await fetch("/password-strength", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ password: input.value, about: about(), minimum: Number(meter.dataset.minimum) }),
        signal: asking.signal,
      });
      if (!answer.ok) return;
      const { score, text: sentence } = await answer.json();
      tell(String(score), sentence);
    } catch {
      // Left for a newer question, or offline: the form still works.
    }
  };

  input.addEventListener("input", () => {
    meter.hidden = false;
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  });
}
