// Passkeys: a form asks the device and sends what it answers; the first page signs in by button and by autofill.
const can = Boolean(window.PublicKeyCredential && navigator.credentials);
const isNumber = /^[\d.]+$|:/.test(location.hostname.replace(/^\[|\]$/g, ""));

const bytes = (text) => {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
};

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

const listed = (items) => (items || []).map((item) => ({ ...item, id: bytes(item.id) }));

const forCreate = (options) => ({
  ...options,
  challenge: bytes(options.challenge),
  user: { ...options.user, id: bytes(options.user.id) },
  excludeCredentials: listed(options.excludeCredentials),
});

const forGet = (options) => ({ ...options, challenge: bytes(options.challenge), allowCredentials: listed(options.allowCredentials) });

const answerOf = (credential) => {
  const given = credential.response;
  const response = { clientDataJSON: text(given.clientDataJSON) };
  if (given.attestationObject) {
    response.attestationObject = text(given.attestationObject);
    response.transports = given.getTransports ? given.getTransports() : [];
  } else {
    response.authenticatorData = text(given.authenticatorData);
    response.signature = text(given.signature);
    if (given.userHandle) response.userHandle = text(given.userHandle);
  }
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  });
};

for (const form of can ? document.querySelectorAll("form[data-passkey]") : []) {
  const says = form.querySelector("[data-says]");
  const asked = JSON.parse(form.dataset.options);
  const tell = (words) => {
    says.textContent = words;
    says.hidden = !words;
  };
  form.hidden = false;
  document.querySelector("[data-no-passkey]").hidden = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    tell("");
    try {
      const credential =
        form.dataset.passkey === "create"
          ? await navigator.credentials.create({ publicKey: forCreate(asked) })
          : await navigator.credentials.get({ publicKey: forGet(asked) });
      form.elements.credential.value = answerOf(credential);
      form.submit();
    } catch (error) {
      tell(error.name === "InvalidStateError" ? form.dataset.taken : error.name === "SecurityError" ? form.dataset.elsewhere : form.dataset.cancelled);
    }
  });
}

const hint = document.querySelector("input[name=can_hold_passkey]");
if (hint && can && !isNumber && PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable) {
  PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable().then((is) => (hint.value = is ? "yes" : ""), () => {});
}

const first = document.querySelector("form[data-passkey-sign-in]");
if (first && can && !isNumber) {
  const says = first.querySelector("[data-says]");
  let waiting;
  let isPressed = false;

  const asked = async () => {
    const answer = await fetch("/sign-in/passkey/options", { method: "POST" });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  };

  const sign = async (mediation) => {
    waiting?.abort();
    // One that was overtaken while it fetched its options must not wait with the signal of the newer one.
    const own = new AbortController();
    waiting = own;
    const { token, options } = await asked();
    const credential = await navigator.credentials.get({ publicKey: forGet(options), mediation, signal: own.signal });
    first.elements.token.value = token;
    first.elements.credential.value = answerOf(credential);
    first.submit();
  };

  const arm = async () => {
    if (isPressed) return;
    if (!PublicKeyCredential.isConditionalMediationAvailable) return;
    if (!(await PublicKeyCredential.isConditionalMediationAvailable()) || isPressed) return;
    try {
      await sign("conditional");
    } catch {
      // Somebody typed instead, or pressed the button.
    }
  };

  first.hidden = false;
  first.addEventListener("submit", async (event) => {
    event.preventDefault();
    says.hidden = true;
    isPressed = true;
    try {
      await sign("optional");
    } catch {
      isPressed = false;
      says.textContent = first.dataset.cancelled;
      says.hidden = false;
      arm();
    }
  });
  // A challenge counts for a few minutes: a page that is left open asks for a fresh one in time.
  setInterval(arm, 240_000);
  arm();
}
